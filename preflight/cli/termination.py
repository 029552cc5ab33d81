"""The termination message of a container: what `kubectl describe pod` shows when it has ended."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from preflight.model.finding import Report
from preflight.model.style import Style

_USUAL: Final = Path("/dev/termination-log")


class Termination:
    """Nothing outside a pod: Kubernetes tells its own by a variable, and makes the file."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        named = environ.get("TERMINATION_LOG_PATH")
        usual = _USUAL if environ.get("KUBERNETES_SERVICE_HOST") and _USUAL.exists() else None
        self._path = Path(named) if named else usual

    def tell(self, report: Report) -> None:
        if self._path:
            from preflight.render.termination import render  # noqa: PLC0415 - most runs are in no pod

            self.write(render(report, Style()))

    def write(self, text: str) -> None:
        """In place: the file is a mount and cannot be replaced. One that cannot be written to costs no verdict."""
        if self._path:
            with suppress(OSError):
                self._path.write_text(text, encoding="utf-8", errors="backslashreplace")
