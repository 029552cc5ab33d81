"""The version policy, product by product, at each of its borders."""

from __future__ import annotations

import pytest

from preflight.checks.server_version import judge
from preflight.model.facts import Product
from preflight.model.finding import Outcome
from tests.checks.facts import server, standalone

REDIS, ENTERPRISE, VALKEY = Product.REDIS, Product.REDIS_ENTERPRISE, Product.VALKEY
PASS, WARN, FAIL, NONE = Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("product", "version", "outcome", "summary"),
    [
        (REDIS, "3.2.12", FAIL, "Redis 3.2.12 is older than 5"),
        (REDIS, "4.9.999", FAIL, "older than 5"),
        (REDIS, "5", PASS, "Redis 5"),
        (REDIS, "5.0", PASS, "Redis 5.0"),
        (REDIS, "5.0.0", PASS, "Redis 5.0.0"),
        (REDIS, "7.10.1", PASS, "Redis 7.10.1"),
        (REDIS, "99.0.0", PASS, "Redis 99.0.0"),
        (REDIS, "", NONE, "no version"),
        (ENTERPRISE, "4.0.9", FAIL, "Redis Enterprise 4.0.9 is older than 5"),
        (ENTERPRISE, "7.4.0", PASS, "Redis Enterprise 7.4.0"),
        (VALKEY, "7.2.4", FAIL, "Valkey 7.2.4 is older than 8"),
        (VALKEY, "7.2.99", FAIL, "older than 8"),
        (VALKEY, "8", PASS, "Valkey 8"),
        (VALKEY, "8.0.0", PASS, "Valkey 8.0.0"),
        (VALKEY, "8.1.4", PASS, "Valkey 8.1.4"),
        (VALKEY, "8.99.99", PASS, "Valkey 8.99.99"),
        (VALKEY, "9", WARN, "not in LangSmith's documented list"),
        (VALKEY, "9.0.0", WARN, "Valkey 9.0.0 is not in"),
        (VALKEY, "", NONE, "no version"),
        (Product.KEYDB, "6.3.4", NONE, "no version"),
        (Product.UNKNOWN, "1.0", NONE, "no version"),
    ],
)
def test_version_policy(product: Product, version: str, outcome: Outcome, summary: str) -> None:
    """Each product has its floor, and Valkey has an end too."""
    verdict = judge(standalone(), server(version, product))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)


@pytest.mark.parametrize(("product", "version"), [(REDIS, "3.2"), (VALKEY, "7.2"), (VALKEY, "9.1")])
def test_remedy_names_the_documented_versions(product: Product, version: str) -> None:
    """Whoever has to upgrade is told to what."""
    documented = {REDIS: "Redis 5 and newer", VALKEY: "Valkey 8"}
    assert documented[product] in (judge(standalone(), server(version, product)).remedy or "")
