"""DNS: the addresses behind a name."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from threading import Thread
from typing import TypeVar

from preflight.model.facts import Addresses

T = TypeVar("T")


async def resolve(host: str, port: int) -> Addresses:
    """Every address of the host, in the resolver's order. Raises `socket.gaierror`."""
    if _is_address(host):
        return Addresses(addresses=(host,))
    lookup = partial(socket.getaddrinfo, _encoded(host), port, type=socket.SOCK_STREAM)
    found = await off_loop(lookup)
    return Addresses(addresses=tuple(dict.fromkeys(str(entry[4][0]) for entry in found)))


def _is_address(host: str) -> bool:
    """In the one spelling that needs no resolver: `127.1` is an address too, and a system's own."""
    try:
        return str(ip_address(host)) == host
    except ValueError:
        return False


def _encoded(host: str) -> str:
    """Getaddrinfo raises UnicodeError for labels that no resolver could be asked for."""
    try:
        encoded = host.encode("idna")
    except UnicodeError:
        encoded = b"\0"
    if b"\0" in encoded:
        raise socket.gaierror(socket.EAI_NONAME, "not a valid host name")
    return host


async def off_loop(work: Callable[[], T]) -> T:
    """Run blocking work in a daemon thread: one that hangs delays neither the deadline nor the exit."""
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if future.done():
            return
        if error is not None:
            future.set_exception(error)
        else:
            future.set_result(result)  # type: ignore[arg-type] # there is a result where there is no error

    def body() -> None:
        result, error = None, None
        try:
            result = work()
        except BaseException as raised:  # noqa: BLE001 - it is raised again in the loop
            error = raised
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    Thread(target=body, daemon=True).start()
    return await future
