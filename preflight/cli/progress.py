"""One live line on standard error while a run is in work; nothing where there is no terminal."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from preflight.model.evidence import Stage

if TYPE_CHECKING:
    from preflight.probes.node import Observer  # and with it redis-py, for which `lint` need not wait


@contextmanager
def progress(*, quiet: bool) -> Iterator[Observer | None]:
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console  # noqa: PLC0415 - only a terminal needs it
    from rich.text import Text  # noqa: PLC0415

    with Console(stderr=True).status("", spinner="dots") as status:

        def show(target: str, stage: Stage, node: str) -> None:
            status.update(Text(f"{target}: {stage} {node}"))

        yield show
