"""All 16,384 hash slots of the cluster are assigned to a primary.

Keys in a slot that nobody serves cannot be read or written, and by default the whole cluster then refuses
everything with CLUSTERDOWN.

To fix it, assign the missing slots: `redis-cli --cluster fix`, or CLUSTER ADDSLOTS on a primary.
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import SlotRange, Topology
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.requirements import CLUSTER_SLOTS
from preflight.model.target import Target


def judge(_: Target, topology: Topology) -> Verdict:
    if not topology.cluster_enabled:
        return not_applicable("no cluster")
    if topology.refusal.code:
        return not_applicable(f"not permitted here: {topology.refusal.message}")
    gaps = missing(topology.ranges)
    if not gaps:
        primaries = {each.primary for each in topology.ranges}
        return passed(f"all {CLUSTER_SLOTS:,} slots on {len(primaries)} primaries")
    lost = sum(last - first + 1 for first, last in gaps)
    shown = ", ".join(f"{first}-{last}" if first != last else str(first) for first, last in gaps[:10])
    return failed(
        f"{lost:,} of {CLUSTER_SLOTS:,} slots have no primary: {shown}",
        "Assign them (`redis-cli --cluster fix`, or CLUSTER ADDSLOTS on a primary); on a managed service, open a "
        "ticket.",
        details={"state": topology.state or "unknown"},
    )


def missing(ranges: tuple[SlotRange, ...]) -> list[tuple[int, int]]:
    """The gaps between the served ranges, first and last slot of each."""
    gaps, free = [], 0
    for each in sorted(ranges, key=lambda served: served.first):
        if each.first > free:
            gaps.append((free, each.first - 1))
        free = max(free, each.last + 1)
    return [*gaps, (free, CLUSTER_SLOTS - 1)] if free < CLUSTER_SLOTS else gaps


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="slots",
    title="Every hash slot is served",
    reads=per_target(lambda each: each.topology),
    judge=judge,
    needs=("topology.mode",),
)
