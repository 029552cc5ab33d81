"""MULTI/EXEC commits within one hash slot.

A transaction over keys of one slot is sent; what becomes of one over two slots is told by commands.cross-slot.

Why: LangSmith's queues move jobs in transactions. Some proxies and restricted users refuse MULTI outright; nothing that
LangSmith can be set to works around that.

Fix: Connect without the proxy, or grant MULTI and EXEC to the user.
- Azure: Azure Managed Redis takes MULTI within one slot under every cluster policy; a refusal comes from the user's
  permissions or from something between.
- your own server: `ACL SETUSER <user> +multi +exec`.

Read: https://redis.io/docs/latest/commands/multi/
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.finding import Verdict, failed, passed
from preflight.model.rehearsal import Rehearsal
from preflight.model.target import Target


def judge(_: Target, rehearsal: Rehearsal) -> Verdict:
    reply = rehearsal.transaction
    if reply.ok:
        return passed("MULTI/EXEC commits in one slot")
    return failed(
        f"a MULTI/EXEC in one slot was refused ({reply.code})",
        "Connect to the server itself and not through a proxy that knows no transactions, or grant the user "
        "MULTI and EXEC.",
        details={"evidence": reply.message},
        transient=reply.passes,
    )


CHECK = Check(
    stage=Stage.COMMANDS,
    name="transaction",
    title="Transactions commit",
    reads=per_target(lambda each: each.rehearsal),
    judge=judge,
    needs=(
        *("server.role", "auth.permissions", "topology.mode", "topology.slots"),
        *("commands.write", "commands.required"),
    ),
)
