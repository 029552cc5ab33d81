"""How long a token still lives: long enough, barely, or not at all."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from preflight.checks.token_lifetime import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Seen, Stage
from preflight.model.finding import Outcome
from preflight.model.identity import Provider
from preflight.run import catalogue
from tests.checks.facts import NOW, TOKENS, admitted, broken_node, evidence, identified, seen, standalone, token

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL


def after(seconds: float) -> str:
    return (datetime.fromisoformat(NOW) + timedelta(seconds=seconds)).isoformat(timespec="seconds")


@pytest.mark.parametrize(
    ("seconds", "outcome", "summary"),
    [
        (86400, PASS, "1440 minutes"),
        (3599, PASS, "60 minutes"),
        (900, PASS, "15 minutes"),
        (300, PASS, "5 minutes"),
        (299, WARN, "the token has 299 s left"),
        (1, WARN, "the token has 1 s left"),
        (0, FAIL, "the token has expired already"),
        (-3600, FAIL, "the token has expired already"),
    ],
)
def test_what_is_left(seconds: float, outcome: Outcome, summary: str) -> None:
    """Some minutes are needed to renew it; the two moments stand beside what is wrong."""
    verdict = judge(identified(), token(expires_at=after(seconds)))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)
    expected = {"obtained": NOW, "expires": after(seconds)}
    assert verdict.details == ({} if outcome is PASS else expected)
    assert bool(verdict.remedy) == (outcome is not PASS)
    assert verdict.cause == (Cause.TOKEN_EXPIRED if outcome is FAIL else None)


def test_until_when() -> None:
    """A pass says when it ends."""
    assert judge(identified(), token()).summary == "15 minutes, until 2026-01-02T03:19:05+00:00"


def test_the_issuer_does_not_say() -> None:
    """An opaque token without an end is not judged."""
    assert judge(identified("gcp"), TOKENS["gcp"](expires_at="")).outcome is NONE


@pytest.mark.parametrize("provider", Provider)
def test_each_provider_s_own(provider: str) -> None:
    """What each of them gives out by itself is long enough."""
    assert judge(identified(provider), TOKENS[provider]()).outcome is PASS


def test_an_expired_token_explains_why_it_was_refused() -> None:
    """The login is put down to it, and so is whatever lies behind the login."""
    refused = broken_node(Stage.AUTH, Cause.AZURE_TOKEN_REFUSED)
    expired = Seen(fact=TOKENS["azure"](expires_at=after(-60)))
    found = assess(evidence(seen(identified("azure"), refused, token=expired)), catalogue())
    assert [each.id for each in found if each.outcome is FAIL] == [CHECK.id]
    assert {each.blocked_by for each in found if each.outcome is Outcome.BLOCKED} == {CHECK.id}


def test_a_warning_explains_nothing() -> None:
    """A short life is no reason to be refused."""
    refused = broken_node(Stage.AUTH, Cause.AWS_TOKEN_REFUSED)
    found = assess(evidence(seen(identified(), refused, token=Seen(fact=token(expires_at=after(60))))), catalogue())
    outcomes = {each.id: each.outcome for each in found}
    assert (outcomes[CHECK.id], outcomes["auth.accepted"]) == (WARN, FAIL)


def test_without_workload_identity() -> None:
    """There is no token to speak of."""
    assert list(CHECK.reads(evidence(seen(standalone())))) == []
    [reading] = CHECK.reads(evidence(seen(identified(), admitted(), token=Seen(fact=token()))))
    assert reading.observed == Seen(fact=token())
