"""Who is supported, and who is only named."""

from __future__ import annotations

import pytest

from preflight.checks.server_product import judge
from preflight.model.facts import Product
from preflight.model.finding import Outcome
from tests.checks.facts import refusal, server, standalone


@pytest.mark.parametrize("product", [Product.REDIS, Product.REDIS_ENTERPRISE, Product.VALKEY])
def test_supported_products_pass_by_their_own_name(product: Product) -> None:
    """The summary says who it is."""
    verdict = judge(standalone(), server("8.1", product))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, f"is {product} 8.1")


@pytest.mark.parametrize("product", [Product.KEYDB, Product.DRAGONFLY, Product.GARNET])
def test_other_products_warn_by_their_own_name(product: Product) -> None:
    """Whatever Redis version they claim, they are called what they are."""
    verdict = judge(standalone(), server("6.3.4", product))
    assert verdict.outcome is Outcome.WARN
    assert f"{product} 6.3.4" in verdict.summary
    assert verdict.remedy


def test_nobody_is_warned_of_for_saying_nothing() -> None:
    """An unknown server warns, without a version that it did not give."""
    verdict = judge(standalone(), server("", Product.UNKNOWN))
    assert (verdict.outcome, "an unknown server;" in verdict.summary) == (Outcome.WARN, True)


def test_forbidden_info_is_no_failure() -> None:
    """A denied command is a fact about the user, not about the server."""
    denied = refusal("NOPERM this user has no permissions to run the 'info' command")
    verdict = judge(standalone(), server("", Product.UNKNOWN, info=denied))
    assert (verdict.outcome, "not permitted here" in verdict.summary) == (Outcome.NOT_APPLICABLE, True)
