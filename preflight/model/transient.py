"""What may pass by itself, and so is worth another try under --wait: a server that starts, a name, a grant on its way.

A wrong password, a certificate, a version or a mode stays what it is until somebody changes it.
"""

from __future__ import annotations

from typing import Final

from preflight.model.evidence import Cause

TRANSIENT: Final = frozenset({
    # The server, or what leads to it, is not there yet.
    Cause.NAME_UNKNOWN,
    Cause.RESOLVER_FAILED,
    Cause.RESOLVER_SILENT,
    Cause.REFUSED,
    Cause.UNREACHABLE,
    Cause.CONNECT_TIMEOUT,
    Cause.TLS_SILENT,
    Cause.TLS_CLOSED,
    Cause.SILENT,
    Cause.CLOSED,
    Cause.STALLED,
    Cause.SECOND_REFUSED,
    Cause.LOADING,
    Cause.TOO_MANY_CLIENTS,
    Cause.DISAGREEMENT,
    Cause.DEADLINE,
    # The issuer, and grants: AWS, Google and Entra ID document minutes until a change is known everywhere.
    Cause.METADATA_SILENT,
    Cause.ISSUER_SILENT,
    Cause.ISSUER_UNREACHABLE,
    Cause.ISSUER_BROKEN,
    Cause.IAM_BACKEND_BUSY,
    Cause.ROLE_REFUSED,
    Cause.IMPERSONATION_REFUSED,
    Cause.SUBJECT_MISMATCH,
    Cause.AWS_TOKEN_REFUSED,
    Cause.GCP_TOKEN_REFUSED,
    Cause.AZURE_TOKEN_REFUSED,
    Cause.RENEWAL_WITHOUT_TOKEN,
})  # fmt: skip
