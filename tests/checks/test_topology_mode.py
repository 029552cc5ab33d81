"""Declared against real, with the Helm values that would be right."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.topology_mode import judge
from preflight.model.cluster import Topology
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature
from preflight.model.secret import Secret
from preflight.model.target import Target
from tests.checks.facts import cluster, held, refusal, standalone, topology

MAP = [(0, 8191, "10.0.0.1:7000+10.0.0.3:7000"), (8192, 9000, "10.0.0.2:7000"), (9001, 16383, "10.0.0.1:7000")]
NAMED = [(0, 8191, "n1.example.com:7000+n3.example.com:7000"), (8192, 16383, "n2.example.com:7000")]
PROXY = topology(cluster_enabled=False, refusal=refusal("ERR command is not allowed"))
"""Redis Enterprise without its OSS Cluster API."""


UNCHECKED = "?ssl_check_hostname=false"
Ranges = list[tuple[int, int, str]]


def external(verdict: Verdict) -> dict[str, Any]:
    assert verdict.patch
    values: dict[str, Any] = verdict.patch["redis"]["external"]
    return values


def test_as_declared() -> None:
    """Both modes pass where they are real."""
    assert judge(standalone(), topology(cluster_enabled=False)).summary == "standalone, as declared"
    assert judge(cluster(), topology(*MAP)).outcome is Outcome.PASS


def test_a_cluster_is_described() -> None:
    """Every advertised node is listed once, as long as that can be read."""
    summary = judge(cluster(), topology(*MAP)).summary
    assert "cluster, as declared" in summary
    assert all(summary.count(f"10.0.0.{host}:7000") == 1 for host in (1, 2, 3))


def test_nodes_of_other_maps_are_counted_apart() -> None:
    """Nobody knows whether they are replicas."""
    summary = judge(cluster(), topology(*MAP, elsewhere=("10.0.0.9:7000",))).summary
    assert "2 primaries, 1 replicas, 1 that only other endpoints name (" in summary
    assert "10.0.0.9:7000)" in summary


def test_a_large_cluster_is_counted() -> None:
    """A hundred nodes do not make a line of a thousand characters."""
    slots = [(first, first, f"10.0.0.{first}:7000") for first in range(100)]
    summary = judge(cluster(), topology(*slots)).summary
    assert "100 primaries" in summary
    assert len(summary) < 250


@pytest.mark.parametrize(("count", "end"), [(6, "10.0.0.5:7000)"), (7, "10.0.0.5:7000 and 1 more)")])
def test_six_nodes_are_named(count: int, end: str) -> None:
    """More are counted."""
    slots = [(first, first, f"10.0.0.{first}:7000") for first in range(count)]
    assert judge(cluster(), topology(*slots)).summary.endswith(end)


def test_silent_server() -> None:
    """Nobody is told to change a mode that could not be seen."""
    unknown = topology(cluster_enabled=None, refusal=refusal("NOPERM no CLUSTER"))
    verdict = judge(standalone(), unknown)
    assert (verdict.outcome, "NOPERM no CLUSTER" in verdict.summary) == (Outcome.NOT_APPLICABLE, True)
    assert "no INFO" in judge(cluster(), topology(cluster_enabled=None)).summary


def test_url_on_a_cluster_node() -> None:
    """The patch names every primary once, no replica, and keeps TLS as it is."""
    verdict = judge(standalone(), topology(*MAP))
    assert verdict.outcome is Outcome.FAIL
    assert external(verdict) == {
        "enabled": True,
        "cluster": {
            "enabled": True,
            "nodeUris": ["redis://10.0.0.1:7000", "redis://10.0.0.2:7000"],
            "tlsEnabled": False,
        },
    }


def test_tls_url_on_a_cluster_node() -> None:
    """TLS is said by tlsEnabled and never by the scheme of a node."""
    cluster_values = external(judge(standalone("rediss://h:6379/0"), topology(*MAP)))["cluster"]
    assert cluster_values["tlsEnabled"] is True
    assert all(uri.startswith("redis://") for uri in cluster_values["nodeUris"])


def test_url_on_a_node_that_hides_its_map() -> None:
    """Without a map, the node that was asked is the one that is known."""
    verdict = judge(standalone(), topology(cluster_enabled=True))
    assert external(verdict)["cluster"]["nodeUris"] == ["redis://cache.example.com:6379"]


def test_node_list_on_a_standalone_server() -> None:
    """The patch is a URL of the first node, and turns the cluster off."""
    verdict = judge(cluster("redis://a:7000", "redis://b:7001", tls=False), topology(cluster_enabled=False))
    assert verdict.outcome is Outcome.FAIL
    assert external(verdict) == {
        "enabled": True,
        "connectionUrl": "redis://a:7000/0",
        "cluster": {"enabled": False},
    }


def test_patch_keeps_tls_and_masks_the_password() -> None:
    """The URL shows where the password goes, not what it is."""
    target = cluster("redis://a:7000", password=Secret("correct horse"))
    url = external(judge(target, topology(cluster_enabled=False)))["connectionUrl"]
    assert url == "rediss://:***@a:7000/0"


def test_a_password_moves_with_the_mode() -> None:
    """From the URL to a value of its own, masked; without one there is nothing to move."""
    found = external(judge(standalone("redis://app:tops3cret@h:6379/0"), topology(*MAP)))["cluster"]
    assert found["password"] == "***"
    assert "password" not in external(judge(standalone(), topology(*MAP)))["cluster"]


def test_nodes_keep_their_unchecked_names() -> None:
    """A URL without the hostname check becomes node URIs without it."""
    target = standalone("rediss://h:6379/0?ssl_check_hostname=false")
    nodes = external(judge(target, topology(*NAMED)))["cluster"]["nodeUris"]
    assert nodes[0] == "redis://n1.example.com:7000?ssl_check_hostname=false"


@pytest.mark.parametrize(
    ("url", "chart", "nodes"),
    [
        (
            "rediss://cache.eastus.redis.azure.net:10000",
            MAP,
            ["redis://cache.eastus.redis.azure.net:10000" + UNCHECKED],
        ),
        ("rediss://h:6379/0?ssl_check_hostname=false", MAP, ["redis://h:6379" + UNCHECKED]),
        ("rediss://h:6379", [(0, 16383, "[fd00::1]:7000")], ["redis://h:6379" + UNCHECKED]),
        ("rediss://10.0.0.9:6379", MAP, ["redis://10.0.0.1:7000", "redis://10.0.0.2:7000"]),
        ("redis://h:6379", MAP, ["redis://10.0.0.1:7000", "redis://10.0.0.2:7000"]),
        ("rediss://h:6379", NAMED, ["redis://n1.example.com:7000", "redis://n2.example.com:7000"]),
        ("rediss://h:6379", [(0, 9, "n1:1"), (10, 16383, "10.0.0.2:1")], ["redis://n1:1", "redis://10.0.0.2:1"]),
    ],
    ids=["azure", "unchecked", "ipv6", "address", "plaintext", "named", "mixed"],
)
def test_addresses_that_no_certificate_lists(url: str, chart: Ranges, nodes: list[str]) -> None:
    """Behind TLS, the name that is configured is the way in, and the names of the nodes are not compared."""
    verdict = judge(standalone(url), topology(*chart))
    assert external(verdict)["cluster"]["nodeUris"] == nodes
    assert ("ssl_check_hostname=false (chart 0.13.33 or newer)" in (verdict.remedy or "")) == (UNCHECKED in nodes[0])
    inside = judge(held(standalone(url)), topology(*chart))
    assert json.loads(inside.details["redis_cluster_node_uris"]) == nodes
    assert ("ssl_check_hostname=false" in (inside.remedy or "")) == (UNCHECKED in nodes[0])


@pytest.mark.parametrize(("url", "tls"), [("redis://:tops3cret@h:6379/0", "false"), ("rediss://10.0.0.9/0", "true")])
def test_a_url_in_a_secret_on_a_cluster_node(url: str, tls: str) -> None:
    """The values alone cannot change it: the Secret's new contents are told instead, without the password."""
    verdict = judge(held(standalone(url)), topology(*MAP))
    assert (verdict.outcome, verdict.patch) == (Outcome.FAIL, None)
    assert f"tlsEnabled: {tls}" in (verdict.remedy or "")
    assert json.loads(verdict.details["redis_cluster_node_uris"]) == ["redis://10.0.0.1:7000", "redis://10.0.0.2:7000"]
    assert "tops3cret" not in repr(verdict)


