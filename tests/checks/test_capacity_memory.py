"""Whether there is memory enough, and how full it is."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.capacity_memory import CHECK
from preflight.engine import assess
from preflight.model.evidence import Cause, Node, Seen, Stage
from preflight.model.facts import Load, Role
from preflight.model.finding import Finding, Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from preflight.run import catalogue
from tests.checks.facts import broken_node, cluster, evidence, load, node, seen, server, standalone, topology

NONE, PASS, WARN, BLOCKED = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.BLOCKED
GIB, MIB = 2**30, 2**20
CHART = Seen(fact=topology((0, 8191, "a:1+c:1"), (8192, 16383, "b:1")))
ANY = standalone()


def one(name: str = "a:1", run_id: str = "", role: Role = Role.PRIMARY, slots: str = "", **more: Any) -> Node:
    return node(name, server_facts=server(load=load(**more), run_id=run_id, role=role), slots=slots)


def judged(*nodes: Node, target: Target = ANY, **more: Any) -> Finding:
    [finding] = assess(evidence(seen(target, *nodes, **more)), (CHECK,))
    return finding


def in_cluster(*nodes: Node, **more: Any) -> Finding:
    return judged(*nodes, target=cluster(), **{"topology": CHART, **more})


@pytest.mark.parametrize(
    ("memory", "outcome", "summary"),
    [
        ({}, PASS, "800 MiB of 8.0 GiB in use"),
        ({"memory_limit": 26 * GIB, "memory_used": 13 * GIB}, PASS, "13.0 GiB of 26.0 GiB in use"),
        # cache.m5.large under the default parameter group.
        ({"memory_limit": int(6.38 * GIB * 0.75), "memory_used": MIB}, PASS, "1 MiB of 4.8 GiB in use"),
        ({"memory_limit": int(4.5 * GIB)}, PASS, "800 MiB of 4.5 GiB in use"),
        ({"memory_limit": int(4.5 * GIB) - 1}, WARN, "4.5 GiB of memory: LangSmith recommends an instance of 8 GB"),
        ({"memory_limit": 2 * GIB}, WARN, "2.0 GiB of memory: LangSmith recommends an instance of 8 GB"),
        ({"memory_limit": 256 * MIB, "memory_used": MIB}, WARN, "256 MiB of memory"),
        ({"memory_limit": 0}, PASS, "800 MiB of 16.0 GiB in use, and no maxmemory"),
        ({"memory_limit": 0, "machine_memory": 2 * GIB}, WARN, "2.0 GiB of memory"),
        ({"memory_limit": 0, "machine_memory": None}, NONE, "the server does not say"),
        ({"memory_limit": 0, "machine_memory": 0}, NONE, "the server does not say"),
        ({"memory_limit": None}, NONE, "the server does not say"),
        ({"memory_used": None}, NONE, "the server does not say"),
        ({"memory_limit": 10 * GIB, "memory_used": 8 * GIB}, PASS, "8.0 GiB of 10.0 GiB in use"),
        ({"memory_limit": 10 * GIB, "memory_used": 8 * GIB + 1}, WARN, "80% of the memory is in use"),
        ({"memory_limit": 8 * GIB, "memory_used": 9 * GIB}, WARN, "112% of the memory is in use: 9.0 GiB of 8.0 GiB"),
        ({"memory_limit": GIB, "memory_used": GIB}, WARN, "100% of the memory is in use: 1.0 GiB of 1.0 GiB"),
    ],
)
def test_one_server(memory: dict[str, Any], outcome: Outcome, summary: str) -> None:
    """What counts is maxmemory, or the machine's memory where there is none; the fuller of two troubles is told."""
    finding = judged(one(**memory))
    assert (finding.outcome, finding.subject) == (outcome, "")
    assert finding.verdict.summary.startswith(summary)


def test_what_to_do() -> None:
    """Where there is no maxmemory, there is none to raise."""
    small, full = one(memory_limit=GIB, memory_used=0), one(memory_used=7 * GIB)
    machine = one(memory_limit=0, machine_memory=GIB, memory_used=0)
    raised = ", or raise maxmemory (`CONFIG SET maxmemory`) where the machine has more"
    assert judged(small).verdict.remedy == f"Take a larger size{raised}."
    assert judged(machine).verdict.remedy == "Take a larger size."
    assert (judged(full).verdict.remedy or "").startswith(f"Take a larger size{raised}, and find out what fills it")
    assert judged(small).verdict.details == {"limit": "maxmemory"}
    assert judged(machine).verdict.details == {"limit": "the machine: maxmemory is not set"}
    assert judged(full).verdict.patch is None


