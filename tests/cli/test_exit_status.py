"""What each outcome is worth to a script."""

from __future__ import annotations

import pytest

from preflight.cli.exit_status import exit_status
from preflight.model.finding import Finding, Outcome, Report, Verdict

PASS, NONE, WARN, BLOCKED, FAIL, ERROR = Outcome


@pytest.mark.parametrize(
    ("outcomes", "status", "under_fail_on_warn"),
    [
        ((PASS,), 0, 0),
        ((NONE,), 0, 0),
        ((PASS, NONE), 0, 0),
        ((PASS, WARN), 0, 3),
        ((WARN, BLOCKED), 1, 1),
        ((BLOCKED,), 1, 1),
        ((PASS, WARN, FAIL), 1, 1),
        ((FAIL, BLOCKED), 1, 1),
        ((FAIL, ERROR), 4, 4),
        ((ERROR,), 4, 4),
        ((), 4, 4),
    ],
)
def test_exit_status(outcomes: tuple[Outcome, ...], status: int, under_fail_on_warn: int) -> None:
    """0 no failure, 1 failed or blocked, 3 warnings that count, 4 broken or nothing checked."""
    findings = tuple(
        Finding(id="a.b", title="", target="t", subject="", verdict=Verdict(outcome=each, summary=""))
        for each in outcomes
    )
    report = Report(tool="", started_at="", seconds=0, findings=findings)
    assert exit_status(report, fail_on_warn=False) == status
    assert exit_status(report, fail_on_warn=True) == under_fail_on_warn
