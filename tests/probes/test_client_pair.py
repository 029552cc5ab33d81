"""A client certificate and its key: what can be wrong with them, and what is not."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID

from preflight.model.evidence import Cause
from preflight.probes.client_pair import read_pair
from preflight.probes.errors import ProbeError

NAME: Final = "tls.crt, tls.key"
RSA: Final = rsa.generate_private_key(65537, 2048)
EC: Final = ec.generate_private_key(ec.SECP256R1())
EDWARDS: Final = ed25519.Ed25519PrivateKey.generate()
OTHER: Final = ec.generate_private_key(ec.SECP256R1())
PKCS8, OLD = PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL
GARBLED: Final = "-----BEGIN {0}-----\ntops3cret\n-----END {0}-----\n"


class Pair(NamedTuple):
    cert: str
    key: str


def certified(key: CertificateIssuerPrivateKeyTypes) -> str:
    """A certificate of its own for a key."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "me")])
    begin = datetime(2025, 1, 1, tzinfo=UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(begin)
        .not_valid_after(begin + timedelta(days=365))
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM).decode()


def written(
    key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
    form: PrivateFormat = PKCS8,
    lock: KeySerializationEncryption | None = None,
) -> str:
    return key.private_bytes(Encoding.PEM, form, lock or NoEncryption()).decode()


OF_RSA, OF_EC, OF_OTHER = certified(RSA), certified(EC), certified(OTHER)
LOCK: Final = BestAvailableEncryption(b"tops3cret")


@pytest.mark.parametrize(
    ("pair", "key"),
    [
        (Pair(OF_RSA, written(RSA)), "RSA 2048"),
        (Pair(OF_RSA, written(RSA, OLD)), "RSA 2048"),
        (Pair(OF_EC, written(EC)), "EC 256"),
        (Pair(OF_EC, written(EC, OLD)), "EC 256"),
        (Pair(certified(EDWARDS), written(EDWARDS)), "Ed25519"),
        (Pair(OF_EC + written(EC), ""), "EC 256"),
        (Pair(written(EC) + OF_EC, ""), "EC 256"),
        (Pair(OF_EC + written(EC), written(EC)), "EC 256"),
        (Pair(OF_EC + OF_OTHER, written(EC)), "EC 256"),
        (Pair("Bag Attributes\n" + OF_EC, "comment\n" + written(EC)), "EC 256"),
        (Pair(OF_EC.replace("\n", "\r\n"), written(EC).replace("\n", "\r\n")), "EC 256"),
        (Pair(OF_EC, OF_EC + written(EC)), "EC 256"),
    ],
)
def test_a_pair_that_belongs_together(pair: Pair, key: str) -> None:
    """PKCS#8 or the older forms, both in one file, a chain behind the certificate, comments before it."""
    own = read_pair(*pair, NAME)
    assert (own.common_name, own.key) == ("me", key)
    assert own.not_after == "2026-01-01T00:00:00+00:00"


@pytest.mark.parametrize(
    ("pair", "cause"),
    [
        (Pair(written(EC), OF_EC), Cause.CLIENT_PAIR_SWAPPED),
        (Pair(written(RSA, OLD), OF_RSA), Cause.CLIENT_PAIR_SWAPPED),
        (Pair(written(EC, OLD), OF_EC + OF_OTHER), Cause.CLIENT_PAIR_SWAPPED),
        (Pair(written(EC, PKCS8, LOCK), OF_EC), Cause.CLIENT_PAIR_SWAPPED),
        (Pair(OF_EC, written(OTHER)), Cause.CLIENT_PAIR_MISMATCHED),
        (Pair(OF_EC, written(RSA)), Cause.CLIENT_PAIR_MISMATCHED),
        (Pair(OF_RSA, written(EC, OLD)), Cause.CLIENT_PAIR_MISMATCHED),
        (Pair(OF_OTHER + OF_EC, written(EC)), Cause.CLIENT_PAIR_MISMATCHED),
        (Pair(OF_EC + written(OTHER), ""), Cause.CLIENT_PAIR_MISMATCHED),
        (Pair(OF_EC, written(EC, PKCS8, LOCK)), Cause.CLIENT_KEY_ENCRYPTED),
        (Pair(OF_RSA, written(RSA, OLD, LOCK)), Cause.CLIENT_KEY_ENCRYPTED),
        (Pair(OF_RSA, written(RSA, OLD, LOCK).replace("\n", "\r\n")), Cause.CLIENT_KEY_ENCRYPTED),
        (Pair(OF_EC + written(EC, PKCS8, LOCK), ""), Cause.CLIENT_KEY_ENCRYPTED),
        (Pair("", ""), Cause.CLIENT_PAIR_UNREADABLE),
        (Pair("tops3cret", written(EC)), Cause.CLIENT_PAIR_UNREADABLE),
        (Pair(GARBLED.format("CERTIFICATE"), written(EC)), Cause.CLIENT_PAIR_UNREADABLE),
        (Pair(written(EC), written(EC)), Cause.CLIENT_PAIR_UNREADABLE),
        (Pair("\0\u00fc\ufffd", "\0"), Cause.CLIENT_PAIR_UNREADABLE),
    ],
)
def test_a_pair_that_does_not(pair: Pair, cause: Cause) -> None:
    """Each by its cause; the files are named and nothing of them is quoted."""
    with pytest.raises(ProbeError) as caught:
        read_pair(*pair, NAME)
    assert caught.value.cause is cause
    assert caught.value.message.startswith(NAME)
    assert "tops3cret" not in caught.value.message
    assert "MII" not in caught.value.message


@pytest.mark.parametrize("key", [GARBLED.format("PRIVATE KEY"), GARBLED.format("DSA PRIVATE KEY")])
def test_a_key_that_is_left_to_openssl(key: str) -> None:
    """It reads more forms than this library; what it cannot it says itself, as `trust` is tested."""
    assert read_pair(OF_EC, key, NAME).common_name == "me"


@pytest.mark.parametrize("key", ["", "tops3cret", OF_EC])
def test_no_key_at_all(key: str) -> None:
    """Neither in the file of its own nor in the certificate's."""
    with pytest.raises(ProbeError) as caught:
        read_pair(OF_EC, key, NAME)
    assert (caught.value.cause, caught.value.message) == (Cause.CLIENT_PAIR_UNREADABLE, f"{NAME}: no PEM key found")


def test_a_pair_as_a_ca_issues_it() -> None:
    """With the chain behind the certificate, in one file and in two."""
    root = trustme.CA()
    leaf = root.create_child_ca().issue_cert("me@example.com")
    chain = b"".join(each.bytes() for each in leaf.cert_chain_pems).decode()
    own = read_pair(chain, leaf.private_key_pem.bytes().decode(), NAME)
    assert read_pair(leaf.private_key_and_cert_chain_pem.bytes().decode(), "", NAME) == own
    assert (own.is_ca, own.for_clients) == (False, True)
