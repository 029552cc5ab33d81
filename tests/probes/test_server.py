"""Who answers is read from what only it says, and INFO is read as any server may write it."""

import pytest

from preflight.model.facts import Product
from preflight.probes.server import parse_info, product_of


@pytest.mark.parametrize(
    ("fields", "product", "version"),
    [
        ({"redis_version": "5.0.14"}, Product.REDIS, (5, 0, 14)),
        ({"redis_version": "7.4-rc1"}, Product.REDIS, (7, 4)),
        ({"redis_version": "255.255.255"}, Product.REDIS, (255, 255, 255)),
        ({"redis_version": "7.2.4", "server_name": "valkey", "valkey_version": "8.1.3"}, Product.VALKEY, (8, 1, 3)),
        ({"valkey_version": "8.0.1", "availability_zone": "a", "features": ""}, Product.VALKEY, (8, 0, 1)),
        ({"redis_version": "7.4.0", "dragonfly_version": "df-v1.25.1"}, Product.DRAGONFLY, (1, 25, 1)),
        ({"redis_version": "7.4.0", "dragonfly_version": "df-dev"}, Product.DRAGONFLY, ()),
        ({"redis_version": "7.4.3", "garnet_version": "1.0.65"}, Product.GARNET, (1, 0, 65)),
        ({"redis_version": "6.3.4", "features": "cluster_mget", "availability_zone": ""}, Product.KEYDB, (6, 3, 4)),
        ({"redis_version": "7.4.0", "availability_zone": "eu-1a"}, Product.REDIS, (7, 4, 0)),
        ({"redis_version": "7.4.0", "rlec_version": "7.22.0-95"}, Product.REDIS_ENTERPRISE, (7, 4, 0)),
        ({"redis_version": "7.1.0", "os": "Amazon ElastiCache"}, Product.REDIS, (7, 1, 0)),
        ({"redis_version": "unknown"}, Product.UNKNOWN, ()),
        ({"redis_version": ""}, Product.UNKNOWN, ()),
        ({}, Product.UNKNOWN, ()),
    ],
    ids=str,
)
def test_product_of(fields: dict[str, str], product: Product, version: tuple[int, ...]) -> None:
    """The product's own version counts, not the one claimed for old clients' sake."""
    assert product_of(fields) == (product, version)


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        (b"", {}),
        (b"# Server\r\nredis_version:7.0.15\r\n\r\n", {"redis_version": "7.0.15", "": ""}),
        (b"a:1\nb:2", {"a": "1", "b": "2"}),
        (b"executable:/opt/redis:6379/bin\r\n", {"executable": "/opt/redis:6379/bin"}),
        (b"role:master\r\nrole:slave\r\n", {"role": "slave"}),
        (b"os:Linux \xff\r\n", {"os": "Linux \ufffd"}),
        (b"no colon\r\n", {"no colon": ""}),
    ],
    ids=repr,
)
def test_parse_info(text: bytes, fields: dict[str, str]) -> None:
    """Any bytes are read; a value may hold a colon."""
    assert {name: value for name, value in parse_info(text).items() if name} == {
        name: value for name, value in fields.items() if name
    }
