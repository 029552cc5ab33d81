"""What happens to a transaction over two hash slots fits the declared mode.

A standalone server takes it. A Redis Cluster refuses it, and LangSmith's cluster client never sends it. Services
that hide a cluster behind one endpoint (Azure Managed Redis with the EnterpriseCluster policy, Redis
Enterprise, ElastiCache serverless) refuse it too while they look like a standalone server: LangSmith then
needs redis.external.clusterSafeMode.

To fix it, set redis.external.clusterSafeMode: true, from chart 0.13.33 on.
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Rehearsal
from preflight.model.finding import Verdict, failed, passed
from preflight.model.installation import Feature
from preflight.model.target import Mode, Target
from preflight.uri.patch import below


def judge(target: Target, rehearsal: Rehearsal) -> Verdict:
    reply = rehearsal.cross_slot
    if reply.ok:
        return passed("allowed")
    if target.mode is Mode.CLUSTER:
        return passed(f"refused ({reply.code}), as in every cluster")
    if target.safe_mode:
        return passed(f"refused ({reply.code}), and clusterSafeMode avoids it")
    if target.feature is Feature.JUICEFS:
        return passed(f"refused ({reply.code}), and JuiceFS keeps its keys in one slot")
    if target.feature.is_agent:
        return failed(
            f"a transaction over two slots was refused ({reply.code}): there is a cluster behind this endpoint",
            f"{target.feature} has no safe mode: give it a server without cluster policy.",
            details={"evidence": reply.message},
        )
    return failed(
        f"a transaction over two slots was refused ({reply.code}): there is a cluster behind this endpoint",
        "Set redis.external.clusterSafeMode: true (chart 0.13.33 or newer).",
        patch=below(target, clusterSafeMode=True),
        details={"evidence": reply.message},
    )


CHECK = Check(
    stage=Stage.COMMANDS,
    name="cross-slot",
    title="Transactions across slots fit the declared mode",
    reads=per_target(lambda each: each.rehearsal),
    judge=judge,
    needs=("commands.transaction",),
)
