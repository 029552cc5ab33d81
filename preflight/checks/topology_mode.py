"""The declared mode is the real one: a URL for a standalone server, a node list for a Redis Cluster.

Which of the two the server is, it says itself. A third kind hides a cluster behind one endpoint: it takes a URL,
together with clusterSafeMode.

Why: A standalone client on a cluster gets MOVED for most keys, and LangSmith answers every ingest with 503; a cluster
client on a standalone server does not start.

Fix: Change the mode in the Helm values (redis.external.connectionUrl, or redis.external.cluster), as the patch shows.
- AWS: with cluster mode on, the name has `clustercfg`; ElastiCache Serverless and MemoryDB are always clusters.
- Google Cloud: Memorystore for Redis Cluster takes a node list, with the discovery endpoint in it.
- Azure: under the OSS cluster policy a node list, `redis://<host>:10000?ssl_check_hostname=false`; under
  EnterpriseCluster a URL and redis.external.clusterSafeMode: true (both from chart 0.13.33 on).
- your own server: `cluster-enabled yes` makes it a cluster, however many nodes it has.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#azure-managed-redis
https://docs.langchain.com/langsmith/self-host-external-redis#redis-cluster
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final
from urllib.parse import quote

from msgspec import json
from msgspec.structs import replace

from preflight.model.check import Check, per_target
from preflight.model.cluster import Topology
from preflight.model.evidence import Stage
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.installation import Feature
from preflight.model.requirements import CLUSTER_SLOTS
from preflight.model.secret import MASK
from preflight.model.target import Mode, Target
from preflight.uri.names import is_address
from preflight.uri.patch import below
from preflight.uri.text import show

_NAMED: Final = 6

_UPGRADE: Final = (
    "On `helm upgrade`, put the settings into a Secret of your own (existingSecretName): the hooks run before the "
    "chart's Secret changes."
)


def judge(target: Target, topology: Topology) -> Verdict:
    if topology.is_hidden:
        return _hidden(target)
    if topology.cluster_enabled is None:
        return not_applicable(f"the server does not say ({topology.refusal.message or 'no INFO'})")
    real = Mode.CLUSTER if topology.cluster_enabled else Mode.STANDALONE
    if target.feature is Feature.JUICEFS:
        return passed(f"{real}: JuiceFS finds out by itself")
    if real is target.mode:
        return passed(_described(topology) if topology.cluster_enabled else "standalone, as declared")
    if real is Mode.CLUSTER:
        return _should_be_cluster(target, topology)
    summary = "this is a standalone server, and a cluster node list is configured"
    return _should_be_standalone(target, summary)


def _hidden(target: Target) -> Verdict:
    if target.mode is Mode.CLUSTER:
        summary = "this endpoint hides its cluster, if there is one, and a cluster node list is configured"
        return _should_be_standalone(target, summary, clusterSafeMode=True)
    if target.safe_mode:
        return passed("a cluster behind one endpoint, and clusterSafeMode is set")
    return passed("a cluster behind one endpoint, or none: commands.cross-slot tells")


def _should_be_cluster(target: Target, topology: Topology) -> Verdict:
    summary = "this is a node of a Redis Cluster, and a standalone URL is configured"
    if target.feature.is_agent:
        return failed(summary, f"{target.feature} knows no clusters: give it a standalone server.")
    if target.safe_mode and _is_whole(topology):
        summary = (
            "this is a Redis Cluster of one shard, and a standalone URL is configured: it works until one is added"
        )
        return _as_cluster(target, topology, warned, summary)
    return _as_cluster(target, topology, failed, summary)


def _is_whole(topology: Topology) -> bool:
    """The endpoint itself serves every slot, so that no key is elsewhere (ElastiCache Serverless)."""
    served = sum(each.last - each.first + 1 for each in topology.ranges)
    return {each.primary for each in topology.ranges} == {topology.asked} and served == CLUSTER_SLOTS


def _as_cluster(target: Target, topology: Topology, say: Callable[..., Verdict], summary: str) -> Verdict:
    nodes = _nodes(target, topology)
    if not target.place.inline:
        return say(
            summary,
            f"Set redis.external.cluster.enabled: true and tlsEnabled: {str(target.tls is not None).lower()}, and put "
            "the node list and the password (empty for none) into the Secret, under redis_cluster_node_uris and "
            f"redis_cluster_password.{_unchecked(nodes)}",
            details={"redis_cluster_node_uris": json.encode(nodes).decode()},
        )
    password = {"password": MASK} if target.login else {}
    cluster = {"enabled": True, "nodeUris": nodes, "tlsEnabled": target.tls is not None} | password
    return say(
        summary,
        f"Configure it as a cluster; a password goes to redis.external.cluster.password.{_unchecked(nodes)} {_UPGRADE}",
        patch=below(target, enabled=True, cluster=cluster),
    )


def _unchecked(nodes: list[str]) -> str:
    if not any("ssl_check_hostname=false" in uri for uri in nodes):
        return ""
    return (
        " With ssl_check_hostname=false (chart 0.13.33 or newer) the names in certificates are not compared; leave it "
        "out if they list what the nodes announce."
    )


def _should_be_standalone(target: Target, summary: str, **values: bool) -> Verdict:
    url = _url(target)
    if not target.place.inline:
        more = "".join(f" and redis.external.{name}: {str(value).lower()}" for name, value in values.items())
        return failed(
            summary,
            f"Set redis.external.cluster.enabled: false{more}, and put the URL into the Secret, under connection_url, "
            "with the password percent-encoded.",
            details={"connection_url": url},
        )
    return failed(
        summary,
        f"Configure it as a standalone server; a password goes into the URL, percent-encoded. {_UPGRADE}",
        patch=below(target, enabled=True, connectionUrl=url, cluster={"enabled": False}, **values),
    )


def _described(topology: Topology) -> str:
    """Every advertised node by name, as long as that can be read."""
    members = dict.fromkeys(topology.members())
    primaries = {each.primary for each in topology.ranges}
    replicas = {name for each in topology.ranges for name in each.replicas} - primaries
    names = ", ".join([*members][:_NAMED]) + (f" and {len(members) - _NAMED} more" if len(members) > _NAMED else "")
    others = f", {len(topology.elsewhere)} that only other endpoints name" if topology.elsewhere else ""
    return f"cluster, as declared: {len(primaries)} primaries, {len(replicas)} replicas{others} ({names})"


def _nodes(target: Target, topology: Topology) -> list[str]:
    """The primaries; but what nobody's certificate lists, and changes, is no way in where there is a name for it."""
    [seed, *_] = target.endpoints
    primaries = list(dict.fromkeys(each.primary for each in topology.ranges)) or [topology.asked]
    addresses = all(is_address(name.rpartition(":")[0]) for name in primaries)
    if target.tls and addresses and not is_address(seed.host):
        return [replace(seed, check_hostname=False).uri]
    unnamed = "" if seed.check_hostname else "?ssl_check_hostname=false"
    return [f"redis://{name}{unnamed}" for name in primaries]


def _url(target: Target) -> str:
    [seed, *_] = target.endpoints
    username = target.username or (target.login.username if target.login else None)
    user = quote(username, safe="*") if username else None
    masked = bool(target.login and target.login.password)
    return show("rediss" if target.tls else "redis", user, seed.host, seed.port, 0, masked=masked)


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="mode",
    title="The declared mode is the real one",
    reads=per_target(lambda each: each.topology),
    judge=judge,
    gate=True,
)
