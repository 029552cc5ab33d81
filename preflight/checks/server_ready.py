"""The server has loaded its data and can persist it.

The state of loading and of the last save is read from INFO.

Why: While a server loads it answers every command with LOADING. After a failed save Redis refuses writes by default
(`stop-writes-on-bgsave-error`) until the disk is mended: LangSmith takes no traces meanwhile.

Fix: Wait until loading is done; mend the disk and run BGSAVE.
- AWS: BGSAVE is not offered there: a save that fails is the service's to mend.
- Azure: likewise, Azure Cache for Redis blocks BGSAVE.
- your own server: its log has the reason; most often the disk is full.

Read: https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Server
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.target import Target


def judge(_: Target, server: Server) -> Verdict:
    if server.loading:
        return failed("the server is still loading its data", "Wait until it is done, then run again.", transient=True)
    if server.persistence_error:
        return warned(
            f"the last save failed ({server.persistence_error}); Redis refuses writes by default after that",
            "Look at the server's log and disk, then run BGSAVE.",
        )
    if server.info.code:
        return not_applicable(f"not permitted here: {server.info.message}")
    return passed("loaded, and the last save succeeded")


CHECK = Check(
    stage=Stage.SERVER,
    name="ready",
    title="The server is loaded and can persist",
    reads=per_node(lambda node: node.server),
    judge=judge,
    claims=frozenset({Cause.LOADING}),
)
