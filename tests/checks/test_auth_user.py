"""Whom the server takes us for."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.auth_user import CHECK, reads
from preflight.model.evidence import Cause, Failed, Node, Seen, Stage, Unreached
from preflight.model.facts import Product, Server
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature
from preflight.model.rehearsal import Rights
from preflight.model.target import Target
from tests.checks.facts import (
    HELD,
    OBJECT_ID,
    admitted,
    broken_node,
    cluster,
    evidence,
    held,
    identified,
    node,
    refusal,
    rights,
    seen,
    server,
    standalone,
)

NONE, PASS, WARN = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN
NO_WHOAMI = "NOPERM User app has no permissions to run the 'acl|whoami' command"


def judged(facts: Node, target: Target | None = None) -> Verdict:
    [reading] = reads(evidence(seen(target or standalone(), facts)))
    assert isinstance(reading.observed, Seen)
    return CHECK.judge(reading.target, reading.observed.fact)


def logged_in(user: str, facts: Rights, server_facts: Server | None = None) -> Node:
    """AUTH was accepted for this user."""
    return admitted(user=user, rights=Seen(fact=facts), server_facts=server_facts or server())


@pytest.mark.parametrize(
    ("facts", "outcome", "summary"),
    [
        (logged_in("app", rights("app")), PASS, "user app"),
        (logged_in("default", rights("default")), PASS, "user default"),
        (node(rights=Seen(fact=rights("default"))), PASS, "user default"),
        (node(rights=Seen(fact=rights("app"))), PASS, "user app, and none is configured"),
        (logged_in("app", rights("App")), WARN, "the server takes us for user App, and app is configured"),
        (logged_in("app", rights("default")), WARN, "the server takes us for user default, and app is configured"),
        (logged_in("default", rights("app")), WARN, "the server takes us for user app, and default is configured"),
    ],
)
def test_the_user(facts: Node, outcome: Outcome, summary: str) -> None:
    """Who logged in should be who is known; without a login there is nothing to compare."""
    verdict = judged(facts)
    assert (verdict.outcome, verdict.summary) == (outcome, summary)


@pytest.mark.parametrize(
    ("version", "summary"),
    [
        (server("5.0.14"), "Redis 5.0.14 is older than ACL users (Redis 6)"),
        (server("6.0"), "the server does not say"),
        (server("", Product.UNKNOWN), "the server does not say"),
        (server("1.25.1", Product.DRAGONFLY), "the server does not say"),
    ],
)
def test_a_server_that_was_not_asked(version: Server, summary: str) -> None:
    """Nothing is known of it, and an old one has no users."""
    verdict = judged(node(server_facts=version, rights=Seen(fact=Rights())))
    assert (verdict.outcome, verdict.summary) == (NONE, summary)


@pytest.mark.parametrize("words", [NO_WHOAMI, "ERR unknown command 'ACL'"])
def test_a_server_that_does_not_tell(words: str) -> None:
    """LangSmith never asks: to be refused the answer harms nobody."""
    verdict = judged(logged_in("app", Rights(unnamed=refusal(words))))
    assert (verdict.outcome, verdict.summary) == (NONE, f"not permitted here: {words}")


@pytest.mark.parametrize("provider", ["aws", "azure"])
def test_a_token_s_user(provider: str) -> None:
    """The service may have names of its own for those whose tokens it takes."""
    verdict = judged(logged_in(OBJECT_ID, rights("internal")), identified(provider))
    assert (verdict.outcome, verdict.summary) == (PASS, f"user internal, by the token of {OBJECT_ID}")
    assert judged(logged_in(OBJECT_ID, rights(OBJECT_ID)), identified(provider)).summary == f"user {OBJECT_ID}"


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (standalone(), "redis.external.connectionUrl"),
        (replace(standalone(), feature=Feature.POLLY), "polly.redis.external.connectionUrl"),
        (held(standalone()), HELD),
        (cluster(), "the node list"),
    ],
)
def test_where_the_user_is_configured(target: Target, where: str) -> None:
    """The remedy names whom to configure, and where."""
    remedy = judged(logged_in("app", rights("proxied")), target).remedy or ""
    assert f"configure proxied in {where}" in remedy
    assert "proxy" in remedy


def test_every_node_is_asked() -> None:
    """One that did not answer is blocked by its own rung, and a question that broke off by its step."""
    lost = Failed(stage=Stage.TOPOLOGY, cause=Cause.STALLED)
    nodes = node("a:1"), broken_node(Stage.TCP, Cause.REFUSED, "b:1"), node("c:1", rights=lost, slots="0-9")
    readings = list(reads(evidence(seen(cluster(), *nodes))))
    assert [each.subject for each in readings] == ["a:1", "b:1", "c:1"]
    assert [each.observed for each in readings[1:]] == [Unreached(stage=Stage.TCP, cause=Cause.REFUSED), lost]
    assert readings[2].about == {"serves slots": "0-9"}
