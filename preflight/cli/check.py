"""`preflight check` and `preflight lint`: from arguments to an exit status."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping

from preflight import run
from preflight.cli import given
from preflight.cli.evidence import save
from preflight.cli.exit_status import EXHAUSTED
from preflight.cli.finish import finish, worth
from preflight.cli.github import mask
from preflight.cli.outputs import FOR_PEOPLE, Output, outputs, require_writable
from preflight.cli.patch import write_patch
from preflight.cli.progress import Progress
from preflight.cli.termination import Termination
from preflight.cli.watched import Run, Watched, watched
from preflight.uri.text import secrets_of


def check(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    wanted = outputs(arguments.output)
    _require_writable(arguments)
    plan, policy = given.plan(arguments, environ), given.policy(arguments)
    work = Run(plan, given.limits(arguments), policy, given.wait(arguments))
    _note_password(arguments)
    mask(plan, wanted, environ)
    done = watched(work, progress(arguments, wanted), Termination(environ))
    status = finish(done.report, arguments, environ, ended_with(done))
    lost = (*save(done.evidence, arguments.save_evidence), *write_patch(done.report, plan, policy, arguments, environ))
    return worth(status, done.report, lost)


def lint(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    wanted = outputs(arguments.output)
    _require_writable(arguments)
    plan, policy = given.plan(arguments, environ), given.policy(arguments)
    _note_password(arguments)
    mask(plan, wanted, environ)
    report = run.lint(plan, policy)
    status = finish(report, arguments, environ)
    return worth(status, report, write_patch(report, plan, policy, arguments, environ))


def ended_with(done: Watched) -> int | None:
    """The exit status of a run that was cut short, or waited in vain."""
    if done.signal:
        return 128 + done.signal
    return EXHAUSTED if done.exhausted else None


def progress(arguments: argparse.Namespace, wanted: tuple[Output, ...]) -> Progress:
    """A program's document on standard output may share its log with standard error: there it stays silent."""
    shared = any(each.file is None and each.format not in FOR_PEOPLE for each in wanted)
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    return Progress(quiet=bool(arguments.quiet) or (shared and not is_terminal and not arguments.verbose))


def _require_writable(arguments: argparse.Namespace) -> None:
    for option, file in (("--patch", arguments.patch), ("--save-evidence", getattr(arguments, "save_evidence", None))):
        if file:
            require_writable(file, f"{option} FILE")


def _note_password(arguments: argparse.Namespace) -> None:
    """Anyone on the machine can read the arguments of a process."""
    # Whatever stands here came from the command line: for sources the environment is read later.
    if any(
        secrets_of(given) for given in (arguments.url or "", arguments.nodes or "", *arguments.node, *arguments.set)
    ):
        note = "note: a password on the command line shows in the process list; use - (standard input) or PREFLIGHT_URL"
        print(note, file=sys.stderr)  # noqa: T201 - a note for the person
