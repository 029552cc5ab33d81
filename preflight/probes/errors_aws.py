"""Why AWS gave no credentials: what botocore raises, as causes. No text of an answer but its code and first words."""

from __future__ import annotations

import os
import re
from typing import Final

from botocore import exceptions as aws
from botocore.session import Session

from preflight.model.evidence import Cause, Stage
from preflight.probes.errors import ProbeError
from preflight.probes.metadata import ADDRESS, Metadata, look

_LONGEST: Final = 200

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
    return ProbeError(cause, message[:_LONGEST], stage=Stage.TOKEN)


def _of(error: Exception) -> tuple[Cause, str]:  # noqa: C901, PLR0911 - one line a case
    match error:
        case OSError(filename=str(name)):
            return Cause.IDENTITY_FILE_UNREADABLE, f"{name}: {error.strerror}"
        case aws.ParamValidationError():
            return Cause.IDENTITY_FILE_UNREADABLE, f"{os.environ.get('AWS_WEB_IDENTITY_TOKEN_FILE')}: empty"
        case aws.ClientError():
            return _of_answer(error)
        case aws.CredentialRetrievalError():
            return _of_retrieval(str(error))
        case aws.MetadataRetrievalError():
            return Cause.METADATA_SILENT, ""
        case aws.ConnectTimeoutError() | aws.ReadTimeoutError():
            return Cause.ISSUER_SILENT, ""
        case aws.SSLError():
            return Cause.ISSUER_UNTRUSTED, ""
        case aws.ConnectionError() | aws.HTTPClientError():
            return Cause.ISSUER_UNREACHABLE, ""
        case _ if isinstance(error, _MISCONFIGURED):
            return Cause.CREDENTIALS_BROKEN, str(error)
        case ValueError():
            return _of_container(str(error))
        case _:
            return Cause.ISSUER_BROKEN, type(error).__name__


def _of_container(text: str) -> tuple[Cause, str]:
    """What botocore finds wrong with the settings of EKS Pod Identity."""
    if "auth token" in text.lower():
        return Cause.IDENTITY_FILE_UNREADABLE, "the file of the Pod Identity token holds a newline"
    if "Unsupported host" in text:
        return Cause.CREDENTIALS_BROKEN, "AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that the SDK does not trust"
    return Cause.ISSUER_BROKEN, "ValueError"


def _of_answer(error: aws.ClientError) -> tuple[Cause, str]:
    told, status = error.response.get("Error", {}), error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    code = str(told.get("Code", ""))
    if cause := _CODES.get(code):
        return cause, f"{code}: {told.get('Message', '')}"
    if status >= _SERVER_FAULT:
        return Cause.ISSUER_BROKEN, f"STS answers {status}"
    return Cause.ISSUER_REFUSED, f"{code}: {told.get('Message', '')}"


def _of_retrieval(text: str) -> tuple[Cause, str]:
    """Of the container's endpoint there is only the text."""
    low = text.lower()
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
