"""Endpoints of managed services: which port, host, scheme and mode do not go with the name."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.checks.config_port import CHECK, judge
from preflight.model.evidence import Cause, Seen, Stage, Unreached
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature, Flaw, Purpose, SecretKey
from preflight.model.target import Mode, Place, Target
from tests.checks.facts import cluster, evidence, seen, standalone

AMR = "cache.eastus.redis.azure.net"
ENTERPRISE = "cache.eastus.redisenterprise.cache.azure.net"
ACR = "cache.redis.cache.windows.net"
USE1 = "use1.cache.amazonaws.com"
MEMORYDB = "memorydb.us-east-1.amazonaws.com"
SERVERLESS = f"cache-abc123.serverless.{USE1}"
PRIMARY, PLAIN_PRIMARY = f"master.rg.abc123.{USE1}", f"rg.abc123.ng.0001.{USE1}"
SHARDS, PLAIN_SHARDS = f"clustercfg.rg.abc123.{USE1}", f"rg.abc123.clustercfg.{USE1}"


def url(text: str) -> dict[str, Any]:
    return {"redis": {"external": {"connectionUrl": text}}}


def values(**said: Any) -> dict[str, Any]:
    return {"redis": {"external": {"cluster": said}}}


def verdict_on(target: Target) -> Verdict:
    return judge(target, target.endpoints)


def nodes(*hosts: str, **around: Any) -> Target:
    return cluster(*(f"redis://{host}" for host in hosts), **around)


@pytest.mark.parametrize(
    ("target", "summary"),
    [
        (standalone(f"rediss://{AMR}:10000/0"), "Azure Managed Redis, port 10000"),
        (standalone(f"redis://{AMR}:10000/0"), "Azure Managed Redis, port 10000"),
        (nodes(f"{AMR}:10000"), "Azure Managed Redis, port 10000"),
        (standalone(f"rediss://{ENTERPRISE}:10000/0"), "Azure Cache for Redis Enterprise, port 10000"),
        (standalone(f"rediss://{ACR}:6380/0"), "Azure Cache for Redis, port 6380"),
        (standalone(f"redis://{ACR}:6379/0"), "Azure Cache for Redis, port 6379"),
        (
            nodes(f"{ACR}:13000", f"{ACR}:13001"),
            "Azure Cache for Redis, port 13000; Azure Cache for Redis, port 13001",
        ),
        (nodes(f"{ACR}:15002", tls=False), "Azure Cache for Redis, port 15002"),
        (standalone(f"rediss://{PRIMARY}:6379/0"), "ElastiCache, primary endpoint, port 6379"),
        (standalone(f"rediss://{PRIMARY}:7777/0"), "ElastiCache, primary endpoint, port 7777"),
        (standalone(f"redis://{PLAIN_PRIMARY}/0"), "ElastiCache, primary endpoint, port 6379"),
        (standalone(f"redis://rg.abc123.0001.{USE1}/0"), "ElastiCache, port 6379"),
        (nodes(f"{SHARDS}:6379"), "ElastiCache, configuration endpoint, port 6379"),
        (nodes(f"{PLAIN_SHARDS}:6379", tls=False), "ElastiCache, configuration endpoint, port 6379"),
        (
            nodes(f"rg-0001-001.rg.abc123.{USE1}:6379", f"rg-0002-001.rg.abc123.{USE1}:6379"),
            "ElastiCache, node endpoint, port 6379",
        ),
        (nodes(f"clustercfg.rg.abc123.{MEMORYDB}:6380"), "MemoryDB, configuration endpoint, port 6380"),
        (nodes(f"{SERVERLESS}:6379"), "ElastiCache Serverless, port 6379"),
    ],
)
def test_what_suits(target: Target, summary: str) -> None:
    """A pass says what the host is; AWS takes any port but for serverless caches."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, summary)


