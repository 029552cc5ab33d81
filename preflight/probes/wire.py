"""Redis commands over a stream that the TCP and TLS probes opened.

redis-py does the protocol. It is given the open stream, so that commands travel through the very connection
whose facts were recorded, and so that it cannot reconnect in silence, as it does after a refused AUTH.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any, TypeAlias

from redis.asyncio.connection import AbstractConnection
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from preflight.model.facts import Reply
from preflight.probes.errors import reply_of

Command: TypeAlias = tuple[str | bytes | int, ...]
Answer: TypeAlias = Any
"""What redis-py parsed from RESP2 (bytes, int, list, None); an error is a `Reply` with a code."""


class Wire:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connection = _Adopted(reader, writer)
        self._transport = writer.transport
        self._asked: deque[str] = deque()

    async def open(self) -> None:
        await self._connection.connect()  # type: ignore[no-untyped-call] # redis-py leaves it untyped

    async def ask(self, *commands: Command) -> list[Answer]:
        """Send all, then read all: one round trip. Error replies are values; a lost connection raises."""
        await self.send(*commands)
        return await self.receive()

    async def send(self, *commands: Command) -> None:
        """Without waiting for the answers."""
        if not commands:
            return
        if self._transport.is_closing():
            # Writing to it would be an AttributeError in asyncio of Python 3.12.1.
            raise RedisConnectionError("Connection closed by server.")
        self._asked.extend(str(command[0]) for command in commands)
        await self._connection.send_packed_command(self._connection.pack_commands(commands), check_health=False)

    async def receive(self) -> list[Answer]:
        """The answers to all that was sent."""
        answers = []
        while self._asked:
            answers.append(await self.hear())
            self._asked.popleft()
        return answers

    async def hear(self) -> Answer:
        """Whatever comes next: an answer, or a message that nobody asked for."""
        try:
            answer = await self._connection.read_response(disconnect_on_error=False)
        except RedisError as error:
            answer = reply_of(error)
            if not answer.code:
                raise
        return _plain(answer)

    @property
    def in_step(self) -> bool:
        """Every answer has been read, so that the next one is the next command's."""
        return not self._asked

    @property
    def unanswered(self) -> str:
        """The name of the first command that has had no answer."""
        return self._asked[0] if self._asked else ""

    async def settle(self, *commands: Command) -> None:
        """Send these last, whatever was cut short before, and wait until the server has done them."""
        if self._connection.is_connected:
            await self.send(*commands)
            await self.receive()

    async def close(self) -> None:
        """At once: a TLS goodbye would wait for the server's, up to 30 seconds."""
        await self._connection.disconnect(nowait=True)
        self._transport.abort()
        await asyncio.sleep(0)  # the loop closes the socket on its next round


class _Adopted(AbstractConnection):
    """A redis-py connection that was connected by somebody else, once."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # RESP2, no HELLO, no CLIENT SETINFO: nothing is sent that the server did not get from us.
        super().__init__(protocol=2, driver_info=None, socket_timeout=None, encoding_errors="surrogateescape")
        self._stream: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = (reader, writer)

    async def _connect(self) -> None:
        if self._stream is None:
            raise RedisConnectionError("Connection closed by server.")
        self._reader, self._writer = self._stream
        self._stream = None

    def _host_error(self) -> str:
        return "the server"

    def repr_pieces(self) -> Sequence[tuple[str, str]]:
        return []


def _plain(answer: Answer) -> Answer:
    match answer:
        case RedisError():
            return reply_of(answer)
        case list():
            return [_plain(each) for each in answer]
        case _:
            return answer


def error_in(answers: Sequence[Answer]) -> Reply:
    """The first error among the answers, those inside EXEC's array too; a good reply if there is none."""
    for answer in answers:
        if isinstance(answer, Reply):
            return answer
        if isinstance(answer, list) and (inner := error_in(answer)).code:
            return inner
    return Reply()
