"""Certificates as facts, whatever is in them, and whose signatures lead where."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from typing import Final

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.asymmetric.types import CertificateIssuerPrivateKeyTypes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.facts import Certificate
from preflight.probes.certificates import UNREADABLE, is_akin, is_vouched_for, of_der

EC: Final = ec.generate_private_key(ec.SECP256R1())
BEGIN: Final = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
SERIAL: Final = 0x11223344556677
NAMES: Final = x509.SubjectAlternativeName([x509.DNSName("a.b")])


def named(common: str = "cache", organization: str = "") -> x509.Name:
    parts = [(NameOID.ORGANIZATION_NAME, organization), (NameOID.COMMON_NAME, common)]
    return x509.Name([x509.NameAttribute(kind, text) for kind, text in parts if text])


def made(
    *extensions: x509.ExtensionType,
    key: CertificateIssuerPrivateKeyTypes = EC,
    digest: hashes.SHA256 | hashes.SHA384 | None = hashes.SHA256(),  # noqa: B008 - it has no state
    subject: x509.Name | None = None,
    issuer: x509.Name | None = None,
    signer: CertificateIssuerPrivateKeyTypes | None = None,
) -> bytes:
    """A certificate in DER; it signs itself but for a `signer`."""
    own = named() if subject is None else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(own)
        .issuer_name(own if issuer is None else issuer)
        .public_key(key.public_key())
        .serial_number(SERIAL)
        .not_valid_before(BEGIN)
        .not_valid_after(BEGIN + timedelta(days=365))
    )
    for each in extensions:
        builder = builder.add_extension(each, critical=False)
    return builder.sign(signer or key, digest).public_bytes(Encoding.DER)


@pytest.mark.parametrize(
    ("key", "digest", "said"),
    [
        (rsa.generate_private_key(65537, 2048), hashes.SHA256(), ("RSA 2048", "sha256")),
        (EC, hashes.SHA256(), ("EC 256", "sha256")),
        (ec.generate_private_key(ec.SECP384R1()), hashes.SHA384(), ("EC 384", "sha384")),
        (ed25519.Ed25519PrivateKey.generate(), None, ("Ed25519", "")),
        (ed448.Ed448PrivateKey.generate(), None, ("Ed448", "")),
    ],
)
def test_kinds_of_keys(
    key: CertificateIssuerPrivateKeyTypes, digest: hashes.SHA256 | hashes.SHA384 | None, said: tuple[str, str]
) -> None:
    """Type and size, and the hash of the signature where it has one."""
    found = of_der(made(key=key, digest=digest))
    assert (found.key, found.signature) == said


def test_all_that_is_said() -> None:
    """Names as they are written, moments in UTC."""
    names = [x509.DNSName("*.example.com"), x509.IPAddress(ip_address("10.0.0.7")), x509.DNSName("cache")]
    names += [x509.IPAddress(ip_address("fd00::7")), x509.RFC822Name("me@example.com")]
    raw = made(
        x509.SubjectAlternativeName(names),
        x509.BasicConstraints(ca=True, path_length=0),
        x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
        subject=named("cache", "mine"),
        issuer=named("root", "theirs"),
    )
    assert of_der(raw) == Certificate(
        subject="CN=cache,O=mine",
        issuer="CN=root,O=theirs",
        common_name="cache",
        names=("*.example.com", "cache", "10.0.0.7", "fd00::7"),
        not_before="2025-01-02T03:04:05+00:00",
        not_after="2026-01-02T03:04:05+00:00",
        key="EC 256",
        signature="sha256",
        is_ca=True,
        for_clients=False,
    )


def test_a_certificate_that_says_little() -> None:
    """No extension at all, and no name of its own."""
    found = of_der(made(subject=x509.Name([])))
    assert (found.subject, found.issuer, found.common_name, found.names) == ("", "", "", ())
    assert (found.is_ca, found.for_clients, found.is_self_signed) == (False, True, True)


SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@pytest.mark.parametrize(
    ("usage", "for_clients"),
    [
        ([CLIENT], True),
        ([SERVER, CLIENT], True),
        ([ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE], True),
        ([SERVER], False),
        ([ExtendedKeyUsageOID.CODE_SIGNING], False),
    ],
)
def test_what_it_is_for(usage: list[x509.ObjectIdentifier], for_clients: bool) -> None:
    """Clients are named, or any use is."""
    assert of_der(made(x509.ExtendedKeyUsage(usage))).for_clients is for_clients


SAN: Final = bytes.fromhex("8203612e62")
"""The name `a.b` in DER."""


@pytest.mark.parametrize("broken", ["8209612e62", "8703612e62", "8203ff2e62"])
def test_an_extension_that_cannot_be_read(broken: str) -> None:
    """It counts for missing; the rest is read."""
    raw = made(NAMES)
    assert of_der(raw).names == ("a.b",)
    found = of_der(raw.replace(SAN, bytes.fromhex(broken)))
    assert (found.names, found.common_name) == ((), "cache")


ODD: Final = [
    pytest.param(made(NAMES), SAN, bytes.fromhex("a303612e62"), id="san-x400"),
    pytest.param(
        made(NAMES, x509.IssuerAlternativeName([x509.DNSName("a.b")])),
        bytes.fromhex("0603551d12"),
        bytes.fromhex("0603551d11"),
        id="san-twice",
    ),
    pytest.param(made(), bytes.fromhex("a003020102"), bytes.fromhex("a003020103"), id="version-4"),
    pytest.param(
        made(), bytes.fromhex("06082a8648ce3d030107"), bytes.fromhex("06082a8648ce3d03017f"), id="unknown-curve"
    ),
    pytest.param(made(), bytes.fromhex("06072a8648ce3d0201"), bytes.fromhex("06072a8648ce3d0301"), id="unknown-key"),
    pytest.param(
        made(), bytes.fromhex("06082a8648ce3d040302"), bytes.fromhex("06082a8648ce3d04037f"), id="unknown-signature"
    ),
]


@pytest.mark.parametrize(("raw", "old", "new"), ODD)
def test_a_certificate_beyond_the_library(raw: bytes, old: bytes, new: bytes) -> None:
    """What a server may send: it is read without what cannot be, or it is none."""
    changed = raw.replace(old, new)
    assert changed != raw
    try:
        assert of_der(changed).subject == "CN=cache"
    except UNREADABLE as error:
        assert str(error)  # noqa: PT017 - either will do


def test_a_certificate_that_the_library_warns_of() -> None:
    """A negative serial number, as some old appliances have."""
    raw = made()
    old = b"\x02\x07" + SERIAL.to_bytes(7, "big")
    changed = raw.replace(old, b"\x02\x07\xff" + old[3:])
    assert changed != raw
    assert of_der(changed).subject == "CN=cache"


@given(st.binary(max_size=300))
def test_random_bytes_are_no_certificate(raw: bytes) -> None:
    """And that is all that is said."""
    with pytest.raises(ValueError, match=r"."):
        of_der(raw)


@pytest.mark.parametrize("end", [0, 1, 50, -1])
def test_a_certificate_cut_short(end: int) -> None:
    """It is none either."""
    with pytest.raises(ValueError, match=r"."):
        of_der(made()[:end])


ROOT: Final = ec.generate_private_key(ec.SECP256R1())
MIDDLE: Final = ec.generate_private_key(ec.SECP256R1())
STRANGER: Final = ec.generate_private_key(ec.SECP256R1())
TOP, MID = named("root", "mine"), named("middle", "mine")
CA: Final = x509.BasicConstraints(ca=True, path_length=None)
OF_ROOT: Final = made(CA, key=ROOT, subject=TOP)
OF_MIDDLE: Final = made(CA, key=MIDDLE, subject=MID, issuer=TOP, signer=ROOT)
OF_LEAF: Final = made(subject=named(), issuer=MID, signer=MIDDLE)
DIRECT: Final = made(subject=named(), issuer=TOP, signer=ROOT)
FORGED: Final = made(subject=named(), issuer=TOP, signer=STRANGER)
FORGED_MIDDLE: Final = made(CA, key=MIDDLE, subject=MID, issuer=TOP, signer=STRANGER)
TWIN: Final = made(CA, key=STRANGER, subject=TOP)
ALONE: Final = made()
# Two that have signed each other, and lead nowhere.
ROUND: Final = [
    made(CA, key=MIDDLE, subject=MID, issuer=TOP, signer=STRANGER),
    made(CA, key=STRANGER, subject=TOP, issuer=MID, signer=MIDDLE),
]


@pytest.mark.parametrize(
    ("chain", "roots", "vouched"),
    [
        ([DIRECT], [OF_ROOT], True),
        ([DIRECT], [TWIN, OF_ROOT], True),
        ([DIRECT], [b"no certificate", OF_ROOT], True),
        ([OF_LEAF, OF_MIDDLE], [OF_ROOT], True),
        ([OF_LEAF, OF_MIDDLE, OF_ROOT], [OF_ROOT], True),
        ([OF_LEAF, OF_ROOT, OF_MIDDLE], [OF_ROOT], True),
        ([OF_LEAF, ALONE, OF_MIDDLE], [OF_ROOT], True),
        ([OF_LEAF], [OF_MIDDLE], True),
        ([ALONE], [ALONE], True),
        ([OF_LEAF], [OF_ROOT], False),
        ([DIRECT], [], False),
        ([DIRECT], [TWIN], False),
        ([FORGED], [OF_ROOT], False),
        ([FORGED, OF_ROOT], [OF_ROOT], False),
        ([FORGED, TWIN], [OF_ROOT], False),
        ([OF_LEAF, FORGED_MIDDLE], [OF_ROOT], False),
        ([ALONE], [OF_ROOT], False),
        ([OF_LEAF, *ROUND], [OF_ROOT], False),
        ([OF_MIDDLE, OF_LEAF], [], False),
    ],
)
def test_where_signatures_lead(chain: Sequence[bytes], roots: list[bytes], vouched: bool) -> None:
    """By signatures and not by names alone, from the server's own and over the others in any order."""
    assert is_vouched_for(chain, roots) is vouched


