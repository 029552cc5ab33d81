"""How much of a certificate's time has passed."""

from __future__ import annotations

from preflight.drawing.svg import add, picture, written
from preflight.model.facts import Certificate
from preflight.model.requirements import EXPIRY_DAYS
from preflight.model.validity import days_left, days_until


def lifetime(certificate: Certificate, at: str) -> str:
    """From its first day to its last, what has passed filled; empty where its dates cannot be read."""
    days = _days(certificate, at)
    if days is None:
        return ""
    until, left = days
    whole = left - until
    passed = 100 * min(max(-until / whole, 0), 1) if whole > 0 else 100
    svg = picture(100, 8, class_="lifetime", preserveAspectRatio="none")
    add(svg, "rect", width=100, height=8, class_="ahead")
    add(svg, "rect", width=passed, height=8, class_=f"passed-{standing(certificate, at)}")
    return written(svg)


def standing(certificate: Certificate, at: str) -> str:
    """The outcome that its dates are worth."""
    days = _days(certificate, at)
    if days is None:
        return "not-applicable"
    until, left = days
    if until > 0 or left < 0:
        return "fail"
    return "warn" if left < EXPIRY_DAYS else "pass"


def remaining(certificate: Certificate, at: str) -> str:
    """In words; empty where its dates cannot be read."""
    days = _days(certificate, at)
    if days is None:
        return ""
    until, left = days
    if until > 0:
        return f"not valid before {_count(until)} from now"
    return f"expired {_count(-left)} ago" if left < 0 else f"{_count(left)} left"


def _count(days: float) -> str:
    return "1 day" if 1 <= days < 2 else f"{days:,.0f} days" if days >= 1 else "less than a day"  # noqa: PLR2004


def _days(certificate: Certificate, at: str) -> tuple[float, float] | None:
    """Until it begins and until it ends: dates may come from a file that anybody has written."""
    try:
        return days_until(certificate, at), days_left(certificate, at)
    except (ValueError, TypeError):
        return None
