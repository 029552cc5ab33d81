"""The lines of redis.conf that make a server small, quick to start and reachable only on the loopback."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from tests.servers.catalogue import Release
from tests.servers.certificates import Certificate

LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeTls:
    """TLS by the server itself; `client` is what our own client shows when certificates are asked for."""

    certificate: Certificate
    ca_file: Path
    clients: Literal["yes", "optional", "no"] = "no"
    client: Certificate | None = None
    protocols: str = "TLSv1.2 TLSv1.3"


def directives(release: Release, *, password: str | None, users: Sequence[str], tls: NativeTls | None) -> list[str]:
    """Everything but the port and the folder."""
    if tls and not release.has_tls:
        raise ValueError(f"{release.key} was built without TLS: use tests.servers.terminator")
    if users and not release.has_acl:
        raise ValueError(f"{release.key} has no ACL")
    lines = [
        f"bind {LOOPBACK}",
        "protected-mode no",
        'save ""',
        "appendonly no",
        # A replica is of use at once, not after the default of five seconds.
        "repl-diskless-sync yes",
        "repl-diskless-sync-delay 0",
    ]
    lines += [f"requirepass {quoted(password)}"] if password else []
    lines += [f"user {user}" for user in users]
    return lines + (_tls(tls) if tls else [])


def quoted(value: str) -> str:
    """Write an argument of redis.conf, in which a password may hold a space or a quote."""
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _tls(tls: NativeTls) -> list[str]:
    return [
        "port 0",
        f"tls-cert-file {tls.certificate.cert_file}",
        f"tls-key-file {tls.certificate.key_file}",
        f"tls-ca-cert-file {tls.ca_file}",
        f"tls-auth-clients {tls.clients}",
        f"tls-protocols {quoted(tls.protocols)}",
        "tls-replication yes",
    ]
