"""Loopback endpoints that fail, wait or answer in one chosen way."""

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.servers.configuration import LOOPBACK
from tests.servers.loopback import CHUNK, Address, serving

# Sent as it is; nothing at all for b"", and None closes the connection.
Reply = bytes | None

# The kernel queues one connection more than the backlog says; the rest is for its rounding.
FILLERS = 4


@contextlib.contextmanager
def silent_port() -> Iterator[Address]:
    """Accept connections and never answer."""
    with socket.create_server((LOOPBACK, 0), backlog=128) as listener:
        yield Address(*listener.getsockname())


@contextlib.contextmanager
def closed_port() -> Iterator[Address]:
    """Refuse connections: the port is held, so that nobody else takes it, and nobody listens."""
    with socket.socket() as holder:
        holder.bind((LOOPBACK, 0))
        yield Address(*holder.getsockname())


@contextlib.contextmanager
def black_hole() -> Iterator[Address]:
    """Let connections time out, as behind a firewall that drops packets: the accept queue is full."""
    with contextlib.ExitStack() as stack:
        listener = stack.enter_context(socket.create_server((LOOPBACK, 0), backlog=0))
        for _ in range(FILLERS):
            filler = stack.enter_context(socket.socket())
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        yield Address(*listener.getsockname())


@contextlib.contextmanager
def slammed_port(*, reset: bool = False) -> Iterator[Address]:
    """Accept connections and close them at once, with `reset` by RST instead of FIN."""

    async def slam(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if reset:
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

    with serving(slam) as address:
        yield address


@contextlib.contextmanager
def answering_port(answer: bytes) -> Iterator[Address]:
    """Say this to whatever comes first, and close."""

    async def reply(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(CHUNK)
        writer.write(answer)

    with serving(reply) as address:
        yield address


@contextlib.contextmanager
def broken_handshake(context: ssl.SSLContext, *, flights: int = 0, hangs: bool = False) -> Iterator[Address]:
    """Read the ClientHello, answer so many times as TLS wants it, then close the connection or say no more."""

    async def shake(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        side = context.wrap_bio(heard, said, server_side=True)
        for _ in range(flights):
            heard.write(await reader.read(CHUNK))
            # It wants more, or cannot make sense of plaintext.
            with contextlib.suppress(ssl.SSLError):
                side.do_handshake()
            writer.write(said.read())
        await reader.read(CHUNK)
        while hangs and await reader.read(CHUNK):
            pass

    with serving(shake) as address:
        yield address


@dataclass(frozen=True, slots=True)
class Script:
    """A scripted server, and the commands that it got."""

    host: str
    port: int
    commands: list[list[bytes]]


@contextlib.contextmanager
def scripted_server(replies: Callable[[list[bytes]], Reply]) -> Iterator[Script]:
    """Answer every RESP command by what the callable makes of it."""
    commands: list[list[bytes]] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while command := await _command(reader):
            commands.append(command)
            reply = replies(command)
            if reply is None:
                return
            writer.write(reply)
            await writer.drain()

    with serving(converse) as address:
        yield Script(*address, commands)


async def _command(reader: asyncio.StreamReader) -> list[bytes]:
    """Read one command; an empty one stands for bytes that are no RESP, as those of a TLS handshake."""
    try:
        line = await reader.readuntil(b"\r\n")
        if not line.startswith(b"*"):
            return line.split()
        return [await _bulk(reader) for _ in range(int(line[1:]))]
    except (ValueError, asyncio.LimitOverrunError):
        return []


async def _bulk(reader: asyncio.StreamReader) -> bytes:
    length = int((await reader.readuntil(b"\r\n"))[1:])
    return (await reader.readexactly(length + 2))[:-2]
