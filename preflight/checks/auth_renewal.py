"""A second token is accepted on the connection that is open.

After the login another token is fetched and sent on the same connection, as the clients do before each token expires.

Why: A token lives for minutes, a connection for hours. A proxy that takes AUTH only once throws LangSmith out, long
after the installation has been found to work.

Fix: Look at what lies between the pods and the server: it must pass AUTH on at any time.
- AWS: each new token keeps the connection for another 12 hours; without one it is cut off.
- Google Cloud: a connection lives for up to 12 hours, in which the documentation asks for no second login.
- Azure: a connection is dropped when its token expires, unless another one was sent before.

Read: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth-iam.html
https://learn.microsoft.com/en-us/azure/redis/entra-for-authentication
"""

from __future__ import annotations

from collections.abc import Iterable

from preflight.model.check import Check, Reading, placing
from preflight.model.evidence import Cause, Evidence, Stage
from preflight.model.finding import Verdict, passed
from preflight.model.target import Target
from preflight.model.token import Renewal


def reads(evidence: Evidence) -> Iterable[Reading[Renewal]]:
    return [
        Reading(target=each.target, subject=node.name, observed=node.renewal, about=placing(node))
        for each in evidence.targets
        for node in (each.nodes if each.target.iam else ())
    ]


def judge(_: Target, renewal: Renewal) -> Verdict:
    again = "a second token" if renewal.fresh else "the same token again, as the issuer gives it,"
    return passed(f"{again} was accepted on the open connection")


CHECK = Check(
    stage=Stage.AUTH,
    name="renewal",
    title="A second token is accepted on the open connection",
    reads=reads,
    judge=judge,
    claims=frozenset({Cause.RENEWAL_REFUSED, Cause.RENEWAL_WITHOUT_TOKEN}),
)
