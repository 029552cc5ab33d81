"""Files: the CA bundle and the client certificate, as the TLS context that will be used."""

from __future__ import annotations

import ssl

from preflight.model.evidence import Cause
from preflight.model.facts import Files
from preflight.model.target import Tls
from preflight.probes.errors import ProbeError


def trust(tls: Tls, *, check_hostname: bool) -> tuple[Files, ssl.SSLContext]:
    """A verifying context of the system's roots or of the bundle alone, with the client certificate if any.

    Without `check_hostname` the chain is verified and the name is not, as LangSmith does for
    `ssl_check_hostname=false`.
    """
    context = _rooted(tls.ca_file)
    context.check_hostname = check_hostname
    if tls.client_cert:
        _present(context, tls.client_cert, tls.client_key)
    return Files(roots=len(context.get_ca_certs()), client_certificate=bool(tls.client_cert)), context


def _rooted(ca_file: str | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except OSError as error:
        raise ProbeError(Cause.CA_UNREADABLE, f"{ca_file}: {_reason(error)}") from None


def _present(context: ssl.SSLContext, cert: str, key: str | None) -> None:
    try:
        # Without a password OpenSSL would ask for one on the terminal.
        context.load_cert_chain(cert, key, password=lambda: "")
    except (OSError, ValueError) as error:
        message = f"{cert}, {key or 'no key file'}: {_reason(error)}"
        raise ProbeError(Cause.CLIENT_PAIR_UNREADABLE, message) from None


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM certificate found").lower().replace("_", " ")
    return getattr(error, "strerror", None) or type(error).__name__
