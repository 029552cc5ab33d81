"""The command on a real terminal, in a pipe, and in a file: the same report, but for colour and the live line."""

import os
import pty
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.integration.commandline import command, surroundings
from tests.servers.catalogue import REPOSITORY
from tests.servers.process import running
from tests.servers.scripted import closed_port, silent_port

ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
TIMES = re.compile(r"[\d.]+ m?s\b|median .*|\d+ MiB of")
ENVIRON = {"COLUMNS": "100", "TERM": "xterm-256color"}


def _on_a_terminal(
    *arguments: str, environ: Mapping[str, str] | None = None, both: bool = False
) -> tuple[int, str, str]:
    """Exit status, and what each stream got that is a terminal of its own; `both` puts them on one."""
    out, err = pty.openpty(), pty.openpty()
    with subprocess.Popen(
        command(*arguments), stdin=subprocess.DEVNULL, cwd=REPOSITORY, env=surroundings(ENVIRON | dict(environ or {})),
        stdout=out[1], stderr=out[1] if both else err[1],
    ) as run:  # fmt: skip
        os.close(out[1])
        os.close(err[1])
        texts = [_read(out[0]), _read(err[0])]
    return run.returncode, texts[0].replace("\r\n", "\n"), texts[1]


def _read(terminal: int) -> str:
    """Until the last process has closed it, which Linux tells by an error."""
    chunks = []
    try:
        while chunk := os.read(terminal, 65536):
            chunks.append(chunk)
    except OSError:
        pass
    finally:
        os.close(terminal)
    return b"".join(chunks).decode()


def _plain(text: str) -> list[str]:
    """Without colour and without what differs from run to run."""
    return [TIMES.sub("", ESCAPES.sub("", line)).rstrip() for line in text.split("\n")]


@pytest.mark.parametrize("verbosity", [(), ("-v",), ("-q",)])
@pytest.mark.parametrize("outcome", ["healthy", "failing"])
def test_the_same_everywhere(outcome: str, verbosity: tuple[str, ...], tmp_path: Path) -> None:
    """From a terminal, a pipe, a file by redirection, and a file by -o."""
    with running("redis-7.0") as server, closed_port() as closed:
        url = server.url() if outcome == "healthy" else f"redis://{closed.host}:{closed.port}"
        argv = ("check", url, *verbosity)
        _, shown, _ = _on_a_terminal(*argv)
        environ = surroundings(ENVIRON)
        piped = subprocess.run(command(*argv), capture_output=True, cwd=REPOSITORY, env=environ, check=False)
        with (tmp_path / "redirected").open("wb") as file:
            subprocess.run(command(*argv), stdout=file, cwd=REPOSITORY, env=environ, check=False)
        written = ("-o", f"console={tmp_path / 'written'}")
        subprocess.run(command(*argv, *written), cwd=REPOSITORY, env=environ, check=False)
    assert "\x1b[" in shown
    texts = {"pipe": piped.stdout.decode()} | {
        name: (tmp_path / name).read_text() for name in ("redirected", "written")
    }
    for name, text in texts.items():
        assert "\x1b" not in text, name
        assert _plain(text) == _plain(shown), name


def test_the_live_line() -> None:
    """It names the stage and the node, on standard error alone, and is gone at the end with the cursor shown."""
    with silent_port() as (host, port):
        status, out, err = _on_a_terminal("check", f"redis://{host}:{port}", "--timeout", "1")
    assert status == 1
    assert f"langsmith: auth {host}:{port}" in ESCAPES.sub("", err)
    assert "langsmith: auth" not in out
    assert err.rstrip().endswith("\x1b[2K")
    assert err.rindex("\x1b[?25h") > err.rindex("\x1b[?25l")


def test_the_live_line_leaves_the_report_alone() -> None:
    """Both on one terminal, as usual: when it has gone, the report stands there whole."""
    with silent_port() as (host, port):
        _, out, _ = _on_a_terminal("check", f"redis://{host}:{port}", "--timeout", "1", both=True)
    report = out[out.rindex("\x1b[2K") :]
    assert _plain(report)[0].startswith("preflight · langsmith")
    assert "blocked by auth.accepted" in _plain(report)[-2]


@pytest.mark.parametrize(
    ("environ", "colored"),
    [({}, True), ({"NO_COLOR": "1"}, False), ({"TERM": "dumb"}, False)],
    ids=["plain", "no", "dumb"],
)
def test_colour_on_a_terminal(environ: dict[str, str], colored: bool) -> None:
    """Of the sixteen colours that every theme defines, and no background: black and white terminals show all."""
    with closed_port() as (host, port):
        _, out, _ = _on_a_terminal("check", f"redis://{host}:{port}", environ=environ)
    codes = {int(each) for found in re.findall(r"\x1b\[([\d;]*)m", out) for each in found.split(";") if each}
    assert bool(codes) is colored
    assert codes <= {0, 1, 2, *range(30, 38)}


def test_a_terminal_without_unicode() -> None:
    """Every sign is a word, and no letter is lost."""
    environ = {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    with closed_port() as (host, port):
        _, out, _ = _on_a_terminal("check", f"redis://{host}:{port}", environ=environ)
    assert out.isascii()
    assert "[FAIL]" in out
    assert "[SKIP]" in out


@pytest.mark.parametrize("columns", ["80", "200"])
def test_widths(columns: str) -> None:
    """No line is cut or wrapped by the terminal."""
    with closed_port() as (host, port):
        _, out, _ = _on_a_terminal("check", f"redis://{host}:{port}", "-v", environ={"COLUMNS": columns})
    lines = _plain(out)[:-2]
    assert max(map(len, lines)) <= int(columns)
    assert max(map(len, lines)) > 0.8 * int(columns) if columns == "80" else True
