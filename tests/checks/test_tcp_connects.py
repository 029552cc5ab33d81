"""Dead addresses behind a name that works."""

from __future__ import annotations

import pytest

from preflight.checks.tcp_connects import judge
from preflight.model.facts import Attempt, Connected
from preflight.model.finding import Outcome
from tests.checks.facts import standalone

ALIVE = Attempt(address="10.0.0.1")
DEAD = Attempt(address="10.0.0.2", message="connection refused")
DEAD_TOO = Attempt(address="10.0.0.3", message="timed out")
LOOPBACK = Attempt(address="::1", message="connection refused")


@pytest.mark.parametrize(
    ("attempts", "outcome", "summary", "details"),
    [
        ((ALIVE,), Outcome.PASS, "accepts on 10.0.0.1", {}),
        ((LOOPBACK, ALIVE), Outcome.PASS, "accepts on 10.0.0.1", {}),
        ((DEAD, ALIVE), Outcome.WARN, "1 of 2 addresses", {"10.0.0.2": "connection refused"}),
        (
            (DEAD, ALIVE, DEAD_TOO),
            Outcome.WARN,
            "2 of 3 addresses",
            {"10.0.0.2": "connection refused", "10.0.0.3": "timed out"},
        ),
    ],
)
def test_attempts(attempts: tuple[Attempt, ...], outcome: Outcome, summary: str, details: dict[str, str]) -> None:
    """Each dead address is named with its reason; `localhost` may be deaf on IPv6."""
    verdict = judge(standalone(), Connected(address="10.0.0.1", attempts=attempts))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)
    assert verdict.details == details
