"""The server answers within a few milliseconds.

The median of some PINGs on an open connection is judged; the slowest is only told, because a single late answer may be
the doing of the machine that asks.

Why: Every trace and every step of LangSmith's queues is several round trips to Redis, one after the other: at 10 ms
each, a worker does a tenth of what it does at 1 ms.

Fix: Put Redis into the region of the Kubernetes cluster; where this was asked from elsewhere, ask from a pod.
- AWS: between availability zones of one region an answer still takes a few milliseconds at most: zones are no reason.
- your own server: look also for slow commands (`SLOWLOG GET`), which everybody else waits for.

Read: https://redis.io/docs/latest/operate/oss_and_stack/management/optimization/latency/
"""

from __future__ import annotations

from statistics import median
from typing import Final

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.rehearsal import Latency
from preflight.model.requirements import LATENCY_MEDIAN
from preflight.model.target import Target

_MANY: Final = 40
"""Samples: of fewer, the slowest twentieth would be a single one."""

_SHORTEST: Final = 0.05
"""Milliseconds that round to more than nothing."""

_WHOLE: Final = 9.95
"""Milliseconds from which on tenths say nothing more."""


def judge(_: Target, latency: Latency) -> Verdict:
    seconds = sorted(latency.seconds)
    if not seconds:
        return not_applicable("no PING was answered")
    pings = f"{len(seconds)} PINGs" if len(seconds) > 1 else "one PING"
    seen_from = f" from {latency.seen_from}" if latency.seen_from else ""
    told = f"median {_text(median(seconds))}{_tail(seconds)}, over {pings}{seen_from}"
    if median(seconds) <= LATENCY_MEDIAN:
        return passed(told)
    return warned(
        f"answers are slow: {told}",
        f"Put Redis into the region of the Kubernetes cluster: {_text(LATENCY_MEDIAN)} is much within one. If "
        f"{latency.seen_from or 'the machine that asked'} is not in that cluster, run preflight in a pod there.",
    )


def _tail(seconds: list[float]) -> str:
    """What the sample can show: of few, the slowest; of many, what all but a twentieth keep to as well."""
    most = f", at most {_text(seconds[-1])}"
    return f", 95% within {_text(seconds[-(-95 * len(seconds) // 100) - 1])}{most}" if len(seconds) >= _MANY else most


def _text(seconds: float) -> str:
    milliseconds = seconds * 1000
    if milliseconds < _SHORTEST:
        return "under 0.1 ms"
    return f"{milliseconds:.1f} ms" if milliseconds < _WHOLE else f"{milliseconds:.0f} ms"


CHECK = Check(
    stage=Stage.CAPACITY,
    name="latency",
    title="Answers come within a few milliseconds",
    reads=per_target(lambda each: each.latency),
    judge=judge,
    needs=("server.ready",),
)
