"""Starts one real server on the loopback, in a folder of its own, and ends it for certain."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.servers.catalogue import RELEASES, Release
from tests.servers.certificates import Certificate
from tests.servers.configuration import LOOPBACK, NativeTls, directives, quoted
from tests.servers.readiness import BindError, free_port, until, until_ready

START_ATTEMPTS = 5
REPLICATION_SECONDS = 20.0
LOG_CHARACTERS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server that runs, or ran."""

    release: Release
    port: int
    password: str | None
    tls: NativeTls | None
    folder: Path
    process: subprocess.Popen[bytes]
    host: str = LOOPBACK

    @property
    def log(self) -> str:
        """Read the end of what the server wrote."""
        return (self.folder / "log").read_text(errors="replace")[-LOG_CHARACTERS:]

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def url(
        self,
        *,
        user: str = "",
        password: str | None = None,
        host: str | None = None,
        database: int | None = None,
        **query: str,
    ) -> str:
        """Build the URL of this server; without a password of its own it carries the server's."""
        secret = self.password if password is None else password
        login = f"{quote(user, safe='')}:{quote(secret, safe='')}@" if secret else ""
        path = "" if database is None else f"/{database}"
        options = f"?{urlencode(query)}" if query else ""
        return f"{'rediss' if self.tls else 'redis'}://{login}{host or self.host}:{self.port}{path}{options}"

    def client(self, **options: Any) -> redis.Redis:
        """Open a client that knows the password and the certificates, and tries once."""
        known: dict[str, Any] = {"host": self.host, "port": self.port, "password": self.password}
        known |= {
            "protocol": 2,
            "socket_timeout": 10,
            "decode_responses": True,
            "retry": Retry(NoBackoff(), 0),
        }
        if self.tls:
            known |= {"ssl": True, "ssl_ca_certs": str(self.tls.ca_file)} | _identity(self.tls.client)
        return redis.Redis(**known | options)

    def stop(self) -> None:
        """End the process at once; nothing is saved."""
        self.process.kill()
        self.process.wait()

    def pause(self) -> None:
        """Let the process hang: connections are accepted by the kernel, and nothing answers."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self.process.send_signal(signal.SIGCONT)


def _identity(client: Certificate | None) -> dict[str, str]:
    if client is None:
        return {}
    return {"ssl_certfile": str(client.cert_file), "ssl_keyfile": str(client.key_file)}


@contextlib.contextmanager
def running(
    server_key: str,
    *,
    password: str | None = None,
    users: Sequence[str] = (),
    config: Sequence[str] = (),
    tls: NativeTls | None = None,
    replica_of: Server | None = None,
) -> Iterator[Server]:
    """Run a server until the block ends.

    `users` are ACL lines (`app on >pw ~* &* +@all`), `config` lines of redis.conf that win over the defaults.
    """
    release = RELEASES[server_key]
    lines = [*directives(release, password=password, users=users, tls=tls), *config]
    if replica_of:
        lines += _replication(replica_of)
    with tempfile.TemporaryDirectory(prefix=f"preflight-{server_key}-", ignore_cleanup_errors=True) as folder:
        server = _started(release, Path(folder), lines, password=password, tls=tls)
        try:
            if replica_of:
                _until_replicating(server)
            yield server
        finally:
            server.stop()


def _started(
    release: Release, folder: Path, lines: Sequence[str], *, password: str | None, tls: NativeTls | None
) -> Server:
    for attempt in range(1, START_ATTEMPTS + 1):
        port = free_port()
        process = _spawn(release.program(), folder, [*lines, f"{'tls-port' if tls else 'port'} {port}"])
        server = Server(release=release, port=port, password=password, tls=tls, folder=folder, process=process)
        try:
            until_ready(server)
        except BindError:
            server.stop()
            if attempt == START_ATTEMPTS:
                raise
        except BaseException:
            server.stop()
            raise
        else:
            return server
    raise AssertionError


def _spawn(program: Path, folder: Path, lines: Sequence[str]) -> subprocess.Popen[bytes]:
    (folder / "redis.conf").write_text("\n".join((*lines, f'dir "{folder}"', "")))
    command = [str(program), str(folder / "redis.conf")]
    # Not even a killed pytest leaves a server behind: the kernel ends it with the thread that started it.
    if setpriv := shutil.which("setpriv"):
        command = [setpriv, "--pdeathsig=KILL", "--", *command]
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)


def _replication(primary: Server) -> list[str]:
    lines = [f"slaveof {primary.host} {primary.port}"]
    return [*lines, f"masterauth {quoted(primary.password)}"] if primary.password else lines


def _until_replicating(replica: Server) -> None:
    with replica.client() as client:
        until(
            lambda: client.info("replication")["master_link_status"] == "up",
            f"{replica.release.key} to replicate",
            seconds=REPLICATION_SECONDS,
            log=lambda: replica.log,
        )
