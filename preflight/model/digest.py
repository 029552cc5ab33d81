"""A report in few words, the same in every format: the last line, what is alike, the worst first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from preflight.model.finding import Finding, Outcome, Report

LOUD: Final = (Outcome.ERROR, Outcome.FAIL, Outcome.WARN)
"""What somebody should read, the worst first."""

GLYPHS: Final = {
    Outcome.PASS: "✔",
    Outcome.NOT_APPLICABLE: "-",
    Outcome.WARN: "⚠",
    Outcome.BLOCKED: "○",
    Outcome.FAIL: "✘",
    Outcome.ERROR: "!",
}
"""Each of its own shape, and never without a word: colour is never alone."""

MANY: Final = 5
"""So many nodes with the same finding are named; the rest are counted."""


def last_line(report: Report) -> str:
    """The whole verdict in one line."""
    if report.error:
        return f"preflight could not check anything: {report.error}"
    words = {
        Outcome.PASS: "passed",
        Outcome.WARN: "warning" if report.count(Outcome.WARN) == 1 else "warnings",
        Outcome.FAIL: "failed",
        Outcome.BLOCKED: f"blocked by {roots(report.findings)}",
        Outcome.ERROR: "broken",
    }
    counts = [f"{report.count(each)} {word}" for each, word in words.items() if report.count(each)]
    if skipped := sum(each.skipped for each in report.findings):
        counts.append(f"{skipped} skipped")
    stopped = f", stopped by {report.stopped_by}" if report.stopped_by else ""
    tries = f", at try {report.tries}" if report.tries > 1 else ""
    return f"{', '.join(counts) or 'nothing was checked'}{stopped}{tries}, in {report.seconds:.1f} s"


def proves_nothing(report: Report) -> bool:
    """It is no success, and no finding says so: nothing was checked, or the run was over before it could fail."""
    told = any(each.outcome in (Outcome.ERROR, Outcome.FAIL) for each in report.findings)
    return bool(report.error) or (report.outcome in (Outcome.ERROR, Outcome.BLOCKED) and not told)


def roots(findings: Iterable[Finding]) -> str:
    """What blocks the blocked ones."""
    return ", ".join(dict.fromkeys(each.blocked_by for each in findings if each.blocked_by))


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """What somebody should read."""
    loud = [each for each in findings if each.outcome in LOUD]
    return sorted(loud, key=lambda each: LOUD.index(each.outcome))


def alike(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Findings that say the same of several nodes of a target, together."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for each in findings:
        verdict = each.verdict
        groups.setdefault((each.target, each.id, each.outcome, verdict.summary, verdict.remedy), []).append(each)
    yield from groups.values()


def subjects(together: Sequence[Finding]) -> str:
    """The nodes or files that findings are about: a few by name."""
    names = [each.subject for each in together if each.subject]
    return ", ".join(names[:MANY]) + more(len(names) - MANY)


def merged(together: Sequence[Finding]) -> dict[str, str]:
    """The details of findings that are alike, each value once."""
    values: dict[str, dict[str, None]] = {}
    for name, value in (item for each in together for item in each.verdict.details.items()):
        values.setdefault(name, {})[value] = None
    return {name: ", ".join([*each][:MANY]) + more(len(each) - MANY) for name, each in values.items()}


def more(count: int) -> str:
    return f" and {count} more" if count > 0 else ""
