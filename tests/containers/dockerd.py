"""A dockerd of the tests' own, started by whoever needs it first and stopped by whoever leaves last."""

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tests.servers.catalogue import ServerMissingError
from tests.servers.readiness import until

FOLDER = Path(tempfile.gettempdir()) / "preflight-engine"
HOST = f"unix://{FOLDER}/docker.sock"
BRIDGE = Path("/sys/class/net/docker0")

START_SECONDS, STOP_SECONDS, COMMAND_SECONDS = 30.0, 40.0, 30.0


@contextlib.contextmanager
def own_dockerd() -> Iterator[str]:
    """Share one daemon among all processes that are in this block; ServerMissingError where none can be started.

    The kernel gives a lock back however its process ends, so that nobody who was killed keeps the daemon alive.
    """
    _check_possible()
    FOLDER.mkdir(mode=0o700, exist_ok=True)
    if FOLDER.is_symlink() or FOLDER.stat().st_uid != os.geteuid():
        raise ServerMissingError(f"{FOLDER} belongs to somebody else: remove it")
    with (FOLDER / "users").open("w") as users:
        with _changing():
            fcntl.flock(users, fcntl.LOCK_SH)
            if not _answers():
                _start()
        try:
            yield HOST
        finally:
            with _changing():
                if _is_last(users):
                    _stop()


def _check_possible() -> None:
    if sys.platform != "linux" or os.geteuid() != 0:
        raise ServerMissingError("no Docker engine answers: start one, and set DOCKER_HOST if it is not the default")
    if shutil.which("dockerd") is None:
        raise ServerMissingError(
            "no Docker engine answers and dockerd is not installed: start an engine, or on Debian run "
            "`apt-get install --no-install-recommends docker.io iptables mmdebstrap`"
        )


@contextlib.contextmanager
def _changing() -> Iterator[None]:
    with (FOLDER / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _answers() -> bool:
    return _docker("version").returncode == 0


def _start() -> None:
    # After a kill the old pid is no daemon's any more.
    (FOLDER / "docker.pid").unlink(missing_ok=True)
    (FOLDER / "had-bridge").unlink(missing_ok=True)
    if BRIDGE.exists():
        (FOLDER / "had-bridge").touch()
    folders = (f"--data-root={FOLDER}/data", f"--exec-root={FOLDER}/exec", f"--pidfile={FOLDER}/docker.pid")
    pid = _spawned(_found("dockerd"), "-H", HOST, *folders)
    until(lambda: not _runs(pid) or _answers(), "dockerd to answer", seconds=START_SECONDS, log=_log)
    if not _runs(pid):
        raise ServerMissingError(f"dockerd does not run here:\n{_log()}")


def _spawned(*command: str) -> int:
    """Not by subprocess, which minds a child that outlives us; in a session of its own, since Ctrl-C is for us."""
    files = [
        (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
        (os.POSIX_SPAWN_OPEN, 1, str(FOLDER / "log"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600),
        (os.POSIX_SPAWN_DUP2, 1, 2),
    ]
    return os.posix_spawn(command[0], command, os.environ, file_actions=files, setsid=True)


def _log() -> str:
    return (FOLDER / "log").read_text(errors="replace")[-4000:]


def _stop() -> None:
    """End the daemon and all that it runs. Its images stay, in a temporary folder, for a quick next time."""
    pid = int((FOLDER / "docker.pid").read_text())
    # Those that do not heed SIGTERM would cost ten seconds each.
    if containers := _docker("ps", "--quiet").stdout.split():
        _docker("kill", *containers)
    for kind in ("container", "network", "image"):
        _docker(kind, "prune", "--force")
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGTERM)
    until(lambda: not _runs(pid), "dockerd to end", seconds=STOP_SECONDS, log=_log)
    # It mounts its data upon itself and leaves that behind, like the bridge.
    _ended("umount", str(FOLDER / "data"))
    if not (FOLDER / "had-bridge").exists():
        _ended("ip", "link", "delete", BRIDGE.name)


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return _ended("docker", "-H", HOST, *arguments)


def _ended(program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [_found(program), *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False)


def _found(program: str) -> str:
    if found := shutil.which(program):
        return found
    raise ServerMissingError(f"{program} is not on PATH")


def _runs(pid: int) -> bool:
    """Whether it lives; our own child is a zombie until somebody asks."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"
