"""Who answers is read from what only it says; INFO is read as any server may write it, or HELLO in its place."""

import pytest

from preflight.model.evidence import Cause
from preflight.model.facts import Product, Reply, Role, Server
from preflight.probes.errors import ProbeError
from preflight.probes.server import identify, parse_info, product_of
from tests.probes.test_wire import over
from tests.servers.catalogue import RELEASES
from tests.servers.fixtures import ServerPool
from tests.servers.front import Ending, Words, front
from tests.servers.loopback import Dialable
from tests.servers.process import running
from tests.servers.test_starting import EVERY_RELEASE, WITH_ACL


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


def _identified(to: Dialable, db: int = 0) -> Server:
    return over(to, lambda wire: identify(wire, db))


@EVERY_RELEASE
def test_every_release(server_pool: ServerPool, key: str) -> None:
    """Who it is, by its own name and version, and how it is."""
    seen = _identified(server_pool.get(key), db=1)
    release = RELEASES[key]
    assert seen.product is {"redis": Product.REDIS, "valkey": Product.VALKEY}[release.product]
    assert ".".join(map(str, seen.version[:2])) == release.version
    assert (seen.role, seen.primary, seen.cluster_enabled, seen.loading) == (Role.PRIMARY, "", False, False)
    assert (seen.database, seen.info, seen.persistence_error, seen.eviction) == (Reply(), Reply(), "", "noeviction")
    assert len(seen.run_id) == 40
    assert seen.clock_offset is not None
    assert abs(seen.clock_offset) < 5
    assert 0 < seen.clock_error < 5


@pytest.mark.parametrize("key", ["redis-3.2", "redis-8.2", "valkey-9.1"])
def test_a_replica_names_its_primary(key: str) -> None:
    """And a database that is not there is told by the server."""
    with running(key) as primary, running(key, replica_of=primary) as replica:
        seen = _identified(replica, db=99)
    assert (seen.role, seen.primary) == (Role.REPLICA, f"{primary.host}:{primary.port}")
    assert seen.database.code == "ERR"


@WITH_ACL
def test_info_is_not_permitted(server_pool: ServerPool, key: str) -> None:
    """Then HELLO tells who it is, in one round trip more, and the refusal of INFO is kept."""
    server = server_pool.get(key, users=("default on nopass ~* &* +@all -info",))
    sent = list[bytes]()

    def rule(words: Words) -> None:
        sent.append(words[0])

    with front(server, lambda: rule) as before:
        seen = _identified(before)
    assert sent == [b"INFO", b"TIME", b"HELLO"]
    # Its number of three parts is in `version`; Valkey 8 and 9 say their own there too.
    assert ".".join(map(str, seen.version[:2])) == RELEASES[key].version
    assert (seen.role, seen.cluster_enabled, seen.info.code) == (Role.PRIMARY, False, "NOPERM")


def test_neither_info_nor_hello(server_pool: ServerPool) -> None:
    """Nobody knows who it is, and nothing is made up."""
    refused = {b"INFO", b"HELLO", b"TIME"}
    server = server_pool.get("redis-7.0")
    with front(server, lambda: lambda words: b"-NOPERM no\r\n" if words[0] in refused else None) as before:
        seen = _identified(before)
    assert (seen.product, seen.version, seen.role, seen.cluster_enabled) == (Product.UNKNOWN, (), Role.UNKNOWN, None)
    assert (seen.clock_offset, seen.run_id, seen.eviction) == (None, "", "")


@pytest.mark.parametrize("at", ["SELECT", "INFO", "TIME"])
def test_a_proxy_hangs_up(server_pool: ServerPool, at: str) -> None:
    """It is told at which command: the first that has had no answer."""
    server = server_pool.get("redis-7.0")
    with (
        front(server, lambda: lambda words: Ending.CLOSED if words[0] == at.encode() else None) as before,
        pytest.raises(ProbeError, match=f"^the connection was closed at {at}$") as raised,
    ):
        _identified(before, db=1)
    assert raised.value.cause is Cause.CLOSED
