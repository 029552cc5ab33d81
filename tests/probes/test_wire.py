"""Commands over an open stream: errors are values, nothing reconnects, and what is last is done last."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError

from preflight.model.facts import Reply
from preflight.probes.wire import Wire, error_in
from tests.servers.fixtures import ServerPool
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable, serving
from tests.servers.scripted import scripted_server

T = TypeVar("T")


@contextlib.asynccontextmanager
async def wired(to: Dialable) -> AsyncIterator[Wire]:
    wire = Wire(*await asyncio.open_connection(to.host, to.port))
    await wire.open()
    try:
        yield wire
    finally:
        await wire.close()


def over(to: Dialable, talk: Callable[[Wire], Awaitable[T]]) -> T:
    async def run() -> T:
        async with wired(to) as wire, asyncio.timeout(20):
            return await talk(wire)

    return asyncio.run(run())


def test_answers_come_in_order(server_pool: ServerPool) -> None:
    """One round trip, and an error in the middle of it is a value like any other."""
    answers = over(
        server_pool.get("redis-7.0"),
        lambda wire: wire.ask(("PING",), ("NO-SUCH-COMMAND",), ("ECHO", b"\xff\x00"), ("GET", "missing"), ("TIME",)),
    )
    assert answers[0] == b"PONG"
    assert isinstance(answers[1], Reply)
    assert answers[1].code == "ERR"
    assert answers[2:4] == [b"\xff\x00", None]
    assert isinstance(answers[4], list)


def test_errors_inside_a_transaction_are_values(server_pool: ServerPool) -> None:
    """EXEC's array may hold an error; it is found there."""
    commands = (("MULTI",), ("HSET", "{preflight:t}", "a", 1), ("INCR", "{preflight:t}"), ("DEL", "{preflight:t}"))
    answers = over(server_pool.get("redis-7.0"), lambda wire: wire.ask(*commands, ("EXEC",)))
    assert isinstance(answers[-1][1], Reply)
    assert error_in(answers).code == "WRONGTYPE"


def test_nothing_is_sent_that_nobody_asked_for() -> None:
    """No HELLO, no CLIENT SETINFO, no SELECT: the server gets our commands alone."""
    with scripted_server(lambda _: b"+OK\r\n") as script:
        over(script, lambda wire: wire.ask(("PING",)))
    assert script.commands == [[b"PING"]]


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0"])
def test_a_refused_auth_leaves_the_connection_as_it_is(server_pool: ServerPool, key: str) -> None:
    """The next answer comes over the same connection, still unauthenticated."""
    server = server_pool.get(key, password="secret")

    async def talk(wire: Wire) -> list[object]:
        [refused] = await wire.ask(("AUTH", "wrong"))
        return [refused, *await wire.ask(("PING",))]

    with delaying_proxy(server.host, server.port, 0) as link:
        refused, after = over(link, talk)
    assert isinstance(refused, Reply)
    assert refused.code in ("WRONGPASS", "ERR")
    assert after == Reply(code="NOAUTH", message="NOAUTH Authentication required.")
    assert len(link.flights) == 1


def test_a_lost_connection_raises_and_is_not_opened_again() -> None:
    """What was lost stays lost, however often it is asked."""
    connections = 0

    async def slam(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal connections
        connections += 1
        writer.close()

    async def talk(wire: Wire) -> None:
        for _ in range(3):
            with pytest.raises((RedisConnectionError, OSError)):
                await wire.ask(("PING",))

    with serving(slam) as address:
        over(address, talk)
    assert connections == 1


def test_settling_after_a_cut_short_ask(server_pool: ServerPool) -> None:
    """A cancelled ask leaves answers on their way; settling waits for them and then for its own."""
    server = server_pool.get("redis-7.0")
    key = "{preflight:settle}"

    async def talk(wire: Wire) -> object:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await wire.ask(("SET", key, "there"), ("GET", key))
        await wire.settle(("DEL", key))
        return await wire.ask(("EXISTS", key))

    with delaying_proxy(server.host, server.port, 0.1) as link:
        assert over(link, talk) == [0]


def test_what_is_sent_is_asked_only_once(server_pool: ServerPool) -> None:
    """Answers to what was sent before come first; when all are read it is in step again."""

    async def talk(wire: Wire) -> tuple[list[bool], list[object], str]:
        steps = [wire.in_step]
        await wire.send(("PING",), ("ECHO", "one"))
        steps.append(wire.in_step)
        unanswered = wire.unanswered
        answers = await wire.ask(("ECHO", "two"))
        return [*steps, wire.in_step], answers, unanswered + wire.unanswered

    assert over(server_pool.get("redis-7.0"), talk) == ([True, False, True], [b"PONG", b"one", b"two"], "PING")


def test_nothing_to_ask() -> None:
    """Then nothing is sent, and nothing is waited for."""

    async def talk(wire: Wire) -> None:
        assert await wire.ask() == []
        assert await wire.ask(("PING",)) == [b"OK"]

    with scripted_server(lambda _: b"+OK\r\n") as script:
        over(script, talk)
    assert script.commands == [[b"PING"]]


@pytest.mark.parametrize(("answered", "unanswered"), [(0, "PING"), (1, "ECHO"), (2, "TIME")])
def test_the_first_command_without_an_answer(answered: int, unanswered: str) -> None:
    """Where a proxy hangs up it is known at which command."""
    replies = iter([b"+OK\r\n"] * answered)

    async def talk(wire: Wire) -> str:
        with pytest.raises(RedisConnectionError):
            await wire.ask(("PING",), ("ECHO", "x"), ("TIME",))
        return wire.unanswered

    with scripted_server(lambda _: next(replies, None)) as script:
        assert over(script, talk) == unanswered


def test_messages_that_nobody_asked_for(server_pool: ServerPool) -> None:
    """They are heard one by one, and do not count as answers."""
    server = server_pool.get("redis-7.0")

    async def talk(wire: Wire) -> object:
        await wire.ask(("SUBSCRIBE", "{preflight:wire}"))
        async with wired(server) as other:
            assert await other.ask(("PUBLISH", "{preflight:wire}", "hello")) == [1]
        assert wire.in_step
        return await wire.hear()

    assert over(server, talk) == [b"message", b"{preflight:wire}", b"hello"]


def test_writing_to_a_connection_that_is_gone() -> None:
    """It is a lost connection, whichever Python it is."""

    async def talk(wire: Wire) -> None:
        await wire.ask(("PING",))
        await wire.close()
        with pytest.raises(RedisConnectionError):
            await wire.send(("PING",))

    with scripted_server(lambda _: b"+OK\r\n") as script:
        over(script, talk)
