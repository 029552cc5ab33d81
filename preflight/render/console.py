"""For a person at a terminal: quiet on what passed, loud on what did not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import groupby
from typing import Any, Final, NamedTuple

from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from preflight.chart.cures import Cures
from preflight.model.evidence import Stage
from preflight.model.finding import Finding, Outcome, Report, TargetSummary
from preflight.model.style import Style

_LOUD: Final = (Outcome.ERROR, Outcome.FAIL, Outcome.WARN)

# A glyph of its own shape, the word in ASCII, the style: colour is never alone.
_MARKS: Final = {
    Outcome.PASS: ("✔", "[PASS]", "green"),
    Outcome.NOT_APPLICABLE: ("-", "[N/A] ", "dim"),
    Outcome.WARN: ("⚠", "[WARN]", "yellow"),
    Outcome.BLOCKED: ("○", "[SKIP]", "dim"),
    Outcome.FAIL: ("✘", "[FAIL]", "bold red"),
    Outcome.ERROR: ("!", "[ERR] ", "bold magenta"),
}

_STAGE: Final = 10

_MANY: Final = 5
"""So many nodes with the same finding are named; the rest are counted."""


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
    return Text(dot.join(("preflight", _printable(target.name), target.mode, _printable(target.shown))), style="bold")


def _users(workloads: Sequence[str], style: Style) -> Text:
    """Every workload in a verbose report, a few in any other."""
    shown = len(workloads) if style.verbosity > 0 else _MANY
    more = f" and {len(workloads) - shown} more" if len(workloads) > shown else ""
    names = ", ".join(workloads[:shown]).replace("\n", " ")
    return Text(f"used by {_printable(names)}{more}", style="dim")


def _lines(findings: Sequence[Finding], style: Style) -> Iterator[Line]:
    """Stage by stage, and last, in one line, what is blocked."""
    for stage, group in groupby(findings, key=_stage):
        yield from _of_stage(stage, list(group), style)
    blocked = [each for each in findings if each.outcome is Outcome.BLOCKED]
    if blocked and style.verbosity == 0:
        names = (" · " if style.unicode else " - ").join(dict.fromkeys(map(_stage, blocked)))
        noun = "check" if len(blocked) == 1 else "checks"
        yield Line(Outcome.BLOCKED, "", f"{names}   {len(blocked)} {noun}, blocked by {_roots(blocked)}")


def _of_stage(stage: str, group: list[Finding], style: Style) -> Iterator[Line]:
    good = [each for each in group if each.outcome is Outcome.PASS]
    loud = [each for each in group if each.outcome in _LOUD]
    if style.verbosity > 0:
        quiet = (each for each in group if each.outcome not in _LOUD)
        yield from (Line(each.outcome, stage, f"{each.id}: {_fact(each)}", _time(each)) for each in quiet)
    elif style.verbosity == 0 and good and not loud:
        more = f"  (+{len(good) - 1} more)" if len(good) > 1 else ""
        yield Line(Outcome.PASS, stage, _fact(good[0]) + more, _time(good[0]))
    for alike in _alike(loud):
        text = f"{alike[0].id}: {alike[0].verdict.summary}"
        yield Line(alike[0].outcome, stage, text, rows=_rows(alike))


def _together(findings: Sequence[Finding]) -> Table | None:
    """One set of values for all the findings that have one, where they are several."""
    cures = Cures().and_of(findings)
    if len([each for each in findings if each.id in cures.cured and each.verdict.patch]) < _SEVERAL:
        return None
    table = Table.grid(padding=(0, 1))
    table.add_row("", Text(f"values that cure {', '.join(cures.cured)} (--patch FILE writes them)", style="bold"))
    table.add_row("", Text(_printable(_yaml(cures.values))))
    return table


def _alike(findings: Iterable[Finding]) -> Iterator[list[Finding]]:
    """Findings that say the same of several nodes, together."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    for each in findings:
        groups.setdefault((each.id, each.outcome, each.verdict.summary, each.verdict.remedy), []).append(each)
    yield from groups.values()


