"""The whole run: bounded by the deadline, ended by the stop event, and always a record of what was seen."""

import asyncio
import threading
import time
from collections.abc import Iterator

import pytest

from preflight.model.evidence import Cause, Evidence, Failed, Seen, Stage, Unreached
from preflight.model.limits import Limits
from preflight.model.target import Plan, Surroundings
from preflight.probes.dns import off_loop
from preflight.probes.gather import gather
from preflight.uri.cluster import target_from_nodes
from preflight.uri.standalone import target_from_url
from tests.servers.fixtures import ServerPool
from tests.servers.scripted import closed_port, silent_port

_MAIN = threading.main_thread()

SOON = 5.0
"""Seconds: what must not wait for something slow has long been done by then."""


def _plan(*urls: str) -> Plan:
    named = enumerate(urls)
    return Plan(targets=tuple(target_from_url(url, Surroundings(), f"target-{number}") for number, url in named))


def _gathered(plan: Plan, limits: Limits | None = None) -> Evidence:
    return asyncio.run(gather(plan, limits or Limits(step=1))).evidence


def test_several_targets_at_once(server_pool: ServerPool) -> None:
    """One that is silent delays no other, and each keeps its own evidence."""
    server = server_pool.get("redis-7.0")
    with silent_port() as (host, port), closed_port() as (_, closed):
        silent, refused = f"redis://{host}:{port}", f"redis://{host}:{closed}"
        evidence = _gathered(_plan(silent, server.url(), refused))
    first, second, third = evidence.targets
    assert isinstance(second.rehearsal, Seen)
    assert isinstance(first.nodes[0].auth, Failed)
    assert isinstance(third.nodes[0].tcp, Failed)
    assert evidence.stopped_by is None
    assert evidence.seconds < 2 * SOON


def test_the_deadline_keeps_what_was_seen(server_pool: ServerPool) -> None:
    """What one target has learned is not lost with what another could not."""
    server = server_pool.get("redis-7.0")
    with silent_port() as (host, port):
        evidence = _gathered(_plan(server.url(), f"redis://{host}:{port}"), Limits(step=60, deadline=0.3))
    healthy, silent = evidence.targets
    assert evidence.stopped_by is Cause.DEADLINE
    assert isinstance(healthy.rehearsal, Seen)
    assert isinstance(silent.nodes[0].tcp, Seen)
    assert silent.nodes[0].auth == Unreached(stage=Stage.AUTH, cause=Cause.DEADLINE)


def test_the_stop_event_ends_it() -> None:
    """It is set from outside, as a signal handler does."""

    async def stopped() -> Evidence:
        stop = asyncio.Event()
        with silent_port() as (host, port):
            work = asyncio.create_task(gather(_plan(f"redis://{host}:{port}"), Limits(step=60), stop, told))
            await reached.wait()
            stop.set()
            return (await asyncio.wait_for(work, SOON)).evidence

    reached = asyncio.Event()

    def told(_target: str, stage: Stage, _node: str) -> None:
        if stage is Stage.AUTH:
            reached.set()

    evidence = asyncio.run(stopped())
    assert evidence.stopped_by is Cause.INTERRUPTED
    assert evidence.targets[0].nodes[0].auth == Unreached(stage=Stage.AUTH, cause=Cause.INTERRUPTED)


def test_the_deadline_before_anything() -> None:
    """Every configured node is in the evidence, also the ones that nobody came to."""
    uris = [f"redis://127.0.0.1:{port}" for port in range(1, 41)]
    plan = Plan(targets=(target_from_nodes(uris, Surroundings(tls=False)),))
    evidence = _gathered(plan, Limits(deadline=1e-9))
    assert [node.name for node in evidence.targets[0].nodes] == [uri.removeprefix("redis://") for uri in uris]
    assert evidence.stopped_by is Cause.DEADLINE


def test_nothing_to_dial() -> None:
    """A target that cannot be read has evidence too: of the configuration."""
    [target] = _gathered(_plan("nonsense")).targets
    assert target.rehearsal == Unreached(stage=Stage.CONFIG, cause=Cause.URL_UNUSABLE)


def test_more_nodes_than_room(server_pool: ServerPool) -> None:
    """With room for two at a time, all are still climbed."""
    server = server_pool.get("redis-7.0")
    uris = [f"redis://127.0.0.1:{server.port}", *(f"redis://127.0.0.1:{port}" for port in range(1, 20))]
    plan = Plan(targets=(target_from_nodes(uris, Surroundings(tls=False)),))
    [target] = _gathered(plan, Limits(step=2, concurrency=2)).targets
    assert isinstance(target.nodes[0].server, Seen)
    assert all(isinstance(node.tcp, Failed) for node in target.nodes[1:])


@pytest.fixture
def hanging() -> Iterator[threading.Event]:
    """What a resolver waits for that never answers."""
    event = threading.Event()
    yield event
    event.set()


def test_hanging_work_delays_no_cancellation(hanging: threading.Event) -> None:
    """It runs in a thread that is left behind: neither the timeout nor the end of the loop waits for it."""

    async def impatient() -> None:
        async with asyncio.timeout(0.1):
            await off_loop(hanging.wait)

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        asyncio.run(impatient())
    assert time.monotonic() - started < SOON
    assert not [thread for thread in threading.enumerate() if not thread.daemon and thread is not _MAIN]


@pytest.mark.parametrize("raised", [OSError("no"), ValueError("nor this"), KeyboardInterrupt()])
def test_what_the_work_raises(raised: BaseException) -> None:
    """It is raised where it was awaited."""

    def work() -> None:
        raise raised

    with pytest.raises(type(raised)):
        asyncio.run(off_loop(work))


def test_work_returns_its_result() -> None:
    """From another thread than the loop's."""
    assert asyncio.run(off_loop(threading.get_ident)) != threading.get_ident()
