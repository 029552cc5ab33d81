"""Files: the CA bundle and the client certificate, as the TLS context that will be used."""

from __future__ import annotations

import os
import ssl
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeAlias

from preflight.model.evidence import Cause
from preflight.model.facts import Certificate, Files
from preflight.model.target import File, Pem, Target, Tls
from preflight.probes.errors import ProbeError
from preflight.probes.handshake import listen

Trust: TypeAlias = Mapping[bool, ssl.SSLContext | None]
"""How to verify, by whether the host name is checked; None for plaintext."""


async def contexts_of(target: Target) -> tuple[Files, Trust]:
    """For each way in which its endpoints want it. Raises `ProbeError`."""
    tls = target.tls
    if tls is None:
        return Files(), {True: None, False: None}
    checks = {endpoint.check_hostname for endpoint in target.endpoints}
    trusted = {check: trust(tls, check_hostname=check) for check in checks}
    return next(iter(trusted.values()))[0], {check: context for check, (_, context) in trusted.items()}


def system_roots() -> frozenset[bytes]:
    """Those that OpenSSL was built to look for, as DER; in a pod SSL_CERT_FILE names the bundle itself."""
    context, file = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), ssl.get_default_verify_paths().openssl_cafile
    with suppress(OSError):
        context.load_verify_locations(cafile=file)
    return frozenset(context.get_ca_certs(binary_form=True))


def trust(
    tls: Tls, *, check_hostname: bool, public: Callable[[], frozenset[bytes]] = system_roots
) -> tuple[Files, ssl.SSLContext]:
    """A verifying context of the system's roots or of the bundle alone, with the client certificate if any.

    Without `check_hostname` the chain is verified and the name is not, as LangSmith does for
    `ssl_check_hostname=false`.
    """
    context = _rooted(tls.ca_file)
    context.check_hostname = check_hostname
    # Python 3.13 turned these on. The verdict must not depend on which Python runs preflight.
    context.verify_flags &= ~(ssl.VERIFY_X509_STRICT | ssl.VERIFY_X509_PARTIAL_CHAIN)
    listen(context)
    own = _present(context, tls.client_cert, tls.client_key) if tls.client_cert else None
    roots = context.get_ca_certs(binary_form=True)
    system = public() if tls.ca_file else frozenset()
    kept = len(system.intersection(roots)) if system else None
    now = datetime.now(UTC).isoformat(timespec="seconds")
    return Files(roots=len(roots), client_certificate=own, at=now, public_roots=kept), context


def _rooted(ca: File | None) -> ssl.SSLContext:
    try:
        if isinstance(ca, Pem):
            # OpenSSL takes comments beside the certificates, and Python only those in ASCII.
            return ssl.create_default_context(cadata=ca.text.reveal().encode("ascii", "replace").decode())
        return ssl.create_default_context(cafile=ca)
    except (OSError, ValueError) as error:
        raise _unreadable(error, str(ca), Cause.CA_UNREADABLE) from None


def _present(context: ssl.SSLContext, cert: File, key: File | None) -> Certificate:
    # Most servers ask for no client certificate, and plaintext need not wait for it.
    from preflight.probes.client_pair import read_pair  # noqa: PLC0415

    own = read_pair(_text(cert), _text(key) if key else "", f"{cert}, {key or 'no key file'}")
    try:
        with ExitStack() as stack:
            files = [stack.enter_context(_on_disk(each)) if each else None for each in (cert, key)]
            # Without a password OpenSSL would ask for one on the terminal.
            context.load_cert_chain(files[0] or "", files[1], password=lambda: "")
    except (OSError, ValueError) as error:
        raise _unreadable(error, f"{cert}, {key or 'no key file'}", Cause.CLIENT_PAIR_UNREADABLE) from None
    return own


def _text(file: File) -> str:
    if isinstance(file, Pem):
        return file.text.reveal()
    try:
        return Path(file).read_text(encoding="ascii", errors="replace")
    except (OSError, ValueError) as error:
        raise _unreadable(error, file, Cause.CLIENT_PAIR_UNREADABLE) from None


def _unreadable(error: OSError | ValueError, name: str, cause: Cause) -> ProbeError:
    if isinstance(error, PermissionError):
        return ProbeError(Cause.FILE_FORBIDDEN, f"{name}: {error.strerror}")
    return ProbeError(cause, f"{name}: {_reason(error)}")


@contextmanager
def _on_disk(file: File) -> Iterator[str]:
    """OpenSSL reads a certificate and its key from files alone: one that nobody else can open, and not for long."""
    if isinstance(file, str):
        yield file
        return
    handle, name = tempfile.mkstemp(prefix="preflight-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as opened:
            opened.write(file.text.reveal())
        yield name
    finally:
        Path(name).unlink()


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, ssl.SSLError):
        return (error.reason or "no PEM certificate found").lower().replace("_", " ")
    return getattr(error, "strerror", None) or type(error).__name__
