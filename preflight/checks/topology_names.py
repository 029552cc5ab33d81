"""Every node announces an address that clients can dial.

A cluster client takes nothing from the node list but the way in: from then on it dials what the nodes announce.

Why: A node that does not know its own address, or was joined to the cluster as 127.0.0.1, announces what leads a pod to
itself or nowhere, and the keys of its slots are lost to LangSmith.

Fix: Let each node announce an address that the pods reach.
- your own server: set `cluster-announce-ip` on that node, or `cluster-announce-hostname` together with
  `cluster-preferred-endpoint-type hostname` (Redis 7), and the announced ports.

Read: https://redis.io/docs/latest/commands/cluster-slots/
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from typing import NamedTuple

from preflight.model.check import Check, Reading, placing
from preflight.model.evidence import Cause, Evidence, Failed, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Verdict, failed, passed
from preflight.model.installation import Feature
from preflight.model.target import Mode, Target
from preflight.uri.names import is_address


class Announced(NamedTuple):
    host: str
    astray: bool
    """It is an address of this machine's own, and no endpoint of the configuration is."""


def reads(evidence: Evidence) -> Iterable[Reading[Announced]]:
    """The nodes of the map; none where there is no cluster."""
    for each in evidence.targets:
        if each.target.mode is not Mode.CLUSTER and each.target.feature is not Feature.JUICEFS:
            continue
        if not isinstance(each.topology, Seen):
            lost = Unreached(stage=each.topology.stage, cause=each.topology.cause)
            yield Reading(target=each.target, subject="", observed=lost)
            continue
        members = set(each.topology.fact.members())
        for node in each.nodes:
            if node.name in members or _is_undiallable(node):
                yield Reading(
                    target=each.target, subject=node.name, observed=_observed(node, each), about=placing(node)
                )


def _observed(node: Node, each: TargetEvidence) -> Observed[Announced]:
    """Usable is what was reached under it; what leads astray is told before anybody fails to reach it."""
    if _is_undiallable(node):
        return Failed(stage=Stage.TOPOLOGY, cause=Cause.UNDIALLABLE)
    host = _host(node.name)
    if _is_own(host) and not any(_is_own(endpoint.host) for endpoint in each.target.endpoints):
        return Seen(fact=Announced(host, astray=True))
    if not isinstance(node.dns, Seen):
        return node.dns
    return Seen(fact=Announced(host, astray=False)) if isinstance(node.tcp, Seen) else node.tcp


def _is_undiallable(node: Node) -> bool:
    return isinstance(node.server, Unreached) and node.server.cause is Cause.UNDIALLABLE


def _host(name: str) -> str:
    return name.rpartition(":")[0].strip("[]")


def _is_own(host: str) -> bool:
    """Whoever dials it comes back to the machine that he is on; 0.0.0.0 does so on Linux."""
    if is_address(host):
        return ip_address(host).is_loopback or ip_address(host).is_unspecified
    return host.lower() == "localhost" or host.lower().endswith(".localhost")


def judge(_: Target, announced: Announced) -> Verdict:
    host = announced.host
    if announced.astray:
        return failed(
            f"announced as {host}, which leads every client back to its own machine",
            "Set `cluster-announce-ip` on that node to an address that the pods reach, or `cluster-announce-hostname` "
            "with `cluster-preferred-endpoint-type hostname` (Redis 7).",
        )
    return passed(f"announced as {'an IP address' if is_address(host) else 'a host name'}")


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="names",
    title="Every node announces an address that clients can dial",
    reads=reads,
    judge=judge,
    claims=frozenset({Cause.UNDIALLABLE}),
)
