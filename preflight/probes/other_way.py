"""The other way: a TLS client on a plaintext port hangs, and a plaintext client on a TLS port is reset.

After either, the same port is asked once the other way round, so that the finding can say which it speaks.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final, TypeVar

from preflight.model.evidence import Cause, Stage
from preflight.probes.errors import ProbeError, diagnose

T = TypeVar("T")

Peer = tuple[str, int]

_MUTE: Final = frozenset(
    {Cause.TLS_SILENT, Cause.TLS_CLOSED, Cause.TLS_PLAINTEXT, Cause.SILENT, Cause.CLOSED, Cause.NOT_REDIS}
)
"""What a port may do to a client that speaks the wrong language."""

_FIRST, _SECOND = 0.7, 0.25
"""The shares of a step's time: together they stay below it."""


async def either_way(
    step: Awaitable[T], stage: Stage, limit: float, ask: Callable[[float], Awaitable[str]], cause: Cause
) -> T:
    """The step's result; if it met silence or a reset and the other way is answered, `cause` with that answer."""
    try:
        async with asyncio.timeout(limit * _FIRST):
            return await step
    except Exception as error:
        met, _ = diagnose(error, stage)
        answer = await ask(limit * _SECOND) if met in _MUTE else ""
        if answer:
            raise ProbeError(cause, answer) from None
        raise


async def ask_in_plaintext(peer: Peer, limit: float) -> str:
    """What a Redis says to a plaintext PING; empty if nothing does."""
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(limit):
            reader, writer = await asyncio.open_connection(*peer)
            try:
                # Inline, some proxies do not know it.
                writer.write(b"*1\r\n$4\r\nPING\r\n")
                answer = await reader.read(80)
            finally:
                writer.transport.abort()
        if re.match(rb"\+PONG|-[A-Z]+ ", answer):
            line = answer.partition(b"\r")[0].decode(errors="replace")
            return f"a plaintext PING was answered: {line}"
    return ""


async def ask_in_tls(peer: Peer, host: str, limit: float) -> str:
    """The version of TLS that the port speaks; empty if it speaks none. Nothing is sent, so nothing is verified."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(limit):
            _, writer = await asyncio.open_connection(*peer, ssl=context, server_hostname=host)
        secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
        writer.transport.abort()
        return f"a TLS handshake was answered: {secured.version()}"
    return ""
