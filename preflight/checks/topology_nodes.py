"""Every node that the cluster advertises is reached and lets us in.

A cluster client dials the addresses that the nodes announce, not the ones in the node list. Each one is dialled,
secured and authenticated here, under the name that clients will use.

Why: Nodes behind other addresses, in a network without a route, or without the password are found only when a key
happens to live there: some of LangSmith's requests fail, and the others do not.

Fix: Cure what the findings on that node say, or correct what it announces.
- Google Cloud: the nodes listen on 11000 to 13047: firewall and NetworkPolicy must let the pods through.
- Azure: under the OSS cluster policy the nodes listen on 85xx, and these ports change.
- your own server: set `cluster-announce-ip` or `cluster-announce-hostname`, and the announced ports.

Read: https://docs.cloud.google.com/memorystore/docs/valkey/connect-instance
https://redis.io/docs/latest/commands/cluster-slots/
"""

from __future__ import annotations

from collections.abc import Iterable

from preflight.model.check import Check, Reading, placing
from preflight.model.evidence import Evidence, Failed, Seen, Stage, Unreached
from preflight.model.facts import Server
from preflight.model.finding import Verdict, passed
from preflight.model.target import Mode, Target


def reads(evidence: Evidence) -> Iterable[Reading[Server]]:
    """The nodes of the map; none where there is no cluster."""
    for each in evidence.targets:
        if each.target.mode is not Mode.CLUSTER:
            continue
        if not isinstance(each.topology, Seen):
            yield Reading(target=each.target, subject="", observed=_behind(each.topology))
            continue
        members = set(each.topology.fact.members())
        for node in each.nodes:
            if node.name in members:
                yield Reading(target=each.target, subject=node.name, observed=node.server, about=placing(node))


def _behind(topology: Failed | Unreached) -> Unreached:
    return Unreached(stage=topology.stage, cause=topology.cause)


def judge(_: Target, server: Server) -> Verdict:
    return passed(f"{server.role}, {server}")


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="nodes",
    title="Every advertised node is reached",
    reads=reads,
    judge=judge,
)
