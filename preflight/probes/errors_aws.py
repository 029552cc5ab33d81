"""Why AWS gave no credentials: what botocore raises, as causes. No text of an answer but its code and first words."""

from __future__ import annotations

import os
import re
from json import JSONDecodeError
from pathlib import Path
from typing import Final

from botocore import exceptions as aws
from botocore.session import Session

from preflight.model.evidence import Cause, Stage
from preflight.probes.errors import ProbeError
from preflight.probes.metadata import ADDRESS, Metadata, look

FILES: Final = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")
"""The variables that name the files of a pod's identity."""

_CODES: Final = {
    "AccessDenied": Cause.ROLE_REFUSED,
    "AccessDeniedException": Cause.ROLE_REFUSED,
    "InvalidIdentityToken": Cause.IDENTITY_TOKEN_REFUSED,
    "InvalidIdentityTokenException": Cause.IDENTITY_TOKEN_REFUSED,
    "IDPRejectedClaim": Cause.IDENTITY_TOKEN_REFUSED,
    "ExpiredToken": Cause.IDENTITY_TOKEN_EXPIRED,
    "ExpiredTokenException": Cause.IDENTITY_TOKEN_EXPIRED,
}

_MISCONFIGURED: Final = (
    aws.PartialCredentialsError, aws.ProfileNotFound, aws.ConfigParseError, aws.ConfigNotFound, aws.InvalidConfigError,
    aws.NoRegionError, aws.TokenRetrievalError, aws.SSOError, aws.UnknownCredentialError, aws.InvalidIMDSEndpointError,
)  # fmt: skip

_SERVER_FAULT: Final = 500


def diagnose_aws(error: Exception, clock_offset: float | None = None) -> ProbeError:
    """The cause of what the credential chain raised."""
    cause, message = _of(error)
    if cause is Cause.IDENTITY_TOKEN_EXPIRED and clock_offset is not None:
        message = f"{message}; the clock of STS is {clock_offset:+.0f} s from this machine's"
    return ProbeError(cause, message, stage=Stage.TOKEN)


def _of(error: Exception) -> tuple[Cause, str]:  # noqa: C901, PLR0911 - one line a case
    match error:
        case OSError(filename=str(name)) if name in map(os.environ.get, FILES):
            return Cause.IDENTITY_FILE_UNREADABLE, f"{name}: {error.strerror}"
        case OSError(filename=str(name)):
            return Cause.CREDENTIALS_BROKEN, f"{name}: {error.strerror}"
        case UnicodeDecodeError():
            return Cause.IDENTITY_FILE_UNREADABLE, f"{os.environ.get(FILES[0])}: no text"
        case aws.ParamValidationError():
            return Cause.IDENTITY_FILE_UNREADABLE, f"{os.environ.get('AWS_WEB_IDENTITY_TOKEN_FILE')}: empty"
        case aws.ClientError():
            return _of_answer(error)
        case aws.CredentialRetrievalError():
            return _of_retrieval(error)
        case aws.ConnectTimeoutError() | aws.ReadTimeoutError():
            return Cause.ISSUER_SILENT, ""
        case aws.SSLError():
            return Cause.ISSUER_UNTRUSTED, ""
        case aws.ConnectionError() | aws.HTTPClientError():
            return _of_connection()
        case _ if isinstance(error, _MISCONFIGURED):
            return Cause.CREDENTIALS_BROKEN, str(error)
        case ValueError():
            return _of_setting(error)
        case _:
            return Cause.ISSUER_BROKEN, type(error).__name__


def _of_connection() -> tuple[Cause, str]:
    bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
    if bundle and not Path(bundle).exists():
        return Cause.CREDENTIALS_BROKEN, f"AWS_CA_BUNDLE or REQUESTS_CA_BUNDLE names {bundle}, which is not there"
    return Cause.ISSUER_UNREACHABLE, ""


def _of_setting(error: ValueError) -> tuple[Cause, str]:
    """What botocore finds wrong with the settings, in several ways of its own."""
    text = str(error)
    if isinstance(error, JSONDecodeError):
        return Cause.CREDENTIALS_BROKEN, "credential_process of the profile writes no JSON"
    if "auth token" in text.lower():
        return Cause.IDENTITY_FILE_UNREADABLE, "the file of the Pod Identity token holds a newline"
    if "Unsupported host" in text:
        return Cause.CREDENTIALS_BROKEN, "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that the SDK does not trust"
    return Cause.CREDENTIALS_BROKEN, text


def _of_answer(error: aws.ClientError) -> tuple[Cause, str]:
    told, status = error.response.get("Error", {}), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(told.get("Code", ""))
    if cause := _CODES.get(code):
        return cause, f"{code}: {told.get('Message', '')}"
    if status >= _SERVER_FAULT:
        return Cause.ISSUER_BROKEN, f"STS answers {status}"
    return Cause.ISSUER_REFUSED, f"{code}: {told.get('Message', '')}"


def _of_retrieval(error: aws.CredentialRetrievalError) -> tuple[Cause, str]:
    """Of the container's endpoint there is only the text; of a program's output not even that is safe."""
    if error.kwargs.get("provider") == "custom-process":
        return Cause.CREDENTIALS_BROKEN, "credential_process of the profile ends with an error"
    low = str(error).lower()
    if "timeout" in low or "timed out" in low:
        return Cause.ISSUER_SILENT, ""
    if found := re.search(r"received non 200 response (?:\()?(\d+)", low):
        if int(found[1]) >= _SERVER_FAULT:
            return Cause.ISSUER_BROKEN, f"the Pod Identity agent answers {found[1]}"
        return Cause.ISSUER_REFUSED, "the Pod Identity agent refuses, or has no association for this service account"
    return (Cause.ISSUER_BROKEN, "no JSON") if "parse json" in low else (Cause.ISSUER_UNREACHABLE, "")


def explain_absence(session: Session) -> ProbeError:
    """Nothing in the chain gave credentials, which it says by saying nothing."""
    names = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI")
    tried = [f"{name} is not set" for name in names if not os.environ.get(name)]
    tried.append("no profile holds keys")
    machine = _machine(session)
    evidence = "; ".join([*tried, machine or "the instance metadata is switched off"])
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return ProbeError(Cause.IDENTITY_NOT_INJECTED, evidence, stage=Stage.TOKEN)
    silent = machine is Metadata.SILENT
    return ProbeError(Cause.METADATA_SILENT if silent else Cause.CREDENTIALS_MISSING, evidence, stage=Stage.TOKEN)


def _machine(session: Session) -> Metadata | None:
    """None where the SDK was told not to ask."""
    if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
        return None
    endpoint = session.get_config_variable("ec2_metadata_service_endpoint") or ADDRESS
    return look(endpoint, "PUT", "/latest/api/token", {"x-aws-ec2-metadata-token-ttl-seconds": "60"})
