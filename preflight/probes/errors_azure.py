"""Why Entra ID gave no token: what azure-identity raises, by the codes that Microsoft documents, as causes."""

from __future__ import annotations

import os
import re
from typing import Final

from azure.core import exceptions as azure

from preflight.model.evidence import Cause, Stage
from preflight.probes.errors import ProbeError
from preflight.probes.metadata import ADDRESS, Metadata, look

_CODES: Final = {
    Cause.SUBJECT_MISMATCH: {"70021", "700211", "700212", "700213", "700223", "50166"},
    Cause.TENANT_WRONG: {"90002", "900021", "900023", "900382", "50020", "90072"},
    Cause.CLIENT_UNKNOWN: {"700016", "7000112"},
    Cause.SCOPE_UNKNOWN: {"500011", "70011", "1002012", "650052", "650057"},
    Cause.IDENTITY_TOKEN_EXPIRED: {"700024"},
}
"""«Microsoft Entra authentication and authorization error codes»; 700211 to 700213: issuer, audience, subject."""

_SERVER_FAULT: Final = 500

OWN: Final = ("AZURE_CLIENT_SECRET", "AZURE_CLIENT_CERTIFICATE_PATH")
"""What DefaultAzureCredential takes before workload identity."""


def diagnose_azure(error: Exception) -> ProbeError:
    """The cause of what a credential, or the chain of them, raised."""
    cause, message = _of(error)
    return ProbeError(cause, message, stage=Stage.TOKEN)


def _of(error: Exception) -> tuple[Cause, str]:  # noqa: C901, PLR0911 - one line a case
    text = str(error)
    if found := re.search(r"AADSTS(\d+):?([^\r\n]*)", text):
        return _by_code(found[1]), f"AADSTS{found[1]}:{found[2].partition(' Trace ID')[0]}"
    match error:
        case OSError(filename=str(name)):
            return Cause.IDENTITY_FILE_UNREADABLE, f"{name}: {error.strerror}"
        case OSError():
            return Cause.ISSUER_UNTRUSTED, f"{os.environ.get('REQUESTS_CA_BUNDLE', '')} cannot be read"
        case UnicodeDecodeError():
            return Cause.IDENTITY_FILE_UNREADABLE, f"{os.environ.get('AZURE_FEDERATED_TOKEN_FILE')}: no text"
        case ValueError() if "invalid literal" in text:
            return Cause.ISSUER_BROKEN, "an answer with a time that is none"
        case ValueError():
            return _misconfigured(text)
        case azure.ServiceRequestTimeoutError() | azure.ServiceResponseTimeoutError():
            return Cause.ISSUER_SILENT, ""
        case azure.ServiceRequestError() | azure.ServiceResponseError():
            untrusted = "CERTIFICATE_VERIFY_FAILED" in text
            return (Cause.ISSUER_UNTRUSTED if untrusted else Cause.ISSUER_UNREACHABLE), ""
        case azure.ClientAuthenticationError() if _is_chain(text):
            return _of_chain(text)
        case azure.HttpResponseError(status_code=int(status)) if status >= _SERVER_FAULT:
            return Cause.ISSUER_BROKEN, f"it answers {status}"
        case azure.HttpResponseError() | azure.DecodeError():
            return Cause.ISSUER_BROKEN, "an answer that is none of Entra ID's"
        case _:
            return Cause.ISSUER_BROKEN, type(error).__name__


def _by_code(code: str) -> Cause:
    return next((cause for cause, codes in _CODES.items() if code in codes), Cause.ISSUER_REFUSED)


def _misconfigured(text: str) -> tuple[Cause, str]:
    """The webhook gives a pod its variables by the label, and the client id by the service account's annotation."""
    lacking = re.findall(r"'(tenant_id|client_id|token_file_path)'", text)
    if lacking:
        return Cause.IDENTITY_NOT_INJECTED, ", ".join(f"{_VARIABLES[each]} is not set" for each in lacking)
    if "TLS protected" in text:
        return Cause.CREDENTIALS_BROKEN, "AZURE_AUTHORITY_HOST must be an https:// URL"
    name = "AZURE_TENANT_ID: " if "tenant" in text.lower() else ""
    return Cause.CREDENTIALS_BROKEN, name + text.partition("\n")[0]


_VARIABLES: Final = {
    "tenant_id": "AZURE_TENANT_ID",
    "client_id": "AZURE_CLIENT_ID",
    "token_file_path": "AZURE_FEDERATED_TOKEN_FILE",
}


def _is_chain(text: str) -> bool:
    return text.startswith("DefaultAzureCredential")


def _of_chain(text: str) -> tuple[Cause, str]:
    """The chain keeps the texts of its members and nothing else of them."""
    if any(map(os.environ.get, OWN)):
        return _of_secret(text)
    if "Connection to" in text and "timed out" in text:
        return Cause.ISSUER_SILENT, ""
    tried = [f"{name} is not set" for name in _VARIABLES.values() if not os.environ.get(name)]
    machine = _machine()
    evidence = "; ".join([*tried, machine, "no login of az or azd"])
    if os.environ.get("KUBERNETES_SERVICE_HOST"):
        return Cause.IDENTITY_NOT_INJECTED, evidence
    return (Cause.METADATA_SILENT if machine is Metadata.SILENT else Cause.CREDENTIALS_MISSING), evidence


def _of_secret(text: str) -> tuple[Cause, str]:
    """A client's own secret or certificate is tried first, and in vain it is the last."""
    if "CERTIFICATE_VERIFY_FAILED" in text:
        return Cause.ISSUER_UNTRUSTED, ""
    if "timed out" in text:
        return Cause.ISSUER_SILENT, ""
    lost = ("Failed to establish", "Max retries", "refused", "resolve", "aborted", "reset")
    if any(words in text for words in lost):
        return Cause.ISSUER_UNREACHABLE, ""
    if "incomplete environment configuration" in text.lower() or "not fully configured" in text:
        return Cause.CREDENTIALS_BROKEN, "AZURE_CLIENT_SECRET is set, and AZURE_TENANT_ID or AZURE_CLIENT_ID is not"
    return Cause.ISSUER_BROKEN, "an answer to AZURE_CLIENT_SECRET that is none of Entra ID's"


def _machine() -> Metadata:
    endpoint = os.environ.get("AZURE_POD_IDENTITY_AUTHORITY_HOST") or ADDRESS
    return look(endpoint, "GET", "/metadata/instance?api-version=2021-02-01", {"Metadata": "true"})
