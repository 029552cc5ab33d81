"""What OpenSSL's verdict means, together with the chain."""

from __future__ import annotations

import pytest

from preflight.model.evidence import Cause
from preflight.model.verification import cause_of, cause_of_code
from tests.checks.facts import shown

CODES = [
    (2, Cause.UNTRUSTED),
    (7, Cause.UNTRUSTED),
    (9, Cause.CERTIFICATE_NOT_YET_VALID),
    (10, Cause.CERTIFICATE_EXPIRED),
    (18, Cause.SELF_SIGNED),
    (19, Cause.UNTRUSTED),
    (20, Cause.UNTRUSTED),
    (21, Cause.UNTRUSTED),
    (62, Cause.HOSTNAME_MISMATCH),
    (64, Cause.HOSTNAME_MISMATCH),
    (66, Cause.CERTIFICATE_WEAK),
    (67, Cause.CERTIFICATE_WEAK),
    (68, Cause.CERTIFICATE_WEAK),
    (999, Cause.UNTRUSTED),
]


@pytest.mark.parametrize(("code", "cause"), CODES)
def test_a_code_alone(code: int, cause: Cause) -> None:
    """One that nobody knows still means that nothing is vouched for."""
    assert cause_of_code(code) is cause
    assert cause_of(shown(code=code)) is cause


@pytest.mark.parametrize(("code", "cause"), CODES)
def test_with_a_root_of_the_signer_s_organisation(code: int, cause: Cause) -> None:
    """Only a missing issuer is then taken for a chain cut short."""
    assert cause_of(shown(code=code, akin=True)) is (Cause.CHAIN_INCOMPLETE if code in {2, 20, 21} else cause)


@pytest.mark.parametrize("akin", [False, True])
def test_no_code_is_no_cause(akin: bool) -> None:
    """A verification that succeeded."""
    assert cause_of(shown(akin=akin)) is None
