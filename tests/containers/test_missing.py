"""Where there is no engine, a newcomer is told so and CI fails."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.catalogue import REPOSITORY


def _without_docker(*command: str, required: bool) -> subprocess.CompletedProcess[str]:
    """Run with nothing on PATH but this Python."""
    environ = os.environ | {
        "PATH": str(Path(sys.executable).parent),
        "PREFLIGHT_REQUIRE_SERVERS": "1" if required else "",
    }
    return subprocess.run(
        [sys.executable, "-m", *command], cwd=REPOSITORY, env=environ, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(("required", "status", "word"), [(False, 0, "SKIPPED"), (True, 1, "FAILED")])
def test_the_whole_run(*, required: bool, status: int, word: str) -> None:
    """What would have to be installed is said on standard error."""
    ended = _without_docker("tests.containers", required=required)
    assert (ended.returncode, ended.stdout) == (status, "")
    assert word in ended.stderr
    assert "docker is not on PATH" in ended.stderr


@pytest.mark.parametrize(("required", "status", "word"), [(False, 0, "1 skipped"), (True, 1, "1 error")])
def test_one_test(*, required: bool, status: int, word: str) -> None:
    """The same of a test that somebody runs by its name."""
    given = ("pytest", "-p", "no:cacheprovider", "tests/containers/test_image.py::test_labels")
    ended = _without_docker(*given, required=required)
    assert ended.returncode == status
    assert word in ended.stdout
    assert "docker is not on PATH" in ended.stdout
