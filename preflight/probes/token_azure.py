"""Azure: an access token of Microsoft Entra ID, as azure-identity's default chain gets it."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any, Final

from azure.identity import DefaultAzureCredential, WorkloadIdentityCredential

from preflight.model.evidence import Cause, Stage
from preflight.model.identity import AzureIam
from preflight.model.token import Token
from preflight.probes.errors import ProbeError
from preflight.probes.errors_azure import OWN, diagnose_azure
from preflight.probes.token import Issued, Learn, now, stamp

_BOUNDED: Final = {"connection_timeout": 2, "read_timeout": 5, "retry_total": 0}
"""By itself a call would wait and try again for twenty minutes."""

_PROCESS: Final = 3
"""Seconds for a login by a command line, which only a person's machine has."""

_INTERACTIVE: Final = {
    f"exclude_{each}_credential": True for each in ("broker", "powershell", "shared_token_cache", "visual_studio_code")
}
"""No pod has these, and some leave a process behind."""

_CLAIMS: Final = ("oid", "appid", "azp", "aud", "tid", "iss")


def issue(identity: AzureIam, username: str, learn: Learn) -> Issued:
    """Blocking. Raises `ProbeError` with a cause of the stage `token`."""
    _learn_environment(learn)
    try:
        with _credential(identity) as credential:
            access = credential.get_token(identity.scope)
            name = type(getattr(credential, "_successful_credential", None) or credential).__name__
    except Exception as error:  # noqa: BLE001 - the chain raises whatever its parts do
        raise diagnose_azure(error) from None
    if not isinstance(access.token, str):
        raise ProbeError(Cause.ISSUER_BROKEN, "a token that is no text", stage=Stage.TOKEN)
    claims = claims_of(access.token)
    if not (username or claims.get("oid")):
        raise ProbeError(Cause.USER_UNNAMED, "the token does not name its object id", stage=Stage.TOKEN)
    token = Token(
        username=username or claims.get("oid", ""),
        length=len(access.token),
        principal=claims.get("oid", ""),
        source=name,
        claims={"scope": identity.scope} | claims,
        obtained_at=now(),
        expires_at=stamp(access.expires_on),
        shadowed=_shadowed(name),
    )
    return Issued(access.token, token)


def _credential(identity: AzureIam) -> Any:  # noqa: ANN401 - one of two classes without a common one
    """The member of the chain that the pods will use, where the environment says which: it tells errors exactly."""
    options: dict[str, Any] = dict(_BOUNDED)
    if identity.authority:
        options["authority"] = identity.authority
    if os.environ.get("AZURE_FEDERATED_TOKEN_FILE") and not any(map(os.environ.get, OWN)):
        return WorkloadIdentityCredential(**options)
    return DefaultAzureCredential(process_timeout=_PROCESS, **_INTERACTIVE, **options)


def claims_of(text: str) -> dict[str, str]:
    """The payload of a JWT, as far as it tells whose it is; nothing for a token of another form."""
    payload = text.split(".")[1] if text.count(".") == 2 else ""  # noqa: PLR2004 - a JWT has three parts
    try:
        told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (ValueError, RecursionError):
        return {}
    if not isinstance(told, dict):
        return {}
    return {name: str(told[name]) for name in _CLAIMS if isinstance(told.get(name), str)}


def _learn_environment(learn: Learn) -> None:
    for name in ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PASSWORD", "AZURE_PASSWORD", "IDENTITY_HEADER"):
        learn(os.environ.get(name, ""))
    try:
        file = Path(os.environ.get("AZURE_FEDERATED_TOKEN_FILE", ""))
        learn(file.read_text(encoding="utf-8", errors="replace").strip())
    except (OSError, ValueError):
        return


def _shadowed(source: str) -> str:
    """The workload identity, where a client secret of the environment stands before it."""
    has_own = source == "EnvironmentCredential" and os.environ.get("AZURE_FEDERATED_TOKEN_FILE")
    return f"client id {os.environ.get('AZURE_CLIENT_ID', '')} by workload identity" if has_own else ""
