"""What a person gave, without a command line: options, environment, files."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from preflight.model.errors import InputError
from preflight.model.source import Request
from preflight.model.target import Surroundings


def request(
    *,
    options: Mapping[str, tuple[str, ...]] | None = None,
    environ: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    **around: Any,
) -> Request:
    """`files` holds the texts that can be read, `-` the standard input."""

    def read(path: str, what: str) -> str:
        if path not in (files or {}):
            raise InputError(f"cannot read {what}: No such file or directory")
        return (files or {})[path]

    return Request(options=options or {}, environ=environ or {}, read=read, around=Surroundings(**around))
