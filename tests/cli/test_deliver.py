"""Where a report goes, and that it arrives whole."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import pytest

from preflight.cli.deliver import Output, deliver, outputs, style
from preflight.model.errors import InputError
from preflight.model.style import Style
from tests.render.reports import FAILING, HEALTHY

ESC = "\x1b"


@pytest.mark.parametrize(
    ("given", "parsed"),
    [
        ((), (Output("console", None),)),
        (("json",), (Output("json", None),)),
        (("json=a.json",), (Output("json", "a.json"),)),
        (("json=a=b.json", "console"), (Output("json", "a=b.json"), Output("console", None))),
        (("json=a.json", "json=b.json"), (Output("json", "a.json"), Output("json", "b.json"))),
    ],
)
def test_outputs(given: tuple[str, ...], parsed: tuple[Output, ...]) -> None:
    """A format, with a file or without; the console where nothing is asked for."""
    assert outputs(given) == parsed


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (("json", "console"), "only one format"),
        (("json", "json"), "only one format"),
        (("jsn",), "console, json"),
        (("",), "console, json"),
        (("../json",), "console, json"),
        (("json=",), "names no file"),
    ],
)
def test_outputs_that_are_none(given: tuple[str, ...], words: str) -> None:
    """Unknown formats, files without a name, and two reports in one stream."""
    with pytest.raises(InputError, match=words):
        outputs(given)


def test_to_standard_output_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One report, several places; what goes into a file has no colour."""
    wanted = outputs(["console", f"json={tmp_path / 'r.json'}", f"console={tmp_path / 'r.txt'}"])
    deliver(FAILING, wanted, Style(width=80, color=True))
    assert ESC in capsys.readouterr().out
    assert json.loads((tmp_path / "r.json").read_text(encoding="utf-8"))["outcome"] == "fail"
    text = (tmp_path / "r.txt").read_text(encoding="utf-8")
    assert ESC not in text
    assert "tls.hostname" in text


def test_a_file_is_written_whole(tmp_path: Path) -> None:
    """Readable by all, in place of what was there, and nothing is left beside it."""
    file = tmp_path / "report.json"
    file.write_text("x" * 100_000)
    file.chmod(0o600)
    deliver(HEALTHY, [Output("json", str(file))], Style())
    assert json.loads(file.read_text(encoding="utf-8"))["outcome"] == "pass"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_a_link_elsewhere_is_not_written_through(tmp_path: Path) -> None:
    """A reader that has the old file open keeps the old report."""
    file = tmp_path / "report.json"
    file.write_text("old")
    with file.open() as reader:
        deliver(HEALTHY, [Output("json", str(file))], Style())
        assert reader.read() == "old"


@pytest.mark.parametrize("path", ["missing/report.json", "file/report.json"])
def test_a_folder_that_cannot_be_written(tmp_path: Path, path: str) -> None:
    """It is said with the system's words."""
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot write"):
        deliver(HEALTHY, [Output("json", str(tmp_path / path))], Style())


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    """The report is not lost in silence."""
    (tmp_path / "report.json").mkdir()
    with pytest.raises(InputError, match="cannot write"):
        deliver(HEALTHY, [Output("json", str(tmp_path / "report.json"))], Style())


def test_nothing_is_left_of_a_file_that_could_not_be_written(tmp_path: Path) -> None:
    """A failure leaves the folder as it was."""
    (tmp_path / "report.json").mkdir()
    with pytest.raises(InputError):
        deliver(HEALTHY, [Output("json", str(tmp_path / "report.json"))], Style())
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_one_file_that_cannot_be_written_costs_no_other(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The person still sees the report that was made."""
    with pytest.raises(InputError):
        deliver(HEALTHY, [Output("json", str(tmp_path / "missing" / "r.json")), Output("console", None)], Style())
    assert "4 passed" in capsys.readouterr().out


class Stream(io.StringIO):
    """A standard output as it may be found."""

    def __init__(self, encoding: str = "utf-8", *, terminal: bool = False) -> None:
        super().__init__()
        self._encoding, self._terminal = encoding, terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal

    def fileno(self) -> int:
        raise OSError


@pytest.mark.parametrize(
    ("flag", "environ", "terminal", "colored"),
    [
        ("auto", {}, True, True),
        ("auto", {}, False, False),
        ("auto", {"TERM": "dumb"}, True, False),
        ("auto", {"NO_COLOR": "1"}, True, False),
        ("auto", {"NO_COLOR": ""}, True, True),
        ("auto", {"FORCE_COLOR": "1"}, False, True),
        ("auto", {"NO_COLOR": "1", "FORCE_COLOR": "1"}, True, False),
        ("always", {"NO_COLOR": "1"}, False, True),
        ("never", {"FORCE_COLOR": "1"}, True, False),
    ],
)
def test_color(flag: str, environ: dict[str, str], terminal: bool, colored: bool) -> None:
    """The flag, then NO_COLOR, then FORCE_COLOR, then whether anybody would see it."""
    assert style(flag, 0, environ, Stream(terminal=terminal)).color is colored


@pytest.mark.parametrize(
    ("columns", "width"), [({}, 100), ({"COLUMNS": "80"}, 80), ({"COLUMNS": "10"}, 60), ({"COLUMNS": "x"}, 100)]
)
def test_width(columns: dict[str, str], width: int) -> None:
    """COLUMNS, the terminal's, or a hundred; never too narrow to read."""
    assert style("auto", 0, columns, Stream()).width == width


@pytest.mark.parametrize(("name", "unicode"), [("utf-8", True), ("UTF-8", True), ("ascii", False), ("cp437", False)])
def test_unicode(name: str, unicode: bool) -> None:
    """Signs only where they can be written."""
    assert style("auto", 1, {}, Stream(name)) == Style(width=100, color=False, unicode=unicode, verbosity=1)


def test_the_umask_does_not_count(tmp_path: Path) -> None:
    """Another user, as a CI system is, can read the file."""
    before = os.umask(0o077)
    try:
        deliver(HEALTHY, [Output("json", str(tmp_path / "r.json"))], Style())
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o644
