"""The addresses of a name."""

from __future__ import annotations

from preflight.checks.dns_resolves import judge
from preflight.model.facts import Addresses
from preflight.model.finding import Outcome
from tests.checks.facts import standalone


def test_every_address_is_named() -> None:
    """Clients take any of them."""
    verdict = judge(standalone(), Addresses(addresses=("10.0.0.1", "2001:db8::1")))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, "resolves to 10.0.0.1, 2001:db8::1")
