"""The server is Redis or Valkey, by its own word.

Valkey answers old clients with `redis_version:7.2.4`, and Dragonfly, KeyDB and Garnet claim a Redis version too: each
is recognised by the fields that only it sends.

Why: LangSmith supports Redis and Valkey. Others speak the protocol, and LangSmith is not tested with them.

Fix: To be safe, use one of the supported servers.
- AWS: ElastiCache, with Redis or Valkey.
- Google Cloud: Memorystore, for Redis or Valkey.
- Azure: Azure Cache for Redis, or Azure Managed Redis.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#requirements
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Stage
from preflight.model.facts import Server
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.requirements import SUPPORTED
from preflight.model.target import Target


def judge(_: Target, server: Server) -> Verdict:
    if server.product in SUPPORTED:
        return passed(f"is {server}")
    if server.info.code:
        return not_applicable(f"not permitted here: {server.info.message}")
    return warned(
        f"this is {server}; LangSmith supports Redis and Valkey",
        "Use Redis 5 or newer, or Valkey 8; ask LangChain before relying on anything else.",
    )


CHECK = Check(
    stage=Stage.SERVER,
    name="product",
    title="The server is Redis or Valkey",
    reads=per_node(lambda node: node.server),
    judge=judge,
    gate=True,
)
