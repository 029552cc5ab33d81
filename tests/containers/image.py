"""Builds the image of preflight: `python -m tests.containers.image [TAG]`."""

import os
import re
import sys
from pathlib import Path

from preflight.version import __version__
from tests.containers.dockerd import HOST
from tests.containers.engine import Engine, engine
from tests.containers.root import root_image
from tests.servers.catalogue import REPOSITORY, ServerMissingError

DOCKERFILE = REPOSITORY / "Dockerfile"
TAG = "preflight:test"
ARCHIVE = REPOSITORY / "dist" / "image.tar"

_CA_BUNDLES = ("PIP_CERT", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")


def build_image(engine: Engine, tag: str = TAG) -> str:
    """Build it over BASE_IMAGE, or the Dockerfile's own base, or where that is nowhere over a local one."""
    arguments = {"VERSION": __version__, "BASE_IMAGE": base_image(engine), "SOURCE": os.environ.get("SOURCE", "")}
    # Who reaches the package index through a proxy with a CA of its own has told pip so already.
    secrets = {"ca": bundle} if (bundle := ca_bundle()) else {}
    return engine.build(REPOSITORY, tag, arguments=arguments, secrets=secrets)


def base_image(engine: Engine) -> str:
    named = os.environ.get("BASE_IMAGE") or _default_base()
    return named if engine.has(named) else root_image(engine)


def _default_base() -> str:
    found = re.search(r"^ARG BASE_IMAGE=(\S+)$", DOCKERFILE.read_text(), re.MULTILINE)
    assert found
    return found[1]


def ca_bundle() -> Path | None:
    """The CA bundle that this machine's own pip is told to trust."""
    named = next((os.environ[name] for name in _CA_BUNDLES if os.environ.get(name)), None)
    return Path(named) if named else None


def main(arguments: list[str]) -> int:
    tag = arguments[0] if arguments else f"preflight:{__version__}"
    try:
        with engine() as found:
            build_image(found, tag)
            sys.stdout.write(f"built {tag}\n")
            if found.host == HOST:
                _keep(found, tag)
    except ServerMissingError as missing:
        sys.stderr.write(f"{missing}\n")
        return 1
    return 0


def _keep(engine: Engine, tag: str) -> None:
    """An engine of our own takes its images along when it ends."""
    ARCHIVE.parent.mkdir(exist_ok=True)
    engine.docker("save", f"--output={ARCHIVE}", tag)
    sys.stdout.write(f"no engine was running: the image is in {ARCHIVE.relative_to(REPOSITORY)}, for `docker load`\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
