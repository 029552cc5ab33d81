"""How full a server is, from the INFO of every release, and of those that tell little."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.facts import Load
from preflight.probes.load import load_of
from preflight.probes.server import identify, parse_info
from tests.probes.test_wire import over
from tests.servers.catalogue import RELEASES
from tests.servers.process import running

MEGABYTE = 1_048_576
WITHOUT_LIMIT = {"redis-3.2", "redis-5.0"}
"""INFO tells maxclients since Redis 6.0."""


@pytest.mark.parametrize("key", RELEASES)
def test_what_every_release_tells(key: str) -> None:
    """All of it, but that the old ones keep back how many may connect."""
    with running(key, config=("maxmemory 100mb", "maxclients 123")) as server, server.client() as client:
        client.mset({"a": 1, "b": 2})
        with server.client(db=3) as other:
            other.set("c", 3)
            load = over(server, lambda wire: identify(wire, 0)).load
    assert load.keys == {"0": 2, "3": 1}
    assert load.memory_limit == 100 * MEGABYTE
    assert load.clients_limit == (None if key in WITHOUT_LIMIT else 123)
    assert load.clients is not None
    # Ours, and that of the keys in database 0; the other one may be counted still.
    assert load.clients >= 2
    assert load.memory_used is not None
    assert 100_000 < load.memory_used < 50 * MEGABYTE
    assert load.machine_memory is not None
    assert load.machine_memory > 100 * MEGABYTE


@pytest.mark.parametrize("key", RELEASES)
def test_an_empty_server_has_no_keys(key: str) -> None:
    """Which is not the same as not to know."""
    with running(key) as server:
        load = over(server, lambda wire: identify(wire, 0)).load
    assert (load.keys, load.memory_limit) == ({}, 0)


def test_info_is_not_permitted() -> None:
    """Then nothing is known, and nothing is made up."""
    with running("redis-7.0", users=("default on nopass ~* &* +@all -info",)) as server:
        assert over(server, lambda wire: identify(wire, 0)).load == Load()


@pytest.mark.parametrize(
    ("text", "load"),
    [
        ("", Load()),
        ("redis_version:7.0.0", Load()),
        ("connected_clients:3", Load(clients=3, keys={})),
        ("connected_clients:3\ndb0:keys=5,expires=1,avg_ttl=0", Load(clients=3, keys={"0": 5})),
        ("db0:keys=5,expires=1,avg_ttl=0\ndb15:keys=1", Load(keys={"0": 5, "15": 1})),
        ("db0:expires=1", Load()),
        ("db0_avg:keys=5", Load()),
        ("maxclients:10000\nmaxmemory:0", Load(clients_limit=10_000, memory_limit=0)),
        ("used_memory:1.5G\nmaxmemory:-1", Load()),
        ("used_memory: 5", Load()),
        ("used_memory:" + "9" * 19, Load()),
        ("used_memory:\u0665", Load()),
        ("total_system_memory:8589934592", Load(machine_memory=8_589_934_592)),
    ],
    ids=lambda value: value.replace("\n", " ")[:40] if isinstance(value, str) else "",
)
def test_fields_that_are_missing_or_no_numbers(text: str, load: Load) -> None:
    """What is not told as a number is not known."""
    assert load_of(parse_info(text.encode())) == load


@given(st.dictionaries(st.sampled_from([*parse_info(b"maxclients:\nmaxmemory:\ndb0:\nused_memory:")]), st.text()))
def test_any_fields_are_read(fields: dict[str, str]) -> None:
    """A proxy may say whatever it likes."""
    load_of(fields)