def _rows(alike: list[Finding]) -> Rows:
    verdict, rows = alike[0].verdict, []
    if subjects := [each.subject for each in alike if each.subject]:
        more = f" and {len(subjects) - _MANY} more" if len(subjects) > _MANY else ""
        noun = "about" if _stage(alike[0]) == Stage.CONFIG else "node" if len(subjects) == 1 else "nodes"
        rows.append((noun, ", ".join(subjects[:_MANY]) + more))
    rows += _merged(each.verdict.details for each in alike)
    rows.append(("change", verdict.remedy or ""))
    if verdict.patch:
        rows.append(("values", _yaml(verdict.patch)))
    rows.append(("more", f"preflight explain {alike[0].id}"))
    return [(name, value) for name, value in rows if value]


def _merged(details: Iterable[dict[str, str]]) -> Rows:
    """The details of several nodes, each value once."""
    values: dict[str, dict[str, None]] = {}
    for name, value in (item for each in details for item in each.items()):
        values.setdefault(name, {})[value] = None
    more = {name: f" and {len(each) - _MANY} more" if len(each) > _MANY else "" for name, each in values.items()}
    return [(name, ", ".join([*each][:_MANY]) + more[name]) for name, each in values.items()]


def _yaml(patch: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415 - a healthy server needs no patch

    return yaml.safe_dump(patch, sort_keys=False).rstrip()


def _shown(line: Line, style: Style) -> Table:
    """One row: mark, stage, text and note; what stands below it is a table in the text's column."""
    glyph, word, color = _MARKS[line.outcome]
    row = Table.grid(padding=(0, 1))
    row.add_column(width=1)
    row.add_column(width=1 if style.unicode else 6)
    if line.stage:
        row.add_column(width=_STAGE)
    row.add_column(ratio=1, overflow="fold")
    row.add_column(justify="right")
    loud = color if line.outcome in _LOUD else "dim" if line.outcome is Outcome.BLOCKED else ""
    text = Text(_printable(line.text), style=loud)
    body = Group(text, _details(line.rows)) if line.rows else text
    stage = [Text(line.stage)] if line.stage else []
    mark = Text(glyph if style.unicode else word, style=color)
    row.add_row("", mark, *stage, body, Text(line.note, style="dim"))
    row.expand = True
    return row


def _details(rows: Rows) -> Table:
    table = Table.grid(padding=(0, 1))
    table.add_column(min_width=_STAGE, max_width=40, overflow="fold")
    table.add_column(ratio=1, overflow="fold")
    for name, value in rows:
        table.add_row(Text(_printable(name), style="dim"), Text(_printable(value)))
    return table


def _last(report: Report) -> Text:
    """The whole verdict in one line, last, where logs are cut."""
    if report.error:
        return Text(f"preflight could not check anything: {_printable(report.error)}", style="bold red")
    words = {
        Outcome.PASS: "passed",
        Outcome.WARN: "warning" if report.count(Outcome.WARN) == 1 else "warnings",
        Outcome.FAIL: "failed",
        Outcome.BLOCKED: f"blocked by {_roots(report.findings)}",
        Outcome.ERROR: "broken",
    }
    counts = [f"{report.count(each)} {word}" for each, word in words.items() if report.count(each)]
    stopped = f", stopped by {report.stopped_by}" if report.stopped_by else ""
    return Text(
        f"{', '.join(counts) or 'nothing was checked'}{stopped}, in {report.seconds:.1f} s",
        style=_MARKS[report.outcome][2],
    )


def _stage(finding: Finding) -> str:
    return finding.id.partition(".")[0]


def _roots(findings: Sequence[Finding]) -> str:
    return ", ".join(dict.fromkeys(each.blocked_by for each in findings if each.blocked_by))


def _fact(finding: Finding) -> str:
    return f"{finding.subject} {finding.verdict.summary}".lstrip()


def _time(finding: Finding) -> str:
    return f"{finding.seconds * 1000:.0f} ms" if finding.seconds >= 0.0005 else ""  # noqa: PLR2004 - rounds to 1


def _printable(text: str) -> str:
    """Without what a terminal would obey: escapes, bidirectional overrides, bells."""
    return "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
