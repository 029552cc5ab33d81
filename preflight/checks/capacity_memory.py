"""The server has the memory that LangSmith recommends, and most of it is free.

What counts is maxmemory, or the memory of the machine where no limit is set; of a cluster, that of all primaries
together, and the fullest of them. LangSmith recommends an instance of 8 GB to begin with, and more for many traces.

Why: LangSmith's traces wait in Redis until they are written to its database, and so do the jobs of its queues: when
ingestion falls behind, memory fills within minutes, and a full server refuses traces or throws queued ones away.

Fix: Take a larger size, or raise maxmemory on a server of your own.
- AWS: ElastiCache reserves a quarter of a node's memory (reserved-memory-percent): cache.m5.large leaves 4.8 GiB.
- your own server: `CONFIG SET maxmemory`, with room left on the machine for saves.

Read: https://docs.langchain.com/langsmith/self-host-scale
https://docs.langchain.com/langsmith/self-host-external-redis#requirements
"""

from __future__ import annotations

from typing import NamedTuple

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Load
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.installation import Feature
from preflight.model.primaries import Primaries, primaries
from preflight.model.requirements import MEMORY_FLOOR, MEMORY_FULL, MEMORY_RECOMMENDED
from preflight.model.target import Target


class Room(NamedTuple):
    """Bytes of one server."""

    node: str
    used: int
    size: int
    limited: bool
    """By maxmemory, not by the machine alone."""


def judge(target: Target, found: Primaries) -> Verdict:
    rooms = [_room(name, server.load) for name, server in found.servers.items()]
    known = [each for each in rooms if each]
    if len(known) < len(rooms):
        return not_applicable("the server does not say")
    used, size = sum(each.used for each in known), sum(each.size for each in known)
    is_limited = all(each.limited for each in known)
    limit = "maxmemory" if is_limited else "the machine: maxmemory is not set"
    fullest = max(known, key=_share)
    if _share(fullest) > MEMORY_FULL:
        where = f" on {fullest.node}" if len(known) > 1 else ""
        return warned(
            f"{_share(fullest):.0%} of the memory is in use{where}: {_text(fullest.used)} of {_text(fullest.size)}",
            f"Take a larger size{_raised(fullest)}, and find out what fills it: a burst of traces needs head room.",
            details={"limit": limit},
        )
    if target.feature is Feature.LANGSMITH and size < MEMORY_FLOOR:
        if not found.complete:
            return not_applicable("the cluster does not show all of its nodes")
        return warned(
            f"{_text(size)} of memory{_on(known)}: LangSmith recommends an instance of {MEMORY_RECOMMENDED}",
            f"Take a larger size{_raised(fullest)}.",
            details={"limit": limit},
        )
    unlimited = "" if is_limited else ", and no maxmemory"
    return passed(f"{_text(used)} of {_text(size)} in use{_on(known)}{unlimited}")


def _room(name: str, load: Load) -> Room | None:
    """None where the server does not tell enough."""
    size = load.machine_memory if load.memory_limit == 0 else load.memory_limit
    if not size or load.memory_used is None:
        return None
    return Room(name, load.memory_used, size, limited=load.memory_limit != 0)


def _share(room: Room) -> float:
    return room.used / room.size


def _on(rooms: list[Room]) -> str:
    return f" on {len(rooms)} primaries" if len(rooms) > 1 else ""


def _raised(room: Room) -> str:
    return ", or raise maxmemory (`CONFIG SET maxmemory`) where the machine has more" if room.limited else ""


def _text(size: int) -> str:
    return f"{size / 2**30:.1f} GiB" if size >= 2**30 else f"{size / 2**20:.0f} MiB"


CHECK = Check(
    stage=Stage.CAPACITY,
    name="memory",
    title="The memory is enough and has head room",
    reads=per_target(primaries),
    judge=judge,
    needs=("topology.mode", "server.role"),
)
