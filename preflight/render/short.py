"""What is wrong in few lines, to be pasted into a chat; nothing but the last line when all is well."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from preflight.model.digest import alike, last_line, merged, subjects, worst_first
from preflight.model.finding import Finding, Report
from preflight.model.printable import one_line, shortened
from preflight.model.style import Style


def render(report: Report, _: Style) -> str:
    several = len(report.targets) > 1
    blocks = (line for together in alike(worst_first(report.findings)) for line in _block(together, several=several))
    return "\n".join((*blocks, one_line(last_line(report)))) + "\n"


def _block(together: Sequence[Finding], *, several: bool) -> Iterator[str]:
    """What is so, the evidence, what to do."""
    first = together[0]
    target = f"({first.target})" if several else ""
    head = " ".join(filter(None, (first.outcome.upper(), first.id, shortened(subjects(together)), target)))
    yield one_line(f"{head}: {shortened(first.verdict.summary)}")
    if evidence := "; ".join(f"{name}: {shortened(value)}" for name, value in merged(together).items()):
        yield f"  {one_line(evidence)}"
    if remedy := first.verdict.remedy:
        yield f"  fix: {one_line(shortened(remedy))}"
