"""Every primary of the cluster is replicated alike.

Of each primary the replicas that it names are counted. No replicas at all can be meant so; a primary that lacks what
the others have has most likely lost it.

Why: When a primary fails, a replica takes its slots over within seconds. Without one, its part of LangSmith's keys is
gone until it is back, and by default the whole cluster refuses everything meanwhile.

Fix: Start the replica again, or add one; on a managed service raise the number of replicas for each shard.
- your own server: `redis-cli --cluster add-node` with `--cluster-slave` and `--cluster-master-id`.

Read: https://redis.io/docs/latest/operate/oss_and_stack/management/scaling/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from preflight.model.check import Check, Reading
from preflight.model.cluster import Topology, View
from preflight.model.evidence import Evidence, Seen, Stage, TargetEvidence
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.target import Target

_MANY: Final = 6


class Shards(NamedTuple):
    topology: Topology
    replicated: set[str]
    """The primaries that have a replica."""


def reads(evidence: Evidence) -> Iterable[Reading[Shards]]:
    for each in evidence.targets:
        chart = each.topology
        observed = Seen(fact=Shards(chart.fact, _replicated(each, chart.fact))) if isinstance(chart, Seen) else chart
        yield Reading(target=each.target, subject="", observed=observed)


def _replicated(each: TargetEvidence, chart: Topology) -> set[str]:
    """By the clients' map, which leaves out a replica until it has replicated something; the nodes' own have it.

    They keep those that have failed as well, and so help only where all are well.
    """
    advertised = {part.primary for part in chart.ranges if part.replicas}
    views: dict[str, View] = {node.name: node.view.fact for node in each.nodes if isinstance(node.view, Seen)}
    if any(view.failing for view in views.values()):
        return advertised
    followed = {member.primary for members in each.maps.values() for member in members}
    return advertised | {name for name, view in views.items() if view.own and view.own in followed}


def judge(_: Target, shards: Shards) -> Verdict:
    topology = shards.topology
    if not topology.cluster_enabled:
        return not_applicable("no cluster")
    if topology.refusal.code:
        return not_applicable(f"not permitted here: {topology.refusal.message}")
    primaries = list(dict.fromkeys(each.primary for each in topology.ranges))
    return _counted(primaries, shards.replicated) if primaries else not_applicable("no primary serves a slot")


def _counted(primaries: list[str], replicated: set[str]) -> Verdict:
    lacking, total = [name for name in primaries if name not in replicated], len(primaries)
    if not lacking:
        return passed("the one primary has a replica" if total == 1 else f"each of {total} primaries has a replica")
    if lacking == primaries:
        none = "the one primary has no replica" if total == 1 else f"none of {total} primaries has a replica"
        return passed(f"{none}: the keys of one that fails are gone until it is back")
    more = f" and {len(lacking) - _MANY} more" if len(lacking) > _MANY else ""
    return warned(
        f"{len(lacking)} of {total} primaries without a replica: {', '.join(lacking[:_MANY])}{more}",
        "Start the replica again that each has lost, or add one: the cluster would survive the failure of any other.",
    )


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="replicas",
    title="Every primary is replicated alike",
    reads=reads,
    judge=judge,
    needs=("topology.mode",),
)
