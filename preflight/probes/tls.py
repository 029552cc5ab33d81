"""TLS: the handshake as the clients would do it, and one round trip through it."""

from __future__ import annotations

import asyncio
import socket
import ssl

from redis.exceptions import RedisError

from preflight.model.evidence import Cause
from preflight.model.facts import Channel
from preflight.probes.errors import ProbeError
from preflight.probes.wire import Wire


async def secure(
    dialled: socket.socket, context: ssl.SSLContext | None, host: str, limit: float
) -> tuple[Channel, Wire]:
    """A wire over the socket, encrypted if there is a context. `limit` is in seconds."""
    reader, writer = await asyncio.open_connection(
        sock=dialled,
        ssl=context,
        server_hostname=host if context else None,
        ssl_handshake_timeout=limit if context else None,
    )
    wire = Wire(reader, writer)
    await wire.open()
    if context is None:
        return Channel(), wire
    await _prove(wire)
    secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
    cipher = secured.cipher()
    return Channel(protocol=secured.version() or "", cipher=cipher[0] if cipher else ""), wire


async def _prove(wire: Wire) -> None:
    """TLS 1.3 refuses a missing client certificate only at the first read; any answer will do."""
    try:
        await wire.ask(("PING",))
    except RedisError as error:
        if isinstance(error.__context__, OSError):
            raise error.__context__ from None
        raise ProbeError(Cause.TLS_CLOSED, str(error)) from None
