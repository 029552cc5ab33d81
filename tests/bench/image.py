"""The image: how large it is, and how soon a container of it is done."""

from __future__ import annotations

import json
import statistics
import time

from tests.containers.engine import Engine, engine
from tests.containers.image import base_image, build_image
from tests.containers.pods import HARDENED
from tests.servers.catalogue import ServerMissingError

RUNS = 9
MEGABYTE = 1_000_000
PYTHON = "--entrypoint=/opt/preflight/bin/python"

NOTHING, VERSION, REFUSED = ("-c", ""), ("--version",), ("check", "redis://127.0.0.1:1")


def measure() -> str:
    """Nothing but the reason where no engine is."""
    try:
        with engine() as found:
            image = build_image(found)
            return "\n".join((_size(found, image), _start(found, image)))
    except ServerMissingError as missing:
        return f"image: not measured: {str(missing).splitlines()[0]}"


def _size(engine: Engine, image: str) -> str:
    base = base_image(engine)
    whole, below = (_bytes(engine, each) / MEGABYTE for each in (image, base))
    return f"image: {whole:.0f} MB, of which {whole - below:.0f} MB over {base}"


def _bytes(engine: Engine, image: str) -> int:
    return int(json.loads(engine.docker("image", "inspect", image).stdout)[0]["Size"])


def _start(engine: Engine, image: str) -> str:
    """In turn, so that a machine that drifts slows all of them."""
    rounds = [
        (
            _seconds(engine, image, NOTHING, (PYTHON,)),
            _seconds(engine, image, VERSION),
            _seconds(engine, image, REFUSED, status=1),
        )
        for _ in range(1 + RUNS)
    ]
    nothing, version, refused = (statistics.median(each) for each in zip(*rounds[1:], strict=True))
    return (
        f"container: {version:.2f} s for --version, {refused:.2f} s for a check of a closed port, "
        f"{nothing:.2f} s for a Python that does nothing (median of {RUNS} runs)"
    )


def _seconds(
    engine: Engine, image: str, command: tuple[str, ...], options: tuple[str, ...] = (), *, status: int = 0
) -> float:
    begun = time.perf_counter()
    ended = engine.run(image, *command, options=(*HARDENED, "--network=none", *options))
    lasted = time.perf_counter() - begun
    assert ended.returncode == status, ended.stderr
    return lasted
