"""`--patch FILE`: the values that would cure the findings, merged into one file to lay over the installation's own."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from preflight import run
from preflight.chart.cures import Cures
from preflight.cli import given
from preflight.cli.files import write_whole
from preflight.model.finding import Report
from preflight.model.target import Plan
from preflight.policy import Policy

_ROUNDS: Final = 5


def write_patch(
    report: Report, plan: Plan, policy: Policy, arguments: argparse.Namespace, environ: Mapping[str, str]
) -> tuple[str, ...]:
    """What could not be written, in words. Nothing without --patch."""
    if not arguments.patch:
        return ()
    cures = Cures().and_of(report.findings)
    if any(installation.from_values for installation in plan.installations):
        cures = _settled(cures, policy, arguments, environ)
    try:
        write_whole(Path(arguments.patch), _text(cures))
    except OSError as error:
        return (f"cannot write the file of --patch: {error.strerror}",)
    if cures.masked:
        note = f"note: not in the patch, as a password belongs into it: {', '.join(cures.masked)}"
        print(note, file=sys.stderr)  # noqa: T201 - a note for the person
    return ()


def _settled(cures: Cures, policy: Policy, arguments: argparse.Namespace, environ: Mapping[str, str]) -> Cures:
    """What one change uncovers, as an address that must follow a mode, is cured in the next round."""
    for _ in range(_ROUNDS):
        plan = given.plan(arguments, environ, overlay=cures.values)
        more = cures.and_of(run.lint(plan, policy).findings)
        if more.values == cures.values:
            return more
        cures = more
    return cures


def _text(cures: Cures) -> str:
    import yaml  # noqa: PLC0415 - a run without a patch need not wait for it

    told = ", ".join(cures.cured) or "nothing"
    heading = f"# Lay this over your values (helm -f values.yaml -f this file). It cures: {told}\n"
    return heading + yaml.safe_dump(cures.values, sort_keys=False, allow_unicode=True)
