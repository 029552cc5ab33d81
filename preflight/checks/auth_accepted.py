"""The server lets us in with what is configured: nothing, a password, or an ACL user.

A password that is missing, wrong, or given where none is set, a user that does not exist, and a server too old for
users each have their own cause here, read from the error code and from the words that each server version uses. With
workload identity every reason reads WRONGPASS: the finding then has the policy, role or assignment that is wanted, with
the names filled in.

Why: Whatever can go wrong here looks the same in a crashing pod.

Fix: Follow the remedy of the cause; it names the Helm value or the server's setting.
- AWS: with a token, the policy allows elasticache:Connect (memorydb:Connect) on the cache and on the user, and the user
  is one of IAM, named as its id, in a user group of the cache.
- Google Cloud: with a token, grant roles/memorystore.dbConnectionUser (Memorystore Cluster:
  roles/redis.dbConnectionUser); a standalone Memorystore for Redis has an AUTH string.
- Azure: the password is an access key, percent-encoded in a URL; with a token, turn on Entra authentication and assign
  an access policy to the object id.
- your own server: `requirepass` sets a password, `ACL SETUSER` makes a user.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#iam-authentication
https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
"""

from __future__ import annotations

from collections.abc import Iterable

from preflight.model.check import Check, Reading, placing
from preflight.model.evidence import Cause, Evidence, Failed, Node, Seen, Stage, TargetEvidence
from preflight.model.facts import Session
from preflight.model.finding import Details, Verdict, passed
from preflight.model.grants import grants
from preflight.model.target import Target

_REFUSALS = frozenset({Cause.AWS_TOKEN_REFUSED, Cause.GCP_TOKEN_REFUSED, Cause.AZURE_TOKEN_REFUSED})


def reads(evidence: Evidence) -> Iterable[Reading[Session]]:
    """Every node; a token that was refused comes with what to grant to whom."""
    return [
        Reading(target=each.target, subject=node.name, observed=node.auth, about=placing(node) | _wanted(each, node))
        for each in evidence.targets
        for node in each.nodes
    ]


def _wanted(each: TargetEvidence, node: Node) -> Details:
    refused = isinstance(node.auth, Failed) and node.auth.cause in _REFUSALS
    token = each.token.fact if isinstance(each.token, Seen) else None
    return grants(each.target.identity, token) if refused and token else {}


def judge(target: Target, session: Session) -> Verdict:
    if target.identity and session.password:
        return passed(f"lets us in as user {session.username}, with the token")
    if not session.password:
        return passed("lets us in without a password")
    return passed(f"lets us in as user {session.username}")


CHECK = Check(
    stage=Stage.AUTH,
    name="accepted",
    title="The server accepts the credentials",
    reads=reads,
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
            *_REFUSALS,
            Cause.TOKEN_UNEXPECTED,
            Cause.TOKENS_UNSUPPORTED,
            Cause.IAM_BACKEND_BUSY,
        }
    ),
    needs=("token.identity", "token.clock", "token.lifetime"),
)
