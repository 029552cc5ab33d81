"""A run that is cut short tells what it has seen, and leaves nothing on the server."""

import asyncio
import contextlib
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis

from preflight import Limits, acheck, check
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from tests.documents import report_of
from tests.integration.commandline import command, document, preflight, surroundings
from tests.integration.verdicts import LATEST, finding, told
from tests.servers.catalogue import REPOSITORY
from tests.servers.link import Link, delaying_proxy
from tests.servers.process import Server, running
from tests.servers.readiness import until
from tests.servers.scripted import black_hole, silent_port

PATIENCE = 20
SIGNALS = pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)

LATENCY = 0.2
"""Seconds one way: while the rehearsal travels, there is time for a signal."""

REHEARSAL = 4
"""The flight that carries it: PING, INFO and the questions about cluster and rights come first."""

EXCHANGE = 2
"""The flight of the second connection that carries the blocking pop: PING comes first."""


@pytest.fixture
def server() -> Iterator[Server]:
    """One of our own, because it is paused."""
    with running("redis-7.0") as own:
        with own.client() as client:
            client.set("theirs", "and not ours")
        yield own


@contextlib.contextmanager
def begun(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command("check", *arguments), stdout=pipe, stderr=pipe, cwd=REPOSITORY, env=surroundings()
    ) as run:
        try:
            yield run
        finally:
            run.kill()


def _until_flight(link: Link, number: int, connection: int = 0) -> None:
    until(lambda: link.flights[connection : connection + 1] >= [number], f"flight {number}", seconds=PATIENCE)


def _assert_only_theirs(server: Server) -> None:
    """What was under way when the run ended has arrived: the server answers after it, in order."""

    def is_as_before(client: redis.Redis) -> bool:
        return client.keys() == ["theirs"] and len(client.client_list()) == 1

    with server.client() as client:
        until(lambda: is_as_before(client), "the run's connections to end", seconds=PATIENCE)
        assert (client.pubsub_channels(), client.pubsub_numpat()) == ([], 0)


def _assert_partial(report: dict[str, object], blocked: set[str]) -> None:
    findings = report["findings"]
    assert isinstance(findings, list)
    assert report["stopped_by"] == "interrupted"
    cut = {each["id"].partition(".")[0] for each in findings if each["blocked_by"] == "interrupted"}
    assert cut == blocked
    wrong = [each["id"] for each in findings if each["outcome"] not in ("pass", "not-applicable", "blocked")]
    assert wrong in ([], ["capacity.latency"])  # a link like ours is slow
    assert {each["id"] for each in findings if each["outcome"] == "pass"} >= {"config.url", "tcp.connects"}


@SIGNALS
def test_a_signal_while_the_server_hangs(server: Server, number: signal.Signals, status: int) -> None:
    """Nothing was answered yet: what is known is the address, and the rest is blocked by the interruption."""
    with delaying_proxy(server.host, server.port, 0) as link:
        server.pause()
        url = f"redis://{link.host}:{link.port}/0"
        with begun(url, "--timeout", "30", "-o", "json") as run:
            _until_flight(link, 1)
            run.send_signal(number)
            out, err = run.communicate(timeout=PATIENCE)
    server.resume()
    assert (run.returncode, err) == (status, b"")
    _assert_partial(report_of(out), {"auth", "server", "topology", "commands", "capacity"})
    _assert_only_theirs(server)


@SIGNALS
def test_a_signal_while_keys_are_written(server: Server, number: signal.Signals, status: int) -> None:
    """The rehearsal is under way: its keys are deleted before the process ends."""
    with (
        delaying_proxy(server.host, server.port, LATENCY) as link,
        begun(f"redis://{link.host}:{link.port}/0", "--upgrade", "-o", "json") as run,
    ):
        _until_flight(link, REHEARSAL)
        run.send_signal(number)
        out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, err) == (status, b"")
    _assert_partial(report_of(out), {"commands", "capacity"})
    with server.client() as client:
        assert client.keys() == ["theirs"]


@SIGNALS
def test_a_signal_while_two_connections_talk(server: Server, number: signal.Signals, status: int) -> None:
    """The second one waits for what the first one pushes: keys, subscriptions and both connections go."""
    with (
        delaying_proxy(server.host, server.port, LATENCY) as link,
        begun(f"redis://{link.host}:{link.port}/0", "--upgrade", "-o", "json") as run,
    ):
        _until_flight(link, EXCHANGE, connection=1)
        run.send_signal(number)
        out, err = run.communicate(timeout=PATIENCE)
    assert (run.returncode, err) == (status, b"")
    _assert_partial(report_of(out), {"commands"})
    _assert_only_theirs(server)


@SIGNALS
def test_a_signal_while_the_server_hangs_with_our_keys(server: Server, number: signal.Signals, status: int) -> None:
    """The deletion cannot be waited for: the run ends after one step, and the server deletes when it wakes."""
    with delaying_proxy(server.host, server.port, LATENCY) as link:
        with begun(f"redis://{link.host}:{link.port}/0", "--timeout", "1.5", "--upgrade", "-o", "json") as run:
            _until_flight(link, REHEARSAL)
            server.pause()
            run.send_signal(number)
            out, err = run.communicate(timeout=PATIENCE)
        server.resume()
        assert (run.returncode, err) == (status, b"")
        _assert_partial(report_of(out), {"commands", "capacity"})
        _assert_only_theirs(server)


