"""Every gap in the slot map, wherever it lies."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.checks.topology_slots import CHECK, contested, judge, missing
from preflight.engine import assess
from preflight.model.evidence import Cause, Node, Seen, Stage
from preflight.model.finding import Finding, Outcome
from preflight.run import catalogue
from tests.checks.facts import broken_node, cluster, evidence, node, refusal, seen, served, topology, unclimbed_node

LAST = 16383
Ranges = list[tuple[int, int, str]]


@pytest.mark.parametrize(
    ("ranges", "gaps"),
    [
        ([(0, LAST, "a")], []),
        ([(0, 8191, "a"), (8192, LAST, "b")], []),
        ([(8192, LAST, "b"), (0, 8191, "a")], []),
        ([], [(0, LAST)]),
        ([(1, LAST, "a")], [(0, 0)]),
        ([(0, LAST - 1, "a")], [(LAST, LAST)]),
        ([(0, 5460, "a"), (5462, LAST, "b")], [(5461, 5461)]),
        ([(0, 999, "a"), (2000, LAST, "b")], [(1000, 1999)]),
        ([(100, 200, "a"), (300, 400, "b")], [(0, 99), (201, 299), (401, LAST)]),
        ([(7, 7, "a")], [(0, 6), (8, LAST)]),
        ([(0, 9000, "a"), (8000, LAST, "b")], []),
        ([(0, LAST, "a"), (100, 200, "b")], []),
        ([(0, 9000, "a"), (100, 200, "b"), (9002, LAST, "c")], [(9001, 9001)]),
        ([(0, 5, "a"), (0, 5, "a"), (6, LAST, "b")], []),
    ],
)
def test_missing(ranges: Ranges, gaps: list[tuple[int, int]]) -> None:
    """Gaps are found at both ends, one slot wide, and behind ranges that overlap."""
    assert missing(served(*ranges)) == gaps


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.integers(0, LAST), st.integers(0, LAST)).map(sorted), max_size=8))
def test_missing_is_the_complement(pairs: list[list[int]]) -> None:
    """What is missing and what is served make up every slot, and share none."""
    ranges = served(*((first, last, "a") for first, last in pairs))
    covered = {slot for first, last in pairs for slot in range(first, last + 1)}
    lost = [slot for first, last in missing(ranges) for slot in range(first, last + 1)]
    assert sorted(covered) == sorted(set(range(LAST + 1)) - set(lost))
    assert len(lost) == len(set(lost))


@pytest.mark.parametrize(
    ("ranges", "outcome", "summary"),
    [
        ([(0, LAST, "a:1")], Outcome.PASS, "all 16,384 slots on 1 primary"),
        ([(0, 99, "a:1"), (100, 199, "b:1"), (200, LAST, "a:1")], Outcome.PASS, "on 2 primaries"),
        ([(0, 999, "a:1"), (2000, LAST, "b:1")], Outcome.FAIL, "1,000 of 16,384 slots have no primary: 1000-1999"),
        ([(1, LAST, "a:1")], Outcome.FAIL, "1 of 16,384 slots have no primary: 0"),
    ],
)
def test_slots(ranges: Ranges, outcome: Outcome, summary: str) -> None:
    """The count and the slots stand in the summary."""
    verdict = judge(cluster(), topology(*ranges))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)


def test_no_slot_at_all() -> None:
    """An empty map of a cluster is all gaps, and the cluster's own state stands beside it."""
    verdict = judge(cluster(), topology(cluster_enabled=True, state="fail"))
    assert verdict.summary == "16,384 of 16,384 slots have no primary: 0-16383"
    assert verdict.details == {"state": "fail"}


def test_many_gaps_are_counted_and_ten_shown() -> None:
    """A shattered map does not flood the terminal."""
    shattered = [(first, first, "a:1") for first in range(1, 60, 2)]
    summary = judge(cluster(), topology(*shattered)).summary
    assert "16,354 of" in summary
    assert summary.endswith(" 18")


