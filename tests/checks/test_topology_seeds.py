"""Who knows whom, among the endpoints of one node list."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.topology_seeds import CHECK
from preflight.engine import assess
from preflight.model.cluster import Member, View
from preflight.model.evidence import Cause, Node, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Finding, Outcome
from preflight.run import catalogue
from tests.checks.facts import (
    broken_node,
    cluster,
    evidence,
    held,
    member,
    node,
    refusal,
    seen,
    server,
    standalone,
    topology,
    unclimbed_node,
    view,
)

Maps = dict[str, tuple[Member, ...]]
CHART = Seen(fact=topology((0, 16383, "a:1")))


def told(name: str, own: str, map_: str) -> Node:
    return node(name, server_facts=server(cluster_enabled=True), view=Seen(fact=view(own, map_)))


def named(*ids: str) -> tuple[Member, ...]:
    return tuple(map(member, ids))


def facts(*nodes: Node, seeds: str = "abc", **maps: tuple[Member, ...]) -> TargetEvidence:
    """A node list of a:1, b:1 and c:1."""
    target = cluster(*(f"redis://{each}:1" for each in seeds))
    return seen(target, *nodes, topology=CHART, maps=maps)


def of(target: TargetEvidence) -> Finding:
    [finding] = [each for each in assess(evidence(target), catalogue()) if each.id == CHECK.id]
    return finding


@pytest.mark.parametrize(
    ("nodes", "maps", "summary"),
    [
        ([told("a:1", "A", "one"), told("b:1", "B", "one")], {"one": named("A", "B")}, "2 endpoints, one cluster"),
        (
            [told("a:1", "A", "one"), told("b:1", "B", "two")],
            {"one": named("A"), "two": named("A", "B")},
            "2 endpoints, one cluster",
        ),
        (
            [told("a:1", "A", "one"), told("b:1", "B", "two"), told("x:1", "X", "mid")],
            {"one": named("A"), "two": named("B"), "mid": named("A", "X", "B")},
            "2 endpoints, one cluster",
        ),
        (
            [told("a:1", "A", "one"), told("b:1", "B", "two"), told("x:1", "X", "mid"), told("y:1", "Y", "end")],
            {"one": named("A", "X"), "two": named("B", "Y"), "mid": named("X", "Y"), "end": named("Y")},
            "2 endpoints, one cluster",
        ),
        (
            [told("a:1", "A", "one"), told("b:1", "A", "one"), told("c:1", "C", "one")],
            {"one": named("A", "C")},
            "3 endpoints, one cluster; a:1 and b:1 are one node",
        ),
        (
            [told("a:1", "A", "one"), broken_node(Stage.TCP, Cause.REFUSED, "b:1")],
            {"one": named("A")},
            "1 of 3 endpoints, one cluster",
        ),
        ([told("a:1", "A", "one"), told("b:1", "B", "one")], {}, "2 endpoints, one cluster"),
    ],
    ids=["alike", "one-way", "by-a-third", "by-two", "twins", "unreached", "same-map"],
)
def test_one_cluster(nodes: list[Node], maps: Maps, summary: str) -> None:
    """It is enough that one knows the other, in however many steps, and by whichever node."""
    seeds = "abc" if "3" in summary else "ab"
    finding = of(facts(*nodes, seeds=seeds, **maps))
    assert (finding.outcome, finding.verdict.summary) == (Outcome.PASS, summary)


def test_two_clusters() -> None:
    """Each is named with its endpoints; nodes that nobody configured are not."""
    nodes = [told("a:1", "A", "one"), told("b:1", "B", "one"), told("c:1", "C", "two"), told("d:1", "D", "two")]
    target = facts(*nodes, one=named("A", "B"), two=named("C", "D"))
    finding = of(target)
    assert (finding.outcome, finding.verdict.summary) == (
        Outcome.FAIL,
        "the configured endpoints belong to 2 clusters: a:1, b:1 | c:1",
    )
    assert finding.verdict.remedy == "Keep the nodes of one cluster in redis.external.cluster.nodeUris."
    kept = of(replace(target, target=held(target.target, "key nodes of Secret redis")))
    assert kept.verdict.remedy == "Keep the nodes of one cluster in key nodes of Secret redis."


def test_a_node_of_the_other_cluster_that_was_met_only_by_the_map_is_no_seed() -> None:
    """It is the node list that is judged."""
    target = facts(told("a:1", "A", "one"), told("d:1", "D", "two"), seeds="ab", one=named("A"), two=named("D"))
    assert of(target).outcome is Outcome.PASS


def test_many_endpoints_are_counted() -> None:
    """A line stays a line."""
    names = [f"n{number}" for number in range(20)]
    target = cluster(*(f"redis://{each}:1" for each in names))
    apart = [told(f"{each}:1", each, each) for each in names]
    summary = of(seen(target, *apart, topology=CHART)).verdict.summary
    assert summary == "the configured endpoints belong to 20 clusters: n0:1 | n1:1 | n2:1 | n3:1 | n4:1 | n5:1"
    same = [told(f"{each}:1", each, "one") for each in names[1:]]
    mixed = of(seen(target, told("n0:1", "n0", "two"), *same, topology=CHART)).verdict.summary
    assert mixed.endswith("n0:1 | n1:1, n2:1, n3:1, n4:1, n5:1, n6:1 and 13 more")


def test_a_standalone_server_among_them() -> None:
    """The clients that ask it first do not start."""
    stray = node("c:1", server_facts=server(cluster_enabled=False))
    one = of(facts(told("a:1", "A", "one"), told("b:1", "B", "one"), stray))
    assert (one.outcome, one.verdict.summary) == (Outcome.FAIL, "c:1 belongs to no cluster")
    both = of(facts(told("a:1", "A", "one"), told("b:1", "B", "two"), stray))
    assert both.verdict.summary == (
        "the configured endpoints belong to 2 clusters: a:1 | b:1; c:1 belongs to no cluster"
    )
    two = of(facts(told("a:1", "A", "one"), replace(stray, name="b:1"), stray))
    assert two.verdict.summary == "b:1, c:1 belong to no cluster"


@pytest.mark.parametrize("nodes", [[told("a:1", "A", "one")], [node("a:1")]])
def test_one_endpoint(nodes: list[Node]) -> None:
    """There is nothing that it could disagree with, whatever it says."""
    finding = of(facts(*nodes, seeds="a"))
    assert (finding.outcome, finding.verdict.summary) == (Outcome.PASS, "one endpoint, one cluster")


@pytest.mark.parametrize(
    ("target", "summary"),
    [
        (replace(facts(node("a:1")), target=standalone("redis://a:1")), "a URL is configured"),
        (replace(facts(node("a:1")), topology=Seen(fact=topology())), "no cluster"),
        (facts(node("a:1"), node("b:1")), "no endpoint was asked"),
        (
            facts(node("a:1", view=Seen(fact=View(refusal=refusal("NOPERM no CLUSTER")))), node("b:1")),
            "not permitted here: NOPERM no CLUSTER",
        ),
    ],
    ids=["url", "standalone", "unasked", "refused"],
)
def test_nothing_to_compare(target: TargetEvidence, summary: str) -> None:
    """That is no failure."""
    finding = of(target)
    assert (finding.outcome, finding.verdict.summary) == (Outcome.NOT_APPLICABLE, summary)


def test_without_a_map_it_is_blocked() -> None:
    """By whatever broke below."""
    lost = Unreached(stage=Stage.DNS, cause=Cause.NAME_UNKNOWN)
    target = replace(facts(broken_node(Stage.DNS, Cause.NAME_UNKNOWN, "a:1")), topology=lost)
    assert of(target).blocked_by == "dns.resolves"
    hurried = Unreached(stage=Stage.DNS, cause=Cause.DEADLINE)
    stopped = replace(facts(unclimbed_node(Stage.DNS, Cause.DEADLINE, "a:1")), topology=hurried)
    assert of(stopped).blocked_by == "deadline"
