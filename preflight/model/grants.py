"""What to grant to whom, in the provider's own form, with the names that the token tells."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from msgspec import json

from preflight.model.finding import Details
from preflight.model.identity import AwsIam, GcpIam, Identity
from preflight.model.token import Token

_PARTITIONS: Final = {"cn": "aws-cn", "us-gov": "aws-us-gov"}


def grants(identity: Identity | None, token: Token) -> Details:
    """Details for a finding; nothing where there is no identity."""
    match identity:
        case None:
            return {}
        case AwsIam():
            return _of_aws(identity, token)
        case GcpIam():
            return _of_gcp(token)
        case _:
            return _of_azure(token)


def account_of(arn: str) -> str:
    """The account in an ARN; a placeholder where there is none."""
    parts = arn.split(":")
    return parts[4] if len(parts) > 5 and parts[4] else "<account>"  # noqa: PLR2004 - arn:partition:service:region:account:resource


def _of_aws(identity: AwsIam, token: Token) -> Details:
    """`elasticache:Connect` on the cache and on the user; MemoryDB writes both with a slash."""
    service, region, user = token.claims["service"], token.claims["region"], token.username
    arn = _arn(service, region, account_of(token.principal))
    if service == "memorydb":
        resources = [arn(f"cluster/{identity.cache_name}"), arn(f"user/{user}")]
    else:
        kind = "serverlesscache" if identity.serverless else "replicationgroup"
        resources = [arn(f"{kind}:{identity.cache_name}"), arn(f"user:{user}")]
    statement = {"Effect": "Allow", "Action": f"{service}:Connect", "Resource": resources}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"identity": token.principal or "(not told)", "policy": json.format(json.encode(policy), indent=1).decode()}


def _arn(service: str, region: str, account: str) -> Callable[[str], str]:
    partition = next((name for area, name in _PARTITIONS.items() if region.startswith(f"{area}-")), "aws")
    return lambda resource: f"arn:{partition}:{service}:{region}:{account}:{resource}"


def _of_gcp(token: Token) -> Details:
    person = "@" in token.principal and not token.principal.endswith(".gserviceaccount.com")
    member = f"{'user' if person else 'serviceAccount'}:{token.principal or '<service account>'}"
    grant = f"gcloud projects add-iam-policy-binding <project> --member {member} --role"
    return {
        "identity": token.principal or "(not told)",
        "Memorystore for Valkey": f"{grant} roles/memorystore.dbConnectionUser",
        "Memorystore for Redis Cluster": f"{grant} roles/redis.dbConnectionUser",
    }


def _of_azure(token: Token) -> Details:
    oid = token.principal or token.username
    return {
        "identity": f"object id {oid}, tenant {token.claims.get('tid', '(not told)')}",
        "Azure Managed Redis": "az redisenterprise database access-policy-assignment create --resource-group <group> "
        "--cluster-name <cache> --database-name default --access-policy-assignment-name langsmith "
        f"--access-policy-name default --object-id {oid}",
        "Azure Cache for Redis": "az redis access-policy-assignment create --resource-group <group> --name <cache> "
        "--policy-assignment-name langsmith --access-policy-name 'Data Owner' "
        f"--object-id {oid} --object-id-alias langsmith",
    }
