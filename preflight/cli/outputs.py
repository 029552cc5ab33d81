"""What was asked for with -o: formats, and where each goes."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from preflight import plugins, render
from preflight.model.errors import InputError

FOR_PEOPLE: Final = ("console", "short")
"""Formats beside which a line of progress disturbs nobody."""


class Output(NamedTuple):
    format: str
    file: str | None


def outputs(given: Sequence[str]) -> tuple[Output, ...]:
    """Raises `InputError` for a format that does not exist, or two for standard output."""
    parsed = tuple(_output(each) for each in given) or (Output("console", None),)
    if sum(each.file is None for each in parsed) > 1:
        raise InputError("only one format can go to standard output; give the others a file: -o json=report.json")
    if len({each.file for each in parsed}) < len(parsed):
        raise InputError("two formats cannot go to one file")
    for each in parsed:
        if each.file:
            require_writable(each.file, f"-o {each.format}=FILE")
    return parsed


def require_writable(file: str, option: str) -> None:
    """Raises `InputError` before anything is contacted."""
    path = Path(file)
    if path.is_dir():
        raise InputError(f"{option} names a folder")
    if not (os.access(path, os.W_OK) or os.access(path.parent, os.W_OK)):
        raise InputError(f"the folder of {option} cannot be written to")


def wanted_anyway(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[Output, ...]:
    """What was asked for on a command line that could not be read; nothing where even that cannot be told."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("-o", "--output", action="append")
    try:
        given = parser.parse_known_args(list(argv))[0].output or environ.get("PREFLIGHT_OUTPUT", "").split()
        return outputs(given)
    except (argparse.ArgumentError, InputError):
        return ()


def _output(text: str) -> Output:
    name, sep, file = text.partition("=")
    if name not in plugins.names(render):
        raise InputError(f"-o takes FORMAT or FORMAT=FILE; the formats are {', '.join(plugins.names(render))}")
    if sep and not file:
        raise InputError(f"-o {name}= names no file")
    return Output(name, file or None)
