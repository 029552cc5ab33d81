"""All 16,384 hash slots of the cluster are served by a primary.

The ranges of CLUSTER SLOTS are laid side by side, and the cluster's own state is asked for.

Why: Keys in a slot that nobody serves cannot be read or written, and by default the whole cluster then refuses
LangSmith everything with CLUSTERDOWN. It does so too where every slot has its primary and one of these has failed.

Fix: Assign the missing slots and bring back the primary that has failed; on a managed service, open a ticket.
- your own server: `redis-cli --cluster fix`, or CLUSTER ADDSLOTS on a primary.

Read: https://redis.io/docs/latest/commands/cluster-addslots/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from preflight.model.check import Check, Reading
from preflight.model.cluster import SlotRange, Topology
from preflight.model.evidence import Cause, Evidence, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.requirements import CLUSTER_SLOTS
from preflight.model.target import Target
from preflight.model.views import is_contested
from preflight.model.words import Words

_MANY: Final = 10

Gap = tuple[int, int]


def reads(evidence: Evidence) -> Iterable[Reading[Topology]]:
    return [Reading(target=each.target, subject="", observed=_observed(each)) for each in evidence.targets]


def _observed(each: TargetEvidence) -> Observed[Topology]:
    """Where the nodes differ nobody knows; where the cluster is down and a primary was not reached, that is why."""
    chart = each.topology
    if not isinstance(chart, Seen) or not _is_down(chart.fact) or missing(chart.fact.ranges):
        return _contested(each, chart)
    serving = (node for node in each.nodes if chart.fact.slots_of(node.name))
    return next(filter(None, map(_lost, serving)), chart)


def _contested(each: TargetEvidence, chart: Observed[Topology]) -> Observed[Topology]:
    if isinstance(chart, Seen) and chart.fact.cluster_enabled and is_contested(each, chart.fact):
        return Unreached(stage=Stage.TOPOLOGY, cause=Cause.DISAGREEMENT)
    return chart


def _lost(node: Node) -> Unreached | None:
    return None if isinstance(node.server, Seen) else Unreached(stage=node.server.stage, cause=node.server.cause)


def _is_down(topology: Topology) -> bool:
    return topology.state == "fail"


def judge(_: Target, topology: Topology) -> Verdict:
    if not topology.cluster_enabled:
        return not_applicable("no cluster")
    if topology.refusal.code:
        return not_applicable(f"not permitted here: {topology.refusal.message}")
    gaps, twice = missing(topology.ranges), contested(topology.ranges)
    if gaps or twice or _is_down(topology):
        summary, remedy = _lacking(gaps) if gaps else _doubled(twice) if twice else _DOWN
        return failed(summary, remedy, details={"state": topology.state or "unknown"}, transient=True)
    primaries = {each.primary for each in topology.ranges}
    noun = "primary" if len(primaries) == 1 else "primaries"
    return passed(f"all {CLUSTER_SLOTS:,} slots on {len(primaries)} {noun}")


def _lacking(gaps: list[Gap]) -> Words:
    lost = sum(last - first + 1 for first, last in gaps)
    return Words(
        f"{lost:,} of {CLUSTER_SLOTS:,} slots have no primary: {_shown(gaps)}",
        "Assign them (`redis-cli --cluster fix`, or CLUSTER ADDSLOTS on a primary); on a managed service, open a "
        "ticket.",
    )


def _doubled(twice: list[Gap]) -> Words:
    return Words(
        f"slots that two primaries serve: {_shown(twice)}",
        "Decide for one of them: `redis-cli --cluster fix --cluster-search-multiple-owners`.",
    )


_DOWN: Final = Words(
    "every slot has a primary, and yet the cluster is down (cluster_state:fail)",
    "Bring back the primaries that CLUSTER NODES calls `fail`, or let a replica of each take over (CLUSTER FAILOVER "
    "TAKEOVER); most of the primaries must reach each other on the cluster bus port (10000 above their own).",
)


def missing(ranges: tuple[SlotRange, ...]) -> list[Gap]:
    """The gaps between the served ranges, first and last slot of each."""
    gaps, free = [], 0
    for each in sorted(ranges, key=lambda served: served.first):
        if each.first > free:
            gaps.append((free, each.first - 1))
        free = max(free, each.last + 1)
    return [*gaps, (free, CLUSTER_SLOTS - 1)] if free < CLUSTER_SLOTS else gaps


def contested(ranges: tuple[SlotRange, ...]) -> list[Gap]:
    """Where a range runs into the one of another primary that reaches furthest."""
    found: list[Gap] = []
    furthest: SlotRange | None = None
    for each in sorted(ranges, key=lambda served: served.first):
        if furthest and each.first <= furthest.last and each.primary != furthest.primary:
            found.append((each.first, min(each.last, furthest.last)))
        if furthest is None or each.last > furthest.last:
            furthest = each
    return found


def _shown(slots: list[Gap]) -> str:
    return ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in slots[:_MANY])


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="slots",
    title="Every hash slot is served",
    reads=reads,
    judge=judge,
    needs=("topology.mode",),
)
