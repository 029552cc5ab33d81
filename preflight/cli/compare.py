"""`preflight judge A B`: two places that the same Redis was looked at from, side by side."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from io import StringIO
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from preflight import comparison
from preflight.cli.deliver import style
from preflight.cli.exit_status import exit_status
from preflight.cli.files import write_whole
from preflight.cli.finish import worth
from preflight.cli.outputs import Output
from preflight.cli.stdout import UndeliverableError, say
from preflight.comparison import Comparison, Difference, Told
from preflight.model.digest import LOUD, MANY, more
from preflight.model.errors import InputError
from preflight.model.finding import Outcome, Report
from preflight.model.printable import printable, shortened
from preflight.model.style import Style
from preflight.run import TOOL

SCHEMA_VERSION: Final = 1

FORMATS: Final = ("console", "json")

_LONGEST: Final = 200
"""Characters of one cell."""

_COLORS: Final = {Outcome.WARN: "yellow", Outcome.FAIL: "bold red", Outcome.ERROR: "bold magenta"}


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
        return "standard input" if self.file == "-" else self.file


class Vantage(msgspec.Struct, frozen=True, kw_only=True):
    """Where one of the two was seen from."""

    file: str
    seen_from: str
    started_at: str
    outcome: Outcome
    stopped_by: str | None


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A comparison for programs. Fields are only ever added."""

    document: str
    schema_version: int
    tool: str
    outcome: Outcome
    """The worse of the two."""
    first: Vantage
    second: Vantage
    comparison: Comparison


def require_shown(wanted: Iterable[Output]) -> None:
    """Raises `InputError` for a format that shows single reports only."""
    if any(each.format not in FORMATS for each in wanted):
        raise InputError(f"two files of evidence are shown as {' or '.join(FORMATS)} only")


def compare(
    first: Side, second: Side, wanted: Sequence[Output], arguments: argparse.Namespace, environ: Mapping[str, str]
) -> int:
    """The exit status of the worse of the two."""
    verbosity = 1 if arguments.verbose else -1 if arguments.quiet else 0
    look = style(arguments.color, verbosity, environ, sys.stdout)
    worse = max((first.report, second.report), key=lambda report: report.outcome.rank)
    lost = [words for output in wanted for words in _delivered(first, second, output, look)]
    return worth(exit_status(worse, fail_on_warn=arguments.fail_on == "warn"), worse, lost)


def _delivered(first: Side, second: Side, output: Output, look: Style) -> Iterator[str]:
    """What could not be delivered, in words."""
    show = as_json if output.format == "json" else as_table
    plain = msgspec.structs.replace(look, color=False, unicode=True)
    try:
        if output.file is None:
            say(show(first, second, look))
        else:
            write_whole(Path(output.file), show(first, second, plain))
    except UndeliverableError as error:
        yield str(error)
    except OSError as error:
        yield f"cannot write the file of -o {output.format}: {error.strerror}"


def as_json(first: Side, second: Side, _: Style) -> str:
    document = Document(
        document="preflight comparison",
        schema_version=SCHEMA_VERSION,
        tool=TOOL,
        outcome=max(first.report.outcome, second.report.outcome, key=lambda outcome: outcome.rank),
        first=_vantage(first),
        second=_vantage(second),
        comparison=comparison.compare(first.report, second.report),
    )
    text = msgspec.json.format(msgspec.json.encode(document), indent=2).decode() + "\n"
    # The same string to every parser, and no command to the runner of a pipeline that prints it.
    return text.replace("##[", "#\\u0023[")


def _vantage(side: Side) -> Vantage:
    return Vantage(
        file=side.label,
        seen_from=side.seen_from,
        started_at=side.report.started_at,
        outcome=side.report.outcome,
        stopped_by=side.report.stopped_by,
    )


def as_table(first: Side, second: Side, look: Style) -> str:
    found = comparison.compare(first.report, second.report)
    out = StringIO()
    console = Console(
        file=out, width=look.width, color_system="standard" if look.color else None,
        force_terminal=look.color, highlight=False, markup=False, emoji=False, legacy_windows=False,
    )  # fmt: skip
    table = _headed(first, second, look)
    for heading, differences in _sections(found, look.verbosity):
        _add(table, heading, differences)
    if table.row_count:
        console.print(table)
        console.print()
    if look.verbosity >= 0:
        for each in _meanings(found):
            console.print(each)
    console.print(Text(printable(last_line(found))), soft_wrap=True)
    text = "\n".join(line.rstrip() for line in out.getvalue().split("\n"))
    return text if look.unicode else text.encode("ascii", "backslashreplace").decode()


def last_line(found: Comparison) -> str:
    """The whole comparison in one line."""
    ids = list(dict.fromkeys(each.id for each in found.roots))
