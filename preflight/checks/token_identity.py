"""The token belongs to the identity that the server expects.

That a token comes tells nothing of whose it is: the account, the region and the audience in it are compared with what
is configured, and with what stands before the pod's own identity.

Why: The server says no more than WRONGPASS to a token of somebody else, and LangSmith's pods crash as with a wrong
password.

Fix: Follow the remedy of the cause. Where the values annotate the service accounts with another identity than the
token's, run preflight in the cluster, under one of them.
- AWS: the token is signed for one cache in one region: set AWS_REGION to the cache's. AWS_ACCESS_KEY_ID in the
  environment stands before the role of the service account.
- Google Cloud: without its annotation a pod on GKE gets a token of the workload pool or of the machine; Memorystore
  takes user and service accounts only.
- Azure: the user name is the identity's object id, not its client id and not its name.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#iam-authentication
"""

from __future__ import annotations

from msgspec import Struct
from msgspec.structs import replace

from preflight.model.check import Check, per_identity
from preflight.model.evidence import Cause, Evidence, Failed, Stage, TargetEvidence
from preflight.model.finding import Details, Verdict, passed, warned
from preflight.model.identity import ENTRA_SCOPE, AwsIam, AzureIam
from preflight.model.remedies import told
from preflight.model.target import Mode, Target
from preflight.model.token import Token
from preflight.model.workload import ANNOTATIONS, is_same
from preflight.uri.patch import address

_REFUSALS = frozenset({Cause.AWS_TOKEN_REFUSED, Cause.GCP_TOKEN_REFUSED, Cause.AZURE_TOKEN_REFUSED})

_AUDIENCES = frozenset({"https://redis.azure.com", "https://redis.azure.com/", "acca5fbb-b7e4-4009-81f1-37e38fd66d78"})

_OF_THE_MACHINE = "-compute@developer.gserviceaccount.com"
_OF_THE_POOL = ".svc.id.goog"


class Bearer(Struct, frozen=True, kw_only=True):
    token: Token
    refused: bool
    """A server refused it."""
    declared: tuple[str, ...] = ()
    """The identities that the values give to the components which connect."""


def bearer(evidence: Evidence, each: TargetEvidence, token: Token) -> Bearer:
    refused = any(isinstance(node.auth, Failed) and node.auth.cause in _REFUSALS for node in each.nodes)
    installation = evidence.installation_of(each.target)
    components = installation.components if installation else ()
    mine = (one for one in components if each.target.feature in one.features)
    said = ((one.annotations or {}).get(ANNOTATIONS[each.target.iam], "") for one in mine)
    return Bearer(token=token, refused=refused, declared=tuple(sorted(filter(None, set(said)))))


def judge(target: Target, bearer: Bearer) -> Verdict:
    token = bearer.token
    if cause := _doubt(target, token):
        # A server that lets the identity in knows better.
        failed = told(cause, target, _details(target, token))
        return replace(failed, patch=_patch(cause, target, token)) if bearer.refused else _softened(failed)
    if bearer.declared and token.principal and not any(is_same(target.iam, each, token) for each in bearer.declared):
        return warned(
            f"the token is of {_whose(target, token)}, and the pods will have another identity",
            "To rehearse theirs, run preflight in the cluster under one of LangSmith's service accounts.",
            details={"values": ", ".join(bearer.declared)},
        )
    return passed(_described(target, token))


def _doubt(target: Target, token: Token) -> Cause | None:
    if token.shadowed:
        return Cause.IDENTITY_SHADOWED
    match target.identity:
        case AwsIam(region_hint=hint) if hint and hint != token.claims.get("region"):
            return Cause.REGION_DOUBTFUL
        case AzureIam(scope=scope):
            return _of_azure(token, scope)
        case _:
            machine = token.principal.endswith(_OF_THE_MACHINE)
            return Cause.IDENTITY_UNBOUND if machine or token.principal.endswith(_OF_THE_POOL) else None


def _of_azure(token: Token, scope: str) -> Cause | None:
    audience = token.claims.get("aud")
    if audience and scope == ENTRA_SCOPE and audience not in _AUDIENCES:
        return Cause.AUDIENCE_WRONG
    if token.principal and token.username.lower() != token.principal.lower():
        return Cause.OBJECT_ID_EXPECTED
    return None


def _softened(verdict: Verdict) -> Verdict:
    return warned(verdict.summary, verdict.remedy or "", details=verdict.details)


def _patch(cause: Cause, target: Target, token: Token) -> dict[str, object] | None:
    """A node list has no place for a user."""
    if cause is not Cause.OBJECT_ID_EXPECTED or target.mode is Mode.CLUSTER:
        return None
    return address(replace(target, username=token.principal))


def _details(target: Target, token: Token) -> Details:
    hint = target.identity.region_hint if isinstance(target.identity, AwsIam) else ""
    told_of = {
        "identity": token.principal,
        "credentials": token.source,
        "user name": token.username,
        "passed over": token.shadowed,
        "host name": hint,
    }
    return {name: text for name, text in told_of.items() if text} | token.claims


def _whose(target: Target, token: Token) -> str:
    return f"object id {token.principal}" if isinstance(target.identity, AzureIam) else token.principal


def _described(target: Target, token: Token) -> str:
    whose = _whose(target, token) if token.principal else "somebody whom nobody names"
    match target.identity:
        case AwsIam(cache_name=name):
            return f"{whose}; signed for {name} in {token.claims['region']}, by {token.claims['by']}"
        case AzureIam():
            client = token.claims.get("appid") or token.claims.get("azp") or "(not told)"
            return f"{whose}, client id {client}, tenant {token.claims.get('tid', '(not told)')}"
        case _:
            return whose


CHECK = Check(
    stage=Stage.TOKEN,
    name="identity",
    title="The token belongs to the identity that the server expects",
    reads=per_identity(bearer),
    judge=judge,
    claims=frozenset(
        {
            Cause.IDENTITY_SHADOWED,
            Cause.IDENTITY_UNBOUND,
            Cause.REGION_DOUBTFUL,
            Cause.OBJECT_ID_EXPECTED,
            Cause.AUDIENCE_WRONG,
        }
    ),
)
