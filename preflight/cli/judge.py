"""`preflight judge`: saved evidence judged again, with today's catalogue; of two, what differs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from preflight import run, saved
from preflight.cli import given
from preflight.cli.finish import finish
from preflight.model.errors import InputError
from preflight.model.evidence import Evidence
from preflight.policy import Policy


def judge(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    policy = given.policy(arguments)
    match arguments.evidence:
        case [file]:
            report = run.judge(_evidence(file, "the file"), policy)
            return finish(report, arguments, environ)
        case [first, second] if [first, second] != ["-", "-"]:
            return _compared(first, second, policy, arguments, environ)
        case ["-", "-"]:
            raise InputError("standard input (-) can be only one of the two")
        case _:
            raise InputError("judge takes one file of --save-evidence, or two to tell apart")


def _compared(
    first: str, second: str, policy: Policy, arguments: argparse.Namespace, environ: Mapping[str, str]
) -> int:
    # One report alone need not wait for what lays out two.
    from preflight.cli import compare  # noqa: PLC0415
    from preflight.cli.side_by_side import Side  # noqa: PLC0415

    wanted = compare.outputs_of_two(arguments.output)
    mine, other = _evidence(first, "the first file"), _evidence(second, "the second file")
    return compare.compare(
        Side(first, mine.seen_from, run.judge(mine, policy)),
        Side(second, other.seen_from, run.judge(other, policy)),
        wanted,
        arguments,
        environ,
    )


def _evidence(file: str, what: str) -> Evidence:
    """Raises `InputError`."""
    text = given.text_of(file, what)
    try:
        return saved.decode(text)
    except InputError as error:
        raise InputError(f"{what}: {error}") from None
