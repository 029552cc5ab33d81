"""Servers in a bad state: each has one root, what to do about it, and an end well before the deadline."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest
import redis

from preflight import Finding, Report, Surroundings, check
from preflight.cli.exit_status import FAILED, OK, exit_status
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from preflight.model.required import LIFE
from tests.integration.played import assert_left_alone
from tests.integration.verdicts import LATEST, QUICK, finding, told
from tests.servers.cluster import cluster
from tests.servers.process import Server, running
from tests.servers.readiness import until

ROOMY = ("maxmemory 8gb",)
VERSIONS = pytest.mark.parametrize("key", ["redis-5.0", "redis-6.2", "redis-7.0", "redis-8.2", "valkey-8.1"])
WRITTEN = {
    *("commands.blocking", "commands.cross-slot", "commands.pubsub", "commands.required", "commands.scripting"),
    "commands.transaction",
}
PATIENCE = 10


def _checked(server: Server) -> Report:
    return check(server.url(database=0), around=Surroundings(upgrade=True), limits=QUICK)


def _assert_root(report: Report, root: str, *, cause: Cause | None = None, warns: tuple[str, ...] = ()) -> Finding:
    """One failure with a remedy, which blocks whatever cannot be told; these warn beside it, and no others."""
    [failed] = [each for each in report.findings if each.outcome is Outcome.FAIL]
    assert (failed.id, failed.verdict.cause) == (root, cause)
    assert failed.verdict.remedy
    assert told(report, Outcome.ERROR) == []
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} <= {root}
    assert sorted(each.id for each in report.findings if each.outcome is Outcome.WARN) == sorted(warns)
    assert exit_status(report, fail_on_warn=False) == FAILED
    assert report.stopped_by is None
    assert report.seconds < LATEST
    return failed


def _blocked(report: Report) -> set[str]:
    return {each.id for each in report.findings if each.outcome is Outcome.BLOCKED}


def _forget(server: Server) -> None:
    """What could not be deleted, which expires within a minute."""
    with server.client() as client:
        assert all(0 < client.ttl(key) <= LIFE for key in client.scan_iter())
        client.config_set("min-slaves-to-write", 0)
        client.flushall()


@contextmanager
def _loading(key: str) -> Iterator[Server]:
    """It reads its data for some seconds, and answers in between every 2 MB of it."""
    debug = () if key == "redis-6.2" else ("enable-debug-command yes",)
    with running(key, config=(*ROOMY, "rdbcompression no", *debug)) as server, server.client() as client:
        for number in range(40):
            client.set(f"big:{number}", "x" * 500_000)
        client.config_set("key-load-delay", "100000")
        with socket.create_connection((server.host, server.port)) as reloading:
            reloading.sendall(b"DEBUG RELOAD\r\n")
            until(lambda: _refuses(client, "LOADING"), "it to load", seconds=PATIENCE)
            yield server


def _refuses(client: redis.Redis, code: str) -> bool:
    try:
        client.get("anything")
    except redis.RedisError as error:
        return code in f"{type(error).__name__} {error}".upper()
    return False


LOADING = pytest.mark.parametrize("key", ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-8.1"])


@LOADING
def test_it_loads(key: str) -> None:
    """A server that still reads its data is told to be waited for, and no command is blamed."""
    with _loading(key) as server:
        report = _checked(server)
    assert told(report, Outcome.FAIL) == [f"server.ready {server.host}:{server.port}"]
    failed = finding(report, "server.ready")
    assert failed.verdict.summary == "the server is still loading its data"
    assert failed.verdict.remedy == "Wait until it is done, then run again."
    assert _blocked(report) >= WRITTEN
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} == {"server.ready"}
    assert report.seconds < LATEST


def test_nothing_else_is_said_of_one_that_loads() -> None:
    """How slow it answers and how many keys it has will be known when it is done."""
    with _loading("redis-7.0") as server:
        _assert_root(check(server.url(database=0), limits=QUICK), "server.ready")


@contextmanager
def _unsaved(key: str, *lines: str) -> Iterator[Server]:
    """There is a folder where the file should be, so that not even root can save."""
    with running(key, config=("save 3600 1", *ROOMY, *lines)) as server, server.client() as client:
        (server.folder / "dump.rdb").mkdir()
        client.bgsave()
        failed = lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err"  # noqa: E731
        until(failed, "the save to fail", seconds=PATIENCE, log=lambda: server.log)
        yield server


@VERSIONS
def test_the_last_save_failed(key: str) -> None:
    """A server that cannot save refuses writes with MISCONF: it warns of the save and fails by the write."""
    with _unsaved(key) as server:
        known = _clients(server)
        report = _checked(server)
        assert_left_alone(server, known)
    failed = _assert_root(report, "commands.write", warns=("server.ready",))
    assert failed.verdict.summary == "the server refused a write (MISCONF)"
    assert failed.verdict.details["evidence"].startswith("MISCONF ")
    assert "then run BGSAVE" in (failed.verdict.remedy or "")
    assert _blocked(report) == WRITTEN


def test_the_last_save_failed_and_writes_go_on() -> None:
    """Without `stop-writes-on-bgsave-error` it is a warning, and LangSmith can work."""
    with _unsaved("redis-7.0", "stop-writes-on-bgsave-error no") as server:
        report = _checked(server)
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) == []
    assert told(report, Outcome.WARN) == [f"server.ready {server.host}:{server.port}"]
    assert exit_status(report, fail_on_warn=False) == OK


@VERSIONS
def test_memory_is_full(key: str) -> None:
    """At `maxmemory` with `noeviction` a write is refused in the server's words; that it is full is a warning."""
    with running(key, config=("maxmemory 64mb", "maxmemory-policy noeviction")) as server, server.client() as client:
        used = client.info("memory")["used_memory"]
        client.config_set("maxmemory", used)
        report = _checked(server)
        failed = _assert_root(report, "commands.write", warns=("capacity.memory",))
        assert client.keys() == []
    assert failed.verdict.summary == "the server refused a write (OOM)"
    assert failed.verdict.details["evidence"].startswith("OOM command not allowed")
    assert "raise `maxmemory`" in (failed.verdict.remedy or "")
    assert _blocked(report) == WRITTEN


