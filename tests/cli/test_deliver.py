"""Where a report goes, and that it arrives whole."""

from __future__ import annotations

import io
import json
import os
import stat
from pathlib import Path

import pytest
from msgspec.structs import replace

from preflight.cli.deliver import deliver, style
from preflight.cli.outputs import Output, outputs
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
        (("jsn",), "the formats are console"),
        (("",), "the formats are console"),
        (("../json",), "the formats are console"),
        (("json=",), "names no file"),
        (("json=r", "junit=r"), "one file"),
        (("json=/",), "names a folder"),
        (("json=/no/such/place",), "cannot be written to"),
    ],
)
def test_outputs_that_are_none(given: tuple[str, ...], words: str) -> None:
    """Unknown formats, files without a name, and two reports in one stream."""
    with pytest.raises(InputError, match=words):
        outputs(given)


def test_to_standard_output_and_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One report, several places; what goes into a file has no colour."""
    wanted = outputs(["console", f"json={tmp_path / 'r.json'}", f"console={tmp_path / 'r.txt'}"])
    deliver(FAILING, wanted, Style(width=80, color=True), {})
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
    deliver(HEALTHY, [Output("json", str(file))], Style(), {})
    assert json.loads(file.read_text(encoding="utf-8"))["outcome"] == "pass"
    assert stat.S_IMODE(file.stat().st_mode) == 0o644
    assert [each.name for each in tmp_path.iterdir()] == ["report.json"]


def test_a_link_elsewhere_is_not_written_through(tmp_path: Path) -> None:
    """A reader that has the old file open keeps the old report."""
    file = tmp_path / "report.json"
    file.write_text("old")
    with file.open() as reader:
        deliver(HEALTHY, [Output("json", str(file))], Style(), {})
        assert reader.read() == "old"


@pytest.mark.parametrize(
    ("path", "words"),
    [("missing/r.json", "No such file"), ("file/r.json", "Not a directory"), ("folder", "Is a directory")],
)
def test_a_file_that_cannot_be_written(
    tmp_path: Path, path: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said with the system's words, costs no other output, and leaves the folder as it was."""
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    wanted = [Output("json", str(tmp_path / path)), Output("console", None)]
    [lost] = deliver(HEALTHY, wanted, Style(), {})
    assert lost.startswith("cannot write the file of -o json: ")
    assert words in lost
    assert "4 passed" in capsys.readouterr().out
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """What it leads to is replaced."""
    (tmp_path / "real").mkdir()
    link = tmp_path / "report.json"
    link.symlink_to(tmp_path / "real" / "r.json")
    assert deliver(HEALTHY, [Output("json", str(link))], Style(), {}) == ()
    assert link.is_symlink()
    assert json.loads((tmp_path / "real" / "r.json").read_text(encoding="utf-8"))["outcome"] == "pass"


def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    """What is no file of its own is not replaced by one."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with open(reader, encoding="utf-8") as read:  # noqa: PTH123 - a descriptor
        assert deliver(HEALTHY, [Output("json", str(pipe))], Style(), {}) == ()
        assert json.loads(read.read())["outcome"] == "pass"
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_format_that_breaks_costs_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    """A fault of one renderer is told by its kind, without a word of what it broke on."""
    broken = replace(HEALTHY, seconds="tops3cret")
    [lost] = deliver(broken, [Output("console", None)], Style(), {})
    assert lost == "-o console broke (ValueError): please report it"
    assert capsys.readouterr().out == ""


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
        deliver(HEALTHY, [Output("json", str(tmp_path / "r.json"))], Style(), {})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "r.json").stat().st_mode) == 0o644