@pytest.mark.parametrize("feature", Feature)
def test_the_size_is_langsmith_s_own_demand(feature: Feature) -> None:
    """What its documentation recommends, it recommends for itself; head room is for all."""
    target = replace(ANY, feature=feature)
    small, full = one(memory_limit=GIB, memory_used=0), one(memory_limit=GIB, memory_used=GIB)
    assert judged(small, target=target).outcome is (WARN if feature is Feature.LANGSMITH else PASS)
    assert judged(full, target=target).outcome is WARN


@pytest.mark.parametrize(
    ("nodes", "outcome", "summary"),
    [
        (
            (one("a:1", memory_limit=3 * GIB), one("b:1", memory_limit=3 * GIB)),
            PASS,
            "1.6 GiB of 6.0 GiB in use on 2 primaries",
        ),
        (
            (one("a:1", memory_limit=2 * GIB), one("b:1", memory_limit=2 * GIB)),
            WARN,
            "4.0 GiB of memory on 2 primaries",
        ),
        (
            (one("a:1", memory_limit=3 * GIB), one("c:1", role=Role.REPLICA, memory_limit=3 * GIB)),
            WARN,
            "3.0 GiB of memory: LangSmith",
        ),
        ((one("seed:1", "x", memory_limit=3 * GIB), one("a:1", "x", memory_limit=3 * GIB)), WARN, "3.0 GiB of memory:"),
        (
            (one("a:1"), one("b:1", memory_used=8 * GIB)),
            WARN,
            "100% of the memory is in use on b:1: 8.0 GiB of 8.0 GiB",
        ),
        ((one("a:1", memory_limit=0), one("b:1")), PASS, "1.6 GiB of 24.0 GiB in use on 2 primaries, and no maxmemory"),
        ((one("a:1"), one("b:1", memory_limit=None)), NONE, "the server does not say"),
    ],
)
def test_a_cluster(nodes: tuple[Node, ...], outcome: Outcome, summary: str) -> None:
    """The sum of the primaries, each once, and the fullest of them: a shard that is full is full."""
    finding = in_cluster(*nodes)
    assert finding.outcome is outcome
    assert finding.verdict.summary.startswith(summary)


@pytest.mark.parametrize(("size", "outcome"), [(2 * GIB, NONE), (8 * GIB, PASS)])
def test_a_cluster_that_does_not_show_its_nodes(size: int, outcome: Outcome) -> None:
    """What is too small may be one of many; what is large enough is so alone."""
    finding = in_cluster(one(memory_limit=size), topology=Seen(fact=topology(cluster_enabled=True)))
    assert finding.outcome is outcome
    assert finding.outcome is PASS or finding.verdict.summary == "the cluster does not show all of its nodes"


def test_a_primary_that_was_not_reached() -> None:
    """Nobody knows its part: blocked by what happened to it. A lost replica takes nothing away."""
    lost = broken_node(Stage.TCP, Cause.REFUSED, "b:1", slots="8192-16383")
    finding = in_cluster(one("a:1", slots="0-8191"), lost)
    assert (finding.outcome, finding.blocked_by) == (BLOCKED, "refused")
    assert in_cluster(one("a:1"), broken_node(Stage.TCP, Cause.REFUSED, "c:1")).outcome is PASS


def test_a_replica_explains_it() -> None:
    """Its memory is not what LangSmith would use."""
    facts = seen(ANY, one(role=Role.REPLICA, memory_limit=GIB))
    found = {each.id: each for each in assess(evidence(facts), catalogue())}
    assert (found[CHECK.id].outcome, found[CHECK.id].blocked_by) == (BLOCKED, "server.role")


def test_a_server_that_says_nothing() -> None:
    """INFO is often not permitted."""
    finding = judged(node(server_facts=server(load=Load())))
    assert (finding.outcome, finding.verdict.summary) == (NONE, "the server does not say")
