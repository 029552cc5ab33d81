"""Certificates as facts, by the cryptography package. Imported when one is seen: plaintext need not wait for it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from preflight.model.facts import Certificate

E = TypeVar("E", bound=x509.ExtensionType)

_FOR_CLIENTS = {ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}


UNREADABLE: Final = (
    ValueError,
    UnsupportedAlgorithm,
    x509.UnsupportedGeneralNameType,
    x509.DuplicateExtension,
    x509.InvalidVersion,
)
"""What this package raises for certificates that it cannot read and OpenSSL may."""


def of_der(raw: bytes) -> Certificate:
    """Raises one of `UNREADABLE`."""
    with _unwarned():
        return of_x509(x509.load_der_x509_certificate(raw))


def of_x509(certificate: x509.Certificate) -> Certificate:
    common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    algorithm = certificate.signature_hash_algorithm
    constraints = _extension(certificate, x509.BasicConstraints)
    usage = _extension(certificate, x509.ExtendedKeyUsage)
    return Certificate(
        subject=certificate.subject.rfc4514_string(),
        issuer=certificate.issuer.rfc4514_string(),
        common_name=str(common[0].value) if common else "",
        names=_names(certificate),
        not_before=certificate.not_valid_before_utc.isoformat(timespec="seconds"),
        not_after=certificate.not_valid_after_utc.isoformat(timespec="seconds"),
        key=_key(certificate),
        signature=algorithm.name if algorithm else "",
        is_ca=bool(constraints and constraints.ca),
        for_clients=usage is None or not _FOR_CLIENTS.isdisjoint(usage),
    )


def is_akin(last: bytes, roots: Iterable[bytes]) -> bool:
    """Whether a root is of the organisation that signed this certificate."""
    signer = _organization(x509.load_der_x509_certificate(last).issuer)
    return bool(signer) and any(_organization(root.subject) == signer for root in _loaded(roots))


def is_vouched_for(chain: Sequence[bytes], roots: Iterable[bytes]) -> bool:
    """Whether signatures lead from the first certificate to a root, over the others in any order."""
    trusted = list(_loaded(roots))
    here, *others = _loaded(chain)
    for _ in chain:
        if any(_signed(here, root) for root in trusted):
            return True
        above = next((each for each in others if each is not here and _signed(here, each)), None)
        if above is None:
            return False
        here = above
    return False


def _signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    if certificate.issuer != issuer.subject:
        return False
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _loaded(certificates: Iterable[bytes]) -> Iterator[x509.Certificate]:
    """Those that can be read."""
    for each in certificates:
        with suppress(*UNREADABLE), _unwarned():
            yield x509.load_der_x509_certificate(each)


@contextmanager
def _unwarned() -> Iterator[None]:
    """Some certificates that systems carry break rules, which this package says on the terminal."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _organization(name: x509.Name) -> str:
    found = name.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return str(found[0].value) if found else ""


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    found = _extension(certificate, x509.SubjectAlternativeName)
    if found is None:
        return ()
    return (*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress)))


def _key(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    kind = type(key).__name__.removesuffix("PublicKey")
    return f"{'EC' if kind.startswith('Elliptic') else kind} {getattr(key, 'key_size', '')}".rstrip()


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    """None where it is missing; one that cannot be read counts for missing, as OpenSSL judges it itself."""
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError):
        return None
