"""Brings a report to where it was asked for. What cannot be delivered costs neither the rest nor the verdict."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TextIO

from msgspec.structs import replace

from preflight.cli.files import write_whole
from preflight.cli.github import summarize
from preflight.cli.outputs import Output
from preflight.cli.stdout import UndeliverableError, say
from preflight.model.finding import Report
from preflight.model.style import Style


def deliver(report: Report, wanted: Sequence[Output], style: Style, environ: Mapping[str, str]) -> tuple[str, ...]:
    """What could not be delivered, in words."""
    return tuple(words for output in wanted for words in _delivered(report, output, style, environ))


def _delivered(report: Report, output: Output, style: Style, environ: Mapping[str, str]) -> Iterator[str]:
    show = import_module(f"preflight.render.{output.format}").render
    yield from place(output, partial(show, report), style)
    if output.format == "github":
        try:
            summarize(report, _plain(style), environ)
        except OSError as error:
            yield f"cannot write to the summary of the job: {error.strerror}"


def place(output: Output, show: Callable[[Style], str], style: Style) -> Iterator[str]:
    """Standard output, or a file; what came in the way, in words."""
    try:
        if output.file is None:
            say(show(style))
        elif text := show(_plain(style)):
            write_whole(Path(output.file), text)
    except UndeliverableError as error:
        yield str(error)
    except OSError as error:
        yield f"cannot write the file of -o {output.format}: {error.strerror}"
    except Exception as error:  # noqa: BLE001 - one format that breaks must not cost the others
        yield f"-o {output.format} broke ({type(error).__name__}): please report it"


def _plain(style: Style) -> Style:
    """As a file wants it."""
    return replace(style, color=False, unicode=True)


def style(color: str, verbosity: int, environ: Mapping[str, str], stream: TextIO | None) -> Style:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower()
    return Style(
        width=_width(stream, environ),
        color=_colored(color, environ, stream),
        unicode=encoding.startswith("utf"),
        verbosity=verbosity,
    )


def _width(stream: TextIO | None, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return max(60, int(columns))
    try:
        return max(60, os.get_terminal_size(stream.fileno() if stream else -1).columns)
    except (OSError, ValueError):
        return 100


def _colored(wanted: str, environ: Mapping[str, str], stream: TextIO | None) -> bool:
    """NO_COLOR, then the flag, then FORCE_COLOR, then whether it is a terminal that can."""
    if wanted != "auto":
        return wanted == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return bool(stream and stream.isatty()) and environ.get("TERM") != "dumb"
