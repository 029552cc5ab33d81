"""Every address of a name is dialled, and one that is dead does not hide one that is alive."""

import asyncio
import contextlib
import socket

import pytest

from preflight.model.evidence import Cause
from preflight.model.facts import Addresses, Connected
from preflight.probes.errors import ProbeError
from preflight.probes.tcp import connect
from tests.servers.scripted import black_hole, closed_port

LIVE = "127.0.0.2"


async def _connected(addresses: tuple[str, ...], port: int) -> Connected:
    async with asyncio.timeout(1):
        connected, opened = await connect(Addresses(addresses=addresses), port, limit=1)
    opened.close()
    return connected


@pytest.mark.parametrize("dead", [closed_port, black_hole])
def test_one_of_two_addresses_is_dead(dead: type[contextlib.AbstractContextManager[tuple[str, int]]]) -> None:
    """The live one is used within the same step, and what became of the other is recorded."""
    with dead() as (host, port), socket.create_server((LIVE, port)):
        connected = asyncio.run(_connected((host, LIVE), port))
    assert connected.address == LIVE
    first, second = connected.attempts
    assert (first.address, second.address, second.message) == (host, LIVE, "")
    assert first.message


def test_every_address_is_alive() -> None:
    """The resolver's first is used, and no socket is left open."""
    with socket.create_server(("127.0.0.1", 0)) as first:
        port = first.getsockname()[1]
        with socket.create_server((LIVE, port)):
            connected = asyncio.run(_connected(("127.0.0.1", LIVE), port))
    assert connected.address == "127.0.0.1"
    assert not any(attempt.message for attempt in connected.attempts)


def test_every_address_is_dead() -> None:
    """The failure names all that were tried."""
    with closed_port() as (host, port), pytest.raises(ProbeError) as raised:
        asyncio.run(_connected((host, LIVE), port))
    assert raised.value.cause is Cause.REFUSED
    assert raised.value.message == f"Connection refused ({host}, {LIVE})"