def test_a_node_list_in_a_secret_on_a_standalone_server() -> None:
    """The other way round, the URL shows where the password goes."""
    target = held(cluster("redis://a:7000", password=Secret("tops3cret")))
    verdict = judge(target, topology(cluster_enabled=False))
    assert (verdict.outcome, verdict.patch) == (Outcome.FAIL, None)
    assert verdict.details == {"connection_url": "rediss://:***@a:7000/0"}
    assert "redis.external.cluster.enabled: false" in (verdict.remedy or "")


@pytest.mark.parametrize("feature", [Feature.FLEET, Feature.INSIGHTS, Feature.POLLY, Feature.AGENT])
def test_agents_know_no_clusters(feature: Feature) -> None:
    """No value of theirs makes one of it."""
    target = replace(standalone(), feature=feature)
    verdict = judge(target, topology(*MAP))
    assert (verdict.outcome, verdict.patch) == (Outcome.FAIL, None)
    assert verdict.remedy == f"{feature} knows no clusters: give it a standalone server."
    assert judge(target, topology(cluster_enabled=False)).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("chart", "summary"),
    [
        (topology(*MAP), "cluster: JuiceFS finds out by itself"),
        (topology(cluster_enabled=False), "standalone: JuiceFS finds out by itself"),
    ],
)
def test_juicefs_finds_out(chart: Topology, summary: str) -> None:
    """Its one URL is right for both."""
    verdict = judge(replace(standalone(), feature=Feature.JUICEFS), chart)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, summary)


