"""The declared mode is the real one: a URL for a standalone server, a node list for a Redis Cluster.

A standalone client on a cluster gets MOVED for most keys, and LangSmith answers every ingest with 503; a cluster
client on a standalone server does not start. Which of the two the server is, it says itself.

To fix it, change the mode in the Helm values, as the patch shows.
"""

from __future__ import annotations

from typing import Final

from msgspec import json

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Topology
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature
from preflight.model.secret import MASK
from preflight.model.target import Mode, Target
from preflight.uri.patch import below

_NAMED: Final = 6

_UPGRADE: Final = (
    "On `helm upgrade`, put the settings into a Secret of your own (existingSecretName): the hooks run before the "
    "chart's Secret changes."
)


def judge(target: Target, topology: Topology) -> Verdict:
    if topology.cluster_enabled is None:
        return not_applicable(f"the server does not say ({topology.refusal.message or 'no INFO'})")
    real = Mode.CLUSTER if topology.cluster_enabled else Mode.STANDALONE
    if target.feature is Feature.JUICEFS:
        return passed(f"{real}: JuiceFS finds out by itself")
    if real is target.mode:
        return passed(_described(topology) if topology.cluster_enabled else "standalone, as declared")
    if real is Mode.CLUSTER:
        return _should_be_cluster(target, topology)
    return _should_be_standalone(target)


def _should_be_cluster(target: Target, topology: Topology) -> Verdict:
    summary = "this is a node of a Redis Cluster, and a standalone URL is configured"
    if target.feature.is_agent:
        return failed(summary, f"{target.feature} knows no clusters: give it a standalone server.")
    nodes = _nodes(target, topology)
    if not target.place.inline:
        return failed(
            summary,
            f"Set redis.external.cluster.enabled: true and tlsEnabled: {str(target.tls is not None).lower()}, and put "
            "the node list and the password (empty for none) into the Secret, under redis_cluster_node_uris and "
            "redis_cluster_password.",
            details={"redis_cluster_node_uris": json.encode(nodes).decode()},
        )
    password = {"password": MASK} if target.login else {}
    cluster = {"enabled": True, "nodeUris": nodes, "tlsEnabled": target.tls is not None} | password
    return failed(
        summary,
        f"Configure it as a cluster; a password goes to redis.external.cluster.password. {_UPGRADE}",
        patch=below(target, enabled=True, cluster=cluster),
    )


def _should_be_standalone(target: Target) -> Verdict:
    summary = "this is a standalone server, and a cluster node list is configured"
    url = _url(target)
    if not target.place.inline:
        return failed(
            summary,
            "Set redis.external.cluster.enabled: false, and put the URL into the Secret, under connection_url, with "
            "the password percent-encoded.",
            details={"connection_url": url},
        )
    return failed(
        summary,
        f"Configure it as a standalone server; a password goes into the URL, percent-encoded. {_UPGRADE}",
        patch=below(target, enabled=True, connectionUrl=url, cluster={"enabled": False}),
    )


def _described(topology: Topology) -> str:
    """Every advertised node by name, as long as that can be read."""
    members = dict.fromkeys(topology.members())
    primaries = {each.primary for each in topology.ranges}
    names = ", ".join([*members][:_NAMED]) + (f" and {len(members) - _NAMED} more" if len(members) > _NAMED else "")
    return f"cluster, as declared: {len(primaries)} primaries, {len(members) - len(primaries)} replicas ({names})"


def _nodes(target: Target, topology: Topology) -> list[str]:
    primaries = dict.fromkeys(each.primary for each in topology.ranges) or {topology.asked: None}
    unnamed = "" if target.endpoints[0].check_hostname else "?ssl_check_hostname=false"
    return [f"redis://{name}{unnamed}" for name in primaries]


def _url(target: Target) -> str:
    scheme = "rediss" if target.tls else "redis"
    login = f":{MASK}@" if target.login else ""
    return f"{scheme}://{login}{target.endpoints[0]}/0"


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="mode",
    title="The declared mode is the real one",
    reads=per_target(lambda each: each.topology),
    judge=judge,
    gate=True,
)
