"""Each server has room for all connections that LangSmith's pods may open.

The demand is counted from the values or the manifests: each pod of queue and listener may hold 250 connections to a
server, and each new pod of an autoscaler as many again. The other services open connections too, and nobody says how
many.

Why: Where maxclients is reached, the server refuses every further connection: pods that start, reconnect or scale out
fail while the others run on.

Fix: Raise maxclients, take a larger size on a managed service, or allow fewer pods.
- Azure: the limit comes with the size: the smallest Azure Cache for Redis (C0) takes 256 clients, one queue pod's
  worth.
- your own server: `CONFIG SET maxclients`, and the same in its configuration file.

Read: https://redis.io/docs/latest/develop/reference/clients/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from preflight.model.check import Check, Reading, placing
from preflight.model.evidence import Evidence, Node, Observed, Seen, Stage, TargetEvidence
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.installation import Component, Installation
from preflight.model.requirements import CLIENTS_FULL, QUEUE_CONNECTIONS
from preflight.model.target import Target


class Room(NamedTuple):
    clients: int | None
    limit: int | None
    comers: tuple[Component, ...]
    """Those that say how many connections they may open."""


def reads(evidence: Evidence) -> Iterable[Reading[Room]]:
    """Clients of a cluster open as many connections to each node."""
    for each in evidence.targets:
        installation = evidence.installation_of(each.target) or Installation()
        of_target = (one for one in installation.components if each.target.feature in one.features)
        comers = tuple(one for one in of_target if one.connections and one.replicas != 0)
        for node in each.nodes:
            observed = _room(each, node, comers)
            yield Reading(target=each.target, subject=node.name, observed=observed, about=placing(node))


def _room(each: TargetEvidence, node: Node, comers: tuple[Component, ...]) -> Observed[Room]:
    if not isinstance(node.server, Seen):
        return node.server
    load = node.server.fact.load
    asked = each.rehearsal.fact.clients_limit if isinstance(each.rehearsal, Seen) else None
    limit = load.clients_limit or (asked if node.name == each.rehearsed_on else None)
    return Seen(fact=Room(load.clients, limit, comers))


def judge(target: Target, room: Room) -> Verdict:
    if not room.limit or room.clients is None:
        return not_applicable("the server does not say")
    if not room.comers:
        return _by_share(room.clients, room.limit)
    demand = sum(map(_demand, room.comers))
    # On an upgrade, those that are here are those that will come.
    others = 0 if target.upgrade else room.clients
    names = _listed([each.name for each in room.comers])
    if room.limit - others >= demand:
        return passed(f"{room.clients:,} of {room.limit:,} clients; {names} may open {demand:,}")
    return warned(
        f"room for {max(room.limit - others, 0):,}{'' if target.upgrade else ' more'} clients, and {names} may open "
        f"{demand:,}",
        f"Raise maxclients to {others + demand:,} or more (`CONFIG SET maxclients {others + demand}`), on a managed "
        f"service by a larger size, or allow fewer pods{_places(room.comers)}.",
        details={
            "maxclients": f"{room.limit:,}, of which {room.clients:,} are in use",
            "may come": f"{' + '.join(map(_product, room.comers))} = {demand:,}",
        },
    )


def _by_share(clients: int, limit: int) -> Verdict:
    """Where no files say how many will come."""
    left = max(limit - clients, 0)
    told = f"{clients:,} of {limit:,} clients"
    if left >= QUEUE_CONNECTIONS and clients <= CLIENTS_FULL * limit:
        return passed(told)
    few = left < QUEUE_CONNECTIONS
    return warned(
        f"{told}: room for {left:,} more" + (f", and one queue pod may open {QUEUE_CONNECTIONS}" if few else ""),
        "Raise maxclients (`CONFIG SET maxclients`), or take a larger size on a managed service. With --values or "
        "--manifests the demand is counted.",
    )


def _demand(component: Component) -> int:
    return _pods(component) * (component.connections or 0)


def _pods(component: Component) -> int:
    """One at least."""
    return 1 if component.replicas is None else component.replicas


def _product(component: Component) -> str:
    return f"{_pods(component):,} x {component.connections:,} ({component.name})"


def _places(components: Iterable[Component]) -> str:
    """The Helm values that say how many pods there are, of the workloads that are the chart's."""
    values = [f"{each.name}.deployment.{_number(each)}" for each in components if each.labels_path]
    return f" ({', '.join(values)}, or their autoscaling)" if values else ""


def _number(component: Component) -> str:
    return "replicaCount" if any(feature.is_agent for feature in component.features) else "replicas"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


CHECK = Check(
    stage=Stage.CAPACITY,
    name="connections",
    title="There is room for the connections of all pods",
    reads=reads,
    judge=judge,
)
