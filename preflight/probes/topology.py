"""Topology: what one node says of the cluster that it belongs to."""

from __future__ import annotations

from typing import Any

from preflight.model.facts import Reply, Server, SlotRange, Topology
from preflight.model.target import Endpoint
from preflight.probes.server import parse_info
from preflight.probes.wire import Wire

UNKNOWN_HOST = "?"


async def chart(wire: Wire, asked: Endpoint, server: Server) -> Topology:
    """CLUSTER INFO and CLUSTER SLOTS (Redis 3.0), in one round trip; nothing where there is no cluster."""
    known = Topology(asked=str(asked), role=server.role, cluster_enabled=server.cluster_enabled)
    if server.cluster_enabled is False:
        return known
    info, slots = await wire.ask(("CLUSTER", "INFO"), ("CLUSTER", "SLOTS"))
    refusal = slots if isinstance(slots, Reply) else Reply()
    return Topology(
        asked=known.asked,
        role=known.role,
        cluster_enabled=_enabled(known.cluster_enabled, refusal),
        state=parse_info(info).get("cluster_state", "") if isinstance(info, bytes) else "",
        ranges=_ranges(slots, asked.host) if isinstance(slots, list) else (),
        refusal=refusal,
    )


def _enabled(known: bool | None, refusal: Reply) -> bool | None:
    """Where INFO was silent: a map means a cluster, «support disabled» none, NOPERM that nobody knows."""
    if known is None and not refusal.code:
        return True
    return False if "cluster support disabled" in refusal.message else known


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
