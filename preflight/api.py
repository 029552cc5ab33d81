"""The library: a URL, node URIs or a plan in, a report out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TypeAlias

from preflight import run
from preflight.model.finding import Report
from preflight.model.limits import Limits
from preflight.model.target import Plan, Surroundings
from preflight.uri.cluster import target_from_nodes
from preflight.uri.standalone import target_from_url

Checkable: TypeAlias = str | Sequence[str] | Plan
"""A connection URL, the node URIs of a cluster, or a plan of several targets."""


def check(what: Checkable, *, around: Surroundings | None = None, limits: Limits | None = None) -> Report:
    """Check what LangSmith would connect to. Raises nothing for what it finds; in a running loop use `acheck`."""
    return asyncio.run(acheck(what, around=around, limits=limits))


async def acheck(what: Checkable, *, around: Surroundings | None = None, limits: Limits | None = None) -> Report:
    """The same, to be awaited; cancelling it leaves nothing on the server."""
    return run.judge(await run.observe(_plan(what, around or Surroundings()), limits or Limits()))


def _plan(what: Checkable, around: Surroundings) -> Plan:
    match what:
        case Plan():
            return what
        case str():
            return Plan(targets=(target_from_url(what, around),))
        case _:
            return Plan(targets=(target_from_nodes(tuple(what), around),))
