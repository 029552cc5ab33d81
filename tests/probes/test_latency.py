"""PING is measured for as long as something else takes its time, often enough and not for ever."""

import asyncio
import socket
import time
from collections.abc import Awaitable

import pytest

from preflight.model.evidence import Cause, Failed, Observed, Seen, Stage
from preflight.model.rehearsal import Latency
from preflight.probes.latency import measure
from preflight.probes.observe import observe
from preflight.probes.wire import Wire
from tests.probes.test_wire import over
from tests.servers.fixtures import ServerPool
from tests.servers.front import Ending, front
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable


def _measured(to: Dialable, meanwhile: Awaitable[None], limit: float = 10) -> Observed[Latency]:
    async def talk(wire: Wire) -> Observed[Latency]:
        other = asyncio.ensure_future(meanwhile)
        try:
            return await observe(Stage.COMMANDS, limit, measure(wire, other))
        finally:
            other.cancel()

    return over(to, talk)


def _samples(seen: Observed[Latency]) -> tuple[float, ...]:
    assert isinstance(seen, Seen)
    assert seen.fact.seen_from == socket.gethostname()
    return seen.fact.seconds


async def _nothing() -> None:
    """Over before anything is measured."""


def test_a_fast_link_is_measured_ten_times(server_pool: ServerPool) -> None:
    """Also where there is nothing to wait for; it takes no time worth mentioning."""
    samples = _samples(_measured(server_pool.get("redis-7.0"), _nothing()))
    assert 1 <= len(samples) <= 10
    assert len(samples) == 10 or sum(samples) >= 0.05
    assert all(0 < sample < 1 for sample in samples)


def test_a_slow_link_is_measured_often_enough(server_pool: ServerPool) -> None:
    """With 40 ms to and fro two samples are enough; each is as long as the link is."""
    server = server_pool.get("redis-7.0")
    with delaying_proxy(server.host, server.port, 0.02) as link:
        samples = _samples(_measured(link, _nothing()))
    assert 1 <= len(samples) <= 2
    assert all(sample >= 0.04 for sample in samples)


def test_it_lasts_as_long_as_the_other_work(server_pool: ServerPool) -> None:
    """Which it does not slow down, nor outlast by more than one round trip."""
    server = server_pool.get("redis-7.0")
    with delaying_proxy(server.host, server.port, 0.02) as link:
        samples = _samples(_measured(link, asyncio.sleep(0.5)))
    assert 2 < len(samples) <= 14


def test_it_ends_after_a_hundred_samples(server_pool: ServerPool) -> None:
    """However long the other work may take."""
    begun = time.monotonic()
    assert len(_samples(_measured(server_pool.get("redis-7.0"), asyncio.sleep(60)))) == 100
    assert time.monotonic() - begun < 10


@pytest.mark.parametrize(
    ("ending", "cause"),
    [(Ending.CLOSED, Cause.CLOSED), (Ending.SILENT, Cause.STALLED)],
    ids=["closed", "silent"],
)
def test_a_server_that_answers_no_more(server_pool: ServerPool, ending: Ending, cause: Cause) -> None:
    """It is a failure of the step, and not a very long sample."""
    with front(server_pool.get("redis-7.0"), lambda: lambda _: ending) as before:
        seen = _measured(before, _nothing(), limit=0.3)
    assert isinstance(seen, Failed)
    assert (seen.stage, seen.cause) == (Stage.COMMANDS, cause)
