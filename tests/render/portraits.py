"""Reports with something to draw: shards, certificates, latency; small, of 60 nodes, and as large as wanted."""

from __future__ import annotations

from random import Random
from typing import Final

from preflight.model.evidence import Stage
from preflight.model.facts import Certificate
from preflight.model.finding import (
    Finding,
    Outcome,
    Report,
    TargetSummary,
    Verdict,
    failed,
    not_applicable,
    passed,
    warned,
)
from preflight.model.portrait import Chain, Portrait, Shard
from preflight.model.requirements import CLUSTER_SLOTS
from preflight.model.target import Mode
from tests.render.reports import ALL, URL, WORKLOADS, finding, report

LEAF: Final = Certificate(
    subject="CN=redis.example.com,O=Example",
    issuer="CN=Example Issuing CA 2,O=Example",
    common_name="redis.example.com",
    names=("redis.example.com", "*.cache.example.com", "10.0.3.17"),
    not_before="2025-11-02T00:00:00+00:00",
    not_after="2026-01-20T23:59:59+00:00",
    key="RSA 2048",
    signature="sha256",
)
ISSUER: Final = Certificate(
    subject="CN=Example Issuing CA 2,O=Example",
    issuer="CN=Example Root,O=Example",
    common_name="Example Issuing CA 2",
    not_before="2021-03-01T00:00:00+00:00",
    not_after="2031-03-01T00:00:00+00:00",
    key="EC 256",
    signature="sha384",
    is_ca=True,
)
ROOT: Final = Certificate(
    subject="CN=Example Root,O=Example",
    issuer="CN=Example Root,O=Example",
    common_name="Example Root",
    not_before="2015-03-01T00:00:00+00:00",
    not_after="2025-12-01T00:00:00+00:00",
    key="RSA 4096",
    signature="sha256",
    is_ca=True,
)


def pings(count: int = 100, median: float = 0.0012) -> tuple[float, ...]:
    """Most about the median, and a few that were late."""
    dice = Random(7)  # noqa: S311 - the same numbers each time
    return tuple(dice.lognormvariate(0, 0.25) * median * (6 if each % 33 == 32 else 1) for each in range(count))


def cluster(shards: int, replicas: int, unreached: dict[str, str] | None = None) -> TargetSummary:
    """All slots, in equal parts."""
    names = [
        [f"10.0.{row // 200}.{row % 200 + 10}:{7000 + each}" for each in range(replicas + 1)] for row in range(shards)
    ]
    edges = [CLUSTER_SLOTS * each // shards for each in range(shards + 1)]
    portrait = Portrait(
        shards=tuple(
            Shard(primary=row[0], slots=f"{low}-{high - 1}", replicas=tuple(row[1:]))
            for row, low, high in zip(names, edges[:-1], edges[1:], strict=True)
        ),
        unreached=unreached or {},
        latency=pings(),
        seen_from="langsmith-backend-7f9c",
        chains=(Chain(nodes=tuple(row[0] for row in names), certificates=(LEAF, ISSUER, ROOT)),),
    )
    return TargetSummary(
        name="langsmith", mode=Mode.CLUSTER, endpoints=(names[0][0],), shown="redis://10.0.0.10:7000", portrait=portrait
    )


def nodes_of(target: TargetSummary) -> list[str]:
    return [name for shard in target.portrait.shards for name in (shard.primary, *shard.replicas)]


def judged(target: TargetSummary, checks: int = 10) -> Report:
    """So many checks of every node; what was not reached failed at TCP and is blocked from there on."""
    stages = [stage for stage in Stage if stage.rank >= Stage.DNS.rank]
    names = sorted(
        (f"{stages[each * len(stages) // checks]}.check-{each:02}" for each in range(checks)),
        key=lambda name: Stage(name.partition(".")[0]).rank,
    )
    found: list[Finding] = [finding("config.url", passed(target.shown))]
    for name in names:
        found += [_seen(name, node, target.portrait.unreached.get(node)) for node in nodes_of(target)]
    root = [
        finding(
            "tcp.connects",
            failed(
                "no answer within 3 s",
                "Open port 7000 to 7003 from the pods to every node.",
                details={"evidence": f"{node}: timed out"},
            ),
            node,
        )
        for node in target.portrait.unreached
    ]
    place = next((number for number, each in enumerate(found) if each.stage not in {"config", "dns"}), len(found))
    return report(*found[:place], *root, *found[place:], targets=(target,), seconds=6.4)


def _seen(name: str, node: str, lost: str | None) -> Finding:
    if lost and not name.startswith("dns"):
        return finding(
            name, Verdict(outcome=Outcome.BLOCKED, summary="blocked by tcp.connects"), node, blocked_by="tcp.connects"
        )
    return finding(name, passed("as it should be"), node, seconds=0.0031)


ALONE: Final = report(
    finding("config.url", passed(URL)),
    finding("config.clients", passed("redis-py and go-redis read it alike")),
    finding("dns.resolves", passed("resolves to 10.0.3.17"), "redis.example.com:6380", seconds=0.003),
    finding("tcp.connects", passed("accepts on 10.0.3.17"), "redis.example.com:6380", seconds=0.021),
    finding("tls.trusted", passed("by a public root"), "redis.example.com:6380"),
    finding("tls.expiry", warned("a certificate expires in 18 days", "Renew it in time."), "redis.example.com:6380"),
    finding("auth.accepted", passed("as app"), "redis.example.com:6380"),
    finding("server.version", passed("Redis 7.2.4"), "redis.example.com:6380"),
    finding("topology.slots", not_applicable("it is no cluster")),
    finding("commands.write", passed("a key was written, read and deleted")),
    finding("capacity.latency", passed("median 1.2 ms"), seconds=0.19),
    targets=(
        TargetSummary(
            name="langsmith",
            mode=Mode.STANDALONE,
            endpoints=("redis.example.com:6380",),
            shown=URL,
            used_by=WORKLOADS,
            portrait=Portrait(
                latency=pings(),
                seen_from="langsmith-backend-7f9c",
                chains=(Chain(nodes=("redis.example.com:6380",), certificates=(LEAF, ISSUER)),),
            ),
        ),
    ),
)

UNREACHED: Final = {
    "10.0.0.12:7001": "connect-timeout",
    "10.0.0.15:7000": "connect-timeout",
    "10.0.0.29:7002": "refused",
}
SIXTY: Final = judged(cluster(20, 2, UNREACHED), checks=4)

DRAWN: Final = {**ALL, "alone": ALONE, "sixty": SIXTY}
