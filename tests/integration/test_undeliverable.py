"""A report that does not arrive: a full disk, a reader that has gone, a closed stream. The verdict is still told."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.documents import report_of
from tests.integration.commandline import command, preflight, surroundings
from tests.servers.catalogue import REPOSITORY
from tests.servers.process import Server, running
from tests.servers.scripted import closed_port

FULL = "/dev/full"
PRIVATE = ("/usr/bin/unshare", "-m", "/bin/bash")
"""A shell whose mounts nobody else sees."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with running("redis-7.0") as own:
        yield own


def _shell(line: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command as `$0 "$@"` in a line of the shell, which redirects it; bash says how each part of a pipe ended."""
    return subprocess.run(
        ["/bin/bash", "-c", line, *command(*arguments)], capture_output=True, cwd=REPOSITORY, env=surroundings(),
        text=True, timeout=60, check=False,
    )  # fmt: skip


@pytest.mark.parametrize("form", ["console", "json", "junit", "short", "markdown", "html", "github"])
def test_a_full_disk(server: Server, form: str) -> None:
    """A message with the verdict, and no success."""
    ended = _shell(f'"$0" "$@" > {FULL}', "check", server.url(), "-o", form)
    assert ended.returncode == 4
    told, verdict = ended.stderr.rstrip().split(". The verdict: ")
    assert told == "preflight: cannot write to standard output: No space left on device"
    assert verdict.endswith(" s")
    assert "passed" in verdict


def test_a_full_disk_and_a_failure() -> None:
    """The exit status of the verdict."""
    with closed_port() as (host, port):
        ended = _shell(f'"$0" "$@" > {FULL}', "check", f"redis://{host}:{port}")
    assert ended.returncode == 1
    assert "The verdict: " in ended.stderr
    assert "1 failed, " in ended.stderr


def test_a_file_on_a_full_disk(server: Server) -> None:
    """The other outputs arrive."""
    ended = preflight("check", server.url(), "-o", f"json={FULL}", "-o", "console")
    assert ended.returncode == 4
    assert " passed, in " in ended.stdout
    assert ended.stderr.startswith(
        "preflight: cannot write the file of -o json: No space left on device. The verdict: "
    )


@pytest.mark.parametrize("option", ["--save-evidence", "--patch"])
def test_another_file_on_a_full_disk(server: Server, option: str) -> None:
    """The report is there already, and the status says that something is not."""
    ended = preflight("check", server.url(), option, FULL, "-o", "json")
    assert (ended.returncode, report_of(ended.stdout)["outcome"]) == (4, "pass")
    assert ended.stderr.startswith(f"preflight: cannot write the file of {option}: No space left on device")


def test_a_reader_that_has_gone(server: Server) -> None:
    """As `| true` goes: told to the person, no traceback, no success."""
    line = '"$0" "$@" | true; echo "${PIPESTATUS[0]}"'
    ended = _shell(line, "check", server.url(), "-v")
    told = "preflight: cannot write to standard output: Broken pipe. The verdict: "
    # It may have been done before the reader went.
    assert (ended.stdout, ended.stderr[: len(told)]) in {("4\n", told), ("0\n", "")}


def test_a_reader_that_went_before(server: Server, tmp_path: Path) -> None:
    """The same for certain: nobody has the other end of the pipe open."""
    reader, writer = os.pipe()
    os.close(reader)
    with (tmp_path / "err").open("w") as err:
        ended = subprocess.run(
            command("check", server.url()), stdout=writer, stderr=err, cwd=REPOSITORY, env=surroundings(), timeout=60,
            check=False,
        )  # fmt: skip
    os.close(writer)
    text = (tmp_path / "err").read_text()
    assert ended.returncode == 4
    assert text.startswith("preflight: cannot write to standard output: Broken pipe. The verdict: ")
    assert "Traceback" not in text
    assert "Exception ignored" not in text


@pytest.mark.parametrize(("stream", "told"), [(">&-", True), (">&- 2>&-", False), ("2>&-", False)])
def test_closed_streams(server: Server, stream: str, told: bool) -> None:
    """No stream is needed but for what goes through it."""
    ended = _shell(f'"$0" "$@" {stream}', "check", server.url())
    assert ended.returncode == (0 if stream == "2>&-" else 4)
    assert ("The verdict: " in ended.stderr) is told


def test_nobody_reads_the_log_either() -> None:
    """A log that cannot be written to is no fault of the server's."""
    with closed_port() as (host, port):
        ended = _shell(
            f'"$0" "$@" 2> {FULL}', "check", f"redis://{host}:{port}", "--wait", "1200ms", "-v", "-o", "json"
        )
    assert ended.returncode == 124
    assert [each["id"] for each in report_of(ended.stdout)["findings"] if each["outcome"] in ("fail", "error")] == [
        "tcp.connects"
    ]


@pytest.mark.parametrize("argv", [("checks",), ("explain", "tls.hostname"), ("checks", "--markdown")])
def test_the_catalogue_on_a_full_disk(argv: tuple[str, ...]) -> None:
    """A sentence and no traceback."""
    ended = _shell(f'"$0" "$@" > {FULL}', *argv)
    assert (ended.returncode, ended.stderr) == (
        4,
        "preflight: cannot write to standard output: No space left on device\n",
    )


@pytest.mark.parametrize("form", ["json", "junit", "html", "markdown", "short", "console"])
def test_a_folder_that_is_not_there(form: str) -> None:
    """It is refused before anything is contacted."""
    ended = preflight("check", "redis://127.0.0.1:1", "-o", f"{form}=/no/such/folder/report")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == f"preflight: the folder of -o {form}=FILE cannot be written to\n"


def test_a_file_that_is_a_mount(tmp_path: Path) -> None:
    """As `docker run -v $PWD/report.json:/report.json --read-only`: it is written to, for it cannot be replaced."""
    if subprocess.run([*PRIVATE, "-c", "true"], capture_output=True, check=False).returncode:
        pytest.skip("mounts of one's own are not permitted here")
    outside, inside = tmp_path / "outside.json", tmp_path / "inside"
    inside.mkdir()
    for file in (outside, inside / "report.json"):
        file.touch()
    mounted = f"mount --bind {outside} {inside}/report.json"
    frozen = f"mount -t tmpfs none {inside} && touch {inside}/report.json && {mounted} && mount -o remount,ro {inside}"
    for line in (mounted, frozen):
        outside.write_text("old")
        ended = subprocess.run(
            [*PRIVATE, "-c", f'{line} && "$0" "$@"', *_lint(f"{inside}/report.json")],
            capture_output=True, cwd=REPOSITORY, env=surroundings(), text=True, timeout=60, check=False,
        )  # fmt: skip
        assert (ended.returncode, ended.stderr) == (0, "")
        assert report_of(outside.read_text())["outcome"] == "pass"


def _lint(file: str) -> list[str]:
    return command("lint", "redis://cache:6379", "-o", f"json={file}")
