"""The clock is close enough to the provider's for a signature to count.

What time it is, the servers say once they let us in, and before that AWS's token service.

Why: A token of AWS is signed with the time of the machine that asks, and dies of five minutes of skew: the server then
says no more than WRONGPASS, and no pod on that node logs in.

Fix: Let this machine and the cluster's nodes follow NTP.
- AWS: five minutes are all that it allows for.
- Google Cloud: nothing is signed here: the tokens carry their issuer's own times.
- Azure: likewise, the tokens carry Microsoft's times.

Read: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
"""

from __future__ import annotations

from msgspec import Struct

from preflight.model.check import Check, per_identity
from preflight.model.evidence import Cause, Evidence, Seen, Stage, TargetEvidence
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.identity import AwsIam
from preflight.model.remedies import told
from preflight.model.requirements import SIGNATURE_SKEW_SECONDS, SIGNATURE_SKEW_WORTH_TELLING
from preflight.model.target import Target
from preflight.model.token import Token


class Clocks(Struct, frozen=True):
    """Seconds ahead of the local clock, by who says so."""

    offsets: dict[str, float]
    admitted: bool = False
    """A server took the signature all the same."""


def clocks(_: Evidence, each: TargetEvidence, token: Token) -> Clocks:
    servers = {node.name: node.server.fact.clock_offset for node in each.nodes if isinstance(node.server, Seen)}
    said = servers | {"the token service": token.clock_offset}
    admitted = any(isinstance(node.auth, Seen) for node in each.nodes)
    return Clocks({name: offset for name, offset in said.items() if offset is not None}, admitted)


def judge(target: Target, clocks: Clocks) -> Verdict:
    if not isinstance(target.identity, AwsIam):
        return not_applicable("the token carries its issuer's own times")
    if not clocks.offsets:
        return not_applicable("nobody has told the time")
    name, offset = max(clocks.offsets.items(), key=lambda each: abs(each[1]))
    details = {name: f"{offset:+.0f} s from this machine"}
    if abs(offset) > SIGNATURE_SKEW_SECONDS and not clocks.admitted:
        return told(Cause.CLOCK_SKEWED, target, details)
    if abs(offset) > SIGNATURE_SKEW_WORTH_TELLING:
        return warned(
            f"the clocks are {abs(offset):.0f} s apart, and AWS allows for {SIGNATURE_SKEW_SECONDS:.0f}",
            "Let this machine follow NTP.",
            details=details,
        )
    return passed(f"within {max(abs(offset), 1):.0f} s of {name}")


CHECK = Check(
    stage=Stage.TOKEN,
    name="clock",
    title="The clock is right for a signature",
    reads=per_identity(clocks),
    judge=judge,
    claims=frozenset({Cause.CLOCK_SKEWED}),
)
