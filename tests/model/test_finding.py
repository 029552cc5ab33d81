"""Outcomes, their order, and what a report is worth."""

from __future__ import annotations

import pytest

from preflight.model.finding import Finding, Outcome, Report, Verdict, failed, not_applicable, passed, warned

PASS, NONE, WARN, BLOCKED, FAIL, ERROR = Outcome


def report(*outcomes: Outcome, error: str | None = None) -> Report:
    verdicts = (Verdict(outcome=each, summary="") for each in outcomes)
    findings = tuple(Finding(id="a.b", title="", target="", subject="", verdict=each) for each in verdicts)
    return Report(tool="", started_at="", seconds=0, findings=findings, error=error)


def test_order() -> None:
    """Blocked is worse than a warning: it could not be told."""
    assert sorted(Outcome, key=lambda each: each.rank) == [PASS, NONE, WARN, BLOCKED, FAIL, ERROR]


@pytest.mark.parametrize(
    ("outcomes", "worst"),
    [
        ((), ERROR),
        ((PASS,), PASS),
        ((PASS, NONE), PASS),
        ((NONE,), NONE),
        ((NONE, NONE), NONE),
        ((PASS, WARN, NONE), WARN),
        ((WARN, BLOCKED), BLOCKED),
        ((FAIL, BLOCKED, PASS), FAIL),
        ((FAIL, ERROR), ERROR),
    ],
)
def test_outcome_is_the_worst(outcomes: tuple[Outcome, ...], worst: Outcome) -> None:
    """What does not apply counts only where nothing else does, and nothing checked is an error."""
    assert report(*outcomes).outcome is worst


def test_a_report_with_an_error_is_one() -> None:
    """Whatever its findings say."""
    assert report(PASS, error="no such file").outcome is ERROR


def test_count() -> None:
    """How many findings have this outcome."""
    assert [report(PASS, FAIL, PASS).count(each) for each in (PASS, FAIL, WARN)] == [2, 1, 0]


def test_verdicts() -> None:
    """Each maker gives its outcome, and violations come with a remedy."""
    assert [passed("a").outcome, not_applicable("a").outcome] == [PASS, NONE]
    for maker, outcome in ((warned, WARN), (failed, FAIL)):
        verdict = maker("a", "do", patch={"b": 1}, details={"c": "d"})
        assert verdict == Verdict(outcome=outcome, summary="a", remedy="do", patch={"b": 1}, details={"c": "d"})
        assert maker("a", "do").details == {}
