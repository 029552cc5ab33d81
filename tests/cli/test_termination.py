"""The termination message: in a pod, on every way out, and never at the cost of anything."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from preflight.cli import termination
from preflight.cli.main import main
from preflight.cli.termination import Termination
from preflight.model.style import Style
from preflight.render.termination import render
from tests.render.reports import ALL, FAILING


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """As kubelet makes it, and the variable that names it."""
    path = tmp_path / "termination-log"
    path.touch()
    monkeypatch.setenv("TERMINATION_LOG_PATH", str(path))
    return path


@pytest.mark.parametrize("name", ALL)
def test_a_report(name: str, log: Path) -> None:
    """Whatever it says, in place: the file is a mount."""
    inode = log.stat().st_ino
    Termination({"TERMINATION_LOG_PATH": str(log)}).tell(ALL[name])
    assert log.read_text(encoding="utf-8") == render(ALL[name], Style())
    assert log.stat().st_ino == inode


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["lint", "redis://cache"], "3 passed"),
        (["lint", "redis://cache/x"], "FAIL config.url"),
        (["check", "redis://cache:0"], "FAIL config.url"),
        (["lint", "redis://:tops3cret@cache:x"], "FAIL config.url"),
        (["lint"], "There is nothing to check"),
        (["lint", "redis://cache", "--bogus", "tops3cret"], "unrecognized arguments: --bogus"),
        (["lint", "redis://cache", "-o", "nonsense"], "-o takes FORMAT"),
        (["explain", "nonsense"], "no such check"),
        (["judge", "/no/such/file"], "cannot read"),
    ],
)
def test_every_way_out(argv: list[str], words: str, log: Path) -> None:
    """A verdict, unusable input, and arguments that are none."""
    main(argv)
    text = log.read_text(encoding="utf-8")
    assert words in text
    assert "tops3cret" not in text


def test_a_later_run_replaces_it(log: Path) -> None:
    """A container that is started again says what happened last."""
    log.write_text("x" * 4096)
    main(["lint", "redis://cache"])
    assert "xxx" not in log.read_text(encoding="utf-8")


def test_what_cannot_be_written_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict is on standard output all the same."""
    monkeypatch.setenv("TERMINATION_LOG_PATH", str(tmp_path))
    assert main(["lint", "redis://cache"]) == 0


@pytest.mark.parametrize(
    ("environ", "written"), [({}, False), ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, True)], ids=["outside", "in a pod"]
)
def test_the_usual_place(
    environ: dict[str, str], written: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a pod alone: elsewhere nobody asked for a file."""
    usual = tmp_path / "termination-log"
    usual.touch()
    monkeypatch.setattr(termination, "_USUAL", usual)
    Termination(environ).tell(FAILING)
    assert bool(usual.read_text(encoding="utf-8")) is written
    assert stat.S_ISREG(usual.stat().st_mode)


def test_no_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pod without one has a reason."""
    monkeypatch.setattr(termination, "_USUAL", tmp_path / "termination-log")
    Termination({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}).tell(FAILING)
    assert list(tmp_path.iterdir()) == []
