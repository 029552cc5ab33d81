"""Whether a server has room for all clients that will come."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.capacity_connections import CHECK
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Seen, Stage
from preflight.model.facts import Load
from preflight.model.finding import Finding, Outcome
from preflight.model.installation import Component, Feature
from preflight.model.target import Target
from tests.checks.facts import (
    broken_node,
    cluster,
    component,
    evidence,
    installation,
    load,
    node,
    rehearsal,
    seen,
    server,
    standalone,
)

NONE, PASS, WARN = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN
ANY = standalone()
LATER = standalone(upgrade=True)
QUEUE = component("queue", replicas=1, connections=250)
LISTENER = component("listener", replicas=1, connections=250)
BACKEND = component("backend", replicas=2)


def judged(
    clients: int | None, limit: int | None, *components: Component, target: Target = ANY, **more: Any
) -> Finding:  # fmt: skip
    one = node(server_facts=server(load=load(clients=clients, clients_limit=limit)))
    installed = (installation(*components),) if components else ()
    [finding] = assess(evidence(seen(target, one, **more), installations=installed), (CHECK,))
    return finding


@pytest.mark.parametrize(
    ("components", "clients", "limit", "outcome", "summary"),
    [
        ((QUEUE,), 3, 10_000, PASS, "3 of 10,000 clients; queue may open 250"),
        ((QUEUE,), 6, 256, PASS, "6 of 256 clients; queue may open 250"),
        ((QUEUE,), 7, 256, WARN, "room for 249 more clients, and queue may open 250"),
        ((QUEUE,), 300, 256, WARN, "room for 0 more clients, and queue may open 250"),
        ((QUEUE, LISTENER), 3, 503, PASS, "3 of 503 clients; queue and listener may open 500"),
        ((QUEUE, LISTENER), 4, 503, WARN, "room for 499 more clients, and queue and listener may open 500"),
        ((replace(QUEUE, replicas=10),), 3, 2_503, PASS, "3 of 2,503 clients; queue may open 2,500"),
        ((replace(QUEUE, replicas=10),), 4, 2_503, WARN, "room for 2,499 more clients, and queue may open 2,500"),
        ((BACKEND, QUEUE), 3, 253, PASS, "3 of 253 clients; queue may open 250"),
        ((replace(QUEUE, replicas=None),), 3, 252, WARN, "room for 249 more clients, and queue may open 250"),
        ((replace(BACKEND, connections=7), QUEUE, LISTENER), 0, 514, PASS, "0 of 514 clients; backend, queue and"),
        ((replace(QUEUE, replicas=0),), 3, 100, WARN, "3 of 100 clients: room for 97 more, and one queue pod may"),
        # More than four fifths may be in use where the demand is known.
        ((QUEUE,), 9_000, 10_000, PASS, "9,000 of 10,000 clients; queue may open 250"),
    ],
)
def test_demand(
    components: tuple[Component, ...], clients: int, limit: int, outcome: Outcome, summary: str
) -> None:  # fmt: skip
    """Pods times connections, of those that say how many; a number of pods that is not known is one."""
    finding = judged(clients, limit, *components)
    assert finding.outcome is outcome
    assert finding.verdict.summary.startswith(summary)


def test_what_to_do() -> None:
    """The sum is shown, with the number to set and the values that say how many pods there are."""
    verdict = judged(7, 400, replace(QUEUE, replicas=4), LISTENER).verdict
    assert verdict.remedy == (
        "Raise maxclients to 1,257 or more (`CONFIG SET maxclients 1257`), on a managed service by a larger size, or "
        "allow fewer pods (queue.deployment.replicas, listener.deployment.replicas, or their autoscaling)."
    )
    assert verdict.details == {
        "maxclients": "400, of which 7 are in use",
        "may come": "4 x 250 (queue) + 1 x 250 (listener) = 1,250",
    }
    assert verdict.patch is None


def test_values_of_other_workloads() -> None:
    """An agent has its number of pods under another key; what is not the chart's has none."""
    agent = component("fleet.queue", replicas=1, connections=400)
    told = judged(3, 300, agent, target=replace(ANY, feature=Feature.FLEET)).verdict.remedy or ""
    assert "(fleet.queue.deployment.replicaCount, or their autoscaling)" in told
    strange = replace(QUEUE, name="mine", labels_path="")
    assert "or allow fewer pods." in (judged(3, 100, strange).verdict.remedy or "")


