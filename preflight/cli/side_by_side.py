"""Two reports as a table of three columns: the check, and what each of the two found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from io import StringIO
from itertools import zip_longest
from typing import Final, NamedTuple

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from preflight import comparison
from preflight.comparison import Comparison, Difference, Told
from preflight.model.digest import LOUD, MANY, more
from preflight.model.finding import Outcome, Report
from preflight.model.printable import one_line, printable, shortened
from preflight.model.style import Style

_LONGEST: Final = 200
"""Characters of one text in a cell."""

_STYLES: Final = {Outcome.WARN: "bold", Outcome.FAIL: "bold red", Outcome.ERROR: "bold magenta"}


class Row(NamedTuple):
    check: Text
    first: Text
    second: Text


class Side(NamedTuple):
    """What one of the two files says."""

    file: str
    seen_from: str
    report: Report

    @property
    def name(self) -> str:
        return self.seen_from or self.label

    @property
    def label(self) -> str:
        """Without lone surrogates: the name of a file may have some, and no encoder takes them."""
        return "standard input" if self.file == "-" else self.file.encode(errors="replace").decode()

    @property
    def at(self) -> str:
        """To the second."""
        return self.report.started_at[:19]


def as_table(first: Side, second: Side, look: Style) -> str:
    found = comparison.compare(first.report, second.report)
    out = StringIO()
    console = Console(
        file=out, width=look.width, color_system="standard" if look.color else None,
        force_terminal=look.color, highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    console.print(_table(_outcomes(found, look.verbosity), look, (first, second)))
    console.print()
    for heading, rows in _sections(found, look.verbosity):
        if rows:
            console.print(Text(heading, style="bold"))
            console.print(_table(rows, look))
            console.print()
    if look.verbosity >= 0 and (meanings := _meanings(found)):
        console.print(meanings)
        console.print()
    console.print(Text(last_line(found), style="bold"), soft_wrap=True)
    text = "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
    return text if look.unicode else text.encode("ascii", "backslashreplace").decode()


def last_line(found: Comparison) -> str:
    """The whole comparison in one line."""
    roots, others = _own(found.outcomes), _own(found.facts)
    ids = list(dict.fromkeys(each.id for each in roots))
    differ = f"{_checks(len(ids))} {'differs' if len(ids) == 1 else 'differ'}: {_few(ids)}"
    parts = [differ if ids else "no check differs"]
    if follow := len(found.outcomes) - len(roots):
        parts.append(f"{follow} more {'follows' if follow == 1 else 'follow'}")
    if others:
        parts.append(f"something else found: {_few(each.id for each in others)}")
    if found.alone:
        parts.append(f"seen from one side only: {_few(each.place for each in found.alone)}")
    return "; ".join(parts)


def _table(rows: Iterable[Row], look: Style, sides: tuple[Side, ...] = ()) -> Table:
    """Headed by the two sides, if they are given."""
    frame = box.SIMPLE_HEAD if look.unicode else box.ASCII
    table = Table(box=frame, expand=True, show_edge=False, show_header=bool(sides))
    table.add_column("check", width=min(40, max(24, look.width // 4)), overflow="fold")
    for name, side in zip_longest("AB", sides):
        heading = Text("\n".join((f"{name}: {_brief(side.name)}", _brief(side.label), _brief(side.at)))) if side else ""
        table.add_column(heading, ratio=1, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def _outcomes(found: Comparison, verbosity: int) -> list[Row]:
    """What differs by itself, then how much follows from it."""
    following = [] if verbosity else [each for each in found.outcomes if each.follows]
    return [*_rows(_own(found.outcomes), found), *_counted(following)]


def _sections(found: Comparison, verbosity: int) -> Iterator[tuple[str, list[Row]]]:
    """What stands below it; nothing for quiet."""
    if verbosity > 0:
        yield "what only follows", list(_rows([each for each in found.outcomes if each.follows], found))
    if verbosity >= 0:
        yield "the same outcome, and something else found", list(_rows(_own(found.facts), found))
        yield "seen from one side only", list(_lone(found))
    if verbosity > 0:
        yield "measured", list(_rows(_own(found.measured), found))


def _rows(differences: Iterable[Difference], found: Comparison) -> Iterator[Row]:
    """One for each difference; what is the same of several nodes is told once."""
    groups: dict[object, list[Difference]] = {}
    for each in differences:
        groups.setdefault((each.id, each.target, each.first, each.second), []).append(each)
    for group in groups.values():
        one = group[0]
        about = (_target(one, found), _few(str(each.subject) for each in group))
        yield Row(_name(one.id, *about), _cell(one.first), _cell(one.second))


def _counted(following: Iterable[Difference]) -> Iterator[Row]:
    """How many follow from each root, and on which side."""
    groups: dict[str, list[Difference]] = {}
    for each in following:
        groups.setdefault(each.follows, []).append(each)
    for root, group in groups.items():
        first = any(each.first and each.first.blocked_by for each in group)
        second = any(each.second and each.second.blocked_by for each in group)
        by = Text(printable(f"blocked by {root}"), style="dim")
        yield Row(
            Text(f"{_checks(len(group))} that follow" if len(group) > 1 else "1 check that follows", style="dim"),
            by if first else Text(),
            by if second else Text(),
        )


def _lone(found: Comparison) -> Iterator[Row]:
    """A target or node that one of the two does not know, in one row with what is wrong there."""
    groups: dict[tuple[str, str], list[Difference]] = {}
    for each in found.alone:
        groups.setdefault((each.place, _target(each, found) if each.shares_target else ""), []).append(each)
    for place, group in groups.items():
        known, unknown = _summed(group), Text("not looked at", style="dim")
        yield Row(_name(*place), *((known, unknown) if group[0].first else (unknown, known)))


def _summed(group: Sequence[Difference]) -> Text:
    """What is wrong, else how many were looked at."""
    told = [(each.id, one) for each in group for one in (each.first, each.second) if one]
    wrong = [f"{name}: {one.summary}" for name, one in told if one.outcome in LOUD]
    worst = max((each.worst for each in group), key=lambda outcome: outcome.rank)
    return _text("; ".join(wrong[:MANY]) + more(len(wrong) - MANY) or f"{_checks(len(told))}, nothing wrong", worst)


def _meanings(found: Comparison) -> Table | None:
    """What the differences mean, each once."""
    ids: dict[str, dict[str, None]] = {}
    for each in (*_own(found.outcomes), *_own(found.facts)):
        if each.meaning:
            ids.setdefault(each.meaning, {})[each.id] = None
    table = Table.grid(padding=(0, 2))
    table.add_column(max_width=40, overflow="fold")
    table.add_column(ratio=1)
    for meaning, names in ids.items():
        table.add_row(Text(", ".join(names)), Text(meaning))
    return table if ids else None


def _target(difference: Difference, found: Comparison) -> str:
    """Named only where there are several."""
    return str(difference.target) if len(found.targets) > 1 else ""


def _name(text: str, *about: str) -> Text:
    name = Text(printable(shortened(text, _LONGEST)))
    for each in filter(None, about):
        name.append(printable(f"\n{shortened(each, _LONGEST)}"), style="dim")
    return name


def _cell(told: Told | None) -> Text:
    if told is None:
        return Text("not looked at", style="dim")
    blocked = told.outcome is Outcome.BLOCKED
    return _text(told.summary if blocked else f"{told.outcome}: {told.summary}", told.outcome)


def _text(text: str, outcome: Outcome) -> Text:
    return Text(printable(shortened(text, _LONGEST)), style=_STYLES.get(outcome, ""))


def _own(differences: Iterable[Difference]) -> list[Difference]:
    return [each for each in differences if not each.follows]


def _few(names: Iterable[str]) -> str:
    told = list(dict.fromkeys(_brief(name) for name in names if name))
    return ", ".join(told[:MANY]) + more(len(told) - MANY)


def _brief(text: str) -> str:
    return one_line(shortened(text, _LONGEST))


def _checks(count: int) -> str:
    return f"{count} {'check' if count == 1 else 'checks'}"
