"""A standalone endpoint is a primary that takes writes.

The server is asked for its role. LangSmith does not speak Sentinel: a Sentinel holds no data.

Why: A replica answers PING and every read, and refuses every write with READONLY: LangSmith starts and loses all
traces.

Fix: Use the primary endpoint in redis.external.connectionUrl.
- AWS: the primary's name begins with `master.` (without TLS it has `.ng.0001.`); `replica.` and `-ro` are the reader's.
  On ElastiCache Serverless port 6379 writes and 6380 only reads.
- your own server: dial the primary, or a proxy that follows it after a failover.

Read: https://redis.io/docs/latest/operate/oss_and_stack/management/replication/
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Stage
from preflight.model.facts import Role, Server
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.remedies import terms
from preflight.model.target import Target


def judge(target: Target, server: Server) -> Verdict:
    if server.role is Role.UNKNOWN:
        return not_applicable("the server does not say")
    if server.role is Role.PRIMARY or server.cluster_enabled:
        return passed(server.role)
    if server.role is Role.SENTINEL:
        return failed(
            "this is a Sentinel, not a Redis that holds data",
            "Use the address of the primary (or of a proxy that follows it): LangSmith does not speak Sentinel.",
        )
    of = f" of {server.primary}" if server.primary else ""
    return failed(f"this is a read-only replica{of}", f"Use the primary's endpoint in {terms(target)['address']}.")


CHECK = Check(
    stage=Stage.SERVER,
    name="role",
    title="The endpoint is a primary that takes writes",
    reads=per_node(lambda node: node.server),
    judge=judge,
)
