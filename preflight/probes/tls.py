"""TLS: the handshake as the clients would do it, and one round trip through it."""

from __future__ import annotations

import asyncio
import socket
import ssl
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from redis.exceptions import RedisError

from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Asked, Channel, Shown
from preflight.model.verification import cause_of
from preflight.probes.errors import ProbeError, diagnose
from preflight.probes.handshake import Heard, hearing
from preflight.probes.wire import Wire

PATIENCE: Final = 1.0
"""Seconds to wait for the alert of a server that has just closed a connection without a word."""

_BLUNT: Final = {Cause.TLS_REFUSED, Cause.TLS_CLOSED}
"""What a server does that says no more; TLS 1.2 knows no alert for a missing client certificate."""


class Look:
    """What was seen of the other side on the way, also where the step failed in the end."""

    def __init__(self, *, presents: bool) -> None:
        self.presents = presents
        """A client certificate is configured."""
        self.shown: Shown | None = None
        self.asked: Asked | None = None


async def secure(
    dialled: socket.socket,
    peer: tuple[str, int],
    context: ssl.SSLContext | None,
    host: str,
    limit: float,
    *,
    look: Look,
) -> tuple[Channel, Wire]:
    """A wire over the socket to `peer`, encrypted if there is a context. `limit` is in seconds."""
    if context is None:
        wire = Wire(*await asyncio.open_connection(sock=dialled))
        await wire.open()
        return Channel(), wire
    with hearing() as heard:
        try:
            return await _handshake(dialled, peer, context, host, limit)
        except (OSError, ProbeError) as error:
            look.shown = shown_by(heard, context, host, error)
            raise _explained(error, heard, look) from None
        finally:
            look.asked = Asked(asked=heard.asked, authorities=heard.authorities)
            look.shown = look.shown or shown_by(heard, context, host)


async def _handshake(
    dialled: socket.socket, peer: tuple[str, int], context: ssl.SSLContext, host: str, limit: float
) -> tuple[Channel, Wire]:
    # The step's own limit comes first and says that it was silence.
    reader, writer = await asyncio.open_connection(
        sock=dialled, ssl=context, server_hostname=host, ssl_handshake_timeout=2 * limit
    )
    wire = Wire(reader, writer)
    try:
        await wire.open()
        answered = await _answers(wire)
    except BaseException:
        await wire.close()
        raise
    if not answered:
        await _hear(peer, context, host)
        raise ProbeError(Cause.TLS_CLOSED, "closed after the handshake")
    secured: ssl.SSLObject = writer.get_extra_info("ssl_object")
    cipher = secured.cipher()
    return Channel(protocol=secured.version() or "", cipher=cipher[0] if cipher else ""), wire


def shown_by(heard: Heard, context: ssl.SSLContext, host: str, error: Exception | None = None) -> Shown | None:
    """The chain that was heard, and what the verification made of it; None where there was none to read."""
    if not heard.chain:
        return None
    # Plaintext need not wait for it.
    from preflight.probes.certificates import UNREADABLE, is_akin, is_vouched_for, of_der  # noqa: PLC0415

    refused = error if isinstance(error, ssl.SSLCertVerificationError) else None
    roots = context.get_ca_certs(binary_form=True) if refused else []
    try:
        chain = tuple(map(of_der, heard.chain))
    except UNREADABLE:
        return None
    return Shown(
        chain=chain,
        dialled=_as_compared(host),
        compared=context.check_hostname,
        at=datetime.now(UTC).isoformat(timespec="seconds"),
        problem=refused.verify_message if refused else "",
        code=refused.verify_code if refused else 0,
        akin=bool(refused) and is_akin(heard.chain[-1], roots),
        # At a wrong name or date OpenSSL stops before it has looked at every signature.
        vouched=refused is None or is_vouched_for(heard.chain, roots),
    )


def _as_compared(host: str) -> str:
    """A name beyond ASCII is compared in its IDNA form."""
    return host if host.isascii() else host.encode("idna").decode()


def _explained(error: OSError | ProbeError, heard: Heard, look: Look) -> Exception:
    """The error, with the cause that only the handshake's messages tell."""
    cause, message = diagnose(error, Stage.TLS)
    if look.shown and look.shown.code:
        cause = cause_of(look.shown) or cause
    elif heard.asked and cause in _BLUNT:
        refused, lacking = Cause.CLIENT_CERTIFICATE_REFUSED, Cause.CLIENT_CERTIFICATE_REQUIRED
        cause = refused if look.presents else lacking
    return ProbeError(cause, message)


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
