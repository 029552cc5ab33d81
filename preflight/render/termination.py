"""The termination message of a container, which Kubernetes keeps: the verdict, then the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from preflight.model.digest import alike, last_line, subjects, worst_first
from preflight.model.finding import Finding, Report
from preflight.model.printable import one_line, shortened
from preflight.model.style import Style

LIMIT: Final = 4096
"""Bytes of UTF-8 that the kubelet keeps of one container."""

LONGEST: Final = 300
"""Characters of one text, so that several findings find room."""

_CUT: Final = "...\n"


def render(report: Report, _: Style) -> str:
    """The verdict comes first, where no cut reaches it."""
    several = len(report.targets) > 1
    told = (_told(together, several=several) for together in alike(worst_first(report.findings)))
    return _cut("\n".join((one_line(last_line(report)), *told)) + "\n")


def _told(together: Sequence[Finding], *, several: bool) -> str:
    first = together[0]
    target = f"({first.target})" if several else ""
    nodes = shortened(subjects(together), LONGEST)
    head = " ".join(filter(None, (first.outcome.upper(), first.id, nodes, target)))
    fix = f"; fix: {shortened(first.verdict.remedy, LONGEST)}" if first.verdict.remedy else ""
    return one_line(f"{head}: {shortened(first.verdict.summary, LONGEST)}{fix}")


def _cut(text: str) -> str:
    whole = text.encode()
    if len(whole) <= LIMIT:
        return text
    return whole[: LIMIT - len(_CUT)].decode(errors="ignore") + _CUT
