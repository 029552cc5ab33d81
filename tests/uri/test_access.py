"""How rules are given to a user, wherever the server runs."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.model.facts import Product
from preflight.model.identity import AwsIam
from preflight.model.target import Target
from preflight.uri.access import Way, grant, way_of
from preflight.uri.offering import Service
from tests.checks.facts import cluster, identified, standalone

ELASTICACHE = standalone("rediss://app:pw@master.cache.abc123.euw1.cache.amazonaws.com:6379/0")
MEMORYDB = cluster("redis://clustercfg.cache.abc123.memorydb.eu-west-1.amazonaws.com:6379")
AZURE_CACHE = standalone("rediss://cache.redis.cache.windows.net:6380/0")
AZURE_MANAGED = standalone("rediss://cache.eastus.redis.azure.net:10000/0")


def unnamed(target: Target) -> Target:
    """The same under a name that tells nothing."""
    return replace(target, endpoints=standalone("rediss://redis.internal:6379").endpoints)


@pytest.mark.parametrize(
    ("target", "product", "way"),
    [
        (standalone(), Product.REDIS, Way.SERVER),
        (cluster(), Product.VALKEY, Way.SERVER),
        (standalone(), Product.UNKNOWN, Way.SERVER),
        (standalone(), Product.REDIS_ENTERPRISE, Way.REDIS_ENTERPRISE),
        (ELASTICACHE, Product.VALKEY, Way.ELASTICACHE),
        (MEMORYDB, Product.REDIS, Way.MEMORYDB),
        (AZURE_CACHE, Product.REDIS, Way.AZURE_CACHE),
        (AZURE_MANAGED, Product.REDIS_ENTERPRISE, Way.AZURE_MANAGED_REDIS),
        (unnamed(identified("aws")), Product.REDIS, Way.ELASTICACHE),
        (replace(unnamed(identified("aws")), identity=AwsIam(service="memorydb")), Product.REDIS, Way.MEMORYDB),
        (identified("gcp"), Product.VALKEY, Way.MEMORYSTORE),
        (unnamed(identified("azure")), Product.REDIS, Way.AZURE_CACHE),
        (unnamed(identified("azure")), Product.REDIS_ENTERPRISE, Way.AZURE_MANAGED_REDIS),
    ],
)
def test_the_way(target: Target, product: Product, way: Way) -> None:
    """The endpoint's name tells the service, else the token does, else the server itself."""
    assert way_of(target, product) is way


@pytest.mark.parametrize("service", Service)
def test_every_service_has_a_way(service: Service) -> None:
    """None of those that a name can tell takes ACL SETUSER."""
    hosts = {
        Service.ELASTICACHE: "master.cache.abc123.euw1.cache.amazonaws.com",
        Service.ELASTICACHE_SERVERLESS: "cache-abc123.serverless.euw1.cache.amazonaws.com",
        Service.MEMORYDB: "clustercfg.cache.abc123.memorydb.eu-west-1.amazonaws.com",
        Service.AZURE_MANAGED_REDIS: "cache.eastus.redis.azure.net",
        Service.AZURE_CACHE: "cache.redis.cache.windows.net",
        Service.AZURE_CACHE_ENTERPRISE: "cache.eastus.redisenterprise.cache.azure.net",
    }
    assert way_of(standalone(f"rediss://{hosts[service]}:6379/0"), Product.REDIS) is not Way.SERVER


@pytest.mark.parametrize(
    ("target", "change"),
    [
        (standalone(), "On the server: `ACL SETUSER app +info ~*`."),
        (ELASTICACHE, 'modify-user --user-id <id of user app> --append-access-string "+info ~*"`'),
        (MEMORYDB, 'update-user --user-name app --access-string "<its access string> +info ~*"`'),
        (identified("gcp"), "take an instance that has INFO"),
        (AZURE_CACHE, '--permissions "<its permissions> +info ~*"`'),
        (AZURE_CACHE, "Data Owner"),
        (AZURE_MANAGED, "Add `+info ~*` to the access string"),
    ],
)
def test_the_change(target: Target, change: str) -> None:
    """The user and the rules stand in it, and nothing is left to fill in."""
    rules = ("+info",) if target.iam == "gcp" else ("+info", "~*")
    told = grant(target, Product.UNKNOWN, "app", rules, "On the server")
    assert change in told
    assert not {"{", "}"} & set(told)


def test_the_change_on_redis_enterprise() -> None:
    """There the rules belong to a role."""
    told = grant(standalone(), Product.REDIS_ENTERPRISE, "app", ("+info",), "On the server")
    assert "add `+info` to the Redis ACL of the role that user app has" in told


@pytest.mark.parametrize("way", Way)
def test_every_way_is_made_of_sentences(way: Way) -> None:
    """And names the rules or the commands."""
    assert way.endswith(".")
    assert "{rules}" in way or "{names}" in way
