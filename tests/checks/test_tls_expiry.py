"""The dates of every certificate that the server sends."""

from __future__ import annotations

import pytest

from preflight.checks.tls_expiry import judge
from preflight.engine import assess
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import certificate, evidence, issuer, refused, seen, shown, standalone

TARGET = standalone("rediss://cache.example.com:6379/0")
AT = "2026-01-02T12:00:00+00:00"
PAST, FUTURE = "2025-12-31T00:00:00+00:00", "2026-01-03T00:00:00+00:00"
ENDED = Cause.CERTIFICATE_EXPIRED
EARLY = Cause.CERTIFICATE_NOT_YET_VALID


def test_plaintext_has_no_dates() -> None:
    """Nothing was shown."""
    assert judge(TARGET, None).outcome is Outcome.NOT_APPLICABLE


def test_a_pass_says_until_when() -> None:
    """The day of the one that ends first."""
    chain = shown(certificate(), issuer(not_after="2026-06-01T00:00:00+00:00"), at=AT)
    assert judge(TARGET, chain).summary == "until 2026-06-01"


@pytest.mark.parametrize("place", [0, 1, 2])
@pytest.mark.parametrize(
    ("dates", "cause"),
    [
        ({"not_after": PAST}, ENDED),
        ({"not_before": FUTURE}, EARLY),
        ({"not_before": FUTURE, "not_after": PAST}, EARLY),
    ],
)
def test_any_certificate_of_the_chain(place: int, dates: dict[str, str], cause: Cause) -> None:
    """The one that is at fault is named, with its dates and the moment; the clock is looked at first."""
    chain = [certificate(subject="CN=0"), issuer("CN=1"), issuer("CN=2")]
    chain[place] = certificate(subject=f"CN={place}", **dates)
    verdict = judge(TARGET, shown(*chain, at=AT))
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, cause)
    assert verdict.details == {
        "subject": f"CN={place}",
        "valid": f"{chain[place].not_before} to {chain[place].not_after}",
        "seen at": AT,
    }


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        ("2026-01-02T11:59:59+00:00", Outcome.FAIL),
        ("2026-01-02T12:00:00+00:00", Outcome.WARN),
        ("2026-01-02T12:00:01+00:00", Outcome.WARN),
        ("2026-02-01T11:59:59+00:00", Outcome.WARN),
        ("2026-02-01T12:00:00+00:00", Outcome.PASS),
        ("2026-02-01T12:00:01+00:00", Outcome.PASS),
    ],
)
def test_thirty_days(end: str, outcome: Outcome) -> None:
    """Less is worth a warning; a moment that has passed is a failure."""
    assert judge(TARGET, shown(certificate(not_after=end), at=AT)).outcome is outcome
    assert judge(TARGET, shown(certificate(), issuer(not_after=end), at=AT)).outcome is outcome


@pytest.mark.parametrize(
    ("begin", "outcome"),
    [(AT, Outcome.PASS), ("2026-01-02T12:00:01+00:00", Outcome.FAIL), ("2026-01-02T11:59:59+00:00", Outcome.PASS)],
)
def test_the_first_second(begin: str, outcome: Outcome) -> None:
    """From its beginning on it is valid."""
    assert judge(TARGET, shown(certificate(not_before=begin), at=AT)).outcome is outcome


def test_a_warning_names_the_first_to_end() -> None:
    """And counts its days."""
    chain = shown(certificate(), issuer("CN=middle", not_after="2026-01-12T12:00:00+00:00"), at=AT)
    verdict = judge(TARGET, chain)
    assert (verdict.outcome, verdict.details["subject"]) == (Outcome.WARN, "CN=middle")
    assert "in 10 days" in verdict.summary


@pytest.mark.parametrize(("code", "cause"), [(10, ENDED), (9, EARLY)])
def test_a_root_that_was_not_sent(code: int, cause: Cause) -> None:
    """What OpenSSL found is told, though every certificate that was sent is valid."""
    chain = shown(code=code, problem="certificate has expired")
    found = {each.id: each.outcome for each in assess(evidence(seen(TARGET, refused(chain, cause))), catalogue())}
    assert found["auth.accepted"] is Outcome.BLOCKED
    assert found["tls.expiry"] is Outcome.FAIL