@pytest.mark.parametrize("host", ["cache.example.com", "10.0.0.7", "[fd00::7]", f"{AMR}.evil.example"])
def test_unknown_host(host: str) -> None:
    """Nothing is known of other names, so anything suits them."""
    assert verdict_on(standalone(f"rediss://{host}:6380/0")).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("target", "summary", "patch"),
    [
        (
            standalone(f"rediss://{AMR}:6380/0"),
            "Azure Managed Redis listens on port 10000 only, and port 6380 is configured",
            url(f"rediss://{AMR}:10000/0"),
        ),
        (
            standalone(f"rediss://:pw@{AMR}/0"),
            "listens on port 10000 only, and port 6379",
            url(f"rediss://:***@{AMR}:10000/0"),
        ),
        (
            standalone(f"redis://{ENTERPRISE}:6380/0"),
            "Enterprise listens on port",
            url(f"redis://{ENTERPRISE}:10000/0"),
        ),
        (
            nodes(f"{AMR}:8500?ssl_check_hostname=false", f"{AMR}:8501?ssl_check_hostname=false"),
            f"{AMR}:8500: Azure Managed Redis listens on port 10000 only, and port 8500 is configured",
            values(nodeUris=[f"redis://{AMR}:10000?ssl_check_hostname=false"]),
        ),
        (
            standalone(f"rediss://{ACR}/0"),
            "port 6379 of Azure Cache for Redis speaks plaintext, and TLS",
            url(f"rediss://{ACR}:6380/0"),
        ),
        (
            standalone(f"redis://{ACR}:6380/3"),
            "port 6380 of Azure Cache for Redis speaks TLS, and plaintext",
            url(f"rediss://{ACR}:6380/3"),
        ),
        (
            standalone(f"rediss://{ACR}:10000/0"),
            "Azure Cache for Redis listens on 6380 with TLS and 6379 without, and port 10000",
            url(f"rediss://{ACR}:6380/0"),
        ),
        (standalone(f"redis://{ACR}:8500/0"), "and port 8500", url(f"redis://{ACR}:6379/0")),
        (
            nodes(f"{ACR}:15000"),
            "port 15000 of Azure Cache for Redis speaks plaintext",
            values(nodeUris=[f"redis://{ACR}:6380"]),
        ),
        (nodes(f"{ACR}:13000", tls=False), "port 13000 of Azure Cache for Redis speaks TLS", values(tlsEnabled=True)),
        (
            nodes(f"{SERVERLESS}:6380"),
            "port 6380 of ElastiCache Serverless only reads, and LangSmith writes",
            values(nodeUris=[f"redis://{SERVERLESS}:6379"]),
        ),
        (
            nodes(f"{SERVERLESS}:7777"),
            "ElastiCache Serverless listens on port 6379 only, and port 7777",
            values(nodeUris=[f"redis://{SERVERLESS}:6379"]),
        ),
    ],
)
def test_port(target: Target, summary: str, patch: dict[str, Any]) -> None:
    """Where the service has ports of its own, the right one is the cure."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.patch) == (Outcome.WARN, patch)
    assert summary in verdict.summary


@pytest.mark.parametrize(
    ("host", "port", "remedy"),
    [
        (AMR, 6380, "LangSmith's documentation shows 6380 there"),
        (AMR, 8502, "listen on 85xx"),
        (ENTERPRISE, 8502, "listen on 85xx"),
    ],
)
def test_where_the_port_comes_from(host: str, port: int, remedy: str) -> None:
    """The two ports that people take from somewhere are explained."""
    assert remedy in (verdict_on(standalone(f"rediss://{host}:{port}/0")).remedy or "")
    assert remedy not in (verdict_on(standalone(f"rediss://{host}:9999/0")).remedy or "")
    assert remedy not in (verdict_on(standalone(f"redis://{ACR}:{port}/0")).remedy or "")


@pytest.mark.parametrize(
    ("target", "summary", "patch"),
    [
        (
            standalone("rediss://cache.eastus.privatelink.redis.azure.net:10000/0"),
            "a privatelink name is configured",
            url(f"rediss://{AMR}:10000/0"),
        ),
        (
            standalone("rediss://cache.privatelink.redis.cache.windows.net:6380/0"),
            "a privatelink name is configured",
            url(f"rediss://{ACR}:6380/0"),
        ),
        (standalone("rediss://cache.privatelink.redis.azure.net:10000/0"), "a privatelink name is configured", None),
        (
            standalone(f"rediss://app:pw@replica.rg.abc123.{USE1}:6379/2"),
            "this is a reader endpoint, and LangSmith writes",
            url(f"rediss://app:***@{PRIMARY}:6379/2"),
        ),
        (
            standalone(f"redis://rg-ro.abc123.ng.0001.{USE1}:6379/0"),
            "this is a reader endpoint",
            url(f"redis://{PLAIN_PRIMARY}:6379/0"),
        ),
        (
            standalone(f"rediss://rg-002.rg.abc123.{USE1}:6379/0"),
            "which a failover can make a replica",
            url(f"rediss://{PRIMARY}:6379/0"),
        ),
        (standalone(f"redis://rg-002.abc123.0001.{USE1}:6379/0"), "which a failover can make a replica", None),
    ],
)
def test_name(target: Target, summary: str, patch: dict[str, Any] | None) -> None:
    """The name to write is known where it follows from the one that is written."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.patch) == (Outcome.WARN, patch)
    assert summary in verdict.summary


