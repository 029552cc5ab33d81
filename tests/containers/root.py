"""A small Debian with Python, for machines that reach no image registry: made once, kept in `.servers/`."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.containers.engine import Engine
from tests.servers.catalogue import ServerMissingError, servers_folder

ROOT_IMAGE = "preflight-test/root"
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

_PACKAGES = ("usr-is-merged", "python3", "python3-venv", "ca-certificates")
_COMMAND = (
    *("mmdebstrap", "--quiet", "--mode=root", "--variant=essential", f"--include={','.join(_PACKAGES)}"),
    # Without it Perl comes in, to merge /usr.
    "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
    *(f"--dpkgopt=path-exclude=/usr/share/{part}/*" for part in ("doc", "info", "locale", "man")),
    "--dpkgopt=path-include=/usr/share/doc/*/copyright",
    "bookworm",
)
_SECONDS = 300.0


def root_image(engine: Engine) -> str:
    """Make sure that the engine has it; the archive is made in some 25 seconds where none lies here yet."""
    archive = _archive()
    tag = f"{ROOT_IMAGE}:{archive.stem.partition('-')[2]}"
    if engine.docker("image", "inspect", tag, check=False).returncode:
        engine.docker("import", f"--change=ENV PATH={PATH}", '--change=CMD ["python3"]', str(archive), tag)
    return tag


def _archive() -> Path:
    digest = hashlib.sha256("\0".join(_COMMAND).encode()).hexdigest()[:12]
    archive = servers_folder() / f"root-{digest}.tar"
    with _alone():
        if not archive.is_file():
            _make(archive)
    return archive


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    servers_folder().mkdir(parents=True, exist_ok=True)
    with (servers_folder() / "root.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _make(archive: Path) -> None:
    if os.geteuid() != 0 or shutil.which("mmdebstrap") is None:
        raise ServerMissingError(
            "no image registry answers: name a local image as BASE_IMAGE, or as root on Debian run "
            "`apt-get install mmdebstrap`, and a base is made of Debian's packages"
        )
    unfinished = archive.with_suffix(".unfinished.tar")
    ended = subprocess.run([*_COMMAND, str(unfinished)], capture_output=True, text=True, timeout=_SECONDS, check=False)
    if ended.returncode:
        raise ServerMissingError(f"mmdebstrap ended with {ended.returncode}:\n{ended.stderr[-2000:]}")
    unfinished.replace(archive)
