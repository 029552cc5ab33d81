"""The server's version is supported: Redis 5 and newer, or Valkey 8.

The version is the server's own, of Valkey not the Redis version that it claims for old clients. Versions newer than
LangSmith's documented list usually work and are nobody's promise: they warn.

Why: Older servers lack commands that LangSmith's queues need.

Fix: Upgrade the server to one of these.
- AWS: choose the engine and version of the cache: Redis, or Valkey 8. Workload identity wants Redis 7.0 or Valkey 7.2
  at least.
- Google Cloud: Memorystore comes for Redis and for Valkey; choose a version that LangSmith supports.
- Azure: Azure Cache for Redis serves Redis 6, Azure Managed Redis 7.4; both will do.
- your own server: install Valkey 8, or a current Redis.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#requirements
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Stage
from preflight.model.facts import Server
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.requirements import SUPPORTED
from preflight.model.target import Target


def judge(_: Target, server: Server) -> Verdict:
    policy = SUPPORTED.get(server.product)
    if policy is None or not server.version:
        return not_applicable("no version to compare")
    if server.version < policy.floor:
        return failed(
            f"{server} is older than {_number(policy.floor)}",
            f"Upgrade: LangSmith supports {policy.documented}.",
        )
    if policy.beyond and server.version >= policy.beyond:
        return warned(
            f"{server} is not in LangSmith's documented list",
            f"Prefer {policy.documented}, or ask LangChain whether this version is supported by now.",
        )
    return passed(str(server))


def _number(version: tuple[int, ...]) -> str:
    return ".".join(map(str, version))


CHECK = Check(
    stage=Stage.SERVER,
    name="version",
    title="The server's version is supported",
    reads=per_node(lambda node: node.server),
    judge=judge,
)
