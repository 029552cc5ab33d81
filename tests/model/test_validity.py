"""Dates, judged at the moment when they were seen."""

from __future__ import annotations

import pytest

from preflight.model.validity import day, days_left, days_until
from tests.checks.facts import certificate

AT = "2026-01-02T12:00:00+00:00"


@pytest.mark.parametrize(
    ("moment", "days"),
    [
        ("2026-01-03T12:00:00+00:00", 1.0),
        ("2026-01-03T00:00:00+00:00", 0.5),
        ("2026-01-02T12:00:00+00:00", 0.0),
        ("2026-01-02T14:00:00+02:00", 0.0),
        ("2026-01-01T12:00:00+00:00", -1.0),
        ("2028-02-29T12:00:00+00:00", 788.0),
    ],
)
def test_days_to_either_end(moment: str, days: float) -> None:
    """Fractions count, and so do the zones of both."""
    assert days_left(certificate(not_after=moment), AT) == days
    assert days_until(certificate(not_before=moment), AT) == days


def test_the_day_of_a_moment() -> None:
    """As it is shown."""
    assert day(AT) == "2026-01-02"
