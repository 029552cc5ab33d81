"""A second connection to where the first one came through, logged in alike."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Addresses
from preflight.probes.errors import ProbeError, diagnose
from preflight.probes.tcp import connect
from preflight.probes.wire import Wire

Enter = Callable[[Wire], Awaitable[object]]
"""Logs in, whatever the credentials are."""


class Peer(NamedTuple):
    address: str
    port: int
    context: ssl.SSLContext | None
    host: str
    """The name that its certificate is compared with."""
    db: int


async def another(peer: Peer, enter: Enter, limit: float) -> Wire:
    """Raises `ProbeError`: what can fail here now is the number of connections. `limit` is in seconds."""
    wire = None
    try:
        wire = await _dialled(peer, limit)
        await enter(wire)
        if peer.db:
            await wire.ask(("SELECT", peer.db))
    except BaseException as error:
        if wire:
            await wire.close()
        if not isinstance(error, Exception):
            raise
        cause, message = diagnose(error, Stage.AUTH)
        if cause is Cause.BUG:
            raise
        raise ProbeError(Cause.SECOND_REFUSED, message or str(cause), stage=Stage.COMMANDS) from None
    return wire


async def _dialled(peer: Peer, limit: float) -> Wire:
    """What the first handshake has proved is not looked at again."""
    _, dialled = await connect(Addresses(addresses=(peer.address,)), peer.port, limit)
    name = peer.host if peer.context else None
    try:
        wire = Wire(*await asyncio.open_connection(sock=dialled, ssl=peer.context, server_hostname=name))
    except BaseException:
        dialled.close()
        raise
    await wire.open()
    return wire
