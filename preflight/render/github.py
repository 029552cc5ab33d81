"""Annotations of a GitHub workflow: commands that its runner reads from the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import Final

from preflight.model.digest import alike, last_line, merged, proves_nothing, subjects, worst_first
from preflight.model.finding import Finding, Outcome, Report
from preflight.model.printable import one_line, printable, shortened
from preflight.model.style import Style

MOST: Final = 10
"""Annotations of one kind that GitHub shows of a step."""

LONGEST: Final = 1_000
"""Characters of one text in an annotation."""

Group = list[Finding]


def render(report: Report, _: Style) -> str:
    groups = list(alike(worst_first(report.findings)))
    wrong = [each for each in groups if each[0].outcome is not Outcome.WARN]
    doubtful = [each for each in groups if each[0].outcome is Outcome.WARN]
    several = len(report.targets) > 1
    lines = [*_annotations("error", wrong, several=several), *_annotations("warning", doubtful, several=several)]
    if proves_nothing(report):
        lines = [_command("error", "preflight", shortened(last_line(report), LONGEST))]
    return "\n".join((*lines, one_line(last_line(report)))) + "\n"


def _annotations(kind: str, groups: Sequence[Group], *, several: bool) -> Iterator[str]:
    """The worst ones; the last of those that are shown tells of the others."""
    shown = groups if len(groups) <= MOST else groups[: MOST - 1]
    for together in shown:
        yield _command(kind, together[0].id, "\n".join(_message(together, several=several)))
    if rest := list(chain.from_iterable(groups[len(shown) :])):
        names = ", ".join(dict.fromkeys(each.id for each in rest))
        yield _command(kind, "preflight", f"{len(rest)} more: {shortened(names, LONGEST)}")


def _message(together: Group, *, several: bool) -> Iterator[str]:
    """What is so, where, the evidence, what to do."""
    first = together[0]
    yield shortened(first.verdict.summary, LONGEST)
    if several:
        yield f"target: {shortened(first.target, LONGEST)}"
    if nodes := subjects(together):
        yield f"about: {shortened(nodes, LONGEST)}"
    if evidence := "\n".join(f"{name}: {value}" for name, value in merged(together).items()):
        yield shortened(evidence, LONGEST)
    if first.verdict.remedy:
        yield f"fix: {shortened(first.verdict.remedy, LONGEST)}"


def _command(kind: str, title: str, message: str) -> str:
    return f"::{kind} title={_escaped(title).replace(':', '%3A').replace(',', '%2C')}::{_escaped(message)}"


def _escaped(text: str) -> str:
    """The runner wants a carriage return escaped as well: what is printable has none."""
    return printable(text).replace("%", "%25").replace("\n", "%0A")
