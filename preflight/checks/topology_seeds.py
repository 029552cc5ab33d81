"""All configured endpoints belong to one cluster.

Each endpoint of the node list is asked for its map of the cluster, and those whose maps have no node in common are told
apart.

Why: LangSmith's cluster client learns the cluster from whichever endpoint answers first. Where the node list mixes two,
say of staging and production, or the old one and the new one of a move, each pod ends up in one of them by chance, and
what is stored in one is not found in the other.

Fix: Keep the nodes of one cluster in redis.external.cluster.nodeUris.
- AWS: the configuration endpoint of one cache leads to all of its nodes.
- Google Cloud: so does the discovery endpoint of one instance.
- Azure: so does the one host name of a cache, on port 10000.
- your own server: list some nodes of one cluster; not all are needed.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#redis-cluster
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from preflight.model.check import Check, Reading
from preflight.model.cluster import Topology, View
from preflight.model.evidence import Evidence, Node, Seen, Stage, TargetEvidence
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.remedies import terms
from preflight.model.target import Mode, Target

_MANY: Final = 6

Names = tuple[str, ...]


class Seeds(NamedTuple):
    """The endpoints of one target; those that did not answer are reported elsewhere."""

    clustered: bool
    clusters: tuple[Names, ...]
    """Those that told of their cluster, together where it is the same."""
    strays: Names
    """Servers that are in none."""
    twins: tuple[Names, ...]
    """Those that are one node."""
    refusal: str
    """The words of one that may not be asked."""


def reads(evidence: Evidence) -> Iterable[Reading[Seeds]]:
    for each in evidence.targets:
        chart = each.topology
        observed = Seen(fact=_seeds(each, chart.fact)) if isinstance(chart, Seen) else chart
        yield Reading(target=each.target, subject="", observed=observed)


def _seeds(each: TargetEvidence, chart: Topology) -> Seeds:
    endpoints = set(map(str, each.target.endpoints))
    seeds = [node for node in each.nodes if node.name in endpoints]
    own = {node.name: view.own for node in seeds if (view := _view(node)) and view.own}
    clusters = [tuple(name for name in own if own[name] in ids) for ids in _clusters(each)]
    twins = [tuple(name for name in own if own[name] == id_) for id_ in dict.fromkeys(own.values())]
    views = [node.view.fact for node in seeds if isinstance(node.view, Seen)]
    return Seeds(
        clustered=bool(chart.cluster_enabled),
        clusters=tuple(filter(None, clusters)),
        strays=tuple(node.name for node in seeds if _is_single(node)),
        twins=tuple(names for names in twins if len(names) > 1),
        refusal=next((view.refusal.message for view in views if not view.refusal.ok), ""),
    )


def _view(node: Node) -> View | None:
    return node.view.fact if isinstance(node.view, Seen) and node.view.fact.refusal.ok else None


def _is_single(node: Node) -> bool:
    return not _view(node) and isinstance(node.server, Seen) and node.server.fact.cluster_enabled is False


def _clusters(each: TargetEvidence) -> list[set[str]]:
    """The ids of all nodes, in sets: who knows whom, by whatever map it stands in, is of one cluster."""
    known: dict[str, set[str]] = {}
    for view in filter(None, map(_view, each.nodes)):
        known.setdefault(view.map, {member.id for member in each.maps.get(view.map, ())}).add(view.own)
    found: list[set[str]] = []
    for ids in known.values():
        joined = ids.union(*(others for others in found if not others.isdisjoint(ids)))
        found = [*(others for others in found if others.isdisjoint(ids)), joined]
    return found


def judge(target: Target, seeds: Seeds) -> Verdict:
    if target.mode is not Mode.CLUSTER:
        return not_applicable("a URL is configured")
    if not seeds.clustered:
        return not_applicable("no cluster")
    if len(target.endpoints) == 1:
        return passed("one endpoint, one cluster")
    if not seeds.clusters:
        return not_applicable(f"not permitted here: {seeds.refusal}" if seeds.refusal else "no endpoint was asked")
    if len(seeds.clusters) == 1 and not seeds.strays:
        twins = "".join(f"; {' and '.join(names)} are one node" for names in seeds.twins[:_MANY])
        count, given = len(seeds.clusters[0]), len(target.endpoints)
        return passed(f"{count if count == given else f'{count} of {given}'} endpoints, one cluster{twins}")
    remedy = f"Keep the nodes of one cluster in {terms(target)['address']}."
    return failed(_mixed(seeds), remedy)


def _mixed(seeds: Seeds) -> str:
    told = []
    if len(seeds.clusters) > 1:
        groups = " | ".join(map(_listed, seeds.clusters[:_MANY]))
        told.append(f"the configured endpoints belong to {len(seeds.clusters)} clusters: {groups}")
    if seeds.strays:
        told.append(f"{_listed(seeds.strays)} {'belongs' if len(seeds.strays) == 1 else 'belong'} to no cluster")
    return "; ".join(told)


def _listed(names: Names) -> str:
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    return ", ".join(names[:_MANY]) + more


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="seeds",
    title="All configured endpoints belong to one cluster",
    reads=reads,
    judge=judge,
    needs=("topology.mode",),
)
