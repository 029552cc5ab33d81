"""A certificate's time: how much has passed, and in words what is left."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from preflight.drawing.lifetime import lifetime, remaining, standing
from preflight.model.facts import Certificate

NOW = "2026-01-31T00:00:00+00:00"


def certificate(first: str, last: str) -> Certificate:
    return Certificate(subject="CN=a", issuer="CN=b", not_before=first, not_after=last)


@pytest.mark.parametrize(
    ("first", "last", "outcome", "words", "passed"),
    [
        ("2026-01-01T00:00:00Z", "2026-05-01T00:00:00Z", "pass", "90 days left", 25),
        ("2025-01-31T00:00:00Z", "2026-02-10T00:00:00Z", "warn", "10 days left", 97.33),
        ("2026-01-01T00:00:00Z", "2026-01-31T12:00:00Z", "warn", "less than a day left", 98.36),
        ("2025-01-01T00:00:00Z", "2026-01-30T00:00:00Z", "fail", "expired 1 day ago", 100),
        ("2026-02-05T00:00:00Z", "2027-01-30T00:00:00Z", "fail", "not valid before 5 days from now", 0),
        ("2027-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "fail", "not valid before 335 days from now", 100),
    ],
)
def test_a_certificate(first: str, last: str, outcome: str, words: str, passed: float) -> None:
    """As picture and in words."""
    each = certificate(first, last)
    assert (standing(each, NOW), remaining(each, NOW)) == (outcome, words)
    [_, bar] = fromstring(lifetime(each, NOW))  # noqa: S314 - our own
    assert float(bar.attrib["width"]) == pytest.approx(passed)
    assert bar.attrib["class"] == f"passed-{outcome}"


@pytest.mark.parametrize("odd", ["", "yesterday", "2026-01-01T00:00:00", "\x00"])
def test_dates_that_cannot_be_read(odd: str) -> None:
    """A file may say anything; nothing is made up."""
    each = certificate(odd, "2027-01-01T00:00:00Z")
    assert (lifetime(each, NOW), remaining(each, NOW), standing(each, NOW)) == ("", "", "not-applicable")
    assert remaining(certificate("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z"), odd) == ""
