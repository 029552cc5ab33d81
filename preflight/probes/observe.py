"""Runs one step and records what became of it: a step never raises for what the network did."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable
from typing import TypeVar

from msgspec.structs import replace

from preflight.model.evidence import Cause, Failed, Observed, Seen, Stage
from preflight.probes.errors import ProbeError, diagnose
from preflight.probes.wire import Wire

T = TypeVar("T")


async def observe(stage: Stage, limit: float, step: Awaitable[T]) -> Observed[T]:
    """The step's fact, or its failure; `limit` is in seconds. Cancellation passes through."""
    start = time.monotonic()
    try:
        async with asyncio.timeout(limit):
            fact = await step
    except Exception as error:  # noqa: BLE001 - `diagnose` tells ours from the network's
        cause, message = diagnose(error, stage)
        own = error.stage if isinstance(error, ProbeError) else None
        return Failed(stage=own or stage, cause=cause, message=message, seconds=_since(start))
    return Seen(fact=fact, seconds=_since(start))


def placed(seen: Observed[T], *wires: Wire) -> Observed[T]:
    """A proxy hangs up at a command that it does not know: the first that has had no answer."""
    waiting = next((wire.unanswered for wire in wires if wire.unanswered), "")
    if isinstance(seen, Failed) and seen.cause is Cause.CLOSED and waiting:
        return replace(seen, message=f"the connection was closed at {waiting}")
    return seen


def _since(start: float) -> float:
    return round(time.monotonic() - start, 6)
