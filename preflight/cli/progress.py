"""What is in work, on standard error: one live line on a terminal, in a log one line for each change of state."""

from __future__ import annotations

import sys
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self, TextIO

from preflight.model.digest import worst_first
from preflight.model.evidence import Stage
from preflight.model.finding import Report
from preflight.model.printable import one_line, shortened

if TYPE_CHECKING:
    from rich.status import Status

CALM: Final = 1.0
"""Seconds that a log is left alone: most runs are over by then."""


class Progress:
    """`quiet` says nothing at all."""

    def __init__(self, *, quiet: bool, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._quiet = quiet or self._stream is None
        self._begun = time.monotonic()
        self._now: dict[str, str] = {}
        self._told: set[str] = set()
        self._status: Status | None = None

    def __enter__(self) -> Self:
        if not self._quiet and self._stream.isatty():
            from rich.console import Console  # noqa: PLC0415 - only a terminal needs it

            self._status = Console(file=self._stream).status("", spinner="dots")
            self._status.start()
        return self

    def __exit__(self, *_: object) -> None:
        if self._status:
            self._status.stop()

    def step(self, target: str, stage: Stage, node: str) -> None:
        self._now[target] = f"{target}: {stage}"
        self._live(f"{target}: {stage} {node}")
        if time.monotonic() - self._begun >= CALM:
            self.pulse()

    def pulse(self) -> None:
        """Where each target is now, unless that has been told."""
        for text in self._now.values():
            self._line(text)

    def wait(self, report: Report, seconds: float) -> None:
        """The tries that end alike are one state."""
        failing = dict.fromkeys(f"{each.id}: {each.verdict.summary}" for each in worst_first(report.findings))
        self._live(f"try {report.tries}: {'; '.join(failing)}; again in {seconds:.1f} s")
        self._line(f"waiting: {'; '.join(failing)}")
        self._now.clear()

    def _live(self, text: str) -> None:
        if self._status:
            from rich.text import Text  # noqa: PLC0415 - see above

            self._status.update(Text(one_line(text), no_wrap=True, overflow="ellipsis"))

    def _line(self, text: str) -> None:
        if self._quiet or self._status or text in self._told:
            return
        self._told.add(text)
        with suppress(OSError, ValueError):  # nobody reads it
            print(f"preflight: {shortened(one_line(text))}", file=self._stream, flush=True)
