"""An HTTP or HTTPS server on the loopback that answers as a test says, and keeps what it was asked."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.servers.certificates import Certificate
from tests.servers.loopback import Dialable, pump, serving
from tests.servers.terminator import server_context


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What is said; a `status` of 0 stands for closing the connection, `announced` for more bytes than come."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    announced: int = 0


Said = Answer | None
"""None is silence."""

HTML = Answer(body=b"<html><body>Please log in to the network.</body></html>", headers={"Content-Type": "text/html"})
"""What a captive portal or a proxy says in place of anybody."""

DROPPED = Answer(status=0)
"""The connection is closed without a word."""

HALF = Answer(body=b'{"access_token": "', announced=1000)
"""It begins well, and never ends."""


def said(*, status: int = 200, headers: Mapping[str, str] | None = None, **told: Any) -> Answer:
    """An answer in JSON."""
    kind = {"Content-Type": "application/json"}
    return Answer(body=json.dumps(told).encode(), status=status, headers=kind | dict(headers or {}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request; header names are in lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True))


Reply = Said | Callable[[Asked], Said]
"""The same whatever is asked, or made of it."""


def replied(reply: Reply, asked: Asked) -> Said:
    return reply(asked) if callable(reply) else reply


@dataclass(slots=True)
class HttpServer:
    """Where to ask, and what it was asked."""

    host: str = ""
    port: int = 0
    secure: bool = False
    asked: list[Asked] = field(default_factory=list)

    @property
    def netloc(self) -> str:
        return f"{self.host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{'https' if self.secure else 'http'}://{self.netloc}"

    @property
    def paths(self) -> list[str]:
        return [each.path for each in self.asked]


@contextlib.contextmanager
def http_server(answer: Callable[[Asked], Said], *, certificate: Certificate | None = None) -> Iterator[HttpServer]:
    """Answer every request by what the callable makes of it, one a connection."""
    server = HttpServer(secure=certificate is not None)

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await _asked(reader)
        server.asked.append(asked)
        told = answer(asked)
        if told is None:
            await asyncio.Event().wait()
        elif told.status:
            writer.write(_written(told))
            await writer.drain()
            if told.announced:
                await asyncio.Event().wait()

    with serving(converse, tls=server_context(certificate) if certificate else None) as address:
        server.host, server.port = address
        yield server


@contextlib.contextmanager
def proxy_server(behind: Mapping[str, Dialable]) -> Iterator[HttpServer]:
    """A proxy for HTTPS that leads each name to somebody on the loopback, and knows no other."""
    server = HttpServer()

    async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await _asked(reader)
        server.asked.append(asked)
        found = behind.get(asked.path)
        if found is None or asked.method != "CONNECT":
            writer.write(_written(Answer(status=502)))
            return
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        behind_reader, behind_writer = await asyncio.open_connection(found.host, found.port)
        try:
            await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))
        finally:
            behind_writer.transport.abort()

    with serving(connect) as address:
        server.host, server.port = address
        yield server


async def _asked(reader: asyncio.StreamReader) -> Asked:
    method, target, _ = (await reader.readuntil(b"\r\n")).decode().split()
    headers: dict[str, str] = {}
    while line := (await reader.readuntil(b"\r\n")).decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    where = urlsplit(target)
    return Asked(
        method=method,
        path=target if method == "CONNECT" else where.path,
        query=dict(parse_qsl(where.query)),
        headers=headers,
        body=await reader.readexactly(int(headers.get("content-length", "0"))),
    )


def _written(told: Answer) -> bytes:
    length = {"Content-Length": str(told.announced or len(told.body)), "Connection": "close"}
    headers = {"Date": formatdate(usegmt=True), **length, **told.headers}
    lines = [f"{name}: {value}" for name, value in headers.items()]
    head = "\r\n".join((f"HTTP/1.1 {told.status} {HTTPStatus(told.status).phrase}", *lines, "", ""))
    return head.encode() + told.body
