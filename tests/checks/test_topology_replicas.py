"""Who would take over from whom."""

from __future__ import annotations

import pytest

from preflight.checks.topology_replicas import CHECK
from preflight.engine import assess
from preflight.model.cluster import Member, Topology
from preflight.model.evidence import Cause, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Finding, Outcome, Verdict
from preflight.run import catalogue
from tests.checks.facts import broken_node, cluster, evidence, member, node, refusal, seen, standalone, topology, view

Ranges = list[tuple[int, int, str]]


def of(target: TargetEvidence) -> Finding:
    [finding] = [each for each in assess(evidence(target), catalogue()) if each.id == CHECK.id]
    return finding


def judged(chart: Topology) -> Verdict:
    """By the clients' map alone."""
    return of(seen(cluster(), topology=Seen(fact=chart))).verdict


@pytest.mark.parametrize(
    ("ranges", "outcome", "summary"),
    [
        ([(0, 9, "a:1+b:1")], Outcome.PASS, "the one primary has a replica"),
        ([(0, 9, "a:1+b:1"), (10, 19, "c:1+d:1+e:1")], Outcome.PASS, "each of 2 primaries has a replica"),
        (
            [(0, 9, "a:1")],
            Outcome.PASS,
            "the one primary has no replica: the keys of one that fails are gone until it is back",
        ),
        (
            [(0, 9, "a:1"), (10, 19, "b:1"), (20, 29, "a:1")],
            Outcome.PASS,
            "none of 2 primaries has a replica: the keys of one that fails are gone until it is back",
        ),
        (
            [(0, 9, "a:1+d:1"), (10, 19, "b:1"), (20, 29, "c:1+e:1")],
            Outcome.WARN,
            "1 of 3 primaries without a replica: b:1",
        ),
        (
            [(0, 9, "a:1"), (10, 19, "b:1"), (20, 29, "c:1+d:1")],
            Outcome.WARN,
            "2 of 3 primaries without a replica: a:1, b:1",
        ),
    ],
    ids=["one", "all", "none-of-one", "none", "one-lacks", "two-lack"],
)
def test_replicas(ranges: Ranges, outcome: Outcome, summary: str) -> None:
    """None at all can be meant so; what the others have, one has lost."""
    verdict = judged(topology(*ranges))
    assert (verdict.outcome, verdict.summary) == (outcome, summary)
    assert ("Start the replica again" in (verdict.remedy or "")) == (outcome is Outcome.WARN)


def test_a_primary_of_two_ranges() -> None:
    """A replica of one of them is a replica of both."""
    assert judged(topology((0, 9, "a:1"), (20, 29, "a:1+b:1"))).outcome is Outcome.PASS


def test_many_are_counted() -> None:
    """A hundred names do not make a line."""
    bare: Ranges = [(number, number, f"n{number}:1") for number in range(1, 100)]
    verdict = judged(topology((0, 0, "a:1+b:1"), *bare))
    assert verdict.summary == ("99 of 100 primaries without a replica: n1:1, n2:1, n3:1, n4:1, n5:1, n6:1 and 93 more")


@pytest.mark.parametrize(
    ("chart", "summary"),
    [
        (topology(), "no cluster"),
        (topology(cluster_enabled=None), "no cluster"),
        (topology(cluster_enabled=True), "no primary serves a slot"),
        (topology(cluster_enabled=True, refusal=refusal("NOPERM no CLUSTER")), "not permitted here: NOPERM no CLUSTER"),
    ],
    ids=["standalone", "unknown", "empty", "refused"],
)
def test_nothing_to_count(chart: Topology, summary: str) -> None:
    """What is not there or may not be asked is no warning."""
    verdict = judged(chart)
    assert (verdict.outcome, verdict.summary) == (Outcome.NOT_APPLICABLE, summary)


def test_in_the_wrong_mode_it_is_explained_by_that() -> None:
    """The replicas of a cluster that was taken for a standalone server come later."""
    chart = Seen(fact=topology((0, 9, "a:1+d:1"), (10, 19, "b:1")))
    found = of(seen(standalone(), topology=chart))
    assert (found.outcome, found.blocked_by) == (Outcome.BLOCKED, "topology.mode")


def test_without_a_map_it_is_blocked() -> None:
    """By whatever broke below."""
    lost = Unreached(stage=Stage.DNS, cause=Cause.NAME_UNKNOWN)
    assert of(seen(cluster(), broken_node(Stage.DNS, Cause.NAME_UNKNOWN), topology=lost)).blocked_by == "dns.resolves"


BOTH = (member("A", "0-9"), member("B", "10-19"), member("C", primary="A"), member("D", primary="B"))


@pytest.mark.parametrize(
    ("members", "failing", "summary"),
    [
        (BOTH, (), "each of 2 primaries has a replica"),
        (BOTH, ("d:1 (fail)",), "1 of 2 primaries without a replica: b:1"),
        (BOTH[:3], (), "1 of 2 primaries without a replica: b:1"),
    ],
    ids=["new", "failed", "none"],
)
def test_a_replica_that_the_clients_are_not_told_of(
    members: tuple[Member, ...], failing: tuple[str, ...], summary: str
) -> None:
    """A new one is there all the same; one that has failed is not."""
    told = [node(f"{name}:1", view=Seen(fact=view(name.upper(), failing=failing))) for name in "ab"]
    chart = Seen(fact=topology((0, 9, "a:1+c:1"), (10, 19, "b:1")))
    assert of(seen(cluster(), *told, topology=chart, maps={"one": members})).verdict.summary == summary
