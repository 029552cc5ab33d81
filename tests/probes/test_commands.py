"""The rehearsal records what became of each command, and keeps to keys of its own that expire."""

import pytest

from preflight.model.facts import Reply
from preflight.model.rehearsal import Rehearsal
from preflight.probes.commands import keys_of, rehearse
from preflight.probes.keys import PATIENCE, delete, far_tag, slot_of, tag_of
from preflight.probes.wire import Wire
from tests.probes.test_wire import over
from tests.servers.cluster import SLOTS
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.front import Instead, Rule, front
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable
from tests.servers.process import running
from tests.servers.test_starting import EVERY_RELEASE

RUN = "0123456789ab"
HERE, FAR = tag_of(RUN), far_tag(RUN, (), "")
LIFE = 60


def _rehearsed(to: Dialable, here: str = HERE, far: str = FAR, *, limit_unknown: bool = False) -> Rehearsal:
    async def talk(wire: Wire) -> Rehearsal:
        seen = await rehearse(wire, here, far, limit_unknown=limit_unknown)
        await delete(wire, keys_of(here, far), PATIENCE)
        return seen

    return over(to, talk)


def _saying(answers: dict[bytes, bytes]) -> Rule:
    """These commands get these answers, but inside a transaction."""
    queued = False

    def rule(words: list[bytes]) -> bytes | None:
        nonlocal queued
        queued = words[0] == b"MULTI" or (queued and words[0] != b"EXEC")
        return None if queued else answers.get(words[0])

    return rule


@EVERY_RELEASE
def test_all_is_well_on_every_release(server_pool: ServerPool, key: str) -> None:
    """Every command of it is known there, and does what it should."""
    seen = _rehearsed(server_pool.get(key))
    assert seen == Rehearsal(
        write=Reply(), transaction=Reply(), cross_slot=Reply(), slots=(slot_of(HERE), slot_of(FAR))
    )


@EVERY_RELEASE
def test_whatever_it_writes_expires(server_pool: ServerPool, key: str) -> None:
    """All that it leaves is among the keys that are deleted, under our tags, and would go by itself."""
    server = server_pool.get(key)
    over(server, lambda wire: rehearse(wire, HERE, FAR))
    with server.client() as client:
        left = {name: client.ttl(name) for name in client.scan_iter()}
        assert len(left) >= 8
        assert set(left) <= set(keys_of(HERE, FAR))
        assert all(0 < seconds <= LIFE for seconds in left.values())
        assert client.delete(*keys_of(HERE, FAR)) == len(left)
    assert all(name.startswith((f"{HERE}:", f"{FAR}:")) for name in keys_of(HERE, FAR))


def test_one_round_trip(server_pool: ServerPool) -> None:
    """One to rehearse, one to delete."""
    server = server_pool.get("redis-7.0")
    with delaying_proxy(server.host, server.port, 0.01) as link:
        _rehearsed(link)
    assert link.flights == [2]


@pytest.mark.parametrize("key", ["redis-3.2", "redis-5.0", "redis-8.2", "valkey-9.1"])
def test_two_slots_of_a_cluster(cluster_pool: ClusterPool, key: str) -> None:
    """A real cluster refuses what spans two slots of one and the same node, and nothing else."""
    nodes = cluster_pool.get(key, primaries=1, assign=(range(SLOTS),))
    seen = _rehearsed(nodes.primaries[0])
    assert (seen.write.ok, seen.transaction.ok, seen.script.ok, seen.refused) == (True, True, True, {})
    assert (seen.cross_slot.code, seen.script_cross_slot.code) == ("CROSSSLOT", "CROSSSLOT")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({b"GET": b"$5\r\nother\r\n"}, "LOST"),
        ({b"GET": b"$-1\r\n"}, "LOST"),
        ({b"SET": b"-OOM command not allowed\r\n"}, "OOM"),
    ],
    ids=["another value", "no value", "out of memory"],
)
def test_a_write_that_is_not_read_back(server_pool: ServerPool, wrong: dict[bytes, bytes], code: str) -> None:
    """The server's OK is not enough: the value has to be there."""
    with front(server_pool.get("redis-7.0"), lambda: _saying(wrong)) as before:
        seen = _rehearsed(before)
    assert (seen.write.code, seen.transaction.code) == (code, "")


def test_a_transaction_that_is_not_carried_out(server_pool: ServerPool) -> None:
    """EXEC with nothing in it is a refusal."""

    def rule(words: list[bytes]) -> Instead | None:
        return Instead(words, lambda _: b"*-1\r\n") if words[0] == b"EXEC" else None

    with front(server_pool.get("redis-7.0"), lambda: rule) as before:
        seen = _rehearsed(before)
    assert (seen.write.code, seen.transaction.code, seen.cross_slot.code) == ("", "ABORTED", "ABORTED")


