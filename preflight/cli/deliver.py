"""Brings a report to where it was asked for: standard output, and files that are written whole or not at all."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import NamedTuple, TextIO

from preflight import plugins, render
from preflight.model.errors import InputError
from preflight.model.finding import Report
from preflight.model.style import Style


class Output(NamedTuple):
    format: str
    file: str | None


def outputs(given: Sequence[str]) -> tuple[Output, ...]:
    """Raises `InputError` for a format that does not exist, or two for standard output."""
    parsed = tuple(_output(each) for each in given) or (Output("console", None),)
    if sum(each.file is None for each in parsed) > 1:
        raise InputError("only one format can go to standard output; give the others a file: -o json=report.json")
    for each in parsed:
        if each.file and not os.access(Path(each.file).parent, os.W_OK):
            raise InputError(f"the folder of -o {each.format}=FILE cannot be written to")
    return parsed


def deliver(report: Report, wanted: Sequence[Output], style: Style) -> None:
    """Every output, also after one that cannot be written; then raises `InputError` for that one."""
    failures = []
    for output in wanted:
        show = import_module(f"preflight.render.{output.format}").render
        if output.file is None:
            _print(show(report, style))
            continue
        try:
            write_whole(Path(output.file), show(report, Style(width=style.width, verbosity=style.verbosity)))
        except OSError as error:
            failures.append(f"cannot write the file of -o {output.format}: {error.strerror}")
    if failures:
        raise InputError("; ".join(failures))


def style(color: str, verbosity: int, environ: Mapping[str, str], stream: TextIO) -> Style:
    encoding = (getattr(stream, "encoding", None) or "ascii").lower()
    return Style(
        width=_width(stream, environ),
        color=_colored(color, environ, stream),
        unicode=encoding.startswith("utf"),
        verbosity=verbosity,
    )


def _output(text: str) -> Output:
    name, sep, file = text.partition("=")
    if name not in plugins.names(render):
        raise InputError(f"-o takes FORMAT or FORMAT=FILE; the formats are {', '.join(plugins.names(render))}")
    if sep and not file:
        raise InputError(f"-o {name}= names no file")
    return Output(name, file or None)


def _print(text: str) -> None:
    """What the stream cannot encode is escaped: a report is never lost to an encoding."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    sys.stdout.write(text.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()


def write_whole(path: Path, text: str) -> None:
    """The file as a whole, or none. Raises `OSError`."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:100]}.")
    try:
        with open(handle, "w", encoding="utf-8", errors="backslashreplace") as file:  # noqa: PTH123 - a descriptor
            file.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise


def _width(stream: TextIO, environ: Mapping[str, str]) -> int:
    columns = environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns):
        return max(60, int(columns))
    try:
        return max(60, os.get_terminal_size(stream.fileno()).columns)
    except (OSError, ValueError):
        return 100


def _colored(wanted: str, environ: Mapping[str, str], stream: TextIO) -> bool:
    """NO_COLOR, then the flag, then FORCE_COLOR, then whether it is a terminal that can."""
    if wanted != "auto":
        return wanted == "always"
    if environ.get("NO_COLOR"):
        return False
    if environ.get("FORCE_COLOR"):
        return True
    return stream.isatty() and environ.get("TERM") != "dumb"
