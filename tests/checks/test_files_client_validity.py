"""The client certificate's own dates and purpose."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.checks.files_client_validity import judge
from preflight.model.facts import Files
from preflight.model.finding import Outcome
from tests.checks.facts import certificate, standalone

AT = "2026-01-02T12:00:00+00:00"
PAST, FUTURE = "2025-12-31T00:00:00+00:00", "2026-01-03T00:00:00+00:00"


def test_none_is_configured() -> None:
    """Then there is nothing to judge."""
    assert judge(standalone(), Files(at=AT)).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("own", "outcome", "summary"),
    [
        ({}, Outcome.PASS, "until 2027-01-01"),
        ({"not_after": PAST}, Outcome.FAIL, "the client certificate expired on 2025-12-31"),
        ({"not_before": FUTURE}, Outcome.FAIL, "the client certificate is valid only from 2026-01-03 on"),
        ({"not_before": FUTURE, "not_after": PAST}, Outcome.FAIL, "the client certificate is valid only from"),
        ({"for_clients": False}, Outcome.FAIL, "the client certificate is not meant for clients"),
        ({"for_clients": False, "not_after": PAST}, Outcome.FAIL, "the client certificate expired on 2025-12-31"),
        ({"for_clients": False, "not_after": FUTURE}, Outcome.FAIL, "the client certificate is not meant for clients"),
        ({"not_after": "2026-01-12T12:00:00+00:00"}, Outcome.WARN, "the client certificate expires in 10 days"),
        ({"not_after": "2026-02-01T11:59:59+00:00"}, Outcome.WARN, "the client certificate expires in 30 days"),
        ({"not_after": "2026-02-01T12:00:00+00:00"}, Outcome.PASS, "until 2026-02-01"),
        ({"not_after": AT}, Outcome.WARN, "the client certificate expires in 0 days"),
        ({"not_after": "2026-01-02T11:59:59+00:00"}, Outcome.FAIL, "the client certificate expired on 2026-01-02"),
        ({"not_before": AT}, Outcome.PASS, "until"),
    ],
)
def test_dates_and_purpose(own: dict[str, Any], outcome: Outcome, summary: str) -> None:
    """The clock is looked at first, then the end, then what it is for."""
    held = certificate(subject="CN=me", **own)
    verdict = judge(standalone(), Files(client_certificate=held, at=AT))
    assert verdict.outcome is outcome
    assert verdict.summary.startswith(summary)
    if outcome is not Outcome.PASS:
        assert verdict.remedy
        expected = {"subject": "CN=me", "valid": f"{held.not_before} to {held.not_after}", "seen at": AT}
        assert verdict.details == expected
