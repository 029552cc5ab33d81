"""A certificate authority for one test, and the files that servers and clients read."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import trustme
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

LOOPBACK_NAMES = ("127.0.0.1", "localhost")
CLIENT_NAME = "client@preflight.example"
YEAR = timedelta(days=365)

Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

_BLOCK = re.compile(r"-----BEGIN [^-]+-----.+?-----END [^-]+-----\n", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain, and the key that belongs to it."""

    cert_file: Path
    key_file: Path

    @property
    def blocks(self) -> list[str]:
        """The certificate and its chain, one PEM block each."""
        return _BLOCK.findall(self.cert_file.read_text())

    def sending(self, *blocks: str) -> "Certificate":
        """The same with these blocks in its file, in this order."""
        file = self.cert_file.with_suffix(".sent.crt")
        file.write_text("".join(blocks))
        return Certificate(file, self.key_file)

    def encrypted(self, *, traditional: bool) -> "Certificate":
        """The same with a key that needs a passphrase, in PKCS#8 or in OpenSSL's own older form."""
        kind = PrivateFormat.TraditionalOpenSSL if traditional else PrivateFormat.PKCS8
        file = self.key_file.with_suffix(".traditional.key" if traditional else ".pkcs8.key")
        key = load_pem_private_key(self.key_file.read_bytes(), None)
        file.write_bytes(key.private_bytes(Encoding.PEM, kind, BestAvailableEncryption(b"passphrase")))
        return Certificate(self.cert_file, file)


@dataclass(frozen=True, slots=True)
class Authority:
    """Issues certificates into a folder of its own."""

    folder: Path
    ca: trustme.CA
    _serial: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    @property
    def pem(self) -> str:
        """Its own certificate."""
        return self.ca.cert_pem.bytes().decode()

    def server(
        self,
        *names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Certificate:
        """Issue one for these names, or else for the loopback; a `not_after` in the past makes it expired."""
        leaf = self.ca.issue_cert(*names or LOOPBACK_NAMES, not_before=not_before, not_after=not_after)
        return self._written(leaf)

    def client(
        self, name: str = CLIENT_NAME, *, not_before: datetime | None = None, not_after: datetime | None = None
    ) -> Certificate:
        leaf = self.ca.issue_cert(name, common_name=name, not_before=not_before, not_after=not_after)
        return self._written(leaf)

    def intermediate(self) -> "Authority":
        """Make one that this one vouches for, of the same organization; what it issues is sent with its own."""
        [organization] = self._root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        child = trustme.CA(parent_cert=self.ca, organization_name=str(organization.value))
        return _in_folder(self.folder / f"intermediate-{next(self._serial)}", child)

    def twin(self) -> "Authority":
        """Make one of the same name with another key."""
        [organization] = self._root.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
        [unit] = self._root.subject.get_attributes_for_oid(NameOID.ORGANIZATIONAL_UNIT_NAME)
        ca = trustme.CA(organization_name=str(organization.value), organization_unit_name=str(unit.value))
        return _in_folder(self.folder / f"twin-{next(self._serial)}", ca)

    def unusual(
        self,
        common_name: str = "",
        *names: str,
        key: Key | None = None,
        usage: Sequence[x509.ObjectIdentifier] = (ExtendedKeyUsageOID.SERVER_AUTH,),
    ) -> Certificate:
        """Issue what trustme does not: no list of names at all, another kind of key, another usage."""
        signer = cast("Key", load_pem_private_key(self.ca.private_key_pem.bytes(), None))
        return self._made(common_name, names, key, usage, (self._root.subject, signer))

    def self_signed(self, *names: str) -> Certificate:
        """One that vouches for itself; nothing of this authority is in it."""
        return self._made("self-signed", names, None, (ExtendedKeyUsageOID.SERVER_AUTH,), None)

    @property
    def _root(self) -> x509.Certificate:
        return x509.load_pem_x509_certificate(self.pem.encode())

    def _made(
        self,
        common_name: str,
        names: Sequence[str],
        key: Key | None,
        usage: Sequence[x509.ObjectIdentifier],
        signer: tuple[x509.Name, Key] | None,
    ) -> Certificate:
        own = key or ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        issuer, signing = signer or (subject, own)
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder(
            issuer, subject, own.public_key(), x509.random_serial_number(), now - YEAR, now + YEAR
        ).add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        if names:
            listed = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
            builder = builder.add_extension(listed, critical=False)
        pair = self._pair()
        pair.cert_file.write_bytes(builder.sign(signing, SHA256()).public_bytes(Encoding.PEM))
        pair.key_file.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        return pair

    def _written(self, leaf: trustme.LeafCert) -> Certificate:
        pair = self._pair()
        leaf.private_key_pem.write_to_path(pair.key_file)
        for position, blob in enumerate(leaf.cert_chain_pems):
            blob.write_to_path(pair.cert_file, append=position > 0)
        return pair

    def _pair(self) -> Certificate:
        number = next(self._serial)
        return Certificate(self.folder / f"{number}.crt", self.folder / f"{number}.key")


def authority(folder: Path, organization: str = "preflight tests") -> Authority:
    """Make a new authority whose files are in this folder, which is created."""
    return _in_folder(folder, trustme.CA(organization_name=organization))


def _in_folder(folder: Path, ca: trustme.CA) -> Authority:
    folder.mkdir(parents=True, exist_ok=True)
    made = Authority(folder, ca)
    ca.cert_pem.write_to_path(made.ca_file)
    return made
