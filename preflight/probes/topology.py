"""Topology: what one node says of the cluster that it belongs to, as the clients ask for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from msgspec.structs import replace

from preflight.model.cluster import SlotRange, Topology
from preflight.model.facts import Reply, Server
from preflight.model.target import Endpoint
from preflight.probes.server import parse_info
from preflight.probes.wire import Answer, Command

UNKNOWN_HOST: Final = "?"

CHART: Final[tuple[Command, ...]] = (("CLUSTER", "INFO"), ("CLUSTER", "SLOTS"))
"""Redis 3.0. Both clients learn the nodes by CLUSTER SLOTS: what it leaves out they never dial."""


def chart_of(asked: Endpoint, server: Server, answers: Sequence[Answer]) -> Topology:
    """The answers to `CHART`, also where there is no cluster."""
    info, slots = answers
    refusal = slots if isinstance(slots, Reply) else Reply()
    enabled = _enabled(server.cluster_enabled, refusal)
    return Topology(
        asked=str(asked),
        role=server.role,
        cluster_enabled=enabled,
        state=parse_info(info).get("cluster_state", "") if isinstance(info, bytes) else "",
        ranges=_ranges(slots, asked.host) if isinstance(slots, list) and enabled else (),
        refusal=refusal,
    )


def united(first: Topology, maps: Sequence[Topology]) -> Topology:
    """The first endpoint's map, and the nodes that only others name."""
    known = set(first.members())
    named = dict.fromkeys(name for each in maps for name in each.members())
    return replace(first, elsewhere=tuple(name for name in named if name not in known))


def _enabled(known: bool | None, refusal: Reply) -> bool | None:
    """Where INFO was silent: a map means a cluster, «support disabled» none, NOPERM that nobody knows.

    A proxy that does not allow to ask shows one endpoint, whatever is behind it.
    """
    if known is None and not refusal.code:
        return True
    single = "cluster support disabled" in refusal.message or "command is not allowed" in refusal.message
    return False if single else known


def _ranges(slots: list[Any], asked_host: str) -> tuple[SlotRange, ...]:
    """By their first slot: Redis 5 lists them in no order."""
    return tuple(sorted((_range(each, asked_host) for each in slots), key=lambda served: served.first))


def _range(entry: list[Any], asked_host: str) -> SlotRange:
    first, last, primary, *replicas = entry
    return SlotRange(
        first=first,
        last=last,
        primary=_name(primary, asked_host),
        replicas=tuple(_name(replica, asked_host) for replica in replicas),
    )


def _name(node: list[Any], asked_host: str) -> str:
    """As the clients will dial it; a node that does not know its own address is where we asked."""
    host = node[0].decode(errors="replace") if node[0] else asked_host
    return str(Endpoint(host=host, port=int(node[1])))
