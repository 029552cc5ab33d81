"""The server evicts nothing that LangSmith or JuiceFS cannot lose.

The eviction policy is read from INFO. What LangSmith stores has a time to live and its documentation asks for no
policy, so an `allkeys` policy only warns; JuiceFS keeps the metadata of every sandbox there and demands `noeviction`.
Where maxmemory is not set, nothing is thrown away under any policy.

Why: With an `allkeys` policy a server that runs full throws away any key, queued work of LangSmith included.

Fix: Set maxmemory-policy to noeviction.
- AWS: in the parameter group of the cache: CONFIG is not offered.
- Google Cloud: in the configuration of the instance; LangChain's own Terraform sets allkeys-lru on LangSmith's.
- Azure: in the settings of the cache: CONFIG is blocked.
- your own server: `CONFIG SET maxmemory-policy noeviction`, and the same in its configuration file.

Read: https://redis.io/docs/latest/develop/reference/eviction/
"""

from __future__ import annotations

from typing import Final

from preflight.model.check import Check, per_node
from preflight.model.evidence import Stage
from preflight.model.facts import Server
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.installation import Feature
from preflight.model.target import Target

_SAFE: Final = "noeviction"


def judge(target: Target, server: Server) -> Verdict:
    policy = server.eviction
    if not policy:
        return not_applicable("the server does not say")
    unlimited = server.load.memory_limit == 0
    if target.feature is Feature.JUICEFS and unlimited and policy != _SAFE:
        return warned(
            f"the eviction policy is {policy}: metadata of JuiceFS would be lost as soon as maxmemory is set",
            f"Set maxmemory-policy to {_SAFE} on the server.",
        )
    if target.feature is Feature.JUICEFS and policy != _SAFE:
        return failed(
            f"the eviction policy is {policy}: metadata of JuiceFS would be lost when memory runs short",
            f"Set maxmemory-policy to {_SAFE} on the server.",
        )
    if policy.startswith("allkeys") and not unlimited:
        return warned(
            f"the eviction policy is {policy}: queued work is lost when memory runs short",
            f"Set maxmemory-policy to {_SAFE}, or to a volatile policy, on the server.",
        )
    return passed(f"{policy}, and no maxmemory" if unlimited and policy != _SAFE else policy)


CHECK = Check(
    stage=Stage.CAPACITY,
    name="eviction",
    title="The eviction policy keeps queued work",
    reads=per_node(lambda node: node.server),
    judge=judge,
)
