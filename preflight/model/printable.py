"""Text of others, so that nothing which reads our output obeys it."""

from __future__ import annotations

import re
from typing import Final

LONGEST: Final = 600
"""Characters of one text of others where people read; programs get all of it."""

_COMMAND: Final = re.compile(r"::(?=[\w-]+[^\n]*?::)")


def printable(text: str) -> str:
    """Without escapes, bidirectional overrides and bells, and without what a pipeline takes for a command.

    GitHub's runner obeys `::name::` at the beginning of a line, which wrapping can make of any, and `##[name]`
    anywhere.
    """
    plain = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    return _COMMAND.sub(": :", plain).replace("##[", "# #[")


def one_line(text: str) -> str:
    """The same without line breaks, for what is read line by line."""
    return printable(" ".join(text.split("\n")))


def shortened(text: str, longest: int = LONGEST) -> str:
    """Its beginning, and how much there is more."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]} ... ({len(text) - longest:,} more characters)"
