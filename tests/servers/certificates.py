"""A certificate authority for one test, and the files that servers and clients read."""

import itertools
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import trustme

LOOPBACK_NAMES = ("127.0.0.1", "localhost")


@dataclass(frozen=True, slots=True)
class Certificate:
    """A certificate with its chain, and the key that belongs to it."""

    cert_file: Path
    key_file: Path


@dataclass(frozen=True, slots=True)
class Authority:
    """Issues certificates into a folder of its own."""

    folder: Path
    ca: trustme.CA
    _serial: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def ca_file(self) -> Path:
        return self.folder / "ca.pem"

    def server(
        self,
        *names: str,
        not_before: datetime | None = None,
        not_after: datetime | None = None,
    ) -> Certificate:
        """Issue one for these names, or else for the loopback; a `not_after` in the past makes it expired."""
        leaf = self.ca.issue_cert(*names or LOOPBACK_NAMES, not_before=not_before, not_after=not_after)
        return self._written(leaf)

    def client(self, name: str = "client@preflight.example") -> Certificate:
        return self._written(self.ca.issue_cert(name, common_name=name))

    def _written(self, leaf: trustme.LeafCert) -> Certificate:
        number = next(self._serial)
        pair = Certificate(self.folder / f"{number}.crt", self.folder / f"{number}.key")
        leaf.private_key_pem.write_to_path(pair.key_file)
        for position, blob in enumerate(leaf.cert_chain_pems):
            blob.write_to_path(pair.cert_file, append=position > 0)
        return pair


def authority(folder: Path) -> Authority:
    """Make a new authority whose files are in this folder, which is created."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Authority(folder, trustme.CA(organization_name="preflight tests"))
    made.ca.cert_pem.write_to_path(made.ca_file)
    return made
