"""MULTI/EXEC commits within one hash slot.

The queues move jobs in transactions. Some proxies and restricted users refuse MULTI outright; nothing
that LangSmith can be set to works around that.

To fix it, connect without the proxy, or grant MULTI and EXEC to the user.
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
