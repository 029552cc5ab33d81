"""The entry point: one command, and an exit status on every way out."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from preflight.cli.arguments import parser
from preflight.cli.exit_status import BROKEN, UNUSABLE
from preflight.model.errors import InputError, PreflightError


def main(argv: Sequence[str] | None = None) -> int:
    arguments = argparse.Namespace()
    try:
        arguments = parser(os.environ).parse_args(argv)
        return _run(arguments)
    except InputError as error:
        return _failed(arguments, str(error), UNUSABLE)
    except PreflightError as error:
        return _failed(arguments, str(error), BROKEN)
    except BrokenPipeError:
        # The reader of our output went away, as `| head` does; the interpreter must not find out again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN
    except Exception as error:  # noqa: BLE001 - a traceback may quote what must not leave
        return _failed(arguments, f"a fault of preflight itself: {_place(error)}. Please report it.", BROKEN)


def _run(arguments: argparse.Namespace) -> int:
    """Each command is imported when it is used: `--help` waits for none of them."""
    match arguments.command:
        case "check":
            from preflight.cli.check import check  # noqa: PLC0415

            return check(arguments, os.environ)
        case "lint":
            from preflight.cli.check import lint  # noqa: PLC0415

            return lint(arguments, os.environ)
        case "demo":
            from preflight.cli.demo import demo  # noqa: PLC0415

            return demo(arguments, os.environ)
        case _:
            from preflight.cli import explain  # noqa: PLC0415

            command = explain.explain if arguments.command == "explain" else explain.checks
            return command(arguments)


def _failed(arguments: argparse.Namespace, message: str, status: int) -> int:
    """The message for a person, and the one document that a program was promised."""
    print(f"preflight: {message}", file=sys.stderr)  # noqa: T201 - the message for the person
    if any(each == "json" or each.startswith("json=") for each in getattr(arguments, "output", [])):
        from preflight.cli.deliver import Output, deliver, outputs  # noqa: PLC0415
        from preflight.model.finding import Report  # noqa: PLC0415
        from preflight.model.style import Style  # noqa: PLC0415
        from preflight.run import TOOL, now  # noqa: PLC0415

        report = Report(tool=TOOL, started_at=now(), seconds=0.0, error=message)
        try:
            wanted: Sequence[Output] = [each for each in outputs(arguments.output) if each.format == "json"]
            deliver(report, wanted, Style())
        except InputError:
            return status  # the message above is about the outputs themselves
    return status


def _place(error: Exception) -> str:
    """Type and place: the text of an unexpected exception may hold anything."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    return f"{type(error).__name__} in {frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else ""
