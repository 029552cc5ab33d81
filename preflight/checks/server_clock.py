"""The server's clock agrees with the local one.

The server's TIME is compared with the local clock, less what the round trip may hide. A minute between them means that
one side keeps no time.

Why: LangSmith's job schedules and cloud tokens are judged by the clock: an AWS token dies of five minutes of skew.

Fix: Let both sides follow NTP.
- your own server: compare also the nodes of the Kubernetes cluster: each pod has the clock of its node.

Read: https://redis.io/docs/latest/commands/time/
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Stage
from preflight.model.facts import Server
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.requirements import CLOCK_SKEW_SECONDS
from preflight.model.target import Target


def judge(_: Target, server: Server) -> Verdict:
    offset = server.clock_offset
    if offset is None:
        return not_applicable("the server does not tell the time here")
    skew = abs(offset) - server.clock_error
    if skew > CLOCK_SKEW_SECONDS:
        side = "ahead of" if offset > 0 else "behind"
        return warned(
            f"the server's clock is {abs(offset):.0f} s {side} this machine's",
            "Let the server and the nodes follow NTP.",
        )
    return passed(f"within {max(skew, 0) + 2 * server.clock_error:.3f} s")


CHECK = Check(
    stage=Stage.SERVER,
    name="clock",
    title="The clocks agree",
    reads=per_node(lambda node: node.server),
    judge=judge,
)
