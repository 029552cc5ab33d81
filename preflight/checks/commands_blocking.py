"""A blocking pop waits, and returns what another connection pushes.

Workers take jobs with BLMOVE, or with BRPOPLPUSH from servers older than Redis 6.2. It is tried with a second
connection, which pushes while the first one waits.

Why: A connection of each of LangSmith's workers waits in it until there is a job. Where a server with few `maxclients`
refuses the second connection, or a proxy or load balancer cuts off an answer that comes late, jobs are not taken.

Fix: Connect to the server itself or through a proxy that lets a client wait, and leave room for every worker's
connections.
- Azure: under the EnterpriseCluster policy the two lists of a blocking pop must be in one hash slot;
  redis.external.clusterSafeMode is for that policy.
- your own server: raise `maxclients`, and the idle timeouts of whatever stands between.

Read: https://redis.io/docs/latest/commands/blmove/
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature
from preflight.model.rehearsal import Exchange
from preflight.model.target import Target


def judge(target: Target, exchange: Exchange) -> Verdict:
    if target.feature is Feature.JUICEFS:
        return not_applicable("JuiceFS waits for nothing")
    reply = exchange.blocking
    if reply.ok:
        return passed(f"{exchange.pop} waits and returns what is pushed")
    if reply.code == "LOST":
        return failed(
            f"{exchange.pop} did not return what was pushed while it waited",
            "Connect to the server itself, or through a proxy that lets a client wait: look at its timeouts.",
            details={"evidence": reply.message},
        )
    return failed(
        f"{exchange.pop} was refused ({reply.code})",
        "Connect to the server itself, or through a proxy that knows blocking commands; the evidence has the reason.",
        details={"evidence": reply.message},
        transient=reply.passes,
    )


CHECK = Check(
    stage=Stage.COMMANDS,
    name="blocking",
    title="A blocking pop returns what is pushed",
    reads=per_target(lambda each: each.exchange),
    judge=judge,
    claims=frozenset({Cause.SECOND_REFUSED}),
    needs=(
        *("server.role", "auth.permissions", "topology.mode", "topology.slots"),
        *("commands.write", "commands.required"),
    ),
)