@pytest.mark.parametrize(
    ("feature", "outcome"),
    [
        (Feature.LANGSMITH, WARN),
        (Feature.FLEET, PASS),
        (Feature.POLLY, PASS),
        (Feature.JUICEFS, PASS),
    ],
)
def test_only_those_of_the_feature(feature: Feature, outcome: Outcome) -> None:
    """LangSmith's queue does not connect to the Redis of an agent."""
    finding = judged(3, 2_000, replace(QUEUE, replicas=10), target=replace(ANY, feature=feature))
    assert finding.outcome is outcome


@pytest.mark.parametrize(
    ("clients", "limit", "outcome", "summary"),
    [
        (3, 10_000, PASS, "3 of 10,000 clients"),
        (6, 256, PASS, "6 of 256 clients"),
        (7, 256, WARN, "7 of 256 clients: room for 249 more, and one queue pod may open 250"),
        (300, 256, WARN, "300 of 256 clients: room for 0 more, and one queue pod may open 250"),
        (8_000, 10_000, PASS, "8,000 of 10,000 clients"),
        (8_001, 10_000, WARN, "8,001 of 10,000 clients: room for 1,999 more"),
        (None, 10_000, NONE, "the server does not say"),
        (3, None, NONE, "the server does not say"),
        (3, 0, NONE, "the server does not say"),
    ],
)
def test_nobody_knows_who_comes(clients: int | None, limit: int | None, outcome: Outcome, summary: str) -> None:
    """From a URL alone: room for one pod, and a fifth of the whole."""
    for components in ((), (BACKEND,)):
        finding = judged(clients, limit, *components)
        assert (finding.outcome, finding.verdict.summary) == (outcome, summary)
        assert finding.outcome is not WARN or "With --values or --manifests" in (finding.verdict.remedy or "")


@pytest.mark.parametrize(
    ("clients", "limit", "outcome", "summary"),
    [
        (600, 1_000, PASS, "600 of 1,000 clients; queue and listener may open 500"),
        (1_000, 500, PASS, "1,000 of 500 clients; queue and listener may open 500"),
        (3, 499, WARN, "room for 499 clients, and queue and listener may open 500"),
    ],
)
def test_upgrade(clients: int, limit: int, outcome: Outcome, summary: str) -> None:
    """The clients that are here are those that come back."""
    finding = judged(clients, limit, QUEUE, LISTENER, target=LATER)
    assert (finding.outcome, finding.verdict.summary) == (outcome, summary)
    if outcome is WARN:
        assert "`CONFIG SET maxclients 500`" in (finding.verdict.remedy or "")


def test_a_server_that_tells_its_limit_elsewhere() -> None:
    """INFO of Redis 5 lacks maxclients: CONFIG was asked on the node of the rehearsal, and only there."""
    old = server(load=load(clients_limit=None))
    nodes = node("a:1", server_facts=old), node("b:1", server_facts=old), node("c:1")
    facts = seen(cluster(), *nodes, rehearsal=Seen(fact=rehearsal(clients_limit=200)), rehearsed_on="b:1")
    found = {each.subject: each for each in assess(evidence(facts), (CHECK,))}
    assert {name: each.outcome for name, each in found.items()} == {"a:1": NONE, "b:1": WARN, "c:1": PASS}
    assert found["b:1"].verdict.summary.startswith("3 of 200 clients")
    assert judged(3, None, rehearsal=Failed(stage=Stage.COMMANDS, cause=Cause.CLOSED)).outcome is NONE


def test_every_node_is_asked() -> None:
    """Clients of a cluster open as many connections to each; one that did not answer is blocked by its own rung."""
    nodes = node("a:1"), broken_node(Stage.TCP, Cause.REFUSED, "b:1")
    found = assess(evidence(seen(cluster(), *nodes), installations=(installation(QUEUE),)), (CHECK,))
    assert [(each.subject, each.outcome) for each in found] == [("a:1", PASS), ("b:1", Outcome.BLOCKED)]


def test_a_server_that_says_nothing() -> None:
    """INFO is often not permitted."""
    facts = seen(ANY, node(server_facts=server(load=Load())))
    assert [each.outcome for each in assess(evidence(facts), (CHECK,))] == [NONE]
