"""What happens to transactions and scripts over two hash slots fits the declared mode.

A standalone server takes them. A Redis Cluster refuses them, and LangSmith's cluster client never sends them. Services
that hide a cluster behind one endpoint refuse them too while they look like a standalone server.

Why: LangSmith's standalone client sends them unless it is told not to. Each one that is refused is a job, a trace or a
rule that fails with CROSSSLOT.

Fix: Set redis.external.clusterSafeMode: true, from chart 0.13.33 on (run rules and automations: from 0.16.13 on).
- AWS: ElastiCache Serverless is a cluster that looks like one node: better use a node list (topology.mode).
- Azure: needed on Azure Managed Redis with the EnterpriseCluster policy, and not without clustering (up to 25 GB).
- your own server: needed on Redis Enterprise with clustering and without the OSS Cluster API.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#enterprisecluster
"""

from __future__ import annotations

import re
from typing import Final

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Reply
from preflight.model.finding import Details, Verdict, failed, passed
from preflight.model.installation import Feature
from preflight.model.rehearsal import Rehearsal
from preflight.model.target import Mode, Target
from preflight.uri.patch import below

_TRANSACTION: Final = "MULTI/EXEC"
_SCRIPT: Final = "Lua"

_OF_SLOTS: Final = re.compile(r"CROSSSLOT|MOVED|TRYAGAIN|CLUSTERDOWN|same slot|non local key")


def judge(target: Target, rehearsal: Rehearsal) -> Verdict:
    tried = {_TRANSACTION: rehearsal.cross_slot}
    # What is refused within one slot is a failure of its own and tells nothing of two.
    if rehearsal.script.ok:
        tried[_SCRIPT] = rehearsal.script_cross_slot
    refused = {name: reply for name, reply in tried.items() if not reply.ok}
    if not refused:
        return passed(f"{' and '.join(tried)} allowed")
    told = _told(tried)
    is_cluster = any(_OF_SLOTS.search(reply.message) for reply in refused.values())
    if reason := _harmless(target, is_cluster=is_cluster):
        return passed(f"{told}, {reason}")
    details = _details(tried, rehearsal.slots)
    return _hidden_cluster(target, told, details) if is_cluster else _unlike_a_cluster(told, details)


def _told(tried: dict[str, Reply]) -> str:
    """As `MULTI/EXEC and Lua refused (CROSSSLOT)`, or each with what became of it."""
    results = {name: f"refused ({reply.code})" if reply.code else "allowed" for name, reply in tried.items()}
    if len(set(results.values())) == 1:
        return f"{' and '.join(results)} {next(iter(results.values()))}"
    return ", ".join(f"{name} {result}" for name, result in results.items())


def _harmless(target: Target, *, is_cluster: bool) -> str:
    """Why LangSmith does not come across it; empty where it does."""
    if target.mode is Mode.CLUSTER:
        return "as in every cluster" if is_cluster else "and the cluster client sends none"
    if target.safe_mode:
        return "and clusterSafeMode avoids it"
    return "and JuiceFS keeps its keys in one slot" if target.feature is Feature.JUICEFS else ""


def _details(tried: dict[str, Reply], slots: tuple[int, int]) -> Details:
    return {name: reply.message or "allowed" for name, reply in tried.items()} | {"slots": ", ".join(map(str, slots))}


def _hidden_cluster(target: Target, told: str, details: Details) -> Verdict:
    summary = f"{told} over two slots: there is a cluster behind this endpoint"
    if target.feature.is_agent:
        remedy = f"{target.feature} has no safe mode: give it a server without cluster policy."
        return failed(summary, remedy, details=details)
    return failed(
        summary,
        "Set redis.external.clusterSafeMode: true (chart 0.13.33 or newer).",
        patch=below(target, clusterSafeMode=True),
        details=details,
    )


def _unlike_a_cluster(told: str, details: Details) -> Verdict:
    return failed(
        f"{told} over two slots, for another reason than the slots",
        "What was allowed within one slot was refused for another reason, which the evidence gives: look at the "
        "server's log, and at the proxy if there is one.",
        details=details,
    )


CHECK = Check(
    stage=Stage.COMMANDS,
    name="cross-slot",
    title="Transactions and scripts across slots fit the declared mode",
    reads=per_target(lambda each: each.rehearsal),
    judge=judge,
    needs=("commands.transaction",),
)