@pytest.mark.parametrize(
    ("key", "denied", "refused"),
    [
        ("redis-6.2", "-zrem", {"ZREM"}),
        (
            "redis-7.0",
            "-@sortedset",
            {"ZADD", "ZCARD", "ZSCORE", "ZRANGE", "ZRANGEBYSCORE", "ZREM", "ZREMRANGEBYSCORE"},
        ),
        ("valkey-9.1", "-lrange -exists", {"LRANGE", "EXISTS"}),
    ],
    ids=["redis-6.2", "redis-7.0", "valkey-9.1"],
)
def test_commands_that_the_user_may_not_run(server_pool: ServerPool, key: str, denied: str, refused: set[str]) -> None:
    """Each refused one is named with the server's own answer; the others are tried all the same."""
    server = server_pool.get(key, users=(f"default on nopass ~* &* +@all {denied}",))
    seen = _rehearsed(server)
    assert set(seen.refused) == refused
    assert {reply.code for reply in seen.refused.values()} == {"NOPERM"}
    assert seen.write.ok


def test_scripts_that_the_user_may_not_load(server_pool: ServerPool) -> None:
    """The first refusal is what counts for one slot; nothing is said to be wrong with the write."""
    server = server_pool.get("redis-7.0", users=("default on nopass ~* &* +@all -script",))
    seen = _rehearsed(server)
    assert (seen.script.code, seen.write.ok) == ("NOPERM", True)


def test_a_replica_refuses_every_write() -> None:
    """What only reads is answered there."""
    with running("redis-7.0") as primary, running("redis-7.0", replica_of=primary) as replica:
        seen = _rehearsed(replica)
    assert seen.write.code == "READONLY"
    assert {"SETEX", "EXPIRE", "DEL", "RPUSH", "LREM", "ZADD", "ZREM", "ZREMRANGEBYSCORE"} == set(seen.refused)


def test_memory_that_is_used_up() -> None:
    """What needs memory is refused, what reads or frees is not, and nothing is left."""
    with running("valkey-8.1", config=("maxmemory 1", "maxmemory-policy noeviction")) as server:
        seen = _rehearsed(server)
        with server.client() as client:
            assert client.keys() == []
    assert seen.write.code == "OOM"
    assert {name: reply.code for name, reply in seen.refused.items()} == dict.fromkeys(
        ("SETEX", "RPUSH", "ZADD"), "OOM"
    )


def test_other_peoples_keys_are_counted_by_their_kind() -> None:
    """What follows the first colon is not told; keys of our own are nobody else's, not even those of another run."""
    with running("redis-5.0") as server, server.client() as client:
        for name in (
            "saq:job:secret",
            "saq:job:other",
            "plain",
            b"\xff:x",
            "p" * 40 + ":x",
            tag_of("other") + ":write",
        ):
            client.set(name, "")
        seen = _rehearsed(server)
    assert seen.occupancy.prefixes == {"saq": 2, "": 1, "\ufffd": 1, "p" * 32: 1}
    assert seen.occupancy.refusal.ok


def test_keys_may_not_be_listed(server_pool: ServerPool) -> None:
    """The refusal is kept, and no key is claimed to be there or not."""
    server = server_pool.get("redis-7.0", users=("default on nopass ~* &* +@all -scan",))
    seen = _rehearsed(server)
    assert (seen.occupancy.refusal.code, seen.occupancy.prefixes) == ("NOPERM", {})


@pytest.mark.parametrize(
    ("answer", "limit"),
    [
        (None, 321),
        (b"*0\r\n", None),
        (b"*2\r\n$10\r\nmaxclients\r\n$1\r\n-\r\n", None),
        (b"-ERR unknown command 'CONFIG'\r\n", None),
    ],
    ids=["told", "empty", "no number", "refused"],
)
def test_the_limit_of_clients_by_config(server_pool: ServerPool, answer: bytes | None, limit: int | None) -> None:
    """Asked only where it is not known, and unknown where it is not told."""
    server = server_pool.get("redis-5.0", config=("maxclients 321",))
    with front(server, lambda: lambda words: answer if words[0] == b"CONFIG" else None) as before:
        assert _rehearsed(before, limit_unknown=True).clients_limit == limit
    with front(server, lambda: lambda _: None) as before:
        assert _rehearsed(before).clients_limit is None
    assert b"CONFIG" not in {words[0] for words in before.commands}
