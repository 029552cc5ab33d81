"""Who vouches for the server's certificate."""

from __future__ import annotations

import pytest

from preflight.checks.tls_trusted import judge
from preflight.engine import assess
from preflight.model.evidence import Cause
from preflight.model.facts import Certificate, Shown
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import CA, certificate, evidence, issuer, refused, seen, shown, standalone

TARGET = standalone("rediss://cache.example.com:6379/0")
MIDDLE = "CN=middle"
LEAF = certificate(issuer=MIDDLE)


def test_plaintext_needs_no_ca() -> None:
    """Nothing was shown, and nothing is confirmed."""
    assert judge(TARGET, None).outcome is Outcome.NOT_APPLICABLE


def test_a_pass_names_the_signer() -> None:
    """The one of the server's own certificate; some CAs have no name."""
    assert judge(TARGET, shown()).summary == f"signed by {CA}"
    assert judge(TARGET, shown(certificate(issuer=""))).summary == "signed by a trusted CA"


@pytest.mark.parametrize(
    ("code", "akin", "cause"),
    [
        (18, False, Cause.SELF_SIGNED),
        (19, False, Cause.UNTRUSTED),
        (20, False, Cause.UNTRUSTED),
        (20, True, Cause.CHAIN_INCOMPLETE),
        (21, True, Cause.CHAIN_INCOMPLETE),
        (66, False, Cause.CERTIFICATE_WEAK),
        (68, True, Cause.CERTIFICATE_WEAK),
        (999, False, Cause.UNTRUSTED),
    ],
)
def test_each_way_not_to_be_trusted(code: int, akin: bool, cause: Cause) -> None:
    """Told by its cause, with OpenSSL's words, the key and the chain as it was sent."""
    verdict = judge(TARGET, shown(LEAF, issuer(MIDDLE), code=code, akin=akin, vouched=False, problem="its words"))
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, cause)
    assert verdict.remedy
    assert verdict.details == {
        "evidence": "its words",
        "key": "RSA 2048, sha256",
        "certificate 1": "CN=cache, signed by CN=middle",
        "certificate 2": f"CN=middle, signed by {CA}",
    }


@pytest.mark.parametrize(
    ("code", "outcome"), [(62, Outcome.PASS), (64, Outcome.PASS), (10, Outcome.PASS), (9, Outcome.PASS)]
)
def test_what_another_check_tells(code: int, outcome: Outcome) -> None:
    """A wrong name or date on a chain that signatures lead up from."""
    assert judge(TARGET, shown(code=code, vouched=True)).outcome is outcome


@pytest.mark.parametrize("code", [62, 64])
def test_a_wrong_name_hides_no_forged_signature(code: int) -> None:
    """OpenSSL stops at the name; who signed is then told from the signatures themselves."""
    verdict = judge(TARGET, shown(code=code, vouched=False, problem="Hostname mismatch"))
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, Cause.UNTRUSTED)
    assert verdict.details["certificate 1"] == f"CN=cache, signed by {CA}"


@pytest.mark.parametrize("code", [9, 10])
def test_a_wrong_date_hides_no_forged_signature(code: int) -> None:
    """The CA's is verified first: an expired one says nothing of what it is said to have signed."""
    ended = issuer(MIDDLE, not_after="2025-12-31T00:00:00+00:00")
    verdict = judge(TARGET, shown(LEAF, ended, code=code, vouched=False, problem="certificate has expired"))
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, Cause.UNTRUSTED)


def test_a_wrong_name_with_a_forged_signature_is_two_findings() -> None:
    """Both are to be mended, and each check tells its own."""
    chain = shown(dialled="other.example.com", code=62, vouched=False, problem="Hostname mismatch")
    found = assess(evidence(seen(TARGET, refused(chain, Cause.HOSTNAME_MISMATCH))), catalogue())
    assert {each.id for each in found if each.outcome is Outcome.FAIL} == {"tls.trusted", "tls.hostname"}


@pytest.mark.parametrize(
    ("chain", "outcome"),
    [
        ((certificate(),), Outcome.PASS),
        ((LEAF, issuer(MIDDLE)), Outcome.PASS),
        ((LEAF, issuer(MIDDLE), issuer()), Outcome.PASS),
        ((LEAF, issuer()), Outcome.WARN),
        ((LEAF, issuer(), issuer(MIDDLE)), Outcome.WARN),
        ((issuer(MIDDLE), LEAF), Outcome.WARN),
        ((certificate(), certificate()), Outcome.WARN),
        ((LEAF, issuer(MIDDLE), issuer("O=other", "O=other")), Outcome.WARN),
    ],
)
def test_the_order_of_the_chain(chain: tuple[Certificate, ...], outcome: Outcome) -> None:
    """Each is signed by the next one; it is verified all the same."""
    verdict = judge(TARGET, shown(*chain))
    assert verdict.outcome is outcome
    assert verdict.details.get("evidence") == ("verified" if outcome is Outcome.WARN else None)


@pytest.mark.parametrize(
    ("key", "signature", "strength"),
    [("RSA 1024", "sha1", "RSA 1024, sha1"), ("Ed25519", "", "Ed25519"), ("", "sha256", "sha256")],
)
def test_the_strength_is_shown(key: str, signature: str, strength: str) -> None:
    """As far as it is known."""
    weak: Shown = shown(certificate(key=key, signature=signature), code=66)
    assert judge(TARGET, weak).details["key"] == strength
