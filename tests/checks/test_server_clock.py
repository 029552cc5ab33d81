"""A minute of skew, with the doubt of the round trip in the server's favour."""

from __future__ import annotations

import pytest

from preflight.checks.server_clock import judge
from preflight.model.finding import Outcome
from tests.checks.facts import server, standalone

PASS, WARN = Outcome.PASS, Outcome.WARN


@pytest.mark.parametrize(
    ("offset", "error", "outcome", "summary"),
    [
        (0.0, 0.0, PASS, "within 0.000 s"),
        (0.25, 0.125, PASS, "within 0.375 s"),
        (-0.25, 0.125, PASS, "within 0.375 s"),
        (0.0, 2.0, PASS, "within 4.000 s"),
        (60.0, 0.0, PASS, "within 60.000 s"),
        (-60.0, 0.0, PASS, "within 60.000 s"),
        (60.5, 0.0, WARN, "ahead of"),
        (-61.0, 0.0, WARN, "61 s behind"),
        (3600.0, 0.5, WARN, "3600 s ahead of"),
        (61.0, 1.0, PASS, "within"),
        (-61.0, 1.0, PASS, "within"),
        (62.0, 1.0, WARN, "62 s ahead of"),
        (90.0, 40.0, PASS, "within"),
    ],
)
def test_skew(offset: float, error: float, outcome: Outcome, summary: str) -> None:
    """It warns only of a skew that the round trip cannot explain."""
    verdict = judge(standalone(), server(clock_offset=offset, clock_error=error))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)


def test_silence_about_the_time_is_no_pass() -> None:
    """A server that may not be asked is not said to be right."""
    assert judge(standalone(), server(clock_offset=None)).outcome is Outcome.NOT_APPLICABLE
