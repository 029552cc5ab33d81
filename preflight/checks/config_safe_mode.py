"""`clusterSafeMode` is set where it acts.

It keeps LangSmith's standalone client from sending transactions over several hash slots, for services that hide a
cluster behind one endpoint. The chart passes it on in standalone mode only.

Why: Beside cluster.enabled the chart drops it without a word, and the pods never learn of it. Whoever set it most
likely meant a standalone URL.

Fix: Remove redis.external.clusterSafeMode from a cluster's values.
- Azure: with the EnterpriseCluster policy set it beside a connectionUrl, with the OSS cluster policy use
  cluster.enabled without it.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#enterprisecluster
"""

from __future__ import annotations

from preflight.model.check import Check, per_installation
from preflight.model.evidence import Stage
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.installation import Installation
from preflight.model.target import Mode, Target
from preflight.uri.patch import below


def judge(target: Target, _: Installation) -> Verdict:
    if not target.safe_mode:
        return not_applicable("clusterSafeMode is off")
    if target.mode is Mode.STANDALONE:
        return passed("clusterSafeMode acts on the standalone client")
    return warned(
        "clusterSafeMode is set in cluster mode, where the chart ignores it",
        "Remove redis.external.clusterSafeMode: the cluster client never needs it.",
        patch=below(target, clusterSafeMode=False),
    )


CHECK = Check(
    stage=Stage.CONFIG,
    name="safe-mode",
    title="The safe mode for clusters is set where it acts",
    reads=per_installation,
    judge=judge,
)
