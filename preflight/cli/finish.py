"""The end of every command that makes a report: delivered, told to the pod, and worth an exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress

from msgspec.structs import replace

from preflight.cli.deliver import deliver, style
from preflight.cli.exit_status import BROKEN, exit_status
from preflight.cli.outputs import FOR_PEOPLE, Output, outputs
from preflight.cli.termination import Termination
from preflight.model.digest import last_line
from preflight.model.finding import Report
from preflight.model.printable import printable
from preflight.model.style import Style


def finish(
    report: Report, arguments: argparse.Namespace, environ: Mapping[str, str], ended_with: int | None = None
) -> int:
    """Its exit status, or `ended_with`; a report that could not be delivered is no success."""
    verbosity = 1 if arguments.verbose else -1 if arguments.quiet else 0
    look = style(arguments.color, verbosity, environ, sys.stdout)
    look = replace(look, warn_fails=arguments.junit_warnings == "failure")
    lost = deliver(report, outputs(arguments.output), look, environ)
    fail_on_warn = getattr(arguments, "fail_on", "fail") == "warn"
    status = exit_status(report, fail_on_warn=fail_on_warn) if ended_with is None else ended_with
    Termination(environ).tell(report)
    return worth(status, report, lost)


def worth(status: int, report: Report, lost: Sequence[str]) -> int:
    """The exit status where something could not be delivered: a failure stays what it is, all else is none."""
    if lost:
        tell(f"{'; '.join(lost)}. The verdict: {last_line(report)}")
    return status or (BROKEN if lost else status)


def give_up(message: str, wanted: Sequence[Output], report: Report, environ: Mapping[str, str]) -> None:
    """There is no report: the message for a person, and a document for each program that was promised one."""
    tell(message)
    Termination(environ).tell(report)
    for_programs = [each for each in wanted if each.file or each.format not in FOR_PEOPLE]
    if lost := deliver(report, for_programs, Style(), environ):
        tell("; ".join(lost))


def tell(message: str) -> None:
    """To a person, who may have gone."""
    with suppress(OSError, ValueError, AttributeError):
        sys.stderr.write(f"preflight: {printable(message)}\n")
        sys.stderr.flush()
