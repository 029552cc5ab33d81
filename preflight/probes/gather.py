"""The whole run: all targets at once, under one deadline, and a record of whatever was seen."""

from __future__ import annotations

import asyncio
import secrets
import socket
import time
from datetime import UTC, datetime
from typing import NamedTuple

from preflight.model.evidence import Cause, Evidence, Stage
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.target import Plan
from preflight.probes.node import Observer
from preflight.probes.walk import Walk


def unobserved(target: str, stage: Stage, node: str) -> None:
    """For runs that nobody watches."""


class Gathered(NamedTuple):
    """The evidence, and what was learned on the way that must be scrubbed from it."""

    evidence: Evidence
    learned: tuple[Secret, ...]


async def gather(
    plan: Plan,
    limits: Limits,
    stop: asyncio.Event | None = None,
    observer: Observer = unobserved,
) -> Gathered:
    """Evidence of all targets; partial, and saying so, if the deadline passes or `stop` is set."""
    started, begun = datetime.now(UTC), time.monotonic()
    run = secrets.token_hex(6)
    walks = [Walk(target, run, limits, observer) for target in plan.targets]
    stopped_by = await _until_done(walks, limits.deadline, stop or asyncio.Event())
    evidence = Evidence(
        started_at=started.isoformat(timespec="milliseconds"),
        seconds=round(time.monotonic() - begun, 6),
        targets=tuple(walk.evidence(stopped_by) for walk in walks),
        installations=plan.installations,
        seen_from=socket.gethostname(),
        stopped_by=stopped_by,
    )
    return Gathered(evidence, tuple(secret for walk in walks for secret in walk.learned))


async def _until_done(walks: list[Walk], deadline: float, stop: asyncio.Event) -> Cause | None:
    work = asyncio.create_task(_all(walks))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait([work, stopping], timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            work.result()
            return None
        return Cause.INTERRUPTED if stopping.done() else Cause.DEADLINE
    finally:
        # Cancelled walks still delete their keys and close their connections: wait for that.
        work.cancel()
        stopping.cancel()
        await asyncio.gather(work, stopping, return_exceptions=True)


async def _all(walks: list[Walk]) -> bool:
    await asyncio.gather(*(walk.walk() for walk in walks))
    return True
