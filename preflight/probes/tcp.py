"""TCP: every address of an endpoint is dialled, the first that accepts is used."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence

from preflight.model.evidence import Stage
from preflight.model.facts import Addresses, Attempt, Connected
from preflight.probes.errors import ProbeError, diagnose


async def connect(found: Addresses, port: int, limit: float) -> tuple[Connected, socket.socket]:
    """The socket that accepted; raises the first address's failure where none did. `limit` is in seconds."""
    results = await _dial_all(found.addresses, port, limit)
    open_sockets = [result for result in results if isinstance(result, socket.socket)]
    for spare in open_sockets[1:]:
        spare.close()
    if not open_sockets:
        cause, message = diagnose(_first_error(results), Stage.TCP)
        tried = ", ".join(found.addresses)
        raise ProbeError(cause, f"{message} ({tried})" if message else f"tried {tried}")
    attempts = tuple(map(_attempt, found.addresses, results))
    used = next(attempt.address for attempt in attempts if not attempt.message)
    return Connected(address=used, attempts=attempts), open_sockets[0]


async def _dial_all(addresses: Sequence[str], port: int, limit: float) -> list[socket.socket | Exception]:
    dials = [asyncio.create_task(_dial(address, port, limit)) for address in addresses]
    try:
        return list(await asyncio.gather(*dials))
    except asyncio.CancelledError:
        for dial in dials:
            opened = dial.result() if dial.done() and not dial.cancelled() else None
            if isinstance(opened, socket.socket):
                opened.close()
        raise


async def _dial(address: str, port: int, limit: float) -> socket.socket | Exception:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    dialled = socket.socket(family, socket.SOCK_STREAM)
    dialled.setblocking(False)
    try:
        # A little less than the step has, so that one dead address does not hide a live one.
        async with asyncio.timeout(limit * 0.9):
            await asyncio.get_running_loop().sock_connect(dialled, (address, port))
    except ConnectionResetError:
        # It accepted and hung up at once (a port that refuses says so otherwise): the next rung will see it.
        return dialled
    except OSError as error:
        dialled.close()
        return error
    except BaseException:
        dialled.close()
        raise
    dialled.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return dialled


def _attempt(address: str, result: socket.socket | Exception) -> Attempt:
    if isinstance(result, Exception):
        return Attempt(address=address, message=diagnose(result, Stage.TCP)[1] or "no answer in time")
    return Attempt(address=address)


def _first_error(results: list[socket.socket | Exception]) -> Exception:
    return next((result for result in results if isinstance(result, Exception)), OSError("no address"))
