"""The declared mode is the real one: a URL for a standalone server, a node list for a Redis Cluster.

A standalone client on a cluster gets MOVED for most keys, and LangSmith answers every ingest with 503; a cluster
client on a standalone server does not start. Which of the two the server is, it says itself.

To fix it, change the mode in the Helm values, as the patch shows.
"""

from __future__ import annotations

from typing import Any, Final

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Topology
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.secret import MASK
from preflight.model.target import Mode, Target

_NAMED: Final = 6


def judge(target: Target, topology: Topology) -> Verdict:
    if topology.cluster_enabled is None:
        return not_applicable(f"the server does not say ({topology.refusal.message or 'no INFO'})")
    real = Mode.CLUSTER if topology.cluster_enabled else Mode.STANDALONE
    if real is target.mode:
        return passed(_described(topology) if topology.cluster_enabled else "standalone, as declared")
    if real is Mode.CLUSTER:
        return failed(
            "this is a node of a Redis Cluster, and a standalone URL is configured",
            "Configure it as a cluster; a password goes to redis.external.cluster.password.",
            patch=_as_cluster(target, topology),
        )
    return failed(
        "this is a standalone server, and a cluster node list is configured",
        "Configure it as a standalone server; a password goes into the URL, percent-encoded.",
        patch=_as_standalone(target),
    )


def _described(topology: Topology) -> str:
    """Every advertised node by name, as long as that can be read."""
    members = dict.fromkeys(topology.members())
    primaries = {each.primary for each in topology.ranges}
    names = ", ".join([*members][:_NAMED]) + (f" and {len(members) - _NAMED} more" if len(members) > _NAMED else "")
    return f"cluster, as declared: {len(primaries)} primaries, {len(members) - len(primaries)} replicas ({names})"


def _as_cluster(target: Target, topology: Topology) -> dict[str, Any]:
    primaries = dict.fromkeys(each.primary for each in topology.ranges) or {topology.asked: None}
    unnamed = "" if target.endpoints[0].check_hostname else "?ssl_check_hostname=false"
    cluster = {
        "enabled": True,
        "nodeUris": [f"redis://{name}{unnamed}" for name in primaries],
        "tlsEnabled": target.tls is not None,
    }
    return {"redis": {"external": {"enabled": True, "cluster": cluster}}}


def _as_standalone(target: Target) -> dict[str, Any]:
    scheme = "rediss" if target.tls else "redis"
    login = f":{MASK}@" if target.login else ""
    url = f"{scheme}://{login}{target.endpoints[0]}/0"
    return {"redis": {"external": {"enabled": True, "connectionUrl": url, "cluster": {"enabled": False}}}}


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="mode",
    title="The declared mode is the real one",
    reads=per_target(lambda each: each.topology),
    judge=judge,
    gate=True,
)
