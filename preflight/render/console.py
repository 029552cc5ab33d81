"""For a person at a terminal: quiet on what passed, loud on what did not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from io import StringIO
from itertools import groupby
from typing import Any, Final, NamedTuple

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from preflight.chart.cures import Cures
from preflight.model.digest import GLYPHS, LOUD, MANY, alike, last_line, merged, roots, subjects
from preflight.model.evidence import Stage
from preflight.model.finding import Finding, Outcome, Report, TargetSummary
from preflight.model.printable import printable, shortened
from preflight.model.style import Style

# The word in ASCII and the style of the sign.
_MARKS: Final = {
    Outcome.PASS: ("[PASS]", "green"),
    Outcome.NOT_APPLICABLE: ("[N/A] ", "dim"),
    Outcome.WARN: ("[WARN]", "yellow"),
    Outcome.BLOCKED: ("[SKIP]", "dim"),
    Outcome.FAIL: ("[FAIL]", "bold red"),
    Outcome.ERROR: ("[ERR] ", "bold magenta"),
}

# Legible on white and on black: yellow alone is not.
_TEXT: Final = {
    Outcome.WARN: "bold",
    Outcome.BLOCKED: "dim",
    Outcome.FAIL: "bold red",
    Outcome.ERROR: "bold magenta",
}

_STAGE: Final = 10

_SEVERAL: Final = 2

Rows = list[tuple[str, str]]


class Line(NamedTuple):
    outcome: Outcome
    stage: str
    text: str
    note: str = ""
    rows: Rows = []  # noqa: RUF012 - never changed
    """What stands below it: name and value."""


def render(report: Report, style: Style) -> str:
    out = StringIO()
    console = Console(
        file=out, width=style.width, color_system="standard" if style.color else None,
        force_terminal=style.color, highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    for target in report.targets:
        lines = list(_lines([each for each in report.findings if each.target == target.name], style))
        if not lines:
            continue
        console.print(_header(target, style))
        if target.used_by:
            console.print(_users(target.used_by, style))
        console.print()
        for line in lines:
            console.print(_shown(line, style))
        console.print()
    if together := _together(report.findings):
        console.print(together)
        console.print()
    console.print(_last(report), soft_wrap=True)
    text = "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
    return text if style.unicode else text.encode("ascii", "backslashreplace").decode()


def _header(target: TargetSummary, style: Style) -> Text:
    dot = " · " if style.unicode else " - "
    return Text(dot.join(("preflight", printable(target.name), target.mode, printable(target.shown))), style="bold")


def _users(workloads: Sequence[str], style: Style) -> Text:
    """Every workload in a verbose report, a few in any other."""
    shown = len(workloads) if style.verbosity > 0 else MANY
    more = f" and {len(workloads) - shown} more" if len(workloads) > shown else ""
    names = ", ".join(workloads[:shown]).replace("\n", " ")
    return Text(f"used by {printable(names)}{more}", style="dim")


def _lines(findings: Sequence[Finding], style: Style) -> Iterator[Line]:
    """Stage by stage, and last, in one line, what is blocked."""
    for stage, group in groupby(findings, key=lambda each: each.stage):
        yield from _of_stage(stage, list(group), style)
    blocked = [each for each in findings if each.outcome is Outcome.BLOCKED]
    if blocked and style.verbosity == 0:
        names = (" · " if style.unicode else " - ").join(dict.fromkeys(each.stage for each in blocked))
        noun = "check" if len(blocked) == 1 else "checks"
        yield Line(Outcome.BLOCKED, "", f"{names}   {len(blocked)} {noun}, blocked by {roots(blocked)}")
    if (skipped := [each for each in findings if each.skipped]) and style.verbosity == 0:
        reasons = ", ".join(dict.fromkeys(each.verdict.summary for each in skipped))
        yield Line(Outcome.NOT_APPLICABLE, "", f"{len(skipped)} {'check' if len(skipped) == 1 else 'checks'} {reasons}")


def _of_stage(stage: str, group: list[Finding], style: Style) -> Iterator[Line]:
    good = [each for each in group if each.outcome is Outcome.PASS]
    loud = [each for each in group if each.outcome in LOUD]
    if style.verbosity > 0:
        quiet = (each for each in group if each.outcome not in LOUD)
        yield from (Line(each.outcome, stage, f"{each.id}: {_fact(each)}", _time(each)) for each in quiet)
    elif style.verbosity == 0 and good and not loud:
        more = f"  (+{len(good) - 1} more)" if len(good) > 1 else ""
        yield Line(Outcome.PASS, stage, _fact(good[0]) + more, _time(good[0]))
    for together in alike(loud):
        first = together[0]
        text = f"{first.id}: {shortened(first.verdict.summary)}"
        yield Line(first.outcome, stage, text, rows=_rows(together))


def _together(findings: Sequence[Finding]) -> Table | None:
    """One set of values for all the findings that have one, where they are several."""
    cures = Cures().and_of(findings)
    if len([each for each in findings if each.id in cures.cured and each.verdict.patch]) < _SEVERAL:
        return None
    table = Table.grid(padding=(0, 1))
    table.add_row("", Text(f"values that cure {', '.join(cures.cured)} (--patch FILE writes them)", style="bold"))
    table.add_row("", Text(printable(_yaml(cures.values))))
    return table


def _rows(together: list[Finding]) -> Rows:
    verdict, rows = together[0].verdict, []
    if named := subjects(together):
        noun = "about" if together[0].stage == Stage.CONFIG else "node" if len(together) == 1 else "nodes"
        rows.append((noun, named))
    rows += [(name, shortened(value)) for name, value in merged(together).items()]
    rows.append(("change", verdict.remedy or ""))
    if verdict.patch:
        rows.append(("values", _yaml(verdict.patch)))
    rows.append(("more", f"preflight explain {together[0].id}"))
    return [(name, value) for name, value in rows if value]


def _yaml(patch: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415 - a healthy server needs no patch

    return yaml.safe_dump(patch, sort_keys=False).rstrip()


def _shown(line: Line, style: Style) -> Table:
    """One row: mark, stage, text and note; what stands below it is a table in the text's column."""
    word, color = _MARKS[line.outcome]
    row = Table.grid(padding=(0, 1))
    row.add_column(width=1)
    row.add_column(width=1 if style.unicode else 6)
    if line.stage:
        row.add_column(width=_STAGE)
    row.add_column(ratio=1, overflow="fold")
    row.add_column(justify="right")
    text = Text(printable(line.text), style=_TEXT.get(line.outcome, ""))
    body = Group(text, _details(line.rows)) if line.rows else text
    stage = [Text(line.stage)] if line.stage else []
    mark = Text(GLYPHS[line.outcome] if style.unicode else word, style=color)
    row.add_row("", mark, *stage, body, Text(line.note, style="dim"))
    row.expand = True
    return row


def _details(rows: Rows) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=_STAGE, max_width=40, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for name, value in rows:
        table.add_row(Text(printable(name), style="dim"), Text(printable(value)))
    return table


def _last(report: Report) -> Text:
    """Last, where logs are cut."""
    usual = "green" if report.outcome is Outcome.PASS else ""
    style = "bold red" if report.error else _TEXT.get(report.outcome, usual)
    return Text(printable(last_line(report)), style=style)


def _fact(finding: Finding) -> str:
    return f"{finding.subject} {finding.verdict.summary}".lstrip()


def _time(finding: Finding) -> str:
    return f"{finding.seconds * 1000:.0f} ms" if finding.seconds >= 0.0005 else ""  # noqa: PLR2004 - rounds to 1
