"""The views of a cluster that its nodes have given, one for each node."""

from __future__ import annotations

from preflight.model.cluster import Topology, View, owners_of
from preflight.model.evidence import Seen, TargetEvidence


def views_of(each: TargetEvidence, chart: Topology) -> dict[str, View]:
    """By name; a node that has two is here once, under the one that the cluster's own map has."""
    members, views = set(chart.members()), dict[str, View]()
    for node in sorted(each.nodes, key=lambda node: node.name not in members):
        view = node.view.fact if isinstance(node.view, Seen) else None
        known = {seen.own for seen in views.values()} - {""}
        if view and view.refusal.ok and view.own not in known:
            views[node.name] = view
    return views


def is_contested(each: TargetEvidence, chart: Topology) -> bool:
    """The nodes do not agree on who serves which slots."""
    maps = {view.map for view in views_of(each, chart).values()}
    return len({owners_of(each.maps.get(one, ())) for one in maps}) > 1