def test_a_hidden_cluster_behind_a_url() -> None:
    """As it must be; whether it takes what LangSmith sends is told by a transaction across slots."""
    plain = judge(standalone(), PROXY)
    assert (plain.outcome, plain.summary) == (
        Outcome.PASS,
        "a cluster behind one endpoint, or none: commands.cross-slot tells",
    )
    safe = judge(standalone(safe_mode=True), PROXY)
    assert (safe.outcome, safe.summary) == (Outcome.PASS, "a cluster behind one endpoint, and clusterSafeMode is set")
    silent = replace(PROXY, cluster_enabled=None)
    assert judge(standalone(), silent).outcome is Outcome.PASS


@pytest.mark.parametrize("enabled", [False, None, True])
def test_a_hidden_cluster_behind_a_node_list(enabled: bool | None) -> None:
    """It takes a URL and the safe mode, whatever its INFO says of clusters."""
    target = cluster("redis://a:10000", "redis://b:10000", password=Secret("tops3cret"))
    verdict = judge(target, replace(PROXY, cluster_enabled=enabled))
    assert (verdict.outcome, "hides its cluster" in verdict.summary) == (Outcome.FAIL, True)
    assert external(verdict) == {
        "enabled": True,
        "connectionUrl": "rediss://:***@a:10000/0",
        "cluster": {"enabled": False},
        "clusterSafeMode": True,
    }


def test_a_hidden_cluster_behind_a_node_list_in_a_secret() -> None:
    """The safe mode stays with the values."""
    verdict = judge(held(cluster("redis://a:10000", tls=False)), PROXY)
    assert (verdict.outcome, verdict.patch) == (Outcome.FAIL, None)
    assert verdict.details == {"connection_url": "redis://a:10000/0"}
    assert "cluster.enabled: false and redis.external.clusterSafeMode: true, and put" in (verdict.remedy or "")


ENDPOINT = "cache.example.com:6379"
LONE = [(0, 16383, f"{ENDPOINT}+cache.example.com:6380")]


@pytest.mark.parametrize(
    ("target", "ranges", "outcome"),
    [
        (standalone(safe_mode=True), LONE, Outcome.WARN),
        (standalone(safe_mode=True), [(0, 9, ENDPOINT), (10, 16383, ENDPOINT)], Outcome.WARN),
        (held(standalone(safe_mode=True)), LONE, Outcome.WARN),
        (standalone(), LONE, Outcome.FAIL),
        (standalone(safe_mode=True), [(0, 16382, ENDPOINT)], Outcome.FAIL),
        (standalone(safe_mode=True), [(0, 16383, "10.0.0.7:8500")], Outcome.FAIL),
        (standalone(safe_mode=True), [(0, 9, ENDPOINT), (10, 16383, "b:1")], Outcome.FAIL),
        (standalone(safe_mode=True), [], Outcome.FAIL),
        (replace(standalone(safe_mode=True), feature=Feature.FLEET), LONE, Outcome.FAIL),
    ],
    ids=["serverless", "two-ranges", "secret", "unsafe", "gap", "elsewhere", "two-shards", "no-map", "agent"],
)
def test_a_url_for_a_cluster_of_one_shard(target: Target, ranges: Ranges, outcome: Outcome) -> None:
    """With the safe mode, and every key where the URL leads, it works for now."""
    verdict = judge(target, topology(*ranges, cluster_enabled=True))
    assert (verdict.outcome, "works until one is added" in verdict.summary) == (outcome, outcome is Outcome.WARN)


def test_the_values_for_a_cluster_of_one_shard() -> None:
    """The same as for any other."""
    found = external(judge(standalone(f"redis://{ENDPOINT}", safe_mode=True), topology(*LONE)))["cluster"]
    assert found == {"enabled": True, "nodeUris": [f"redis://{ENDPOINT}"], "tlsEnabled": False}


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (cluster("redis://a:1", username="app", password=Secret("tops3cret")), "rediss://app:***@a:1/0"),
        (cluster("redis://a:1", username="a@b", password=Secret("tops3cret")), "rediss://a%40b:***@a:1/0"),
        (cluster("redis://a:1", username="identity", iam="azure"), "rediss://identity@a:1/0"),
        (cluster("redis://[fd00::1]:1", tls=False), "redis://[fd00::1]:1/0"),
    ],
    ids=["user", "encoded", "identity", "ipv6"],
)
def test_a_user_moves_with_the_mode(target: Target, url: str) -> None:
    """A URL has a place for it."""
    assert external(judge(target, topology(cluster_enabled=False)))["connectionUrl"] == url
