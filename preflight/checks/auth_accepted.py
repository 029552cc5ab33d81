"""The server lets us in with what is configured: nothing, a password, or an ACL user.

Whatever can go wrong here looks the same in a crashing pod. A password that is missing, wrong, or given where
none is set, a user that does not exist, and a server too old for users each have their own cause here, read
from the error code and from the words that each server version uses.

To fix it, follow the remedy of the cause; it names the Helm value or the server's setting.
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Session
from preflight.model.finding import Verdict, passed
from preflight.model.target import Target


def judge(_: Target, session: Session) -> Verdict:
    if not session.password:
        return passed("lets us in without a password")
    return passed(f"lets us in as user {session.username}")


CHECK = Check(
    stage=Stage.AUTH,
    name="accepted",
    title="The server accepts the credentials",
    reads=per_node(lambda node: node.auth),
    judge=judge,
    gate=True,
    claims=frozenset(
        {
            Cause.TLS_SPOKEN,
            Cause.SILENT,
            Cause.CLOSED,
            Cause.NOT_REDIS,
            Cause.PASSWORD_REQUIRED,
            Cause.PASSWORD_WRONG,
            Cause.PASSWORD_UNEXPECTED,
            Cause.USER_UNKNOWN,
            Cause.USER_DISABLED,
            Cause.USER_REFUSED,
            Cause.USERS_UNSUPPORTED,
            Cause.PROTECTED_MODE,
            Cause.TOO_MANY_CLIENTS,
            Cause.SERVER_ERROR,
        }
    ),
)
