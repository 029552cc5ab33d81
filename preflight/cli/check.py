"""`preflight check` and `preflight lint`: from arguments to an exit status."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Final

from preflight import run
from preflight.cli import given
from preflight.cli.deliver import deliver, outputs, style
from preflight.cli.exit_status import exit_status
from preflight.cli.patch import require_writable, write_patch
from preflight.cli.progress import progress
from preflight.model.evidence import Evidence
from preflight.model.finding import Report
from preflight.model.limits import Limits
from preflight.model.target import Plan
from preflight.uri.text import secrets_of

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


def check(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    require_writable(arguments.patch)
    plan, policy = given.plan(arguments, environ), given.policy(arguments)
    limits, _ = given.limits(arguments), outputs(arguments.output)
    _note_password(arguments)
    evidence, received = watched(plan, limits, quiet=bool(arguments.quiet))
    report = run.judge(evidence, policy)
    status = finish(report, arguments, environ)
    write_patch(report, plan, policy, arguments, environ)
    return 128 + received if received else status


def lint(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    require_writable(arguments.patch)
    plan, policy = given.plan(arguments, environ), given.policy(arguments)
    outputs(arguments.output)
    _note_password(arguments)
    report = run.lint(plan, policy)
    status = finish(report, arguments, environ)
    write_patch(report, plan, policy, arguments, environ)
    return status


def finish(report: Report, arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Deliver the report; the exit status that it is worth."""
    verbosity = 1 if arguments.verbose else -1 if arguments.quiet else 0
    deliver(report, outputs(arguments.output), style(arguments.color, verbosity, environ, sys.stdout))
    return exit_status(report, fail_on_warn=getattr(arguments, "fail_on", "fail") == "warn")


def watched(plan: Plan, limits: Limits, *, quiet: bool) -> tuple[Evidence, int]:
    """The evidence, and the signal that cut the run short, or 0."""
    received = 0

    async def observe() -> Evidence:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()

        def interrupt(number: int) -> None:
            nonlocal received
            received = number
            stop.set()
            # A second signal ends the process at once.
            for each in _SIGNALS:
                loop.remove_signal_handler(each)

        with suppress(NotImplementedError):  # Windows: an interruption then ends the run without a report
            for each in _SIGNALS:
                loop.add_signal_handler(each, interrupt, each)
        with progress(quiet=quiet) as observer:
            return await run.observe(plan, limits, stop, observer)

    return asyncio.run(observe()), received


def _note_password(arguments: argparse.Namespace) -> None:
    """Anyone on the machine can read the arguments of a process."""
    # Whatever stands here came from the command line: for sources the environment is read later.
    if any(
        secrets_of(given) for given in (arguments.url or "", arguments.nodes or "", *arguments.node, *arguments.set)
    ):
        note = "note: a password on the command line shows in the process list; use - (standard input) or PREFLIGHT_URL"
        print(note, file=sys.stderr)  # noqa: T201 - a note for the person
