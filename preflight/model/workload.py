"""How a service account says whose tokens its pods get, and whether a token is of that identity."""

from __future__ import annotations

import re
from typing import Final

from preflight.model.identity import Provider
from preflight.model.token import Token

ANNOTATIONS: Final[dict[str, str]] = {
    Provider.AWS: "eks.amazonaws.com/role-arn",
    Provider.GCP: "iam.gke.io/gcp-service-account",
    Provider.AZURE: "azure.workload.identity/client-id",
}


def is_same(provider: str, declared: str, token: Token) -> bool:
    """The annotation's identity is the token's. AWS names an assumed role by its account and last part alone."""
    if provider == Provider.AWS:
        return _role(token.principal) is not None and _role(declared) == _role(token.principal)
    if provider == Provider.AZURE:
        return declared.lower() in {token.claims.get("appid", "").lower(), token.claims.get("azp", "").lower()}
    return declared == token.principal


def _role(arn: str) -> tuple[str, str] | None:
    """Account and name; None for whatever is no role."""
    found = re.fullmatch(r"arn:[^:]*:(?:iam|sts)::([^:]*):(?:role/(?:.*/)?([^/]+)|assumed-role/([^/]+)/.*)", arn)
    return (found[1], found[2] or found[3]) if found else None
