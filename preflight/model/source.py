"""A way in: what a source adds to the command line, and how it turns that into a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from preflight.model.target import Plan, Surroundings


class Flag(Struct, frozen=True, kw_only=True):
    """One option of the command line; its environment variable is PREFLIGHT_ and the name in capitals."""

    name: str
    """As `--node`; without dashes it is an argument by position."""
    metavar: str
    help: str
    repeat: bool = False
    switch: bool = False
    """It takes no value."""
    names_source: bool = True
    """It says by itself where the configuration is; otherwise it goes with one that does."""

    @property
    def key(self) -> str:
        return self.name.lstrip("-").replace("-", "_")


class Answer(Struct, frozen=True, kw_only=True):
    """What a Kubernetes cluster says of one Secret."""

    namespace: str
    manifest: dict[str, Any] | None = None
    """Its metadata, type, data (base64 text) and immutable; None where there is none to read."""
    forbidden: bool = False
    """RBAC does not let us read it."""
    delivered: bool = True
    """False where nothing of it has come into the pod: it is missing there, or the key is."""

    def __repr__(self) -> str:
        return f"Answer(namespace={self.namespace!r}, found={self.manifest is not None}, forbidden={self.forbidden})"


Fetch = Callable[[str], Answer]
"""Asks a cluster for the Secret of this name. Raises `InputError` where the cluster cannot be asked."""


class Request(Struct, frozen=True, kw_only=True):
    """What the person gave: the sources' own options, the environment, and what every source may use."""

    options: Mapping[str, tuple[str, ...]]
    environ: Mapping[str, str]
    read: Callable[[str, str], str]
    """The text of a file, `-` for standard input, and what to call it in a message. Raises `InputError`."""
    around: Surroundings
    connect: Callable[[str | None, str | None], Fetch]
    """To the cluster of a kubeconfig context, and a namespace of it; None means the current. Raises `InputError`."""
    mounted: Callable[[str], bool]
    """Whether there is a file of this name."""
    chart_version: str = ""
    """Of the LangSmith chart; empty where it was not given."""
    overlay: Mapping[str, Any] = {}
    """Values that are merged over all others."""

    def texts(self, flag: Flag) -> tuple[str, ...]:
        return self.options.get(flag.key, ())


class Source(Struct, frozen=True, kw_only=True):
    flags: tuple[Flag, ...]
    read: Callable[[Request], Plan | None]
    """None where the request does not mention this source. Raises `InputError`."""
    fallback: bool = False
    """Asked only where no other source was mentioned."""
