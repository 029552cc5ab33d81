"""Whether others have keys, and clients, where LangSmith will have its own."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.capacity_empty import CHECK
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Node, Seen, Stage
from preflight.model.facts import Load, Role
from preflight.model.finding import Finding, Outcome
from preflight.model.installation import Feature
from preflight.model.rehearsal import Occupancy
from preflight.model.target import Target
from preflight.run import catalogue
from tests.checks.facts import (
    broken_node,
    cluster,
    evidence,
    load,
    node,
    refusal,
    rehearsal,
    seen,
    server,
    standalone,
    topology,
)

NONE, PASS, WARN, BLOCKED = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.BLOCKED
CHART = Seen(fact=topology((0, 8191, "a:1+c:1"), (8192, 16383, "b:1")))
DENIED = refusal("NOPERM this user has no permissions to run the 'info' command")


def one(name: str = "a:1", run_id: str = "", role: Role = Role.PRIMARY, slots: str = "", **more: Any) -> Node:
    facts = server(load=load(**{"clients": 1} | more), run_id=run_id, role=role)
    return node(name, server_facts=facts, slots=slots)


def judged(target: Target, *nodes: Node, **more: Any) -> Finding:
    [finding] = assess(evidence(seen(target, *nodes, **more)), (CHECK,))
    return finding


def sampled(prefixes: dict[str, int] | None = None, refused: str = "") -> dict[str, Any]:
    occupancy = Occupancy(prefixes=prefixes or {}, refusal=refusal(refused))
    return {"rehearsal": Seen(fact=rehearsal(occupancy=occupancy))}


@pytest.mark.parametrize(
    ("db", "facts", "outcome", "summary"),
    [
        (0, {}, PASS, "no keys in database 0; no other clients"),
        (0, {"clients": 2}, PASS, "no keys in database 0; 1 other client"),
        (0, {"clients": 1_300}, PASS, "no keys in database 0; 1,299 other clients"),
        (0, {"clients": None}, PASS, "no keys in database 0"),
        (0, {"clients": 0}, PASS, "no keys in database 0; no other clients"),
        (0, {"keys": {"0": 1}}, WARN, "1 key of others in database 0"),
        (0, {"keys": {"0": 1_203}}, WARN, "1,203 keys of others in database 0"),
        (0, {"keys": {"1": 5}}, PASS, "no keys in database 0; keys in database 1 (5); no other clients"),
        (0, {"keys": {"10": 1, "2": 7_000}}, PASS, "no keys in database 0; keys in database 2 (7,000), 10 (1); no"),
        (2, {"keys": {"0": 5}}, PASS, "no keys in database 2; keys in database 0 (5); no other clients"),
        (2, {"keys": {"0": 5, "2": 7}}, WARN, "7 keys of others in database 2"),
        (0, {"keys": None}, NONE, "the server does not say"),
    ],
)
def test_install(db: int, facts: dict[str, Any], outcome: Outcome, summary: str) -> None:
    """The database that is configured; what is in others may be another feature's, and clients may be the cloud's."""
    finding = judged(standalone(f"redis://a:1/{db}"), one(**facts))
    assert (finding.outcome, finding.subject) == (outcome, "")
    assert finding.verdict.summary.startswith(summary)


@pytest.mark.parametrize(
    ("facts", "outcome", "summary"),
    [
        ({}, PASS, "no keys and no other clients, as expected of an upgrade"),
        ({"keys": {"0": 1}, "clients": 2}, PASS, "1 key and 1 other client, as expected of an upgrade"),
        ({"keys": {"0": 1_203}, "clients": 33}, PASS, "1,203 keys and 32 other clients, as expected of an upgrade"),
        ({"keys": {"0": 7}, "clients": None}, PASS, "7 keys, as expected of an upgrade"),
        ({"keys": None}, NONE, "the server does not say"),
    ],
)
def test_upgrade(facts: dict[str, Any], outcome: Outcome, summary: str) -> None:
    """They are LangSmith's own, and are only counted."""
    finding = judged(standalone(upgrade=True), one(**facts))
    assert (finding.outcome, finding.verdict.summary) == (outcome, summary)


def test_what_to_do() -> None:
    """Whose they are can be told by a sample of prefixes; the option says that they are LangSmith's."""
    prefixes = {"session": 120, "": 3, "user": 80, "cart": 9, "a": 4, "b": 2, "c": 1}
    verdict = judged(standalone(), one(keys={"0": 1_203, "3": 7}, clients=13), **sampled(prefixes)).verdict
    assert verdict.details == {
        "prefixes": "session: 120, user: 80, cart: 9, a: 4, (none) 3 and 2 more, in a sample of 219",
        "other databases": "database 3 (7)",
        "other clients": "12",
    }
    assert verdict.remedy == (
        "Use an instance of its own for LangSmith, or say `--upgrade` where the keys are LangSmith's already."
    )
    assert verdict.patch is None


@pytest.mark.parametrize(
    ("more", "prefixes"),
    [
        (sampled({"x": 1}), "x: 1, in a sample of 1"),
        (sampled({"": 2}), "(none) 2, in a sample of 2"),
        (sampled({}), None),
        (sampled(refused="NOPERM no SCAN"), "not permitted here: NOPERM no SCAN"),
        ({"rehearsal": Failed(stage=Stage.COMMANDS, cause=Cause.CLOSED)}, None),
    ],
)
def test_the_sample(more: dict[str, Any], prefixes: str | None) -> None:
    """It comes from the rehearsal; the number of keys is known without it."""
    verdict = judged(standalone(), one(keys={"0": 5}), **more).verdict
    assert (verdict.outcome, verdict.details.get("prefixes")) == (WARN, prefixes)


