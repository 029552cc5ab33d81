"""A front before a real server that lets in who shows a token that it has verified, as managed services do."""

import asyncio
import contextlib
import ssl
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from tests.servers.certificates import Certificate
from tests.servers.loopback import Dialable, serving
from tests.servers.terminator import server_context

Admit = Callable[[str, str], bool]
"""Whether this user may come in with this token."""

WRONGPASS = b"-WRONGPASS invalid username-password pair or user is disabled.\r\n"
NOAUTH = b"-NOAUTH Authentication required.\r\n"


@dataclass(slots=True)
class Gate:
    """Where to dial, and who came: user and token of every AUTH, by the number of the connection."""

    host: str
    port: int
    shown: list[tuple[int, str, str]] = field(default_factory=list)


@contextlib.contextmanager
def gatekeeper(
    server: Dialable,
    admit: Admit,
    *,
    certificate: Certificate | None = None,
    renews: bool = True,
    refusal: bytes = WRONGPASS,
    ports: Mapping[int, int] | None = None,
) -> Iterator[Gate]:
    """Forward commands to the server once `admit` said yes; with `renews` off, a second AUTH ends the connection.

    `ports` maps the ports that the server's own answers name to those to dial instead, as in a map of slots.
    """
    gate = Gate("", 0)
    numbers = iter(range(1_000_000))

    async def guard(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection(server.host, server.port)
        number, inside = next(numbers), False
        try:
            while command := await _command(reader):
                if command[0].upper() == b"AUTH":
                    user = command[-2].decode() if len(command) > 2 else "default"
                    gate.shown.append((number, user, command[-1].decode()))
                    if inside and not renews:
                        return
                    accepted = admit(user, command[-1].decode())
                    inside = inside or accepted
                    writer.write(b"+OK\r\n" if accepted else refusal)
                elif inside:
                    behind_writer.write(_packed(command))
                    writer.write(_moved(await _reply(behind_reader), ports or {}))
                else:
                    writer.write(NOAUTH)
                await writer.drain()
        finally:
            behind_writer.transport.abort()

    context: ssl.SSLContext | None = server_context(certificate) if certificate else None
    with serving(guard, tls=context) as address:
        gate.host, gate.port = address
        yield gate


async def _command(reader: asyncio.StreamReader) -> list[bytes]:
    try:
        count = int((await reader.readuntil(b"\r\n"))[1:])
        return [await _bulk(reader, await reader.readuntil(b"\r\n")) for _ in range(count)]
    except (asyncio.IncompleteReadError, ConnectionError):
        return []


async def _bulk(reader: asyncio.StreamReader, line: bytes) -> bytes:
    return (await reader.readexactly(int(line[1:]) + 2))[:-2]


def _packed(command: list[bytes]) -> bytes:
    parts = [b"$%d\r\n%s\r\n" % (len(each), each) for each in command]
    return b"*%d\r\n%s" % (len(parts), b"".join(parts))


async def _reply(reader: asyncio.StreamReader) -> bytes:
    """One whole RESP2 reply, as it came."""
    line = await reader.readuntil(b"\r\n")
    length = int(line[1:]) if line[:1] in b"$*" else -1
    if line.startswith(b"$") and length >= 0:
        return line + await reader.readexactly(length + 2)
    if line.startswith(b"*") and length > 0:
        return line + b"".join([await _reply(reader) for _ in range(length)])
    return line


def _moved(reply: bytes, ports: Mapping[int, int]) -> bytes:
    for own, dialled in ports.items():
        reply = reply.replace(b":%d\r\n" % own, b":%d\r\n" % dialled)
    return reply
