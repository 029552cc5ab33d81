"""`--save-evidence FILE`: what a run saw, for `preflight judge`."""

from __future__ import annotations

from pathlib import Path

from preflight.cli.files import write_whole
from preflight.model.evidence import Evidence
from preflight.run import TOOL


def save(evidence: Evidence, file: str | None) -> tuple[str, ...]:
    """What could not be written, in words. Nothing without --save-evidence."""
    if not file:
        return ()
    from preflight import saved  # noqa: PLC0415 - few ask for it

    try:
        write_whole(Path(file), saved.encode(evidence, TOOL))
    except OSError as error:
        return (f"cannot write the file of --save-evidence: {error.strerror}",)
    return ()
