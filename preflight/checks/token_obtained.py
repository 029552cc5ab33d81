"""A token of workload identity came, the way LangSmith's pods get theirs.

With iamAuthProvider the cloud's package finds credentials by the pod's service account and makes a token of them.
preflight does the same, with the same packages and in the same order, where it runs: in a pod under LangSmith's service
account it tells what LangSmith will get, on a person's machine what that person gets.

Why: With iamAuthProvider the pods carry no password. Without a token none of them logs in.

Fix: Follow the remedy of the cause: it names the annotation, the trust policy or the way that is closed.
- AWS: annotate the service account with the role's ARN, and let the role trust the cluster's OIDC provider; or
  associate the role by EKS Pod Identity. On nodes the metadata service wants a hop limit of 2 for pods.
- Google Cloud: annotate it with a Google service account, and grant the Kubernetes one roles/iam.workloadIdentityUser
  on that.
- Azure: annotate it with the client id of the identity, label the pods, and add a federated credential for each service
  account.

Read: https://docs.aws.amazon.com/eks/latest/userguide/iam-roles-for-service-accounts.html
https://cloud.google.com/kubernetes-engine/docs/how-to/workload-identity
https://learn.microsoft.com/en-us/azure/aks/workload-identity-overview
"""

from __future__ import annotations

from preflight.model.check import Check, per_identity
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Verdict, passed
from preflight.model.target import Target
from preflight.model.token import Token


def judge(_: Target, token: Token) -> Verdict:
    return passed(f"a token of {token.length:,} characters, by {token.source}")


CHECK = Check(
    stage=Stage.TOKEN,
    name="obtained",
    title="A token of workload identity can be had",
    reads=per_identity(lambda _, __, token: token),
    judge=judge,
    gate=True,
    claims=frozenset(
        {
            Cause.SDK_MISSING,
            Cause.USER_UNNAMED,
            Cause.CACHE_UNNAMED,
            Cause.REGION_UNKNOWN,
            Cause.CREDENTIALS_MISSING,
            Cause.CREDENTIALS_BROKEN,
            Cause.IDENTITY_NOT_INJECTED,
            Cause.IDENTITY_FILE_UNREADABLE,
            Cause.IDENTITY_TOKEN_EXPIRED,
            Cause.IDENTITY_TOKEN_REFUSED,
            Cause.METADATA_SILENT,
            Cause.ISSUER_SILENT,
            Cause.ISSUER_UNREACHABLE,
            Cause.ISSUER_UNTRUSTED,
            Cause.ISSUER_BROKEN,
            Cause.ISSUER_REFUSED,
            Cause.ROLE_REFUSED,
            Cause.IMPERSONATION_REFUSED,
            Cause.SUBJECT_MISMATCH,
            Cause.TENANT_WRONG,
            Cause.CLIENT_UNKNOWN,
            Cause.SCOPE_UNKNOWN,
            Cause.KEY_REFUSED,
            Cause.TOKEN_EMPTY,
            Cause.TOKEN_OVERSIZED,
        }
    ),
)
