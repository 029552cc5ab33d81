"""TLS: the handshake as the clients would do it, and one round trip through it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress

from redis.exceptions import RedisError

from preflight.model.evidence import Cause
from preflight.model.facts import Channel
from preflight.probes.errors import ProbeError
from preflight.probes.wire import Wire

PATIENCE = 1.0
"""Seconds to wait for the alert of a server that has just closed a connection without a word."""


async def secure(
    dialled: socket.socket, peer: tuple[str, int], context: ssl.SSLContext | None, host: str, limit: float
) -> tuple[Channel, Wire]:
    """A wire over the socket to `peer`, encrypted if there is a context. `limit` is in seconds."""
    reader, writer = await asyncio.open_connection(
        sock=dialled,
        ssl=context,
        server_hostname=host if context else None,
        # The step's own limit comes first and says that it was silence.
        ssl_handshake_timeout=2 * limit if context else None,
    )
    wire = Wire(reader, writer)
    await wire.open()
    if context is None:
        return Channel(), wire
    if not await _answers(wire):
        await _hear(peer, context, host)
        raise ProbeError(Cause.TLS_CLOSED, "closed after the handshake")
    secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
    cipher = secured.cipher()
    return Channel(protocol=secured.version() or "", cipher=cipher[0] if cipher else ""), wire


async def _answers(wire: Wire) -> bool:
    """TLS 1.3 refuses a missing client certificate only at the first read; any answer will do."""
    try:
        await wire.ask(("PING",))
    except RedisError as error:
        await wire.close()
        if isinstance(error.__context__, ssl.SSLError):
            raise error.__context__ from None
        return False
    return True


async def _hear(peer: tuple[str, int], context: ssl.SSLContext, host: str) -> None:
    """Once more, only listening: what we had sent met a closed socket, and the reset overtook the alert."""
    with suppress(TimeoutError, ConnectionError, asyncio.IncompleteReadError):
        async with asyncio.timeout(PATIENCE):
            reader, writer = await asyncio.open_connection(*peer, ssl=context, server_hostname=host)
            try:
                await reader.read(1)
            finally:
                writer.transport.abort()
