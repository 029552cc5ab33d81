"""What a person gave, without a command line: options, environment, files, a cluster."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from preflight.model.errors import InputError
from preflight.model.source import Fetch, Request
from preflight.model.target import Surroundings

Connect = Callable[[str | None, str | None], Fetch]


def no_cluster(context: str | None, namespace: str | None) -> Fetch:
    """Whoever needs a cluster says so."""
    raise AssertionError((context, namespace))


def request(
    *,
    options: Mapping[str, tuple[str, ...]] | None = None,
    environ: Mapping[str, str] | None = None,
    files: Mapping[str, str] | None = None,
    connect: Connect = no_cluster,
    chart_version: str = "",
    overlay: Mapping[str, Any] | None = None,
    **around: Any,
) -> Request:
    """`files` holds the texts that can be read, `-` the standard input."""

    def read(path: str, what: str) -> str:
        if path not in (files or {}):
            raise InputError(f"cannot read {what}: No such file or directory")
        return (files or {})[path]

    return Request(
        options=options or {},
        environ=environ or {},
        read=read,
        mounted=lambda path: path in (files or {}),
        around=Surroundings(**around),
        connect=connect,
        chart_version=chart_version,
        overlay=overlay or {},
    )
