"""The words for whatever goes wrong with workload identity, from the configuration to the login."""

from __future__ import annotations

from typing import Final

from preflight.model.evidence import Cause
from preflight.model.words import Words

TOKEN_WORDS: Final[dict[Cause, Words]] = {
    Cause.IAM_UNUSABLE: Words(
        "workload identity is configured so that nobody can log in with it",
        "Correct it as config.iam says.",
    ),
    Cause.SDK_MISSING: Words(
        "the cloud's package is not installed beside preflight",
        "Install it: `pip install 'redis-preflight[{provider}]'`.",
    ),
    Cause.USER_UNNAMED: Words(
        "nothing names the user to sign the token for",
        "A node list has no documented place for it. Give the user's id with --username, and ask LangSmith where the "
        "installed version takes it from.",
    ),
    Cause.CACHE_UNNAMED: Words(
        "the cache's name, for which the token is signed, does not follow from the host name",
        "Use the endpoint's own name in {address} instead of an alias or address, or give --aws-cache-name and "
        "--aws-region. LangSmith's pods need the name as well.",
    ),
    Cause.REGION_UNKNOWN: Words(
        "the region to sign the token for is not known",
        "Set AWS_REGION, as EKS does in pods with a role, or give --aws-region.",
    ),
    Cause.CREDENTIALS_MISSING: Words(
        "there are no credentials anywhere on this machine",
        "Run preflight where the pods will run, under their service account; on a person's machine {log_in}.",
    ),
    Cause.CREDENTIALS_BROKEN: Words(
        "the configured credentials cannot be used",
        "The evidence says which setting: correct it, or remove it so that workload identity comes into use.",
    ),
    Cause.IDENTITY_NOT_INJECTED: Words(
        "this pod was given no workload identity",
        "Give its service account {annotation}, then make the pod anew: it is set up when a pod starts.",
    ),
    Cause.IDENTITY_FILE_UNREADABLE: Words(
        "the file with the pod's identity token cannot be read",
        "Make the pod anew: {projection} mounts the file as the pod starts. If the file is there, let the user of the "
        "process read it (fsGroup).",
    ),
    Cause.IDENTITY_TOKEN_EXPIRED: Words(
        "the pod's identity token has expired, or its clock is not the issuer's",
        "The kubelet renews the mounted token: read the file anew and never copy it. Compare the node's clock (NTP).",
    ),
    Cause.IDENTITY_TOKEN_REFUSED: Words(
        "AWS does not accept the identity tokens of this cluster",
        "Create the IAM OIDC provider of this cluster's issuer, with the audience sts.amazonaws.com, in the account "
        "of the role: `eksctl utils associate-iam-oidc-provider --cluster <name> --approve`.",
    ),
    Cause.METADATA_SILENT: Words(
        "there are no credentials, and the instance metadata service does not answer",
        "On a machine of the cloud allow the way to 169.254.169.254 (on AWS a hop limit of 2 for containers: `aws ec2 "
        "modify-instance-metadata-options --http-put-response-hop-limit 2`). In pods use {annotation}. Elsewhere "
        "{log_in}.",
    ),
    Cause.ISSUER_SILENT: Words(
        "the issuer of tokens did not answer in time",
        "Allow HTTPS from the pods to {issuer}: an egress policy, a firewall or a missing private endpoint drops it.",
    ),
    Cause.ISSUER_UNREACHABLE: Words(
        "the issuer of tokens cannot be reached",
        "Allow HTTPS from the pods to {issuer}, and look at DNS and at HTTPS_PROXY and NO_PROXY.",
    ),
    Cause.ISSUER_UNTRUSTED: Words(
        "the certificate of the issuer of tokens is not trusted",
        "Something on the way opens TLS. Give its CA in {bundle}; SSL_CERT_FILE is not what this package reads.",
    ),
    Cause.ISSUER_BROKEN: Words(
        "the issuer of tokens answers with an error, or with something else than a token",
        "Run again. If it stays so, something between here and {issuer} answers in its place: look at the proxy.",
    ),
    Cause.ISSUER_REFUSED: Words(
        "the issuer of tokens refuses this identity",
        "The evidence has its words. Compare the identity's settings at the provider with {annotation}.",
    ),
    Cause.ROLE_REFUSED: Words(
        "this pod's service account may not assume the role",
        "In the role's trust policy allow sts:AssumeRoleWithWebIdentity to the cluster's OIDC provider, with the "
        "condition `<issuer>:sub` = system:serviceaccount:<namespace>:<service account>, for every component's.",
    ),
    Cause.IMPERSONATION_REFUSED: Words(
        "this Kubernetes service account may not act as the Google service account",
        "`gcloud iam service-accounts add-iam-policy-binding <service account> --role roles/iam.workloadIdentityUser "
        "--member 'serviceAccount:<project>.svc.id.goog[<namespace>/<Kubernetes service account>]'`; if the evidence "
        "says 404, the service account of the annotation does not exist.",
    ),
    Cause.SUBJECT_MISMATCH: Words(
        "the provider trusts no identity token of this issuer, subject and audience",
        "Add or correct the federated credential: issuer = the cluster's OIDC issuer, subject = "
        "system:serviceaccount:<namespace>:<service account>, one for every component's, audience as the evidence "
        "has it.",
    ),
    Cause.TENANT_WRONG: Words(
        "Entra ID does not know the tenant here",
        "Correct AZURE_TENANT_ID (the annotation azure.workload.identity/tenant-id); in a sovereign cloud also "
        "AZURE_AUTHORITY_HOST, here --azure-authority.",
    ),
    Cause.CLIENT_UNKNOWN: Words(
        "Entra ID knows no application or identity with this client id in the tenant",
        "Correct the annotation azure.workload.identity/client-id: it is the client id of the managed identity, not "
        "its object id.",
    ),
    Cause.SCOPE_UNKNOWN: Words(
        "Entra ID does not know Redis under this scope in the tenant",
        "Leave --azure-scope out for the public cloud. In a sovereign cloud ask Microsoft for the scope of Azure Cache "
        "for Redis there.",
    ),
    Cause.KEY_REFUSED: Words(
        "Google refuses the service account's key",
        "Make a new key, or better none: use workload identity. The evidence has Google's words; if they speak of a "
        "timeframe, compare this machine's clock.",
    ),
    Cause.TOKEN_EMPTY: Words(
        "the issuer answered with an empty token",
        "Something between here and {issuer} answers in its place: look at the proxy.",
    ),
    Cause.TOKEN_OVERSIZED: Words(
        "the token is longer than Redis reads from a client that has not logged in",
        "Redis stops at 16,384 bytes. Put fewer groups or session tags into the identity's tokens.",
    ),
    Cause.TOKEN_EXPIRED: Words(
        "the token has expired already",
        "Compare this machine's clock with the issuer's; else look at what caches tokens on the way.",
    ),
    Cause.IDENTITY_SHADOWED: Words(
        "other credentials stand before the pod's workload identity",
        "Remove {shadowing} from the pod's environment: the SDK takes them first, and the server refuses whom "
        "they belong to.",
    ),
    Cause.IDENTITY_UNBOUND: Words(
        "the token is not of a service account that was made for this",
        "Give the Kubernetes service account {annotation}. Memorystore takes user and service accounts only.",
    ),
    Cause.REGION_DOUBTFUL: Words(
        "the token is signed for another region than the host name tells of",
        "Set AWS_REGION to the cache's region (here --aws-region): the server refuses a token for another one.",
    ),
    Cause.OBJECT_ID_EXPECTED: Words(
        "the user name is not the object id of the identity",
        "Write the identity's object id (principal id) into {username}, not its client id and not its name.",
    ),
    Cause.AUDIENCE_WRONG: Words(
        "the token is not for Azure's Redis",
        "Leave --azure-scope out, or write https://redis.azure.com/.default.",
    ),
    Cause.CLOCK_SKEWED: Words(
        "this machine's clock is too far from the provider's",
        "Let this machine follow NTP: AWS refuses a signature that is more than five minutes off.",
    ),
    Cause.AWS_TOKEN_REFUSED: Words(
        "the token is well made, and the server refuses it",
        "In the order of likelihood: (1) attach the policy shown here to the identity, on the cache and on the user; "
        "(2) make the user an IAM user whose name is its id, in a user group of the cache; (3) compare the cache's "
        "name and the region; (4) --aws-serverless for a serverless cache, and only for one; (5) drop conditions "
        "of the policy that ElastiCache does not know; (6) after a change wait some minutes.",
    ),
    Cause.GCP_TOKEN_REFUSED: Words(
        "Google gave a token, and the server refuses it",
        "In the order of likelihood: (1) grant the role shown here to the service account, and wait some minutes; (2) "
        "create the instance with IAM authentication; (3) leave the user out, or `default`.",
    ),
    Cause.AZURE_TOKEN_REFUSED: Words(
        "Entra ID gave a token, and the server refuses it",
        "In the order of likelihood: (1) assign the access policy to the object id as shown here; (2) turn on "
        "Microsoft Entra authentication on the cache; (3) compare the tenant of the cache; (4) after a change wait "
        "some minutes.",
    ),
    Cause.TOKEN_UNEXPECTED: Words(
        "the server asks for no login, and workload identity is configured",
        "Turn on IAM authentication on the instance, or remove the provider (iamAuthProvider, of an agent "
        "iamProvider).",
    ),
    Cause.TOKENS_UNSUPPORTED: Words(
        "this server is older than users, and workload identity needs them",
        "Upgrade the engine: AWS supports workload identity from Redis 7.0 and Valkey 7.2 on.",
    ),
    Cause.IAM_BACKEND_BUSY: Words(
        "the provider's IAM backend is over its quota, or failing",
        "Run again in a minute. Memorystore limits how many connections may log in per second: restart components one "
        "after the other.",
    ),
    Cause.RENEWAL_REFUSED: Words(
        "a second token was refused on the open connection",
        "The clients log in anew before a token expires, on the connections that they have. Look at what lies between: "
        "a proxy that takes AUTH only once, or a policy that ends with the first token.",
    ),
    Cause.RENEWAL_WITHOUT_TOKEN: Words(
        "no second token could be had",
        "The first one came, so the issuer is limiting or unstable: the evidence says how the second one failed.",
    ),
}
