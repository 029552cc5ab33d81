"""Latency: PING, one after the other, while something else takes its time."""

from __future__ import annotations

import asyncio
import socket
import time
from typing import Any, Final

from preflight.model.rehearsal import Latency
from preflight.probes.wire import Wire

_LEAST: Final = 10
_MOST: Final = 100
_ENOUGH: Final = 0.05
"""Seconds after which a slow link has been measured often enough."""


async def measure(wire: Wire, meanwhile: asyncio.Task[Any]) -> Latency:
    """As long as the other work lasts; on a fast link a little longer, to have seen something."""
    begun, seconds = time.monotonic(), list[float]()
    while len(seconds) < _MOST and (not meanwhile.done() or _is_short(seconds, begun)):
        sent = time.monotonic()
        await wire.ask(("PING",))
        seconds.append(round(time.monotonic() - sent, 6))
    return Latency(seconds=tuple(seconds), seen_from=socket.gethostname())


def _is_short(seconds: list[float], begun: float) -> bool:
    return not seconds or (len(seconds) < _LEAST and time.monotonic() - begun < _ENOUGH)
