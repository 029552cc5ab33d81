"""Whose roots are in use."""

from __future__ import annotations

import pytest

from preflight.checks.files_ca import judge
from preflight.model.facts import Files
from preflight.model.finding import Outcome
from preflight.model.requirements import CUSTOM_CA_PATH
from preflight.model.secret import Secret
from preflight.model.target import File, Pem
from tests.checks.facts import standalone

TLS_URL = "rediss://cache.example.com:6379/0"


def test_plaintext_needs_no_roots() -> None:
    """Without TLS, a CA bundle is not looked at."""
    assert judge(standalone(ca_file="/etc/ca.pem"), Files()).outcome is Outcome.NOT_APPLICABLE


def test_roots_are_counted_by_source() -> None:
    """The number of roots and where they come from."""
    own = judge(standalone(TLS_URL, ca_file="/etc/ca.pem"), Files(roots=1))
    system = judge(standalone(TLS_URL), Files(roots=142))
    assert (own.outcome, own.summary) == (Outcome.PASS, "1 trusted root from /etc/ca.pem")
    assert (system.outcome, system.summary) == (Outcome.PASS, "142 trusted roots from the system")


BUNDLE = Pem(text=Secret("-----BEGIN CERTIFICATE-----"), origin="key ca.crt of Secret langsmith-ca")


@pytest.mark.parametrize("bundle", [BUNDLE, CUSTOM_CA_PATH])
def test_a_custom_ca_without_the_public_roots(bundle: File) -> None:
    """In a pod it replaces them for everything that is called there."""
    target = standalone(TLS_URL, ca_file=bundle)
    verdict = judge(target, Files(roots=1, public_roots=0))
    assert (verdict.outcome, verdict.summary.startswith(f"{bundle} holds none of the public")) == (Outcome.WARN, True)
    assert "public roots" in (verdict.remedy or "")
    kept = judge(target, Files(roots=143, public_roots=142))
    assert (kept.outcome, kept.summary) == (Outcome.PASS, f"143 trusted roots from {bundle}")


def test_a_bundle_for_redis_alone() -> None:
    """A file from the command line replaces nothing in a pod."""
    verdict = judge(standalone(TLS_URL, ca_file="/etc/ca.pem"), Files(roots=1, public_roots=0))
    assert verdict.outcome is Outcome.PASS
