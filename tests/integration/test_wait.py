"""--wait on real servers that are not ready yet, and on some that never will be."""

import contextlib
import signal
import subprocess
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from tests.documents import report_of
from tests.integration.commandline import command, document, failures, preflight, surroundings
from tests.servers.catalogue import REPOSITORY
from tests.servers.process import running
from tests.servers.readiness import free_port, until
from tests.servers.scripted import closed_port

PATIENCE = 30
WAIT = ("--wait", f"{PATIENCE}s", "-v", "-o", "json")


class Waiting:
    """A run with --wait, and the lines that it has written to its log."""

    def __init__(self, *arguments: str) -> None:
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(
            command("check", *arguments), stdout=pipe, stderr=pipe, cwd=REPOSITORY, env=surroundings(), text=True
        )
        self.log: list[str] = []
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stderr
        self.log.extend(iter(self.process.stderr.readline, ""))

    def until_told(self, words: str) -> None:
        until(lambda: any(words in line for line in self.log), f"{words!r} in the log", seconds=PATIENCE)

    def ended(self) -> tuple[int, Any]:
        """The exit status and the one document."""
        assert self.process.stdout
        out = self.process.stdout.read()
        self.process.wait(PATIENCE)
        self._reader.join()
        return self.process.returncode, report_of(out)


@contextlib.contextmanager
def waiting(*arguments: str) -> Iterator[Waiting]:
    run = Waiting(*arguments)
    try:
        yield run
    finally:
        run.process.kill()
        run.process.wait()
        run._reader.join()  # noqa: SLF001 - the test's own
        assert run.process.stdout
        assert run.process.stderr
        run.process.stdout.close()
        run.process.stderr.close()


def test_a_server_that_comes_later() -> None:
    """It is found when it is there: one document, of the last look, and one line of the log for each state."""
    port = free_port()
    with (
        running("redis-7.0") as server,
        server.client() as client,
        waiting(f"redis://{server.host}:{port}", *WAIT) as run,
    ):
        run.until_told("waiting: tcp.connects: nothing listens there")
        client.config_set("port", port)
        status, read = run.ended()
    assert (status, read["outcome"]) == (0, "pass")
    assert read["tries"] > 1
    assert [each["id"] for each in read["findings"] if each["outcome"] in ("fail", "blocked")] == []
    assert sum("waiting" in line for line in run.log) == 1


def test_a_cluster_that_is_being_made() -> None:
    """CLUSTERDOWN, as before its slots are assigned."""
    with (
        running("redis-7.0", config=("cluster-enabled yes",)) as server,
        server.client() as client,
        waiting("--node", f"redis://{server.host}:{server.port}", "--no-tls", *WAIT) as run,
    ):
        run.until_told("waiting: topology.slots: 16,384 of 16,384 slots have no primary")
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", 0, 16383)
        status, read = run.ended()
    assert (status, read["tries"] > 1) == (0, True)


def test_a_wrong_password_ends_at_once() -> None:
    """Waiting would not make it right."""
    with running("redis-7.0", password="right") as server:
        ended = preflight("check", server.url(password="wrong"), "--wait", "60", "-o", "json")
    assert (ended.returncode, failures(ended), document(ended)["tries"]) == (1, ["auth.accepted"], 1)
    assert document(ended)["seconds"] < PATIENCE


def test_the_time_runs_out() -> None:
    """Exit status 124, and the report of what it was waiting for."""
    with closed_port() as (host, port):
        ended = preflight("check", f"redis://{host}:{port}", "--wait", "1500ms", "-o", "json")
    read = document(ended)
    assert (ended.returncode, failures(ended), read["stopped_by"]) == (124, ["tcp.connects"], None)
    assert read["tries"] > 1
    assert read["seconds"] < 3


def test_the_time_runs_out_for_a_person() -> None:
    """The last line says how often it was looked at."""
    with closed_port() as (host, port):
        ended = preflight("check", f"redis://{host}:{port}", "--wait", "1s")
    assert ended.returncode == 124
    assert ", at try " in ended.stdout.splitlines()[-1]
    assert ended.stderr.splitlines() == [
        "preflight: waiting: tcp.connects: nothing listens there: the connection was refused"
    ]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_the_wait(number: signal.Signals, status: int) -> None:
    """With the report of the last look, and what it was stopped by."""
    with closed_port() as (host, port), waiting(f"redis://{host}:{port}", *WAIT) as run:
        run.until_told("waiting: tcp.connects")
        run.process.send_signal(number)
        ended, read = run.ended()
    assert (ended, read["stopped_by"]) == (status, "interrupted")
    assert [each["id"] for each in read["findings"] if each["outcome"] == "fail"] in (["tcp.connects"], [])


def test_a_warning_is_nothing_to_wait_for() -> None:
    """It ends with the first look, also where warnings count."""
    with running("redis-7.0") as server, server.client() as client:
        client.set("theirs", "x")
        ended = preflight("check", server.url(), "--wait", "60", "--fail-on", "warn", "-o", "json")
    assert (ended.returncode, document(ended)["tries"]) == (3, 1)


@pytest.mark.parametrize("wait", ["0", "-1", "soon", "tops3cret", "1h"])
def test_a_wait_that_is_none(wait: str) -> None:
    """It is refused before anything is contacted, and not quoted."""
    ended = preflight("check", "redis://127.0.0.1:1", f"--wait={wait}")
    assert (ended.returncode, ended.stdout, "--wait takes" in ended.stderr) == (2, "", True)
    assert "tops3cret" not in ended.stderr
