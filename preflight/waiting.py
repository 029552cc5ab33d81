"""Looks again, and again, while all that fails may pass by itself: --wait.

A wrong password is wrong at the next try too, and ends the wait at once.
"""

from __future__ import annotations

import random
import time
from collections.abc import Awaitable, Callable
from itertools import count
from typing import Final, NamedTuple

from msgspec.structs import replace

from preflight.model.evidence import Cause, Evidence
from preflight.model.finding import Outcome, Report
from preflight.model.limits import Limits

_FIRST: Final = 0.5
_LONGEST: Final = 10.0
_LEAST: Final = 0.25
"""Seconds: half the ceiling of the first pause, the ceiling of any, and the least that another try is worth."""

_DOUBLINGS: Final = 10


class Waited(NamedTuple):
    evidence: Evidence
    report: Report
    exhausted: bool
    """The time ran out, and all that failed may still pass by itself."""


class Means(NamedTuple):
    """How it looks, judges and rests."""

    look: Callable[[Limits], Awaitable[Evidence]]
    judge: Callable[[Evidence], Report]
    rest: Callable[[float], Awaitable[bool]]
    """Sleeps for so many seconds; true if somebody wants it to stop."""
    tell: Callable[[Report, float], None]
    """What the next try waits for, and for how many seconds."""
    clock: Callable[[], float] = time.monotonic
    jitter: Callable[[float, float], float] = random.uniform


async def until_ready(wait: float, limits: Limits, means: Means) -> Waited:
    """What the last whole try saw; `wait` is in seconds, 0 for one try.

    The first try has its whole deadline. A later one that the end of the wait cuts short is not told: the one before
    saw more.
    """
    begun = means.clock()
    first = seen = await means.look(limits)
    for number in count(1):
        seen = _together(first, seen, number, means.clock() - begun) if wait else seen
        report = means.judge(seen)
        left = begun + wait - means.clock()
        if seen.stopped_by is Cause.INTERRUPTED or not wait or not may_pass(report):
            break
        if left < _LEAST:
            return Waited(seen, report, exhausted=True)
        pause = means.jitter(0, _ceiling(number, left))
        means.tell(report, pause)
        if await means.rest(pause):
            seen = replace(seen, stopped_by=Cause.INTERRUPTED)
            break
        left = max(0.0, begun + wait - means.clock())
        more = await means.look(replace(limits, deadline=min(limits.deadline, left)))
        if more.stopped_by is Cause.DEADLINE and left < limits.deadline:
            seen = _together(first, seen, number, means.clock() - begun)
            return Waited(seen, means.judge(seen), exhausted=True)
        seen = more
    return Waited(seen, means.judge(seen), exhausted=False)


def _ceiling(number: int, left: float) -> float:
    """Of the pause after a try: it doubles, and leaves time for another."""
    return min(_LONGEST, _FIRST * 2.0 ** min(number, _DOUBLINGS), left - _LEAST)


def may_pass(report: Report) -> bool:
    """Something fails or was not reached in time, and nothing that fails needs a change by somebody."""
    failing = [each for each in report.findings if each.outcome in (Outcome.FAIL, Outcome.ERROR)]
    late = any(each.blocked_by == Cause.DEADLINE for each in report.findings)
    return bool(failing or late) and all(each.verdict.transient for each in failing)


def _together(first: Evidence, last: Evidence, number: int, seconds: float) -> Evidence:
    """The last try as one run with all before it."""
    return replace(last, started_at=first.started_at, seconds=round(seconds, 6), tries=number)
