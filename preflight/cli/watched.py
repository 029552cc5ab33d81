"""A run with somebody at the keyboard: progress, and signals that end it with what was seen so far."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple

from preflight import run, waiting
from preflight.cli.progress import CALM, Progress
from preflight.cli.termination import Termination
from preflight.model.evidence import Evidence
from preflight.model.finding import Report
from preflight.model.limits import Limits
from preflight.model.target import Plan
from preflight.policy import Policy

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)

_SHOW_CURSOR: Final = b"\x1b[?25h"


class Watched(NamedTuple):
    evidence: Evidence
    report: Report
    exhausted: bool
    signal: int
    """The one that cut it short, or 0."""


class Run(NamedTuple):
    """What is to be done, and for how long."""

    plan: Plan
    limits: Limits
    policy: Policy
    wait: float = 0.0


def watched(work: Run, progress: Progress, termination: Termination) -> Watched:
    received = 0

    async def until_done() -> waiting.Waited:
        stop = asyncio.Event()

        def interrupted(number: int) -> None:
            nonlocal received
            received = number
            stop.set()
            termination.write("interrupted before there was a report")

        _listen(interrupted)
        asyncio.get_running_loop().call_later(CALM, progress.pulse)
        return await waiting.until_ready(work.wait, work.limits, _means(work, progress, stop))

    with progress:
        done = asyncio.run(until_done())
    return Watched(*done, received)


def _means(work: Run, progress: Progress, stop: asyncio.Event) -> waiting.Means:
    async def look(limits: Limits) -> Evidence:
        return await run.observe(work.plan, limits, stop, progress.step)

    async def rest(seconds: float) -> bool:
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), seconds)
        return stop.is_set()

    return waiting.Means(look, lambda evidence: run.judge(evidence, work.policy), rest, progress.wait)


def _listen(interrupted: Callable[[int], None]) -> None:
    """The first signal is told; a second one ends the process at once."""
    loop = asyncio.get_running_loop()

    def received(number: int) -> None:
        for each in _SIGNALS:
            loop.remove_signal_handler(each)
            # The first process of a container has no default that would end it.
            signal.signal(each, lambda number, _: _end(number))
        interrupted(number)

    with suppress(NotImplementedError):  # Windows: an interruption then ends the run without a report
        for each in _SIGNALS:
            loop.add_signal_handler(each, received, each)


def _end(number: int) -> None:
    with suppress(OSError):
        if sys.stderr and sys.stderr.isatty():
            os.write(sys.stderr.fileno(), _SHOW_CURSOR)
    os._exit(128 + number)
