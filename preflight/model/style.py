"""What a renderer may know of where its text goes."""

from __future__ import annotations

from msgspec import Struct


class Style(Struct, frozen=True, kw_only=True):
    width: int = 100
    """Columns."""
    color: bool = False
    unicode: bool = True
    verbosity: int = 0
    """-1 is quiet: what is not in order, and the last line. 1 shows every finding."""
    warn_fails: bool = False
    """A warning is a failure to readers that know no warnings (JUnit)."""
