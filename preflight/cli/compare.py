"""`preflight judge A B`: what differs between two places that the same Redis was looked at from."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import msgspec

from preflight import comparison
from preflight.cli.deliver import place, style
from preflight.cli.exit_status import exit_status
from preflight.cli.finish import worth
from preflight.cli.outputs import Output, outputs
from preflight.cli.side_by_side import Side, as_table
from preflight.comparison import Comparison
from preflight.model.errors import InputError
from preflight.model.finding import Outcome
from preflight.model.printable import harmless_json
from preflight.model.style import Style
from preflight.run import TOOL

DOCUMENT: Final = "preflight comparison"
SCHEMA_VERSION: Final = 1


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


def outputs_of_two(given: Sequence[str]) -> tuple[Output, ...]:
    """Raises `InputError` for a format that shows single reports only."""
    wanted = outputs(given)
    if any(each.format not in _SHOWN for each in wanted):
        raise InputError(f"two files of evidence are shown as {' or '.join(_SHOWN)} only")
    return wanted


def compare(
    first: Side, second: Side, wanted: Sequence[Output], arguments: argparse.Namespace, environ: Mapping[str, str]
) -> int:
    """The exit status of the worse of the two."""
    verbosity = 1 if arguments.verbose else -1 if arguments.quiet else 0
    look = style(arguments.color, verbosity, environ, sys.stdout)
    worse = max((first.report, second.report), key=lambda report: report.outcome.rank)
    lost = [words for each in wanted for words in place(each, partial(_SHOWN[each.format], first, second), look)]
    return worth(exit_status(worse, fail_on_warn=arguments.fail_on == "warn"), worse, lost)


def as_json(first: Side, second: Side, _: Style) -> str:
    document = Document(
        document=DOCUMENT,
        schema_version=SCHEMA_VERSION,
        tool=TOOL,
        outcome=max(first.report.outcome, second.report.outcome, key=lambda outcome: outcome.rank),
        first=_vantage(first),
        second=_vantage(second),
        comparison=comparison.compare(first.report, second.report),
    )
    # A file's name may hold bytes that are no text.
    return harmless_json(json.dumps(msgspec.to_builtins(document), ensure_ascii=False, indent=2)) + "\n"


def _vantage(side: Side) -> Vantage:
    return Vantage(
        file=side.label,
        seen_from=side.seen_from,
        started_at=side.report.started_at,
        outcome=side.report.outcome,
        stopped_by=side.report.stopped_by,
    )


_SHOWN: Final = {"console": as_table, "json": as_json}
