"""The server's version is supported: Redis 5 and newer, or Valkey 8.

Older servers lack commands that the queues need. Versions newer than LangSmith's documented list usually work and
are nobody's promise: they warn.

To fix it, upgrade the server.
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
