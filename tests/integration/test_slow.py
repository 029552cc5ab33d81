"""Servers that take their time: paused, busy with something else, or at the end of a slow link."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import redis

from preflight import Limits, check
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from preflight.model.required import LIFE
from tests.integration.played import assert_left_alone
from tests.integration.verdicts import LATEST, assert_fails_only, told
from tests.servers.fixtures import ServerPool
from tests.servers.link import delaying_proxy
from tests.servers.process import Server, running
from tests.servers.readiness import until

ROOMY = ("maxmemory 8gb",)
BRIEF = Limits(step=0.5, deadline=20)
PATIENCE = 10


@pytest.mark.parametrize("key", ["redis-5.0", "redis-6.2", "redis-7.0", "valkey-8.1"])
def test_all_clients_are_paused(key: str) -> None:
    """Nothing is answered, not even the login."""
    with running(key, config=ROOMY) as server, server.client() as client:
        client.execute_command("CLIENT", "PAUSE", 20_000)
        assert_fails_only(check(server.url(database=0), limits=BRIEF), "auth.accepted", Cause.SILENT)


@pytest.mark.parametrize("key", ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-8.1"])
def test_writers_are_paused(key: str) -> None:
    """It answers every question and no write: as during a failover, which the remedy names."""
    with running(key, config=ROOMY) as server, server.client() as client:
        client.execute_command("CLIENT", "PAUSE", 60_000, "WRITE")
        known = {each["id"] for each in client.client_list()}
        report = check(server.url(database=0), limits=BRIEF)
        client.execute_command("CLIENT", "UNPAUSE")
        # Redis 6 may still do the first of the commands of a client that has gone.
        assert all(0 < client.ttl(key) <= LIFE for key in client.scan_iter())
        client.flushall()
        assert_left_alone(server, known)
    failed = assert_fails_only(report, "commands.write", Cause.STALLED)
    assert "CLIENT PAUSE" in (failed.verdict.remedy or "")


@contextmanager
def _asleep(key: str, seconds: float) -> Iterator[Server]:
    """It does one thing at a time, and this one takes long."""
    debug = ("enable-debug-command yes",) if key not in ("redis-5.0", "redis-6.2") else ()
    with (
        running(key, config=(*ROOMY, *debug)) as server,
        socket.create_connection((server.host, server.port)) as busy,
        server.client(socket_timeout=0.1) as client,
    ):
        busy.sendall(f"DEBUG SLEEP {seconds}\r\n".encode())
        until(lambda: not _answers(client), "it to sleep", seconds=PATIENCE)
        yield server


def _answers(client: redis.Redis) -> bool:
    try:
        return bool(client.ping())
    except redis.TimeoutError:
        return False


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0", "valkey-9.1"])
def test_a_long_command_blocks_it(key: str) -> None:
    """What keeps it busy for longer than a step may take looks like silence."""
    with _asleep(key, 30) as server:
        failed = assert_fails_only(check(server.url(database=0), limits=BRIEF), "auth.accepted", Cause.SILENT)
    assert "stalled" in (failed.verdict.remedy or "")


def test_a_long_command_ends_in_time() -> None:
    """A step waits for as long as it may: a hiccup is no finding."""
    with _asleep("redis-7.0", 1.5) as server:
        report = check(server.url(database=0), limits=Limits(step=10))
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) + told(report, Outcome.WARN) == []


@pytest.mark.parametrize(("one_way", "step", "outcome"), [(0.3, 0.5, Outcome.FAIL), (0.1, 1.0, Outcome.WARN)])
def test_a_link_that_is_too_slow(server_pool: ServerPool, one_way: float, step: float, outcome: Outcome) -> None:
    """Slower than a step it is silent; faster than that it works, and its latency is the one warning."""
    server = server_pool.get("redis-7.0", config=ROOMY)
    with delaying_proxy(server.host, server.port, one_way) as link:
        report = check(f"redis://{link.host}:{link.port}/0", limits=Limits(step=step, deadline=20))
    if outcome is Outcome.FAIL:
        assert_fails_only(report, "auth.accepted", Cause.SILENT)
    else:
        assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) == []
        assert told(report, Outcome.WARN) == ["capacity.latency"]
    assert report.seconds < LATEST
    assert_left_alone(server, set())
