"""A front before a real server, which answers some of the commands itself, as managed services and proxies do."""

import asyncio
import contextlib
import ssl
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple, TypeAlias

from tests.servers.loopback import CHUNK, Dialable, serving

Words: TypeAlias = list[bytes]
Made = Callable[[bytes], bytes]


class Ending(Enum):
    """How a front refuses to go on, once all that came before has been answered."""

    CLOSED = "closed"
    SILENT = "silent"


class Instead(NamedTuple):
    """What the server is sent in place of the command, and what its answer is turned into."""

    words: Words
    made: Made


Answer: TypeAlias = bytes | Instead | Ending | None
Rule: TypeAlias = Callable[[Words], Answer]
"""What to say to a command; None lets the server answer. It may remember what its own connection has sent before."""


@dataclass(frozen=True, slots=True)
class Front:
    """Where to dial, and the commands that came, those of all connections."""

    host: str
    port: int
    commands: list[Words]


@contextlib.contextmanager
def front(server: Dialable, rule: Callable[[], Rule], *, tls: ssl.SSLContext | None = None) -> Iterator[Front]:
    """Ask a new rule of each connection, which has a connection of its own to the server behind."""
    commands: list[Words] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection(server.host, server.port)
        talk = _Talk(rule(), writer, behind_writer, commands)
        relaying = asyncio.create_task(talk.relay(behind_reader))
        try:
            await talk.listen(reader)
        finally:
            behind_writer.transport.abort()
            relaying.cancel()
            with contextlib.suppress(asyncio.CancelledError, OSError, EOFError):
                await relaying

    with serving(converse, tls=tls) as address:
        yield Front(*address, commands)


@dataclass(slots=True)
class _Talk:
    rule: Rule
    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    commands: list[Words]
    due: deque[bytes | Made] = field(default_factory=deque)
    """One for each answer that the client waits for: ready, or to be made of what the server will say."""
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    subscribed: bool = False

    async def listen(self, reader: asyncio.StreamReader) -> None:
        while words := await command_of(reader):
            self.commands.append(words)
            match self.rule(words):
                case bytes(ready):
                    self.due.append(ready)
                case Instead(others, made):
                    self._pass_on(others, made)
                case None:
                    self._pass_on(words, _as_it_is)
                case ending:
                    await self._end(ending, reader)
                    return
            await self._say()

    async def relay(self, reader: asyncio.StreamReader) -> None:
        """What the server says, in the order of the commands; pushed messages wait for nothing."""
        try:
            while reply := await reply_of(reader):
                if self.subscribed and reply.startswith(_PUSHED):
                    self.client.write(reply)
                else:
                    made = self.due.popleft()
                    assert not isinstance(made, bytes)
                    self.client.write(made(reply))
                await self._say()
        finally:
            self.settled.set()
            self.client.close()

    def _pass_on(self, words: Words, made: Made) -> None:
        self.subscribed = self.subscribed or words[0].upper() in _SUBSCRIBING
        # Each channel is confirmed by itself.
        replies = len(words) - 1 if words[0].upper() in _SUBSCRIBING else 1
        self.due.extend([made] * replies)
        self.server.write(packed(words))

    async def _say(self) -> None:
        while self.due and isinstance(self.due[0], bytes):
            self.client.write(self.due.popleft())  # type: ignore[arg-type]  # mypy narrows no item of a deque
        if not self.due:
            self.settled.set()
        else:
            self.settled.clear()
        await self.client.drain()

    async def _end(self, ending: Ending, reader: asyncio.StreamReader) -> None:
        await self._say()
        if ending is Ending.CLOSED:
            await self.settled.wait()
        while ending is Ending.SILENT and await reader.read(CHUNK):
            pass


_SUBSCRIBING = {b"SUBSCRIBE", b"PSUBSCRIBE"}
_PUSHED = (b"*3\r\n$7\r\nmessage\r\n", b"*4\r\n$8\r\npmessage\r\n")


def _as_it_is(reply: bytes) -> bytes:
    return reply


def bulk(text: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text)


def packed(words: Words) -> bytes:
    return b"*%d\r\n%s" % (len(words), b"".join(map(bulk, words)))


async def command_of(reader: asyncio.StreamReader) -> Words:
    """The next command; none where the client has gone, or speaks no RESP."""
    try:
        line = await reader.readuntil(b"\r\n")
        if not line.startswith(b"*"):
            return line.split()
        return [await _rest(reader, await reader.readuntil(b"\r\n")) for _ in range(int(line[1:]))]
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError, ValueError):
        return []


async def reply_of(reader: asyncio.StreamReader) -> bytes:
    """One whole RESP2 reply, as it came."""
    line = await reader.readuntil(b"\r\n")
    length = int(line[1:]) if line[:1] in b"$*" else -1
    if line.startswith(b"$") and length >= 0:
        return line + await reader.readexactly(length + 2)
    if line.startswith(b"*") and length > 0:
        return line + b"".join([await reply_of(reader) for _ in range(length)])
    return line


async def _rest(reader: asyncio.StreamReader, line: bytes) -> bytes:
    return (await reader.readexactly(int(line[1:]) + 2))[:-2]