def test_the_order_of_the_others_is_nothing() -> None:
    """Whatever else is sent with them."""
    others = [OF_MIDDLE, OF_ROOT, TWIN, ALONE]
    assert all(is_vouched_for([OF_LEAF, *each], [OF_ROOT]) for each in itertools.permutations(others))


@pytest.mark.parametrize(
    ("last", "roots", "akin"),
    [
        (OF_LEAF, [OF_ROOT], True),
        (OF_LEAF, [ALONE, OF_ROOT], True),
        (OF_LEAF, [b"no certificate", OF_ROOT], True),
        (OF_LEAF, [], False),
        (OF_LEAF, [made(subject=named("root", "other"))], False),
        (ALONE, [ALONE], False),
    ],
)
def test_a_root_of_the_signer_s_organisation(last: bytes, roots: list[bytes], akin: bool) -> None:
    """Two without any are not akin for that."""
    assert is_akin(last, roots) is akin


def test_certificates_as_a_ca_issues_them() -> None:
    """An RSA root, a CA between, and a server's own."""
    root = trustme.CA(key_type=trustme.KeyType.RSA)
    leaf = root.create_child_ca().issue_cert("cache.example.com", "10.0.0.7")
    raw = [x509.load_pem_x509_certificate(each.bytes()).public_bytes(Encoding.DER) for each in leaf.cert_chain_pems]
    own, between = map(of_der, raw)
    assert own.names == ("cache.example.com", "10.0.0.7")
    assert (own.is_ca, between.is_ca, between.key) == (False, True, "EC 256")
    assert own.issuer == between.subject
    top = x509.load_pem_x509_certificate(root.cert_pem.bytes()).public_bytes(Encoding.DER)
    assert is_vouched_for(raw, [top])
