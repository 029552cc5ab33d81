"""The real command as a process of its own, as a person or a pipeline runs it."""

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

import pytest

from preflight.cli.main import main
from tests.documents import report_of
from tests.servers.catalogue import REPOSITORY

Ended = subprocess.CompletedProcess[str]

_OURS = ("PREFLIGHT_", "REDIS_", "SSL_CERT_FILE", "FORCE_COLOR", "NO_COLOR")


def surroundings(extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """Our own environment without what preflight would read, and `extra`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
    return kept | {"PYTHONUTF8": "1", "COLUMNS": "1000"} | dict(extra or {})


def preflight(*arguments: str, stdin: bytes = b"", environ: Mapping[str, str] | None = None) -> Ended:
    """Run it to its end; no output of any run may hold a traceback."""
    ended = subprocess.run(
        command(*arguments), input=stdin, capture_output=True, cwd=REPOSITORY, env=surroundings(environ), timeout=60,
        check=False,
    )  # fmt: skip
    out, err = ended.stdout.decode(), ended.stderr.decode()
    assert "Traceback" not in out + err
    return Ended(ended.args, ended.returncode, out, err)


def inside(*arguments: str) -> Ended:
    """The same within this process, many times faster."""
    out, err = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patched, contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        for name in os.environ.keys() - surroundings().keys():
            patched.delenv(name)
        patched.setenv("COLUMNS", "1000")
        patched.setattr("sys.argv", ["preflight", *arguments])
        try:
            status = main([*arguments])
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Ended(["preflight", *arguments], status, out.getvalue(), err.getvalue())


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "preflight", *arguments]


def document(ended: Ended) -> Any:
    """The JSON document of a run with `-o json`."""
    return report_of(ended.stdout)


def failures(ended: Ended) -> list[str]:
    return [each["id"] for each in document(ended)["findings"] if each["outcome"] == "fail"]
