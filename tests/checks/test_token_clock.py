"""Whose clock is compared with ours, and what a difference does to a signature."""

from __future__ import annotations

import pytest

from preflight.checks.token_clock import CHECK, Clocks, clocks, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Seen, Stage
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import (
    TOKENS,
    admitted,
    broken_node,
    evidence,
    identified,
    seen,
    server,
    standalone,
    token,
    tokenless_node,
)

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL
STS = "the token service"


@pytest.mark.parametrize(
    ("offset", "outcome", "summary"),
    [
        (0.0, PASS, "within 1 s of a:1"),
        (-0.4, PASS, "within 1 s of a:1"),
        (7.2, PASS, "within 7 s of a:1"),
        (120.0, PASS, "within 120 s of a:1"),
        (-120.0, PASS, "within 120 s of a:1"),
        (121.0, WARN, "the clocks are 121 s apart, and AWS allows for 300"),
        (-299.0, WARN, "the clocks are 299 s apart"),
        (300.0, WARN, "the clocks are 300 s apart"),
        (301.0, FAIL, "this machine's clock is too far from the provider's"),
        (-3600.0, FAIL, "this machine's clock is too far from the provider's"),
    ],
)
def test_the_difference(offset: float, outcome: Outcome, summary: str) -> None:
    """Five minutes kill a signature, either way; two are worth telling."""
    verdict = judge(identified(), Clocks({"a:1": offset}))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)
    assert verdict.details == ({} if outcome is PASS else {"a:1": f"{offset:+.0f} s from this machine"})
    assert bool(verdict.remedy) == (outcome is not PASS)
    assert verdict.cause == (Cause.CLOCK_SKEWED if outcome is FAIL else None)


@pytest.mark.parametrize(
    ("offsets", "name"),
    [
        ({STS: 1.0, "a:1": -400.0, "b:1": 30.0}, "a:1"),
        ({STS: -500.0, "a:1": 400.0}, STS),
        ({"a:1": 0.0, "b:1": 310.0}, "b:1"),
    ],
)
def test_the_furthest_counts(offsets: dict[str, float], name: str) -> None:
    """Of all that told the time, it is named with its side."""
    verdict = judge(identified(), Clocks(offsets))
    assert (verdict.outcome, list(verdict.details)) == (FAIL, [name])


def test_nobody_told_the_time() -> None:
    """Static keys ask no token service, and a server that does not let us in tells nothing."""
    assert judge(identified(), Clocks({})).outcome is NONE


@pytest.mark.parametrize("provider", ["gcp", "azure"])
def test_tokens_with_their_own_times(provider: str) -> None:
    """Nothing is signed here by this machine's clock."""
    assert judge(identified(provider), Clocks({"a:1": 9999.0})).outcome is NONE


def test_let_in_all_the_same() -> None:
    """A server that took the signature knows better: a warning."""
    assert judge(identified(), Clocks({STS: 900.0}, admitted=True)).outcome is Outcome.WARN


def test_who_is_asked() -> None:
    """The token service and every server that let us in; not those that do not say, or were not reached."""
    nodes = (
        admitted("a:1", server_facts=server(clock_offset=2.0)),
        admitted("b:1", server_facts=server(clock_offset=None)),
        broken_node(Stage.AUTH, Cause.AWS_TOKEN_REFUSED, "c:1"),
    )
    facts = evidence(seen(identified(), *nodes))
    [each] = facts.targets
    assert clocks(facts, each, token(clock_offset=-1.0)) == Clocks({"a:1": 2.0, STS: -1.0}, admitted=True)
    assert clocks(facts, each, token(clock_offset=None)) == Clocks({"a:1": 2.0}, admitted=True)
    nobody = evidence(seen(identified(), tokenless_node()))
    assert clocks(nobody, nobody.targets[0], token(clock_offset=None)) == Clocks({})


def test_a_skewed_clock_explains_why_the_token_was_refused() -> None:
    """The server says WRONGPASS and no more; the token service has told the time before it."""
    refused = broken_node(Stage.AUTH, Cause.AWS_TOKEN_REFUSED, message="WRONGPASS no")
    facts = seen(identified(), refused, token=Seen(fact=token(clock_offset=-310.0)))
    found = assess(evidence(facts), catalogue())
    assert [each.id for each in found if each.outcome is FAIL] == [CHECK.id]
    assert {each.blocked_by for each in found if each.outcome is Outcome.BLOCKED} == {CHECK.id}


def test_a_clock_that_is_right_leaves_the_refusal_alone() -> None:
    """Then it is the login's own failure."""
    refused = broken_node(Stage.AUTH, Cause.AWS_TOKEN_REFUSED)
    found = assess(evidence(seen(identified(), refused, token=Seen(fact=token(clock_offset=200.0)))), catalogue())
    outcomes = {each.id: each.outcome for each in found}
    assert (outcomes[CHECK.id], outcomes["auth.accepted"]) == (WARN, FAIL)


def test_without_workload_identity() -> None:
    """Passwords know no time."""
    assert list(CHECK.reads(evidence(seen(standalone())))) == []
    [reading] = CHECK.reads(evidence(seen(identified("gcp"), token=Seen(fact=TOKENS["gcp"]()))))
    assert isinstance(reading.observed, Seen)
