"""Why Google gave no token: what google-auth raises, and what the last answer said, as causes."""

from __future__ import annotations

import os
from typing import Final
from urllib.parse import urlsplit

from google.auth import exceptions as gcp

from preflight.model.evidence import Cause, Stage
from preflight.probes.errors import ProbeError
from preflight.probes.gcp_transport import Once

_REFUSED, _SERVER_FAULT = 400, 500
_LATER: Final = frozenset({408, 429})
_METADATA: Final = "/computeMetadata/"


def diagnose_gcp(error: Exception, request: Once) -> ProbeError:
    """The cause, by what was asked last and what came of it."""
    cause, message = _of(error, request)
    return ProbeError(cause, message, stage=Stage.TOKEN)


def _of(error: Exception, request: Once) -> tuple[Cause, str]:  # noqa: PLR0911 - one line a case
    if isinstance(error, gcp.DefaultCredentialsError):
        return _of_absence(error, request)
    if request.failure:
        return _of_failure(request)
    if request.status:
        return _of_answer(request)
    if isinstance(error, OSError) and error.filename:
        return Cause.IDENTITY_FILE_UNREADABLE, f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError):
        return Cause.ISSUER_UNTRUSTED, f"{os.environ.get('REQUESTS_CA_BUNDLE', '')} cannot be read"
    if isinstance(error, gcp.RefreshError) and ("subject_token" in str(error) or "was not found" in str(error)):
        return Cause.IDENTITY_FILE_UNREADABLE, str(error.args[0] if error.args else error)
    file = os.environ.get("GOOGLE_APPLICATION_CREDENTIALS", "")
    return Cause.CREDENTIALS_BROKEN, f"{file}: no credentials of Google ({type(error).__name__})"


def _of_absence(error: gcp.DefaultCredentialsError, request: Once) -> tuple[Cause, str]:
    """google-auth has one class for no credentials and for bad ones."""
    if "default credentials were not found" not in str(error):
        return Cause.CREDENTIALS_BROKEN, str(error.args[0])
    return _missing("the metadata server is not Google's" if request.status else "the metadata server was not asked")


def _missing(metadata: str) -> tuple[Cause, str]:
    evidence = f"GOOGLE_APPLICATION_CREDENTIALS is not set; no login of gcloud; {metadata}"
    in_pod = bool(os.environ.get("KUBERNETES_SERVICE_HOST"))
    return (Cause.IDENTITY_NOT_INJECTED if in_pod else Cause.CREDENTIALS_MISSING), evidence


def _of_failure(request: Once) -> tuple[Cause, str]:
    """No answer. To the very first question, which is whether there is a metadata server, that means no credentials."""
    host = urlsplit(request.asked).netloc
    if _is_ping(request.asked):
        if request.failure is Cause.ISSUER_SILENT:
            return Cause.METADATA_SILENT, f"{host} did not answer"
        return _missing("there is no metadata server")
    assert request.failure  # noqa: S101 - the caller's
    return request.failure, host


def _is_ping(url: str) -> bool:
    return urlsplit(url).path in {"", "/"}


def _of_answer(request: Once) -> tuple[Cause, str]:
    status, said = request.status, _said(request)
    asked = urlsplit(request.asked)
    evidence = f"{asked.netloc} answers {status}{said and ': '}{said}"
    if status >= _SERVER_FAULT or status in _LATER:
        return Cause.ISSUER_BROKEN, evidence
    if status >= _REFUSED and (asked.path.startswith(_METADATA) or "serviceAccounts/" in asked.path):
        return Cause.IMPERSONATION_REFUSED, evidence
    if status >= _REFUSED:
        return (Cause.KEY_REFUSED if _is_of_key(request) else Cause.SUBJECT_MISMATCH), evidence
    return Cause.ISSUER_BROKEN, f"{evidence}, and no token that can be read"


def _is_of_key(request: Once) -> bool:
    """A key's own token endpoint; workload identity federation has the Security Token Service's."""
    return not urlsplit(request.asked).path.startswith("/v1/token")


def _said(request: Once) -> str:
    """An OAuth error, or that of a Google API."""
    error = request.told.get("error", "")
    if isinstance(error, dict):
        return str(error.get("message", ""))
    description = str(request.told.get("error_description", ""))
    return f"{error}: {description}" if description else str(error)
