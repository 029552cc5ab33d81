"""What a picture of a target is drawn from: its shards, its certificates, its latency."""

from __future__ import annotations

from msgspec import Struct

from preflight.model.evidence import Node, Seen, TargetEvidence
from preflight.model.facts import Certificate


class Shard(Struct, frozen=True, kw_only=True):
    """A primary, what it serves, and who follows it."""

    primary: str
    slots: str = ""
    """As `0-5460, 6000`."""
    replicas: tuple[str, ...] = ()


class Chain(Struct, frozen=True, kw_only=True):
    """The certificates that some nodes showed, the server's own first."""

    nodes: tuple[str, ...]
    certificates: tuple[Certificate, ...]


class Portrait(Struct, frozen=True, kw_only=True):
    """Facts without judgement; whatever was not seen is empty."""

    shards: tuple[Shard, ...] = ()
    """Of a cluster, in the order of their slots."""
    apart: tuple[str, ...] = ()
    """Nodes of a cluster that were reached and stand in none of its shards."""
    unreached: dict[str, str] = {}
    """Node -> the cause for which its ladder broke before the server said who it is."""
    latency: tuple[float, ...] = ()
    """Seconds of each PING, in the order in which they were sent."""
    seen_from: str = ""
    """The machine that measured."""
    chains: tuple[Chain, ...] = ()


def portrait_of(each: TargetEvidence) -> Portrait:
    latency = each.latency.fact if isinstance(each.latency, Seen) else None
    return Portrait(
        shards=_shards(each),
        apart=_apart(each),
        unreached={node.name: node.server.cause.value for node in each.nodes if not isinstance(node.server, Seen)},
        latency=latency.seconds if latency else (),
        seen_from=latency.seen_from if latency else "",
        chains=_chains(each.nodes),
    )


def _shards(each: TargetEvidence) -> tuple[Shard, ...]:
    if not isinstance(each.topology, Seen):
        return ()
    chart = each.topology.fact
    replicas: dict[str, dict[str, None]] = {}
    for served in chart.ranges:
        replicas.setdefault(served.primary, {}).update(dict.fromkeys(served.replicas))
    return tuple(
        Shard(primary=primary, slots=chart.slots_of(primary), replicas=tuple(followers))
        for primary, followers in replicas.items()
    )


def _apart(each: TargetEvidence) -> tuple[str, ...]:
    if not isinstance(each.topology, Seen) or not each.topology.fact.cluster_enabled:
        return ()
    members = set(each.topology.fact.members())
    return tuple(node.name for node in each.nodes if isinstance(node.server, Seen) and node.name not in members)


def _chains(nodes: tuple[Node, ...]) -> tuple[Chain, ...]:
    shown: dict[tuple[Certificate, ...], list[str]] = {}
    for node in nodes:
        if isinstance(node.shown, Seen):
            shown.setdefault(node.shown.fact.chain, []).append(node.name)
    return tuple(Chain(nodes=tuple(names), certificates=chain) for chain, names in shown.items())
