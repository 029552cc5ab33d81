"""`preflight judge`: saved evidence judged again, with today's catalogue; of two, what differs."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from preflight import run, saved
from preflight.cli import given
from preflight.cli.finish import finish
from preflight.cli.outputs import outputs
from preflight.model.errors import InputError
from preflight.model.evidence import Evidence

_ONE: str = "the file of the evidence"
_TWO = ("the first file", "the second file")


def judge(arguments: argparse.Namespace, environ: Mapping[str, str]) -> int:
    wanted, policy = outputs(arguments.output), given.policy(arguments)
    match arguments.evidence:
        case [file]:
            report = run.judge(_evidence(file, _ONE), policy)
            return finish(report, arguments, environ)
        case [first, second] if [first, second] != ["-", "-"]:
            # A table of two is laid out by rich, for which one report in JSON need not wait.
            from preflight.cli import compare  # noqa: PLC0415

            compare.require_shown(wanted)
            seen = [(file, _evidence(file, what)) for file, what in zip((first, second), _TWO, strict=True)]
            sides = [compare.Side(file, evidence.seen_from, run.judge(evidence, policy)) for file, evidence in seen]
            return compare.compare(*sides, wanted, arguments, environ)
        case ["-", "-"]:
            raise InputError("standard input (-) can be only one of the two")
        case _:
            raise InputError("judge takes one file of --save-evidence, or two to tell apart")


def _evidence(file: str, what: str) -> Evidence:
    """Raises `InputError`."""
    text = given.text_of(file, what)
    try:
        return saved.decode(text)
    except InputError as error:
        raise InputError(f"{what}: {error}") from None
