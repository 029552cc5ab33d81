"""A way in: what a source adds to the command line, and how it turns that into a plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct

from preflight.model.target import Plan, Surroundings


class Flag(Struct, frozen=True, kw_only=True):
    """One option of the command line; its environment variable is PREFLIGHT_ and the name in capitals."""

    name: str
    """As `--node`; without dashes it is an argument by position."""
    metavar: str
    help: str
    repeat: bool = False

    @property
    def key(self) -> str:
        return self.name.lstrip("-").replace("-", "_")


class Request(Struct, frozen=True, kw_only=True):
    """What the person gave: the sources' own options, the environment, and what every source may use."""

    options: Mapping[str, tuple[str, ...]]
    environ: Mapping[str, str]
    read: Callable[[str, str], str]
    """The text of a file, `-` for standard input, and what to call it in a message. Raises `InputError`."""
    around: Surroundings

    def texts(self, flag: Flag) -> tuple[str, ...]:
        return self.options.get(flag.key, ())


class Source(Struct, frozen=True, kw_only=True):
    flags: tuple[Flag, ...]
    read: Callable[[Request], Plan | None]
    """None where the request does not mention this source. Raises `InputError`."""
    fallback: bool = False
    """Asked only where no other source was mentioned."""
