"""The token lives long enough to log in with it and to be renewed in time.

The time that is left in the token is compared with what the providers advise: to renew it some minutes before its end.

Why: LangSmith's clients fetch the next token some minutes before this one expires, and log in with it on the
connections that they have. One that is nearly spent as it comes gives them no time for that.

Fix: Compare this machine's clock with the issuer's; else look at what caches tokens on the way.
- AWS: a token is signed for 15 minutes, and a connection lives for 12 hours unless it logs in again.
- Google Cloud: a token lives for an hour unless more was asked for, and at most for 12.
- Azure: send the next token three minutes before the last one expires, or the connection is dropped.

Read: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
https://docs.cloud.google.com/memorystore/docs/cluster/about-iam-auth
https://learn.microsoft.com/en-us/azure/redis/entra-for-authentication
"""

from __future__ import annotations

from datetime import datetime

from preflight.model.check import Check, per_identity
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.remedies import told
from preflight.model.requirements import TOKEN_SECONDS
from preflight.model.target import Target
from preflight.model.token import Token


def judge(target: Target, token: Token) -> Verdict:
    if not token.expires_at:
        return not_applicable("the issuer does not say when it expires")
    left = (_moment(token.expires_at) - _moment(token.obtained_at)).total_seconds()
    details = {"obtained": token.obtained_at, "expires": token.expires_at}
    if left <= 0:
        return told(Cause.TOKEN_EXPIRED, target, details)
    if left < TOKEN_SECONDS:
        return warned(
            f"the token has {left:.0f} s left",
            "The clients need some minutes to renew it: look at what caches tokens on the way, and at the clocks.",
            details=details,
        )
    return passed(f"{left / 60:.0f} minutes, until {token.expires_at}")


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


CHECK = Check(
    stage=Stage.TOKEN,
    name="lifetime",
    title="The token lives long enough",
    reads=per_identity(lambda _, __, token: token),
    judge=judge,
    claims=frozenset({Cause.TOKEN_EXPIRED}),
)
