"""GCP: an access token of the Application Default Credentials (Memorystore, «About IAM authentication»)."""

from __future__ import annotations

import json
import os
from calendar import timegm
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import google.auth
import google.auth.transport.requests

from preflight.model.evidence import Cause, Stage
from preflight.model.token import Token
from preflight.probes.errors import ProbeError
from preflight.probes.errors_gcp import diagnose_gcp
from preflight.probes.gcp_transport import Once
from preflight.probes.token import Issued, Learn, now, stamp

SCOPE: Final = "https://www.googleapis.com/auth/cloud-platform"

USERNAME: Final = "default"
"""Memorystore knows no other."""


def issue(learn: Learn) -> Issued:
    """Blocking. Raises `ProbeError` with a cause of the stage `token`."""
    _learn_environment(learn)
    request = Once(google.auth.transport.requests.Request(), learn)
    try:
        credentials, _ = google.auth.default(scopes=[SCOPE], request=request)
        credentials.refresh(request)  # type: ignore[no-untyped-call] # google-auth leaves it untyped
    except Exception as error:  # noqa: BLE001 - the credentials raise whatever their parts do
        raise diagnose_gcp(error, request) from None
    text, expiry = credentials.token, credentials.expiry
    if not isinstance(text, str):
        said = f"{urlsplit(request.asked).netloc} answers {request.status}, and no token that can be read"
        raise ProbeError(Cause.ISSUER_BROKEN, said, stage=Stage.TOKEN)
    token = Token(
        username=USERNAME,
        length=len(text),
        principal=_principal(credentials),
        source=_source(credentials),
        claims={"scope": SCOPE},
        obtained_at=now(),
        # It is UTC, and does not say so.
        expires_at=stamp(timegm(expiry.timetuple()) if expiry else None),
        clock_offset=request.clock_offset,
    )
    return Issued(text, token)


def _learn_environment(learn: Learn) -> None:
    """The key or token in the file of credentials, and in the one that it names."""
    told = _read_json(os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", ""))
    for name in ("private_key", "refresh_token", "client_secret"):
        learn(str(told.get(name, "")))
    source = told.get("credential_source")
    learn(_read(str(source.get("file", ""))).strip() if isinstance(source, dict) else "")


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8", errors="replace")
    except (OSError, ValueError):
        return ""


def _read_json(path: str) -> dict[str, Any]:
    try:
        told = json.loads(_read(path))
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _principal(credentials: Any) -> str:  # noqa: ANN401 - every kind has its own class
    told = getattr(credentials, "service_account_email", None) or getattr(credentials, "account", None)
    return str(told or "")


def _source(credentials: Any) -> str:  # noqa: ANN401 - every kind has its own class
    """As `google.oauth2.service_account`."""
    return str(type(credentials).__module__)
