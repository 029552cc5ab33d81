"""An image of each server: the registry's where one answers, or one around the program that the tests have anyway."""

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from tests.containers.engine import Engine
from tests.containers.root import root_image
from tests.servers.catalogue import Release

FILE = Path(__file__).with_name("server.Dockerfile")

# Those of the C library are the root's own.
_OF_THE_SYSTEM = ("ld-linux", "libc.", "libm.", "libdl.", "libpthread.", "libresolv.", "librt.")


@functools.cache
def server_image(engine: Engine, release: Release) -> str:
    """The one that REDIS_7_0_IMAGE or its like names, the official one, or ours."""
    setting = f"{release.key.replace('-', '_').replace('.', '_').upper()}_IMAGE"
    named = os.environ.get(setting) or official(release)
    return named if engine.has(named) else _built(engine, release)


def official(release: Release) -> str:
    # Its last number is part of a test.
    version = "3.2.6" if release.key == "redis-3.2" else release.version
    return f"{'valkey/' if release.product == 'valkey' else ''}{release.product}:{version}"


def _built(engine: Engine, release: Release) -> str:
    program = release.program()
    tag = f"preflight-test/{release.product}:{release.version}"
    with tempfile.TemporaryDirectory(prefix="preflight-image-") as folder:
        (root := Path(folder) / "root").mkdir()
        _fill(root, program, shutil.which("redis-cli"))
        return engine.build(root, tag, file=FILE, arguments={"ROOT": root_image(engine)})


def _fill(root: Path, server: Path, client: str | None) -> None:
    """Each program under both products' names, as in the official images, and what it is linked against."""
    for part in ("bin", "lib"):
        (root / part).mkdir()
    programs = {"server": server} | ({"cli": Path(client)} if client else {})
    for kind, program in programs.items():
        shutil.copy(program, root / "bin" / f"redis-{kind}")
        (root / "bin" / f"valkey-{kind}").symlink_to(f"redis-{kind}")
        for library in _libraries(program):
            shutil.copy(library, root / "lib")


def _libraries(program: Path) -> list[Path]:
    ldd = shutil.which("ldd")
    assert ldd, "it is part of the C library"
    told = subprocess.run([ldd, program], capture_output=True, text=True, check=False).stdout
    found = (Path(line.split("=>")[1].split()[0]) for line in told.splitlines() if "=> /" in line)
    return [each for each in found if not each.name.startswith(_OF_THE_SYSTEM)]