@pytest.mark.parametrize(
    ("target", "summary", "patch"),
    [
        (standalone(f"redis://{PRIMARY}/0"), "with TLS, and plaintext is", url(f"rediss://{PRIMARY}:6379/0")),
        (
            standalone(f"rediss://{PLAIN_PRIMARY}/0"),
            "without TLS, and TLS is",
            url(f"redis://{PLAIN_PRIMARY}:6379/0"),
        ),
        (nodes(f"{SHARDS}:6379", tls=False), "with TLS, and plaintext is", values(tlsEnabled=True)),
        (nodes(f"{PLAIN_SHARDS}:6379"), "without TLS, and TLS is", values(tlsEnabled=False)),
        (
            nodes(f"clustercfg.rg.abc123.{MEMORYDB}:6379", tls=False),
            "belongs to MemoryDB with TLS, and plaintext is",
            values(tlsEnabled=True),
        ),
        (nodes(f"{SERVERLESS}:6379", tls=False), "ElastiCache Serverless with TLS", values(tlsEnabled=True)),
        (nodes(f"{PLAIN_SHARDS}:6379", f"{SHARDS}:6379"), f"{PLAIN_SHARDS}:6379: a name of", None),
        (replace(nodes(f"{PLAIN_SHARDS}:6379"), iam="aws"), "without TLS, and TLS is", None),
    ],
)
def test_encryption(target: Target, summary: str, patch: dict[str, Any] | None) -> None:
    """The form of a name says whether there is TLS; plaintext is no cure where a token is to be sent."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.patch) == (Outcome.WARN, patch)
    assert summary in verdict.summary


@pytest.mark.parametrize(
    ("target", "summary", "patch"),
    [
        (
            standalone(f"rediss://{SHARDS}/0"),
            "this is a cluster's configuration endpoint, and a standalone URL is configured",
            values(enabled=True, nodeUris=[f"redis://{SHARDS}:6379"], tlsEnabled=True),
        ),
        (
            standalone(f"redis://:pw@rg-0001-001.abc123.0001.{USE1}/0"),
            "this is a cluster's node endpoint, and a standalone URL is configured",
            values(
                enabled=True,
                nodeUris=[f"redis://rg-0001-001.abc123.0001.{USE1}:6379"],
                tlsEnabled=False,
                password="***",
            ),
        ),
        (standalone(f"rediss://app:pw@{SHARDS}/0"), "a cluster's configuration endpoint", None),
        (replace(standalone(f"rediss://{SHARDS}/0"), iam="aws"), "a cluster's configuration endpoint", None),
        (
            standalone(f"rediss://rg-0001-001.rg.abc123.{MEMORYDB}/0"),
            "MemoryDB is always a cluster, and a standalone URL is configured",
            values(enabled=True, nodeUris=[f"redis://rg-0001-001.rg.abc123.{MEMORYDB}:6379"], tlsEnabled=True),
        ),
        (
            standalone(f"rediss://{SERVERLESS}/0", safe_mode=True),
            "ElastiCache Serverless is always a cluster",
            values(enabled=True, nodeUris=[f"redis://{SERVERLESS}:6379"], tlsEnabled=True),
        ),
        (
            nodes(f"{PRIMARY}:6379"),
            "this primary endpoint belongs to a cache with cluster mode off, and a cluster node list is configured",
            {"redis": {"external": {"connectionUrl": f"rediss://{PRIMARY}:6379/0", "cluster": {"enabled": False}}}},
        ),
        (nodes(f"rg-001.rg.abc123.{USE1}", f"rg-002.rg.abc123.{USE1}"), "this is one node", {
            "redis": {"external": {"connectionUrl": f"rediss://{PRIMARY}:6379/0", "cluster": {"enabled": False}}}
        }),
        (nodes(f"{PRIMARY}:6379", "10.0.0.7:6379"), f"{PRIMARY}:6379: this primary endpoint belongs", None),
        (replace(nodes(f"{PRIMARY}:6379"), iam="aws"), "this primary endpoint belongs", None),
    ],
)  # fmt: skip
def test_mode(target: Target, summary: str, patch: dict[str, Any] | None) -> None:
    """A cluster's endpoint wants a node list, and any other of AWS a URL."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.patch) == (Outcome.WARN, patch)
    assert summary in verdict.summary


