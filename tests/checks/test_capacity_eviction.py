"""What a full server throws away."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.capacity_eviction import CHECK, judge
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from tests.checks.facts import broken_node, cluster, evidence, load, node, seen, server, standalone

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL


@pytest.mark.parametrize(
    ("policy", "langsmith", "juicefs"),
    [
        ("noeviction", PASS, PASS),
        ("volatile-lru", PASS, FAIL),
        ("volatile-lfu", PASS, FAIL),
        ("volatile-ttl", PASS, FAIL),
        ("volatile-random", PASS, FAIL),
        ("allkeys-lru", WARN, FAIL),
        ("allkeys-lfu", WARN, FAIL),
        ("allkeys-random", WARN, FAIL),
        ("", NONE, NONE),
    ],
)
def test_policy(policy: str, langsmith: Outcome, juicefs: Outcome) -> None:
    """What LangSmith stores has a time to live; JuiceFS must lose nothing at all."""
    facts = server(eviction=policy)
    agents = [Feature.FLEET, Feature.INSIGHTS, Feature.POLLY, Feature.AGENT]
    for feature in (Feature.LANGSMITH, *agents):
        assert judge(replace(standalone(), feature=feature), facts).outcome is langsmith
    assert judge(cluster(), facts).outcome is langsmith
    assert judge(replace(standalone(), feature=Feature.JUICEFS), facts).outcome is juicefs


def test_words() -> None:
    """Who loses what, and which policies are right for whom; a pass names the policy."""
    ours, theirs = standalone(), replace(standalone(), feature=Feature.JUICEFS)
    queue, metadata = judge(ours, server(eviction="allkeys-lru")), judge(theirs, server(eviction="volatile-lru"))
    assert queue.summary == "the eviction policy is allkeys-lru: queued work is lost when memory runs short"
    assert "volatile" in (queue.remedy or "")
    lost = "metadata of JuiceFS would be lost when memory runs short"
    assert metadata.summary == f"the eviction policy is volatile-lru: {lost}"
    assert metadata.remedy == "Set maxmemory-policy to noeviction on the server."
    assert judge(ours, server(eviction="volatile-lru")).summary == "volatile-lru"


@pytest.mark.parametrize(
    ("policy", "langsmith", "juicefs", "summary"),
    [
        ("noeviction", PASS, PASS, "noeviction"),
        ("volatile-lru", PASS, WARN, "volatile-lru, and no maxmemory"),
        ("allkeys-lru", PASS, WARN, "allkeys-lru, and no maxmemory"),
        ("allkeys-random", PASS, WARN, "allkeys-random, and no maxmemory"),
        ("", NONE, NONE, "the server does not say"),
    ],
)
def test_without_a_limit(policy: str, langsmith: Outcome, juicefs: Outcome, summary: str) -> None:
    """Nothing is evicted, whatever the policy; JuiceFS would lose its metadata once somebody sets a limit."""
    facts = server(eviction=policy, load=load(memory_limit=0))
    ours = judge(standalone(), facts)
    assert (ours.outcome, ours.summary) == (langsmith, summary)
    theirs = judge(replace(standalone(), feature=Feature.JUICEFS), facts)
    assert theirs.outcome is juicefs
    if juicefs is WARN:
        assert "as soon as maxmemory is set" in theirs.summary
        assert theirs.remedy == "Set maxmemory-policy to noeviction on the server."


@pytest.mark.parametrize(("limit", "outcome"), [(None, WARN), (1, WARN), (0, PASS)])
def test_only_a_limit_that_is_known_to_be_none(limit: int | None, outcome: Outcome) -> None:
    """A server that does not say may well have one."""
    assert judge(standalone(), server(eviction="allkeys-lru", load=load(memory_limit=limit))).outcome is outcome


def test_every_node_is_asked() -> None:
    """The policy is a setting of each server, and one that did not answer is blocked by its own rung."""
    nodes = node("a:1"), broken_node(Stage.TCP, Cause.REFUSED, "b:1")
    assert [reading.subject for reading in CHECK.reads(evidence(seen(cluster(), *nodes)))] == ["a:1", "b:1"]
