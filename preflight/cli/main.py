"""The entry point: one command, and an exit status on every way out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Final

from preflight.cli.arguments import parser
from preflight.cli.exit_status import BROKEN, INTERRUPTED, OK, TERMINATED, UNUSABLE
from preflight.cli.parser import switch
from preflight.cli.signals import Terminated
from preflight.model.errors import InputError, PreflightError

_COMMANDS: Final = {
    "check": ("check", "check"),
    "lint": ("check", "lint"),
    "demo": ("demo", "demo"),
    "judge": ("judge", "judge"),
    "explain": ("explain", "explain"),
    "checks": ("explain", "checks"),
}


def main(argv: Sequence[str] | None = None) -> int:
    given = sys.argv[1:] if argv is None else argv
    status = _status(given)
    return OK if status not in (INTERRUPTED, TERMINATED) and _may_only_tell(given) else status


def _status(argv: Sequence[str]) -> int:
    try:
        return _run(parser(os.environ).parse_args(argv))
    except InputError as error:
        return _failed(argv, str(error), UNUSABLE)
    except PreflightError as error:
        return _failed(argv, str(error), BROKEN)
    except KeyboardInterrupt:
        return _failed(argv, "interrupted", INTERRUPTED)
    except Terminated:
        return _failed(argv, "terminated", TERMINATED)
    except Exception as error:  # noqa: BLE001 - a traceback may quote what must not leave
        return _failed(argv, f"a fault of preflight itself: {_place(error)}. Please report it.", BROKEN)


def _may_only_tell(argv: Sequence[str]) -> bool:
    """--exit-zero, which holds also where the rest of the command line cannot be read."""
    try:
        return "--exit-zero" in argv or bool(switch(os.environ, "EXIT_ZERO"))
    except InputError:
        return False


def _run(arguments: argparse.Namespace) -> int:
    """Each command is imported when it is used: `--help` waits for none of them."""
    module, name = _COMMANDS[arguments.command]
    command = getattr(import_module(f"preflight.cli.{module}"), name)
    status: int = command(arguments, os.environ)
    return status


def _failed(argv: Sequence[str], message: str, status: int) -> int:
    from preflight.cli.finish import give_up, tell  # noqa: PLC0415 - `--help` needs no report
    from preflight.cli.outputs import wanted_anyway  # noqa: PLC0415
    from preflight.model.finding import Report  # noqa: PLC0415
    from preflight.run import TOOL, now  # noqa: PLC0415

    report = Report(tool=TOOL, started_at=now(), seconds=0.0, error=message)
    try:
        give_up(message, wanted_anyway(argv, os.environ), report, os.environ)
    except Exception:  # noqa: BLE001 - what broke once may break again
        tell(message)
    return status


def _place(error: Exception) -> str:
    """Type and place: the text of an unexpected exception may hold anything."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    return f"{type(error).__name__} in {frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else ""
