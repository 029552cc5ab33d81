"""Whose roots are in use."""

from __future__ import annotations

from preflight.checks.files_ca import judge
from preflight.model.facts import Files
from preflight.model.finding import Outcome
from tests.checks.facts import standalone

TLS_URL = "rediss://cache.example.com:6379/0"


def test_plaintext_needs_no_roots() -> None:
    """Without TLS, a CA bundle is not looked at."""
    assert judge(standalone(ca_file="/etc/ca.pem"), Files()).outcome is Outcome.NOT_APPLICABLE


def test_roots_are_counted_by_source() -> None:
    """The number of roots and where they come from."""
    own = judge(standalone(TLS_URL, ca_file="/etc/ca.pem"), Files(roots=1))
    system = judge(standalone(TLS_URL), Files(roots=142))
    assert (own.outcome, own.summary) == (Outcome.PASS, "1 trusted roots from /etc/ca.pem")
    assert (system.outcome, system.summary) == (Outcome.PASS, "142 trusted roots from the system")
