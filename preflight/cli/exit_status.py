"""The exit status, the same for every format."""

from __future__ import annotations

from typing import Final

from preflight.model.finding import Outcome, Report

OK: Final = 0
FAILED: Final = 1
UNUSABLE: Final = 2
WARNED: Final = 3
BROKEN: Final = 4
EXHAUSTED: Final = 124
INTERRUPTED: Final = 130
TERMINATED: Final = 143


def exit_status(report: Report, *, fail_on_warn: bool) -> int:
    """What the outcome is worth; interruptions are the caller's to tell (130, 143)."""
    match report.outcome:
        case Outcome.ERROR:
            return BROKEN
        case Outcome.FAIL | Outcome.BLOCKED:
            return FAILED
        case Outcome.WARN if fail_on_warn:
            return WARNED
        case _:
            return OK