@pytest.mark.parametrize("clustered", [False, None])
def test_no_cluster_has_no_slots(clustered: bool | None) -> None:
    """A standalone server is not judged by a map."""
    assert judge(cluster(), topology(cluster_enabled=clustered)).outcome is Outcome.NOT_APPLICABLE


def test_forbidden_map_is_no_gap() -> None:
    """A user who may not ask is told so."""
    verdict = judge(cluster(), topology(cluster_enabled=True, refusal=refusal("NOPERM no CLUSTER")))
    assert (verdict.outcome, "NOPERM no CLUSTER" in verdict.summary) == (Outcome.NOT_APPLICABLE, True)


@pytest.mark.parametrize(
    ("ranges", "twice"),
    [
        ([(0, 8191, "a"), (8192, LAST, "b")], []),
        ([(0, 9000, "a"), (8000, LAST, "a")], []),
        ([(0, 9000, "a"), (8000, LAST, "b")], [(8000, 9000)]),
        ([(8000, LAST, "b"), (0, 9000, "a")], [(8000, 9000)]),
        ([(0, LAST, "a"), (7, 7, "b")], [(7, 7)]),
        ([(0, LAST, "a"), (7, 7, "a"), (7, 9, "b")], [(7, 9)]),
        ([(0, 99, "a"), (50, LAST, "a"), (90, 200, "b")], [(90, 200)]),
        ([], []),
    ],
)
def test_contested(ranges: Ranges, twice: list[tuple[int, int]]) -> None:
    """A slot of two primaries is found wherever it lies, and one that is named twice for the same is none."""
    assert contested(served(*ranges)) == twice


def test_two_primaries_for_a_slot() -> None:
    """Nothing is missing, and yet a client may go to the wrong one."""
    verdict = judge(cluster(), topology((0, 9000, "a:1"), (9000, LAST, "b:1"), state="ok"))
    assert (verdict.outcome, verdict.summary) == (Outcome.FAIL, "slots that two primaries serve: 9000")
    assert "--cluster-search-multiple-owners" in (verdict.remedy or "")
    assert verdict.details == {"state": "ok"}


def found(*nodes: Node, state: str = "fail", first: int = 0) -> Finding:
    """On a cluster of a:1 and b:1 with the replica c:1, its slots from this one on."""
    chart = Seen(fact=topology((first, 8191, "a:1+c:1"), (8192, LAST, "b:1"), state=state))
    target = seen(cluster("redis://a:1"), *nodes, topology=chart)
    [finding] = [each for each in assess(evidence(target), catalogue()) if each.id == CHECK.id]
    return finding


def test_a_cluster_that_is_down_with_every_slot_assigned() -> None:
    """A primary has failed that can be reached from here, or too few of them agree."""
    finding = found(node("a:1"), node("b:1"), broken_node(Stage.TCP, Cause.REFUSED, "c:1"))
    assert (finding.outcome, finding.verdict.summary) == (
        Outcome.FAIL,
        "every slot has a primary, and yet the cluster is down (cluster_state:fail)",
    )
    assert "TAKEOVER" in (finding.verdict.remedy or "")
    assert finding.verdict.details == {"state": "fail"}


@pytest.mark.parametrize(
    ("lost", "root"),
    [
        (broken_node(Stage.TCP, Cause.REFUSED, "b:1"), "tcp.connects"),
        (broken_node(Stage.AUTH, Cause.PASSWORD_WRONG, "b:1"), "auth.accepted"),
        (unclimbed_node(Stage.DNS, Cause.DEADLINE, "b:1"), "deadline"),
    ],
    ids=["tcp", "auth", "deadline"],
)
def test_a_cluster_that_is_down_for_a_primary_that_was_not_reached(lost: Node, root: str) -> None:
    """One root; slots that nobody has are another, and a cluster that is up does without."""
    finding = found(node("a:1"), lost)
    assert (finding.outcome, finding.blocked_by) == (Outcome.BLOCKED, root)
    assert found(node("a:1"), lost, first=1).outcome is Outcome.FAIL
    assert found(node("a:1"), lost, state="ok").outcome is Outcome.PASS
