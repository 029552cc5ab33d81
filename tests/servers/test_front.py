"""A front gives its own answers and the server's in the order of the commands, and nothing outlives a connection."""

import contextlib
import socket
from collections.abc import Iterator

import pytest

from tests.servers.fixtures import ServerPool
from tests.servers.front import Answer, Ending, Front, Instead, Rule, Words, bulk, front, packed
from tests.servers.process import Server
from tests.servers.readiness import until


@pytest.fixture
def server(server_pool: ServerPool) -> Server:
    return server_pool.get("redis-7.0")


@contextlib.contextmanager
def _dialled(to: Front) -> Iterator[socket.socket]:
    with socket.create_connection((to.host, to.port), timeout=5) as connection:
        yield connection


def _talk(to: Front, count: int, *commands: Words) -> bytes:
    """All of them at once, then so many bytes of answers."""
    with _dialled(to) as connection:
        connection.sendall(b"".join(map(packed, commands)))
        return _received(connection, count)


def _received(connection: socket.socket, count: int) -> bytes:
    """So many bytes, or what came before the end."""
    said = b""
    while len(said) < count and (chunk := connection.recv(4096)):
        said += chunk
    return said


def _own(words: Words) -> Answer:
    return b"+OURS\r\n" if words[0] == b"OURS" else None


def test_answers_come_in_order(server: Server) -> None:
    """Also where the server takes its time with one of them."""
    with front(server, lambda: _own) as before, _dialled(before) as connection:
        blocking = [b"BLPOP", b"{front}:list", b"5"]
        connection.sendall(b"".join(map(packed, ([b"PING"], [b"OURS"], blocking, [b"OURS"], [b"ECHO", b"x"]))))
        with server.client() as client:
            until(lambda: client.info("clients")["blocked_clients"] == 1, "it to block", seconds=5)
            client.rpush("{front}:list", "pushed")
        popped = b"*2\r\n" + bulk(b"{front}:list") + bulk(b"pushed")
        expected = b"+PONG\r\n+OURS\r\n" + popped + b"+OURS\r\n" + bulk(b"x")
        assert _received(connection, len(expected)) == expected


def test_messages_are_pushed(server: Server) -> None:
    """After two channels are confirmed, one by one."""
    with front(server, lambda: _own) as before, _dialled(before) as connection, server.client() as client:
        connection.sendall(packed([b"SUBSCRIBE", b"one", b"two"]))
        until(lambda: client.publish("two", "hello") == 1, "the subscription", seconds=5)
        confirmed = [
            b"*3\r\n" + bulk(b"subscribe") + bulk(name) + b":%d\r\n" % at for at, name in ((1, b"one"), (2, b"two"))
        ]
        expected = b"".join(confirmed) + b"*3\r\n" + bulk(b"message") + bulk(b"two") + bulk(b"hello")
        assert _received(connection, len(expected)) == expected


def test_a_rule_may_send_something_else(server: Server) -> None:
    """And make what it likes of the answer."""
    shouted: Rule = lambda words: Instead([b"ECHO", words[1].upper()], lambda reply: reply + b"+AND\r\n")  # noqa: E731
    with front(server, lambda: shouted) as before:
        expected = bulk(b"X") + b"+AND\r\n"
        assert _talk(before, len(expected), [b"SAY", b"x"]) == expected


def test_each_connection_has_a_rule_of_its_own(server: Server) -> None:
    """What one has sent, the other's does not know."""

    def counting() -> Rule:
        count = 0

        def rule(_: Words) -> Answer:
            nonlocal count
            count += 1
            return b":%d\r\n" % count

        return rule

    with front(server, counting) as before:
        assert _talk(before, 8, [b"A"], [b"B"]) == b":1\r\n:2\r\n"
        assert _talk(before, 4, [b"A"]) == b":1\r\n"
        assert before.commands == [[b"A"], [b"B"], [b"A"]]


@pytest.mark.parametrize("ending", Ending)
def test_an_ending_comes_after_the_answers_before_it(server: Server, ending: Ending) -> None:
    """What was sent before it is answered, and nothing behind it."""
    rule: Rule = lambda words: ending if words[0] == b"END" else None  # noqa: E731
    with front(server, lambda: rule) as before, _dialled(before) as connection:
        connection.sendall(b"".join(map(packed, ([b"PING"], [b"END"], [b"PING"]))))
        assert _received(connection, 7) == b"+PONG\r\n"
        if ending is Ending.CLOSED:
            with contextlib.suppress(ConnectionResetError):
                assert connection.recv(1) == b""
        else:
            connection.settimeout(0.2)
            with pytest.raises(TimeoutError):
                connection.recv(1)


def test_nothing_stays_behind(server: Server) -> None:
    """The server's side is closed with the client's, in the middle of a blocking command as well."""
    with server.client() as client, front(server, lambda: _own) as before:
        with _dialled(before) as connection:
            connection.sendall(packed([b"BLPOP", b"{front}:never", b"0"]))
            until(lambda: client.info("clients")["blocked_clients"] == 1, "it to block", seconds=5)
        until(lambda: client.info("clients")["blocked_clients"] == 0, "it to go", seconds=5)


def test_the_server_s_end_is_the_front_s(server: Server) -> None:
    """A connection that the server closes is closed to the client."""
    with front(server, lambda: _own) as before:
        assert _talk(before, 100, [b"QUIT"]) == b"+OK\r\n"
