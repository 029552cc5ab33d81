"""Reports to be shown, made by hand so that no wording of a check changes a snapshot."""

from __future__ import annotations

from typing import Any, Final

from preflight.model.evidence import Cause
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
from preflight.model.target import Mode

URL: Final = "rediss://app:***@redis.example.com:6380/0"
PATCH: Final = {"redis": {"external": {"cluster": {"enabled": True, "nodeUris": ["redis://10.0.3.17:7000"]}}}}
LOST: Final = Verdict(outcome=Outcome.BLOCKED, summary="blocked by tls.hostname", cause=Cause.HOSTNAME_MISMATCH)
BROKEN: Final = Verdict(outcome=Outcome.ERROR, summary="the rule itself broke: KeyError", cause=Cause.BUG)
NEWER: Final = warned("Valkey 9.1.0 is not in LangSmith's documented list", "Prefer Valkey 8.")
NAMES: Final = "*.prod.example.net, redis-0.prod.example.net, redis-1.prod.example.net, redis-2.prod.example.net"


def finding(name: str, verdict: Verdict, subject: str = "", **more: Any) -> Finding:
    target = more.pop("target", "langsmith")
    return Finding(id=name, title=f"Title of {name}", target=target, subject=subject, verdict=verdict, **more)


def report(*findings: Finding, **more: Any) -> Report:
    names = dict.fromkeys(each.target for each in findings)
    targets = tuple(
        TargetSummary(name=name, mode=Mode.STANDALONE, endpoints=("redis.example.com:6380",), shown=URL)
        for name in names
    )
    facts: dict[str, Any] = {"targets": targets, "started_at": "2026-01-02T03:04:05.678+00:00", "seconds": 1.84}
    return Report(tool="preflight 0.1.0", findings=findings, **facts | more)


HEALTHY: Final = report(
    finding("config.url", passed(URL)),
    finding("config.clients", passed("redis-py and go-redis read it alike")),
    finding("dns.resolves", passed("resolves to 10.0.3.17"), "redis.example.com:6380", seconds=0.003),
    finding("tls.handshake", not_applicable("TLS is off")),
    finding("server.version", passed("Redis 7.2.4"), "redis.example.com:6380", seconds=0.0002),
)

FAILING: Final = report(
    finding("config.url", passed(URL)),
    finding("tcp.connects", passed("accepts on 10.0.3.17"), "redis.example.com:6380", seconds=0.021),
    finding(
        "tls.hostname",
        failed(
            "the certificate is for another name",
            "Use a host name that the certificate lists in redis.external.connectionUrl, or have the certificate "
            "reissued with this one.",
            details={"dialled": "redis.example.com", "names": NAMES},
        ),
        "redis.example.com:6380",
    ),
    finding("auth.accepted", LOST, blocked_by="tls.hostname"),
    finding("server.role", LOST, blocked_by="tls.hostname"),
    finding("server.version", LOST, blocked_by="tls.hostname"),
)

MIXED: Final = report(
    finding("server.version", NEWER, "a:1"),
    finding("server.version", NEWER, "b:1"),
    finding("server.clock", BROKEN, "a:1"),
    finding("topology.mode", failed("this is a node of a Redis Cluster", "Configure it as one.", patch=PATCH)),
    finding("config.url", passed("redis://fleet:6379/0"), target="fleet"),
    stopped_by="deadline",
)

_SERVICES: Final = ("backend", "queue", "platform-backend", "ingest-queue", "listener", "agent-gateway")
WORKLOADS: Final = (*(f"Deployment/langsmith-{each}" for each in _SERVICES), "Job/langsmith-backend-migrations")

VALUES: Final = report(
    finding("config.url", passed(URL)),
    finding(
        "config.secret",
        failed(
            "Secret langsmith-tls has no key ca.crt: the pods stay in CreateContainerConfigError",
            "Add the key (a bundle of CA certificates) to the Secret, or name in the values the key that holds it.",
            details={"keys there": "ca-bundle.crt"},
            patch={"config": {"customCa": {"secretKey": "ca-bundle.crt"}}},
        ),
        "langsmith-tls/ca.crt",
    ),
    finding("config.url", passed("redis://fleet:6379/1"), target="fleet"),
    targets=(
        TargetSummary(
            name="langsmith",
            mode=Mode.STANDALONE,
            endpoints=("redis.example.com:6380",),
            shown=URL,
            used_by=WORKLOADS,
        ),
        TargetSummary(
            name="fleet",
            mode=Mode.STANDALONE,
            endpoints=("fleet:6379",),
            shown="redis://fleet:6379/1",
            used_by=("Deployment/langsmith-standalone-fleet-queue",),
        ),
    ),
)

LEFT_OUT: Final = Verdict(outcome=Outcome.NOT_APPLICABLE, summary="skipped by --skip capacity", cause=Cause.SKIPPED)
SKIPPED: Final = report(
    finding("tcp.connects", passed("accepts on 10.0.3.17"), "redis.example.com:6380", seconds=0.021),
    finding("capacity.memory", LEFT_OUT, "redis.example.com:6380"),
    finding("capacity.latency", LEFT_OUT),
    tries=3,
)

UNUSABLE: Final = report(error="there is nothing to check")

ALL: Final = {
    "healthy": HEALTHY,
    "failing": FAILING,
    "mixed": MIXED,
    "values": VALUES,
    "skipped": SKIPPED,
    "unusable": UNUSABLE,
}