@VERSIONS
def test_replicas_are_demanded(key: str) -> None:
    """A primary without the replicas that it demands refuses writes."""
    line = "min-slaves-to-write 1" if key == "redis-5.0" else "min-replicas-to-write 1"
    with running(key, config=(*ROOMY, line)) as server:
        failed = _assert_root(_checked(server), "commands.write")
        # Redis 5 lets scripts write, and then refuses DEL.
        _forget(server)
        assert_left_alone(server, set())
    assert failed.verdict.summary == "the server refused a write (NOREPLICAS)"
    assert "min-replicas-to-write" in (failed.verdict.remedy or "")


@contextmanager
def _room(key: str, free: int) -> Iterator[Server]:
    """So many more clients fit in."""
    with running(key, config=(*ROOMY, "maxclients 5")) as server, ExitStack() as stack:
        for _ in range(5 - free):
            assert stack.enter_context(server.client()).ping()
        yield server


@VERSIONS
def test_no_client_fits_in(key: str) -> None:
    """A server without room says so before it asks who we are."""
    with _room(key, 0) as server:
        failed = _assert_root(_checked(server), "auth.accepted", cause=Cause.TOO_MANY_CLIENTS)
    assert failed.verdict.details["evidence"] == "ERR max number of clients reached"
    assert "`maxclients`" in (failed.verdict.remedy or "")


@VERSIONS
def test_one_client_fits_in(key: str) -> None:
    """The first connection is taken and the second one is not: what needs two of them is told."""
    with _room(key, 1) as server:
        report = _checked(server)
    failed = _assert_root(
        report, "commands.blocking", cause=Cause.SECOND_REFUSED, warns=("capacity.connections",)
    )  # fmt: skip
    assert failed.verdict.details["evidence"] == "ERR max number of clients reached"
    assert _blocked(report) == {"commands.pubsub"}
    assert finding(report, "commands.write").outcome is Outcome.PASS
    assert finding(report, "commands.required").outcome is Outcome.PASS


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0", "valkey-8.1"])
def test_two_clients_fit_in(key: str) -> None:
    """Two is all that it takes: a warning that LangSmith will want more."""
    with _room(key, 2) as server:
        report = _checked(server)
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) == []
    assert told(report, Outcome.WARN) == [f"capacity.connections {server.host}:{server.port}"]


def _clients(server: Server) -> set[str]:
    with server.client() as client:
        return {each["id"] for each in client.client_list()}


def test_one_node_of_a_cluster_refuses_writes() -> None:
    """A third of the keys cannot be written: every run tells it, whichever slot its own keys are in."""
    with cluster("redis-7.0", config=ROOMY) as made:
        with made.nodes[1].client() as client:
            client.config_set("min-replicas-to-write", 1)
        uris = [f"redis://{node.host}:{node.port}" for node in made.nodes]
        reports = [check(uris, around=Surroundings(tls=False), limits=QUICK) for _ in range(12)]
    assert [told(report, Outcome.FAIL) for report in reports] == [["commands.write"]] * len(reports)
