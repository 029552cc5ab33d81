"""argparse, so that it tells people what is wrong and gives nothing away; each option has its variable."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from preflight.model.errors import InputError

_SWITCH: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


class Parser(argparse.ArgumentParser):
    """argparse, but its messages quote no value: any of them could be a password in the wrong place."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(**given, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        head, found, values = message.partition("unrecognized arguments: ")
        options = re.findall(r"(?:^|\s)(--[a-z-]+)(?==|\s|$)", values)
        told = f"{head}{found}{' '.join(options) or '(not shown)'}" if found else message
        told = re.sub(r"invalid choice: .*(?= \(choose)", "invalid choice", told, flags=re.DOTALL)
        self.print_usage(sys.stderr)
        raise InputError(re.sub(r"ignored explicit argument .*", "takes no value", told, flags=re.DOTALL))


def add(
    group: Any,  # noqa: ANN401 - argparse's private type
    name: str,
    metavar: str,
    text: str,
    environ: Mapping[str, str],
    *,
    repeat: bool = False,
    short: str = "",
) -> None:
    # Pipelines set what they have nothing for to nothing.
    given = environ.get("PREFLIGHT_" + name.lstrip("-").replace("-", "_").upper()) or None
    names: Sequence[str] = [short, name] if short else [name]
    if repeat:
        group.add_argument(*names, metavar=metavar, help=text, action=_Repeated, default=given.split() if given else [])
    else:
        group.add_argument(*names, metavar=metavar, help=text, default=given)


class _Repeated(argparse.Action):
    """Appends, but what is given replaces what the environment said."""

    def __call__(
        self, _: argparse.ArgumentParser, namespace: argparse.Namespace, value: object, __: str | None = None
    ) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [value] if before is self.default else [*before, value])


def switch(environ: Mapping[str, str], name: str) -> bool | None:
    value = environ.get(f"PREFLIGHT_{name}", "").strip().lower()
    if value and value not in _SWITCH:
        raise InputError(f"PREFLIGHT_{name} must be true or false.")
    return _SWITCH.get(value)


def choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The first is the default. argparse does not look at what a default says."""
    value = environ.get(f"PREFLIGHT_{name}") or choices[0]
    if value not in choices:
        raise InputError(f"PREFLIGHT_{name} must be {' or '.join(choices)}.")
    return value
