"""A client certificate and its key: whether they are what they should be, and belong together."""

from __future__ import annotations

import re
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from preflight.model.evidence import Cause
from preflight.model.facts import Certificate
from preflight.probes.certificates import of_x509
from preflight.probes.errors import ProbeError

_CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"
_KEY: Final = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----")
_ENCRYPTED: Final = re.compile(r"-----BEGIN ENCRYPTED PRIVATE KEY-----|^Proc-Type: 4,ENCRYPTED", re.MULTILINE)


def read_pair(cert: str, key: str, name: str) -> Certificate:
    """The certificate as a fact; `name` is what to call the two. Raises `ProbeError`.

    An empty key means that it stands in the certificate's file.
    """
    key = key or cert
    if _KEY.search(cert) and _CERTIFICATE not in cert and _CERTIFICATE in key:
        raise ProbeError(Cause.CLIENT_PAIR_SWAPPED, name)
    if not _KEY.search(key):
        raise ProbeError(Cause.CLIENT_PAIR_UNREADABLE, f"{name}: no PEM key found")
    if _ENCRYPTED.search(key):
        raise ProbeError(Cause.CLIENT_KEY_ENCRYPTED, name)
    try:
        own = x509.load_pem_x509_certificates(cert.encode())[0]
        held = load_pem_private_key(key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return _left_to_openssl(cert, name)
    spki = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if own.public_key().public_bytes(*spki) != held.public_key().public_bytes(*spki):
        raise ProbeError(Cause.CLIENT_PAIR_MISMATCHED, name)
    return of_x509(own)


def _left_to_openssl(cert: str, name: str) -> Certificate:
    """What this library cannot read OpenSSL may; what neither can, it says in its own words."""
    try:
        return of_x509(x509.load_pem_x509_certificates(cert.encode())[0])
    except (ValueError, IndexError):
        raise ProbeError(Cause.CLIENT_PAIR_UNREADABLE, f"{name}: no PEM certificate found") from None
