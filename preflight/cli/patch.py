"""`--patch FILE`: the values that would cure the findings, merged into one file to lay over the installation's own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from preflight import run
from preflight.chart.merge import merged
from preflight.cli import given
from preflight.cli.deliver import write_whole
from preflight.model.errors import InputError
from preflight.model.finding import Finding, Outcome, Report
from preflight.model.secret import MASK
from preflight.model.target import Plan
from preflight.policy import Policy

_ROUNDS: Final = 5


def require_writable(file: str | None) -> None:
    """Raises `InputError` before anything is contacted."""
    if file and not os.access(Path(file).parent, os.W_OK):
        raise InputError("the folder of --patch FILE cannot be written to")


def write_patch(
    report: Report, plan: Plan, policy: Policy, arguments: argparse.Namespace, environ: Mapping[str, str]
) -> None:
    """Nothing without --patch. Raises `InputError` where the file cannot be written."""
    if not arguments.patch:
        return
    cure = _Cure()
    cure.take(report.findings)
    if any(installation.from_values for installation in plan.installations):
        # What one change uncovers, as an address that must follow a mode, is cured in the next round.
        while cure.grew and cure.rounds < _ROUNDS:
            cure.take(run.lint(given.plan(arguments, environ, overlay=cure.values), policy).findings)
    try:
        write_whole(Path(arguments.patch), cure.text())
    except OSError as error:
        raise InputError(f"cannot write the file of --patch: {error.strerror}") from None
    if cure.masked:
        note = f"note: not in the patch, as a password belongs into it: {', '.join(cure.masked)}"
        print(note, file=sys.stderr)  # noqa: T201 - a note for the person


class _Cure:
    """Patches laid over each other, round by round."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.grew, self.rounds = True, 0
        self.cured: list[str] = []
        self.masked: list[str] = []
        """The ids of those that only a person can complete."""

    def take(self, findings: Iterable[Finding]) -> None:
        before, self.rounds = self.values, self.rounds + 1
        for finding in _curable(findings):
            is_masked = MASK in str(finding.verdict.patch)
            ids = self.masked if is_masked else self.cured
            ids += [finding.id] if finding.id not in ids else []
            if not is_masked:
                self.values = merged(self.values, finding.verdict.patch or {})
        self.grew = self.values != before

    def text(self) -> str:
        import yaml  # noqa: PLC0415 - a run without a patch need not wait for it

        told = ", ".join(self.cured) or "nothing"
        heading = f"# Lay this over your values (helm -f values.yaml -f this file). It cures: {told}\n"
        return heading + yaml.safe_dump(self.values, sort_keys=False, allow_unicode=True)


def _curable(findings: Iterable[Finding]) -> Iterator[Finding]:
    return (each for each in findings if each.outcome in {Outcome.WARN, Outcome.FAIL} and each.verdict.patch)