@pytest.mark.parametrize(("prefixes", "told"), [({"saq": 1, "x": 90}, True), ({"saqr": 1}, False), ({}, False)])
def test_a_job_queue(prefixes: dict[str, int], told: bool) -> None:
    """The queues that LangSmith makes: another installation is at work here, or this one already."""
    summary = judged(standalone(), one(keys={"0": 91}), **sampled(prefixes)).verdict.summary
    assert summary.endswith(", a job queue (saq:) among them") is told


@pytest.mark.parametrize(
    ("nodes", "outcome", "summary"),
    [
        ((one("a:1"), one("b:1")), PASS, "no keys in database 0; no other clients"),
        ((one("a:1", keys={"0": 5}), one("b:1", keys={"0": 7})), WARN, "12 keys of others in database 0"),
        ((one("a:1"), one("b:1", keys={"0": 7})), WARN, "7 keys of others in database 0"),
        ((one("a:1", clients=3), one("b:1", clients=5)), PASS, "no keys in database 0; 6 other clients"),
        ((one("a:1", clients=3), one("b:1", clients=None)), PASS, "no keys in database 0"),
        # One server under two names has two connections of ours, and its keys once.
        ((one("seed:1", "x", clients=2), one("a:1", "x", clients=2)), PASS, "no keys in database 0; no other clients"),
        ((one("seed:1", "x", keys={"0": 5}), one("a:1", "x", keys={"0": 5})), WARN, "5 keys of others"),
        ((one("a:1"), one("c:1", role=Role.REPLICA, keys={"0": 5})), PASS, "no keys in database 0; no other clients"),
        ((one("a:1"), one("b:1", keys=None)), NONE, "the server does not say"),
        ((one("a:1", keys={"0": 5}), one("b:1", keys=None)), WARN, "5 keys of others in database 0"),
    ],
)
def test_a_cluster(nodes: tuple[Node, ...], outcome: Outcome, summary: str) -> None:
    """All primaries together, each once."""
    finding = judged(cluster(), *nodes, topology=CHART)
    assert finding.outcome is outcome
    assert finding.verdict.summary.startswith(summary)


@pytest.mark.parametrize(("keys", "outcome"), [({}, NONE), ({"0": 1}, WARN)])
def test_a_cluster_that_does_not_show_its_nodes(keys: dict[str, int], outcome: Outcome) -> None:
    """There may be keys on nodes that nobody named; those that were seen are there."""
    hidden = Seen(fact=topology(cluster_enabled=True))
    assert judged(cluster(), one(keys=keys), topology=hidden).outcome is outcome


def test_a_prefix_that_is_no_database() -> None:
    """On a cluster JuiceFS makes a prefix of the number: its keys are in the one database that there is."""
    target = replace(standalone("redis://a:1/3"), feature=Feature.JUICEFS)
    clustered = server(load=load(keys={"0": 5}), cluster_enabled=True)
    assert judged(target, node(server_facts=clustered)).verdict.summary == "5 keys of others in database 0"


def test_our_own_connections_elsewhere() -> None:
    """The other targets of a run are at work on the same server."""
    shared = one(run_id="x", clients=3)
    targets = [standalone("redis://a:1/0"), replace(standalone("redis://a:1/1"), name="fleet")]
    found = assess(evidence(*(seen(each, shared) for each in targets)), (CHECK,))
    assert [each.verdict.summary.rpartition("; ")[2] for each in found] == ["1 other client"] * 2


def test_info_is_not_permitted() -> None:
    """In the server's words."""
    finding = judged(standalone(), node(server_facts=server(load=Load(), info=DENIED)))
    assert (finding.outcome, finding.verdict.summary) == (NONE, f"not permitted here: {DENIED.message}")
    assert judged(standalone(upgrade=True), node(server_facts=server(load=Load(), info=DENIED))).outcome is NONE


def test_a_primary_that_was_not_reached() -> None:
    """Nobody knows what it holds."""
    lost = broken_node(Stage.TCP, Cause.REFUSED, "b:1", slots="8192-16383")
    finding = judged(cluster(), one("a:1", slots="0-8191"), lost, topology=CHART)
    assert (finding.outcome, finding.blocked_by) == (BLOCKED, "refused")


@pytest.mark.parametrize(
    ("facts", "root"),
    [
        ({"database": refusal("ERR DB index is out of range")}, "capacity.database"),
        ({"cluster_enabled": True}, "topology.mode"),
    ],
)
def test_what_explains_it(facts: dict[str, Any], root: str) -> None:
    """A database that does not exist is empty, and one node of a cluster is not all of it."""
    chart = {"topology": CHART} if root == "topology.mode" else {}
    each = seen(standalone("redis://a:1/9"), node("a:1", server_facts=server(**facts)), **chart)
    found = {finding.id: finding for finding in assess(evidence(each), catalogue())}
    assert (found[CHECK.id].outcome, found[CHECK.id].blocked_by) == (BLOCKED, root)