def test_an_interruption_for_a_person(server: Server) -> None:
    """The console says it in its last line."""
    with delaying_proxy(server.host, server.port, 0) as link:
        server.pause()
        with begun(f"redis://{link.host}:{link.port}/0", "--timeout", "30") as run:
            _until_flight(link, 1)
            run.send_signal(signal.SIGINT)
            out, _ = run.communicate(timeout=PATIENCE)
    last = out.decode().rstrip().splitlines()[-1]
    assert "blocked by interrupted, stopped by interrupted, in " in last


def test_a_second_signal_ends_it_at_once(server: Server) -> None:
    """Who does not want to wait for the deletion presses again, and sees no traceback."""
    with delaying_proxy(server.host, server.port, LATENCY) as link:
        with begun(f"redis://{link.host}:{link.port}/0", "--timeout", "30") as run:
            _until_flight(link, REHEARSAL)
            server.pause()
            run.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(0.5)
            run.send_signal(signal.SIGINT)
            _, err = run.communicate(timeout=PATIENCE)
        server.resume()
    assert run.returncode in (130, -signal.SIGINT)
    assert b"Traceback" not in err


@pytest.mark.parametrize("endpoint", [silent_port, black_hole])
def test_the_deadline(endpoint: Callable[[], contextlib.AbstractContextManager[tuple[str, int]]]) -> None:
    """It ends a step that has time left, and whatever is not known is blocked by it."""
    with endpoint() as (host, port):
        report = check(f"redis://{host}:{port}/0", limits=Limits(step=30, deadline=0.3))
    assert report.stopped_by == Cause.DEADLINE
    assert told(report, Outcome.FAIL) + told(report, Outcome.ERROR) == []
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} == {"deadline"}
    assert {"config.url", "dns.resolves"} <= {each.id for each in report.findings if each.outcome is Outcome.PASS}
    assert report.seconds < LATEST


def test_the_deadline_on_the_command_line() -> None:
    """A partial report exits as a failure does."""
    with silent_port() as (host, port):
        ended = preflight("check", f"redis://{host}:{port}/0", "--deadline", "300ms", "-o", "json")
    assert (ended.returncode, ended.stderr) == (1, "")
    assert document(ended)["stopped_by"] == "deadline"


def test_the_deadline_while_keys_are_written(server: Server) -> None:
    """The deadline deletes what an interruption would."""
    with delaying_proxy(server.host, server.port, LATENCY) as link:
        # Connecting, PING, INFO and the questions take four round trips; the rehearsal is the fifth.
        limits = Limits(step=30, deadline=(REHEARSAL + 0.5) * 2 * LATENCY)
        report = check(f"redis://{link.host}:{link.port}/0", limits=limits)
    assert finding(report, "server.version").outcome is Outcome.PASS
    assert finding(report, "commands.write").blocked_by == "deadline"
    with server.client() as client:
        assert client.keys() == ["theirs"]


def test_cancelling_the_async_twin(server: Server) -> None:
    """The caller's cancellation passes through, after the keys are deleted."""

    async def cancelled(link: Link) -> None:
        run = asyncio.create_task(acheck(f"redis://{link.host}:{link.port}/0"))
        await asyncio.to_thread(_until_flight, link, REHEARSAL)
        run.cancel()
        with pytest.raises(asyncio.CancelledError):
            await run

    with delaying_proxy(server.host, server.port, LATENCY) as link:
        asyncio.run(asyncio.wait_for(cancelled(link), PATIENCE))
    with server.client() as client:
        assert client.keys() == ["theirs"]


@SIGNALS
def test_a_signal_before_anything_is_known(number: signal.Signals, status: int, tmp_path: Path) -> None:
    """While it waits for the URL: a sentence, a document, the termination message, and the right status."""
    pipe, log = subprocess.PIPE, tmp_path / "termination-log"
    environ = surroundings({"TERMINATION_LOG_PATH": str(log)})
    with subprocess.Popen(
        command("check", "-", "-o", "json"), stdin=pipe, stdout=pipe, stderr=pipe, cwd=REPOSITORY, env=environ
    ) as run:
        until(lambda: _reads(run.pid), "it to read its standard input", seconds=PATIENCE)
        run.send_signal(number)
        out, err = run.communicate(timeout=PATIENCE)
    words = {130: "interrupted", 143: "terminated"}[status]
    assert (run.returncode, err) == (status, f"preflight: {words}\n".encode())
    assert (report_of(out)["error"], report_of(out)["findings"]) == (words, [])
    assert log.read_text() == f"preflight could not check anything: {words}\n"


def _reads(pid: int) -> bool:
    """The process sleeps in a read of its standard input (Linux)."""
    return Path(f"/proc/{pid}/syscall").read_text().startswith("0 0x0 ")
