"""What a log and a terminal are told while a run is in work."""

from __future__ import annotations

import io
import time

import pytest

from preflight.cli.progress import CALM, Progress
from preflight.model.evidence import Stage
from preflight.model.finding import Report, failed, passed
from tests.render.reports import finding, report

WAITING = report(
    finding("dns.resolves", passed("resolves to 10.0.3.17")),
    finding("tcp.connects", failed("nothing listens there", "Start it.")),
)


class Log(io.StringIO):
    """Standard error in a file."""

    @property
    def lines(self) -> list[str]:
        return self.getvalue().splitlines()


class Clock:
    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr(time, "monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


def test_a_short_run_leaves_the_log_alone(clock: Clock) -> None:
    """Most runs are over before anybody wonders."""
    log = Log()
    with Progress(quiet=False, stream=log) as progress:
        progress.step("langsmith", Stage.DNS, "a:1")
        clock.now += CALM - 0.1
        progress.step("langsmith", Stage.TCP, "a:1")
    assert log.lines == []


def test_a_line_for_each_change_of_state(clock: Clock) -> None:
    """From the first second on: of each target where it is, once, however many nodes are there."""
    log = Log()
    with Progress(quiet=False, stream=log) as progress:
        progress.step("langsmith", Stage.DNS, "a:1")
        progress.step("fleet", Stage.TCP, "f:1")
        progress.step("langsmith", Stage.TCP, "a:1")
        clock.now += CALM
        progress.pulse()
        progress.step("langsmith", Stage.TCP, "b:1")
        progress.step("langsmith", Stage.AUTH, "a:1")
        progress.step("langsmith", Stage.AUTH, "b:1")
    assert log.lines == ["preflight: langsmith: tcp", "preflight: fleet: tcp", "preflight: langsmith: auth"]


def test_tries_that_end_alike_are_one_line() -> None:
    """A wait of five minutes is not five hundred lines."""
    log = Log()
    with Progress(quiet=False, stream=log) as progress:
        for pause in (0.5, 1.0, 2.0):
            progress.wait(WAITING, pause)
        progress.wait(report(finding("server.ready", failed("it loads", "Wait."))), 1.0)
    assert log.lines == [
        "preflight: waiting: tcp.connects: nothing listens there",
        "preflight: waiting: server.ready: it loads",
    ]


@pytest.mark.parametrize("hostile", ["\x1b[31m", "a\nb", "\u202e", "x" * 10_000, "::set-output name=a::b"])
def test_the_log_obeys_nobody(hostile: str) -> None:
    """What a server says is shown, and is neither a second line nor a command."""
    log = Log()
    with Progress(quiet=False, stream=log) as progress:
        progress.wait(report(finding("tcp.connects", failed(hostile, "x"))), 1.0)
    [line] = log.lines
    assert line.isprintable()
    assert len(line) < 1000
    assert "::set-output name" not in line


class Broken(Log):
    def write(self, _: str, /) -> int:
        raise OSError


@pytest.mark.parametrize(("quiet", "stream"), [(True, Log()), (False, Broken())])
def test_nothing_is_said(quiet: bool, stream: Log) -> None:
    """Where nobody wants it, or nobody can hear it."""
    with Progress(quiet=quiet, stream=stream) as progress:
        progress.wait(WAITING, 1.0)
    assert stream.lines == []


def test_a_live_line_on_a_terminal(clock: Clock) -> None:
    """The stage and the node in work, and nothing that stays."""

    class Terminal(Log):
        def isatty(self) -> bool:
            return True

    terminal = Terminal()
    with Progress(quiet=False, stream=terminal) as progress:
        progress.step("langsmith", Stage.TCP, "a:1")
        clock.now += CALM
        progress.pulse()
        time.sleep(0.2)
        progress.wait(_tried(3), 1.5)
        time.sleep(0.2)
    shown = terminal.getvalue()
    assert "langsmith: tcp a:1" in shown
    assert "try 3: tcp.connects: nothing listens there; again in 1.5 s" in shown
    assert "preflight: " not in shown
    assert shown.rstrip("\n").endswith("\x1b[2K")


def _tried(number: int) -> Report:
    return report(*WAITING.findings, tries=number)