@pytest.mark.parametrize("target", [standalone(f"rediss://{SHARDS}/1"), standalone(f"rediss://{PRIMARY}/1")])
def test_juicefs_finds_the_mode_out(target: Target) -> None:
    """Its URL is the same for a cluster and for a single server."""
    assert verdict_on(replace(target, feature=Feature.JUICEFS)).outcome is Outcome.PASS


def test_agents_have_no_cluster_mode() -> None:
    """Nothing in their values makes a cluster of it."""
    verdict = verdict_on(replace(standalone(f"rediss://{SHARDS}/0"), feature=Feature.FLEET))
    assert (verdict.outcome, verdict.patch) == (Outcome.WARN, None)
    assert "Fleet knows no clusters" in (verdict.remedy or "")
    assert "fleet.redis.external.connectionUrl" in (verdict.remedy or "")


@pytest.mark.parametrize(
    ("feature", "patch"),
    [
        (Feature.POLLY, {"polly": {"redis": {"external": {"connectionUrl": f"rediss://{AMR}:10000/0"}}}}),
        (Feature.JUICEFS, {"sandboxes": {"juicefs": {"redis": {"metaURL": f"rediss://{AMR}:10000/0"}}}}),
    ],
)
def test_the_cure_is_for_its_feature(feature: Feature, patch: dict[str, Any]) -> None:
    """Every feature says its address elsewhere."""
    verdict = verdict_on(replace(standalone(f"rediss://{AMR}:6380/0"), feature=feature))
    assert verdict.patch == patch
    assert f"Write port 10000 in {feature.root}." in (verdict.remedy or "")


@pytest.mark.parametrize(
    ("target", "patch"),
    [
        (standalone(f"rediss://{AMR}:6380/0"), None),
        (standalone(f"redis://{PRIMARY}/0"), None),
        (standalone(f"rediss://{SHARDS}/0"), None),
        (nodes(f"{SERVERLESS}:6380"), None),
        (nodes(f"{SHARDS}:6379", tls=False), values(tlsEnabled=True)),
    ],
)
def test_address_in_a_secret(target: Target, patch: dict[str, Any] | None) -> None:
    """The values cannot change it, but for the one thing that they say themselves; the remedy names the Secret."""
    place = Place(address="key url of Secret redis", inline=False)
    verdict = verdict_on(replace(target, place=place))
    assert verdict.patch == patch
    assert "redis.external.connectionUrl" not in (verdict.remedy or "")


def test_several_faults() -> None:
    """The first is the summary and the rest follow; the patch cures them all or is none."""
    verdict = verdict_on(standalone("redis://cache.privatelink.redis.cache.windows.net:6380/0"))
    assert "privatelink" in verdict.summary
    assert verdict.details == {"2": "port 6380 of Azure Cache for Redis speaks TLS, and plaintext is configured"}
    assert verdict.patch == url(f"rediss://{ACR}:6380/0")
    assert (verdict.remedy or "").count("Write") == 1
    verdict = verdict_on(replace(standalone(f"redis://replica.rg.abc123.{USE1}/0")))
    assert verdict.patch == url(f"rediss://{PRIMARY}:6379/0")
    verdict = verdict_on(standalone(f"redis://app:pw@{SHARDS}/0"))
    assert (verdict.patch, len(verdict.details)) == (None, 1)


