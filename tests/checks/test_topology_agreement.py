"""One map, and everything that `redis-cli --cluster check` would find amiss in several."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.topology_agreement import CHECK
from preflight.engine import assess
from preflight.model.cluster import Member, View
from preflight.model.evidence import Cause, Failed, Node, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Finding, Outcome
from preflight.model.installation import Feature
from preflight.run import catalogue
from tests.checks.facts import (
    broken_node,
    cluster,
    evidence,
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

A, B, C = "a" * 40, "b" * 40, "c" * 40
IDS = {"a:1": A, "b:1": B, "c:1": C}
CHART = topology((0, 8191, "a:1+c:1"), (8192, 16383, "b:1"), asked="a:1")
ONE = (member(A, "0-8191"), member(B, "8192-16383"), member(C, primary=A))
Maps = dict[str, tuple[Member, ...]]


def told(name: str, map_: str = "one", **more: object) -> Node:
    """A node of the chart that was asked how it sees the others."""
    return node(name, server_facts=server(cluster_enabled=True), view=Seen(fact=view(IDS[name], map_, **more)))


def answered(name: str, seen_as: View) -> Node:
    return node(name, view=Seen(fact=seen_as))


def facts(*nodes: Node, **maps: tuple[Member, ...]) -> TargetEvidence:
    """A cluster of a:1 and b:1 with the replica c:1; `one` is the map of a healthy one."""
    given: Maps = {"one": ONE} | maps
    return seen(cluster("redis://a:1"), *nodes, topology=Seen(fact=CHART), maps=given)


def found(*nodes: Node, **maps: tuple[Member, ...]) -> Finding:
    return of(facts(*nodes, **maps))


def of(target: TargetEvidence) -> Finding:
    [finding] = [each for each in assess(evidence(target), catalogue()) if each.id == CHECK.id]
    return finding


@pytest.mark.parametrize(
    ("nodes", "summary"),
    [
        ([told("a:1"), told("b:1"), told("c:1")], "3 nodes see the same map, epoch 3"),
        ([told("a:1"), told("b:1", epoch=7)], "2 nodes see the same map, epoch 7"),
        ([told("a:1")], "one node was asked for its map, epoch 3"),
        ([told("a:1"), replace(told("a:1"), name="lb:1")], "one node was asked for its map, epoch 3"),
        (
            [told("a:1"), told("b:1"), broken_node(Stage.TCP, Cause.REFUSED, "c:1")],
            "2 nodes see the same map, epoch 3; not asked: c:1",
        ),
        (
            [told("a:1"), told("b:1"), answered("c:1", View(refusal=refusal("NOPERM no CLUSTER")))],
            "2 nodes see the same map, epoch 3; not asked: c:1",
        ),
    ],
)
def test_one_map(nodes: list[Node], summary: str) -> None:
    """Nodes are counted once, whatever they are called, and those that were not asked are named."""
    finding = found(*nodes)
    assert (finding.outcome, finding.verdict.summary) == (Outcome.PASS, summary)


STOLEN = (member(A, "0-8191"), member(B, "8192-16282"), member(C, "16283-16383"))


@pytest.mark.parametrize(
    ("other", "differences"),
    [
        (
            (member(A, "0-99 8000-8191"), member(B, "100-7999 8192-16383"), member(C, primary=A)),
            "slots 100-7999 belong to b:1 instead of a:1",
        ),
        (
            (member(A, "0-6 8-8191"), member(B, "8192-16383"), member(C, primary=A)),
            "slot 7 belongs to nobody instead of a:1",
        ),
        (
            (member(B, "8192-16383"), member(C, primary=A)),
            "slots 0-8191 belong to nobody instead of a:1; a:1 is missing",
        ),
        (
            (*ONE[:2], member("d" * 40, "16383"), member(C, primary=A)),
            "slot 16383 belongs to node dddddddd instead of b:1; node dddddddd is in this map alone",
        ),
        (STOLEN, "slots 16283-16383 belong to c:1 instead of b:1; c:1 is a replica of nobody"),
    ],
    ids=["slots", "slot", "owner", "stranger", "replica"],
)
def test_slots_with_two_owners(other: tuple[Member, ...], differences: str) -> None:
    """Who sees what is told by the names of the nodes, and how the older map differs from the newest."""
    finding = found(told("a:1", epoch=5), told("b:1"), told("c:1", "two"), two=other)
    assert (finding.outcome, finding.verdict.summary) == (
        Outcome.FAIL,
        "the nodes see 2 different maps of the cluster",
    )
    assert finding.verdict.details == {
        "newest map": "a:1, b:1 (epoch 5)",
        "map 2": f"c:1 (epoch 3): {differences}",
    }
    assert "cluster bus port" in (finding.verdict.remedy or "")


def test_the_newest_map_is_that_of_the_highest_epoch() -> None:
    """Not that of most nodes; these only decide between maps of the same age."""
    new = found(told("a:1"), told("b:1"), told("c:1", "two", epoch=4), two=STOLEN)
    assert new.verdict.details["newest map"] == "c:1 (epoch 4)"
    assert "instead of c:1" in new.verdict.details["map 2"]
    even = found(told("c:1", "two"), told("a:1"), told("b:1"), two=STOLEN)
    assert even.verdict.details["newest map"] == "a:1, b:1 (epoch 3)"


@pytest.mark.parametrize(
    ("other", "differences"),
    [
        (ONE[:2], "c:1 is missing"),
        ((*ONE[:2], member(C, primary=B)), "c:1 is a replica of b:1"),
        ((*ONE, member("d" * 40)), "node dddddddd is in this map alone"),
    ],
    ids=["unknown", "moved", "handshake"],
)
def test_nodes_without_slots(other: tuple[Member, ...], differences: str) -> None:
    """Clients are sent to the right place all the same; `redis-cli --cluster check` says nothing at all."""
    finding = found(told("a:1", epoch=5), told("b:1", "two"), told("c:1"), two=other)
    assert finding.outcome is Outcome.WARN
    assert finding.verdict.summary == "the nodes agree on all slots, and differ on who belongs to the cluster"
    assert finding.verdict.details["map 2"] == f"b:1 (epoch 3): {differences}"


def test_many_differences_are_counted() -> None:
    """A map that was dealt anew slot by slot does not flood the terminal, nor do a hundred maps."""
    even = " ".join(map(str, range(0, 8192, 2)))
    dealt = (member(A, even), member(B, "8192-16383"), member(C, primary=A))
    details = found(told("a:1", epoch=5), told("b:1", "two"), two=dealt).verdict.details
    assert details["map 2"].count("belongs to nobody") == 6
    assert details["map 2"].endswith(" and 4090 more")
    crowd = [answered(f"n{number}:1", view(str(number), f"m{number}")) for number in range(20)]
    maps = {f"m{number}": (member(str(number), "0-16383"),) for number in range(20)}
    many = found(*crowd, **maps)
    assert many.verdict.summary == "the nodes see 20 different maps of the cluster"
    assert many.verdict.details["more maps"] == "13"
    assert sum(map(len, many.verdict.details.values())) < 3000


@pytest.mark.parametrize("slots", ["nonsense", "99999-7", "0-99999", "-1", "[93->-dd]"])
def test_slots_that_are_none(slots: str) -> None:
    """Whatever a server writes there, the rule does not break over it."""
    finding = found(told("a:1"), told("b:1", "two"), two=(member(A, slots), *ONE[1:]))
    assert finding.outcome is Outcome.FAIL


@pytest.mark.parametrize(
    ("said", "outcome", "summary"),
    [
        ("b:1 (fail)", Outcome.FAIL, "the cluster has given up b:1"),
        # Neither has slots.
        ("d:1 (fail)", Outcome.WARN, "not all nodes reach d:1 (fail)"),
        ("c:1 (fail)", Outcome.WARN, "not all nodes reach c:1 (fail)"),
        ("d:1 (fail?)", Outcome.WARN, "not all nodes reach d:1 (fail?)"),
        ("d:1 (handshake)", Outcome.WARN, "not all nodes reach d:1 (handshake)"),
        (":0 (noaddr)", Outcome.WARN, "not all nodes reach :0 (noaddr)"),
        ("d:1 (disconnected)", Outcome.WARN, "not all nodes reach d:1 (disconnected)"),
    ],
)
def test_a_node_that_others_miss(said: str, outcome: Outcome, summary: str) -> None:
    """A primary that the majority has given up fails; a replica, or what one of them suspects, warns."""
    finding = found(told("a:1", failing=(said,)), told("b:1", failing=(said,)), told("c:1"))
    assert (finding.outcome, finding.verdict.summary) == (outcome, summary)
    assert finding.verdict.details == {"seen by": f"{said} by a:1, b:1"}
    assert "CLUSTER FORGET" in (finding.verdict.remedy or "")


@pytest.mark.parametrize("said", ["c:1 (fail)", "c:1 (fail?)", "c:1 (disconnected)"])
def test_a_node_that_is_not_reached_from_here_either(said: str) -> None:
    """One root: what broke on the way to it is told there."""
    down = broken_node(Stage.TCP, Cause.REFUSED, "c:1")
    finding = found(told("a:1", failing=(said,)), told("b:1"), down)
    assert (finding.outcome, finding.blocked_by) == (Outcome.BLOCKED, "tcp.connects")


def test_another_trouble_is_told_beside_a_node_that_is_down() -> None:
    """It hides no failure of another kind."""
    down = broken_node(Stage.TCP, Cause.REFUSED, "c:1")
    finding = found(told("a:1", epoch=5, failing=("c:1 (fail)",)), told("b:1", "two"), down, two=STOLEN)
    assert (finding.outcome, finding.verdict.summary) == (Outcome.FAIL, "the nodes see 2 different maps of the cluster")
    assert finding.verdict.details["not asked"] == "c:1"


def test_open_slots() -> None:
    """Both ends of the same move are one slot; ids are told as names, where they are known."""
    finding = found(
        told("a:1", open_slots=(f"93 migrating to {B}", f"94 migrating to {'d' * 40}")),
        told("b:1", open_slots=(f"93 importing from {A}",)),
    )
    assert (finding.outcome, finding.verdict.summary) == (
        Outcome.WARN,
        "on the way from one node to another: slot 93, 94",
    )
    assert finding.verdict.details["open slots"] == (
        f"a:1: 93 migrating to b:1; a:1: 94 migrating to {'d' * 40}; b:1: 93 importing from a:1"
    )
    assert "`redis-cli --cluster fix a:1`" in (finding.verdict.remedy or "")


def test_many_open_slots_are_counted() -> None:
    """A resharding of thousands is one line."""
    moves = tuple(f"{slot} migrating to {B}" for slot in range(4000))
    verdict = found(told("a:1", open_slots=moves)).verdict
    assert verdict.summary.endswith("slot 0, 1, 2, 3, 4, 5 and 3994 more")
    assert verdict.details["open slots"].endswith(" and 3994 more")


def test_the_worst_comes_first() -> None:
    """All that is amiss is in one finding, with all remedies."""
    moving = told("a:1", epoch=5, open_slots=(f"93 migrating to {B}",))
    finding = found(moving, told("b:1", "two"), told("c:1", failing=("b:1 (fail)",)), two=ONE[:2])
    assert finding.outcome is Outcome.FAIL
    assert finding.verdict.summary == (
        "the cluster has given up b:1; the nodes agree on all slots, and differ on who belongs to the cluster; "
        "on the way from one node to another: slot 93"
    )
    assert set(finding.verdict.details) == {"seen by", "newest map", "map 2", "open slots"}
    assert all(word in (finding.verdict.remedy or "") for word in ("CLUSTER FORGET", "CLUSTER MEET", "--cluster fix"))


def test_a_node_that_falls_silent() -> None:
    """It let us in and was lost over this very question: nobody else would tell."""
    lost = node("b:1", view=Failed(stage=Stage.TOPOLOGY, cause=Cause.CLOSED, message="closed by the server"))
    finding = found(told("a:1"), lost)
    assert (finding.outcome, finding.verdict.summary) == (
        Outcome.FAIL,
        "b:1 let us in and fell silent when asked for the map",
    )
    assert finding.verdict.details == {"evidence": "b:1: closed by the server"}
    alone = found(node("a:1", view=Failed(stage=Stage.TOPOLOGY, cause=Cause.SILENT)))
    assert (alone.outcome, alone.verdict.details) == (Outcome.FAIL, {"evidence": "a:1: silent"})


@pytest.mark.parametrize(
    ("target", "summary"),
    [
        (seen(standalone()), "no cluster"),
        (facts(node("a:1"), node("b:1")), "no node was asked"),
        (
            facts(answered("a:1", View(refusal=refusal("NOPERM no CLUSTER")))),
            "not permitted here: NOPERM no CLUSTER",
        ),
        (seen(cluster(), topology=Seen(fact=topology(cluster_enabled=None))), "no cluster"),
    ],
    ids=["standalone", "unasked", "refused", "unknown"],
)
def test_nobody_told(target: TargetEvidence, summary: str) -> None:
    """That is no failure."""
    finding = of(target)
    assert (finding.outcome, finding.verdict.summary) == (Outcome.NOT_APPLICABLE, summary)


def test_nobody_was_reached() -> None:
    """What broke, or ended the run, is named."""
    lost = Unreached(stage=Stage.TOPOLOGY, cause=Cause.DEADLINE)
    assert found(node("a:1", view=lost)).blocked_by == "deadline"
    assert of(replace(facts(unclimbed_node(Stage.DNS, Cause.NAME_UNKNOWN)), topology=lost)).blocked_by == "deadline"


def test_juicefs_on_a_cluster_is_asked_too() -> None:
    """Its one URL leads to the same nodes."""
    target = replace(standalone("redis://a:1"), feature=Feature.JUICEFS)
    assert of(replace(facts(told("a:1"), told("b:1", "two"), two=STOLEN), target=target)).outcome is Outcome.FAIL


def test_two_clusters_are_told_by_the_seeds() -> None:
    """That nodes of different clusters disagree follows from it."""
    two = (member(B, "0-16383"),)
    target = replace(
        facts(told("a:1"), told("b:1", "two"), one=(member(A, "0-16383"),), two=two),
        target=cluster("redis://a:1", "redis://b:1"),
    )
    finding = of(target)
    assert (finding.outcome, finding.blocked_by) == (Outcome.BLOCKED, "topology.seeds")
