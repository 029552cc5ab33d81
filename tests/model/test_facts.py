"""How facts show themselves, and what they tell of one another."""

from __future__ import annotations

import pytest

from preflight.model.check import placing
from preflight.model.cluster import SlotRange
from preflight.model.evidence import Stage
from preflight.model.facts import Product, Reply, Server
from tests.checks.facts import node, topology


@pytest.mark.parametrize(
    ("product", "version", "shown"),
    [
        (Product.REDIS, (7, 10, 1), "Redis 7.10.1"),
        (Product.VALKEY, (8,), "Valkey 8"),
        (Product.UNKNOWN, (), "an unknown server"),
        (Product.REDIS_ENTERPRISE, (), "Redis Enterprise"),
    ],
)
def test_server(product: Product, version: tuple[int, ...], shown: str) -> None:
    """Its own name, and the version where it is known."""
    assert str(Server(product=product, version=version)) == shown


def test_slot_range() -> None:
    """One slot is shown as one, and ends count."""
    assert [str(SlotRange(first=1, last=last, primary="a")) for last in (1, 2)] == ["1", "1-2"]


def test_topology_names_its_members() -> None:
    """Primaries and replicas, and which slots a primary serves."""
    chart = topology((0, 9, "a:1+c:1"), (10, 10, "b:1"), (20, 29, "a:1+c:1"))
    assert set(chart.members()) == {"a:1", "b:1", "c:1"}
    assert [chart.slots_of(name) for name in ("a:1", "b:1", "c:1")] == ["0-9, 20-29", "10", ""]


def test_reply() -> None:
    """No error code is success."""
    assert Reply().ok
    assert not Reply(code="ERR", message="ERR no").ok


def test_stages_are_ranked_as_they_are_climbed() -> None:
    """The ladder is the order of the enumeration."""
    assert [stage.rank for stage in Stage] == list(range(len(Stage)))
    assert Stage.CONFIG.rank < Stage.DNS.rank < Stage.TCP.rank < Stage.TLS.rank < Stage.AUTH.rank < Stage.SERVER.rank


@pytest.mark.parametrize(
    ("about", "shown"),
    [
        ({}, {}),
        ({"advertised_by": "a:1"}, {"advertised by": "a:1"}),
        ({"advertised_by": "a:1", "slots": "0-9"}, {"advertised by": "a:1", "serves slots": "0-9"}),
    ],
)
def test_placing(about: dict[str, str], shown: dict[str, str]) -> None:
    """A configured node needs no placing; an advertised one says by whom, and which slots it serves."""
    facts = node()
    assert placing(node("b:1", **about)) == shown  # type: ignore[arg-type]
    assert placing(facts) == {}