def test_only_the_endpoints_with_a_fault_move() -> None:
    """The others are kept as they are, whoever runs them."""
    verdict = verdict_on(nodes("10.0.0.7:7000", f"{SERVERLESS}:6379", f"{SERVERLESS}:6380"))
    assert verdict.summary.startswith(f"{SERVERLESS}:6380: port 6380")
    assert verdict.patch == values(nodeUris=["redis://10.0.0.7:7000", f"redis://{SERVERLESS}:6379"])


@pytest.mark.parametrize(
    ("target", "others"),
    [
        (nodes(f"{PLAIN_SHARDS}:6379", f"{ACR}:13000", tls=False), 0),
        (nodes(f"{PRIMARY}:6379", f"{PLAIN_PRIMARY}:6379"), 1),
        (nodes(f"{SHARDS}:6379", f"{PRIMARY}:6379"), 0),
    ],
)
def test_endpoints_that_want_different_things(target: Target, others: int) -> None:
    """What cures one of them is wrong for the other, so there is no patch."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.patch, len(verdict.details)) == (Outcome.WARN, None, others)


def unread(flaw: Flaw | None) -> tuple[SecretKey, ...]:
    return (SecretKey(secret="redis", key="url", purpose=Purpose.URL, flaw=flaw),)


@pytest.mark.parametrize(
    ("target", "cause"),
    [
        (replace(standalone("nonsense"), keys=unread(Flaw.KEY_MISSING)), Cause.SECRET_UNUSABLE),
        (standalone("nonsense"), Cause.URL_UNUSABLE),
        (cluster("nonsense"), Cause.NODES_UNUSABLE),
    ],
)
def test_nothing_to_read(target: Target, cause: Cause) -> None:
    """Where no endpoint is known, the check that says why comes first."""
    [reading] = CHECK.reads(evidence(seen(target)))
    assert reading.observed == Unreached(stage=Stage.CONFIG, cause=cause)


def test_reads_each_target() -> None:
    """One reading for each, in either mode."""
    targets = [replace(standalone(), keys=unread(None)), cluster()]
    readings = list(CHECK.reads(evidence(*map(seen, targets))))
    assert [reading.observed for reading in readings] == [Seen(fact=target.endpoints) for target in targets]


HOSTS = [AMR, ENTERPRISE, ACR, SERVERLESS, PRIMARY, PLAIN_PRIMARY, SHARDS, PLAIN_SHARDS, "10.0.0.7"]
HOSTS += [f"replica.rg.abc123.{USE1}", f"rg-002.rg.abc123.{USE1}", f"clustercfg.rg.abc123.{MEMORYDB}"]
ADDRESSES = st.builds("{}:{}".format, st.sampled_from(HOSTS), st.sampled_from([6379, 6380, 8500, 10000, 13000, 15000]))


def corrected(target: Target, patch: dict[str, Any]) -> Target:
    """The target that these values make of it."""
    said = patch["redis"]["external"]
    listed = said.get("cluster", {})
    mode = {True: Mode.CLUSTER, False: Mode.STANDALONE}[listed.get("enabled", target.mode is Mode.CLUSTER)]
    if mode is Mode.STANDALONE:
        return standalone(said["connectionUrl"])
    uris = listed.get("nodeUris", [endpoint.uri for endpoint in target.endpoints])
    return cluster(*uris, tls=listed.get("tlsEnabled", target.tls is not None))


@settings(deadline=None, max_examples=400)
@given(st.lists(ADDRESSES, min_size=1, max_size=3), st.booleans(), st.booleans())
def test_a_patch_is_a_whole_cure(addresses: list[str], tls: bool, listed: bool) -> None:
    """What it makes of the target has nothing left to warn of."""
    scheme = "rediss" if tls else "redis"
    target = nodes(*addresses, tls=tls) if listed else standalone(f"{scheme}://{addresses[0]}/0")
    verdict = verdict_on(target)
    assert verdict.outcome in {Outcome.PASS, Outcome.WARN, Outcome.NOT_APPLICABLE}
    if verdict.patch is not None:
        after = verdict_on(corrected(target, verdict.patch))
        assert after.outcome is Outcome.PASS
