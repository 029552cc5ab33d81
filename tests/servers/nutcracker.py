"""Runs Debian's nutcracker (twemproxy), a proxy that hangs up at every command that it cannot route by its key."""

import contextlib
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.servers.catalogue import ServerMissingError
from tests.servers.configuration import LOOPBACK, quoted
from tests.servers.loopback import Dialable
from tests.servers.readiness import BUS_OFFSET, START_SECONDS, free_port, until

START_ATTEMPTS = 5

# Debian puts it where only root's PATH leads.
FOLDERS = ("/usr/local/sbin", "/usr/sbin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Nutcracker:
    """A proxy that runs, or ran."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    host: str = LOOPBACK

    @property
    def log(self) -> str:
        """What it wrote: the commands that it refused, among others."""
        log = self.folder / "log"
        return log.read_text(errors="replace") if log.exists() else ""

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def stop(self) -> None:
        self.process.kill()
        self.process.wait()


@contextlib.contextmanager
def nutcracker(*servers: Dialable, password: str | None = None) -> Iterator[Nutcracker]:
    """Run it before these servers until the block ends; with a `password` it wants it and shows it to them."""
    with tempfile.TemporaryDirectory(prefix="preflight-nutcracker-", ignore_cleanup_errors=True) as folder:
        proxy = _started(servers, Path(folder), password)
        try:
            yield proxy
        finally:
            proxy.stop()


def program() -> str:
    """Where it is; ServerMissingError when it is nowhere."""
    folders = (None, *FOLDERS)
    found = next(filter(None, (shutil.which("nutcracker", path=folder) for folder in folders)), None)
    if found is None:
        raise ServerMissingError("nutcracker is not on PATH: run `apt-get install nutcracker` on Debian 12")
    return found


def _started(servers: Sequence[Dialable], folder: Path, password: str | None) -> Nutcracker:
    for _ in range(START_ATTEMPTS):
        port = free_port()
        (folder / "nutcracker.yml").write_text("\n".join([*_pool(servers, port, password), ""]))
        proxy = Nutcracker(port=port, folder=folder, process=_spawn(folder, port))
        if _comes_up(proxy):
            return proxy
    # Another process was faster each time, or it does not like its configuration.
    raise RuntimeError(f"nutcracker ended at once\n{(folder / 'log').read_text()}")


def _comes_up(proxy: Nutcracker) -> bool:
    try:
        until(
            lambda: not proxy.alive or _is_up(proxy), "nutcracker", seconds=START_SECONDS, log=lambda: proxy.log
        )  # fmt: skip
    except BaseException:
        proxy.stop()
        raise
    return proxy.alive


def _pool(servers: Sequence[Dialable], port: int, password: str | None) -> list[str]:
    lines = ["pool:", f"  listen: {LOOPBACK}:{port}", "  hash: crc16", '  hash_tag: "{}"', "  redis: true"]
    lines += [f"  redis_auth: {quoted(password)}"] if password else []
    return [*lines, "  servers:", *(f"   - {server.host}:{server.port}:1" for server in servers)]


def _spawn(folder: Path, port: int) -> subprocess.Popen[bytes]:
    files = ("-c", folder / "nutcracker.yml", "-p", folder / "pid", "-o", folder / "log")
    # Its statistics have a port of their own: the one that `free_port` found for the bus of a cluster.
    command = [program(), *map(str, files), "-v", "6", "-a", LOOPBACK, "-s", str(port + BUS_OFFSET)]
    if setpriv := shutil.which("setpriv"):
        command = [setpriv, "--pdeathsig=KILL", "--", *command]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def _is_up(proxy: Nutcracker) -> bool:
    with contextlib.suppress(OSError), socket.create_connection((proxy.host, proxy.port), 1) as connection:
        connection.sendall(b"*1\r\n$4\r\nPING\r\n")
        return connection.recv(64).startswith((b"+PONG", b"-NOAUTH"))
    return False
