"""What a second connection gets of what the first one sends: by a waiting pop, by channel and by pattern."""

import asyncio
from collections.abc import Callable

import pytest

from preflight.model.facts import Reply
from preflight.model.rehearsal import Exchange
from preflight.probes.exchange import PATIENCE, exchange, keys_of
from preflight.probes.keys import tag_of
from tests.probes.test_wire import wired
from tests.servers.fixtures import ServerPool
from tests.servers.front import Instead, Rule, Words, bulk, front
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable
from tests.servers.process import running
from tests.servers.test_starting import EVERY_RELEASE

TAG = tag_of("0123456789ab")
LAST = tuple(("DEL", key) for key in keys_of(TAG))
LOST = Reply(code="LOST", message=f"no message came within {PATIENCE} s")
LIFE = 60


def _exchanged(
    to: Dialable, pop: str = "BLMOVE", last: tuple[tuple[str, ...], ...] = LAST, then: Callable[[], object] = int
) -> Exchange:
    """`then` is called while both connections are still open."""

    async def talk() -> Exchange:
        async with wired(to) as first, wired(to) as second, asyncio.timeout(20):
            seen = await exchange(first, second, TAG, pop, last)
            then()
            return seen

    return asyncio.run(talk())


def _rule(answers: dict[bytes, bytes | Instead]) -> Callable[[], Rule]:
    return lambda: lambda words: answers.get(words[0])


def _popping(key: str) -> str:
    return "BRPOPLPUSH" if key in {"redis-3.2", "redis-5.0"} else "BLMOVE"


@EVERY_RELEASE
def test_all_arrives_on_every_release(server_pool: ServerPool, key: str) -> None:
    """By the blocking pop of that release; both lists are gone afterwards."""
    server = server_pool.get(key)
    seen = _exchanged(server, _popping(key))
    assert seen == Exchange(pop=_popping(key), blocking=Reply(), channel=Reply(), pattern=Reply())
    with server.client() as client:
        assert client.keys() == []


@EVERY_RELEASE
def test_its_lists_expire(server_pool: ServerPool, key: str) -> None:
    """What was moved has a time to live too, should nobody delete it."""
    server = server_pool.get(key)
    _exchanged(server, _popping(key), last=())
    with server.client() as client:
        left = {name: client.ttl(name) for name in client.scan_iter()}
        client.delete(*keys_of(TAG))
    assert set(left) == {keys_of(TAG)[1]}
    assert all(0 < seconds <= LIFE for seconds in left.values())


def test_two_round_trips_and_nothing_waits(server_pool: ServerPool) -> None:
    """Over a slow link: two of the first connection, which also delete, and two of the second."""
    server = server_pool.get("redis-7.0")
    with delaying_proxy(server.host, server.port, 0.02) as link:
        assert _exchanged(link).blocking.ok
    assert link.flights == [2, 1]
    with server.client() as client:
        assert client.keys() == []


def test_it_unsubscribes_by_leaving() -> None:
    """While the second connection is open it listens to two channels of ours, and afterwards to none."""
    with running("redis-7.0") as server, server.client() as client:
        listening = list[tuple[int, int]]()
        _exchanged(server, then=lambda: listening.append((len(client.pubsub_channels()), client.pubsub_numpat())))
        assert listening == [(1, 1)]


def test_the_pop_is_refused_before_redis_6_2(server_pool: ServerPool) -> None:
    """A server that lacks the command says so; the messages are heard all the same."""
    seen = _exchanged(server_pool.get("redis-5.0"), "BLMOVE")
    assert seen.blocking.code == "ERR"
    assert "unknown command" in seen.blocking.message
    assert (seen.channel, seen.pattern) == (Reply(), Reply())


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({b"PUBLISH": b":0\r\n"}, (Reply(), LOST, LOST)),
        ({b"PUBLISH": b"-NOPERM no channel\r\n"}, (Reply(), *[Reply(code="NOPERM", message="NOPERM no channel")] * 2)),
        ({b"SUBSCRIBE": b"-NOPERM no\r\n"}, (Reply(), Reply(code="NOPERM", message="NOPERM no"), Reply())),
        ({b"PSUBSCRIBE": b"-NOPERM no\r\n"}, (Reply(), Reply(), Reply(code="NOPERM", message="NOPERM no"))),
        ({b"BLMOVE": b"$-1\r\n"}, (Reply(code="LOST", message="no element came within 2 s"), Reply(), Reply())),
        ({b"BLMOVE": bulk(b"other")}, (Reply(code="LOST", message="no element came within 2 s"), Reply(), Reply())),
        ({b"BLMOVE": b"-ERR unknown\r\n"}, (Reply(code="ERR", message="ERR unknown"), Reply(), Reply())),
        (
            {b"RPUSH": b"-OOM command not allowed\r\n"},
            (Reply(code="OOM", message="OOM command not allowed"), Reply(), Reply()),
        ),
    ],
    ids=[
        "published to nobody",
        "publish refused",
        "subscribe refused",
        "psubscribe refused",
        "nothing popped",
        "something else popped",
        "pop refused",
        "push refused",
    ],
)
def test_what_does_not_arrive(
    server_pool: ServerPool, answers: dict[bytes, bytes | Instead], expected: tuple[Reply, Reply, Reply]
) -> None:
    """Each of the three is judged by itself, and a server's own words come before the silence that follows."""
    server = server_pool.get("valkey-8.1")
    with front(server, _rule(answers)) as before:
        seen = _exchanged(before)
    assert (seen.blocking, seen.channel, seen.pattern) == expected
    with server.client() as client:
        assert client.keys() == []


def test_no_memory_for_a_push() -> None:
    """A real server without memory refuses the pop itself."""
    with running("redis-6.2", config=("maxmemory 1", "maxmemory-policy noeviction")) as server:
        seen = _exchanged(server)
    assert seen.blocking.code == "OOM"
    assert (seen.channel, seen.pattern) == (Reply(), Reply())


@pytest.mark.parametrize("key", ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-9.1"])
def test_a_user_without_channels(server_pool: ServerPool, key: str) -> None:
    """All three commands of messages are refused by name; lists are not touched by that."""
    server = server_pool.get(key, users=("default on nopass ~* resetchannels +@all",))
    seen = _exchanged(server)
    assert seen.blocking == Reply()
    assert (seen.channel.code, seen.pattern.code) == ("NOPERM", "NOPERM")


def test_a_user_who_may_subscribe_and_not_publish(server_pool: ServerPool) -> None:
    """It is the refusal of PUBLISH that is told, without waiting for what cannot come."""
    server = server_pool.get("redis-7.0", users=("default on nopass ~* &* +@all -publish",))
    seen = _exchanged(server)
    assert "publish" in seen.channel.message
    assert seen.pattern == seen.channel


def test_a_message_that_comes_late_is_waited_for(server_pool: ServerPool) -> None:
    """Over a link of a tenth of a second each way nothing is lost."""
    server = server_pool.get("redis-7.0")
    with delaying_proxy(server.host, server.port, 0.1) as link:
        seen = _exchanged(link)
    assert (seen.blocking, seen.channel, seen.pattern) == (Reply(), Reply(), Reply())


def test_the_pop_waits_no_longer_than_its_patience(server_pool: ServerPool) -> None:
    """It asks the server for no more, so that none of ours keeps waiting there."""
    sent: list[Words] = []

    def rule(words: Words) -> None:
        sent.append(words)

    with front(server_pool.get("redis-7.0"), lambda: rule) as before:
        _exchanged(before)
    [pop] = [words for words in sent if words[0] == b"BLMOVE"]
    assert pop[-1] == str(PATIENCE).encode()
