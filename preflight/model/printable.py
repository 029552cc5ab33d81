"""Text of others, so that nothing which reads our output obeys it."""

from __future__ import annotations

import json
import re
from typing import Final

LONGEST: Final = 600
"""Characters of one text of others where people read; programs get all of it."""

_COMMAND: Final = re.compile(r"::(?=[\w-][^\n]*?::)")
_UNUSUAL: Final = re.compile(r"[^ -~\n]")
_MARKED: Final = re.compile(r"##(?=\w*\[)")


def printable(text: str) -> str:
    """Without escapes, bidirectional overrides and bells, and without what a pipeline takes for a command.

    GitHub's runner obeys `::name::` at the beginning of a line, which wrapping can make of any, and `##[name]`
    anywhere; others have `##vso[name]` and `##teamcity[name]`.
    """
    plain = "".join(c if c.isprintable() or c == "\n" else ascii(c)[1:-1] for c in text)
    return _MARKED.sub("# #", _COMMAND.sub(": :", plain))


def harmless_json(document: str) -> str:
    """The same document to every parser, which no terminal and no runner obeys where it is shown."""
    return _MARKED.sub(r"#\\u0023", _UNUSUAL.sub(_escaped, document))


def _escaped(character: re.Match[str]) -> str:
    if character[0].isprintable():
        return character[0]
    is_lone = "\ud800" <= character[0] <= "\udfff"  # half a character, which no document can hold
    return "\\ufffd" if is_lone else json.dumps(character[0])[1:-1]


def one_line(text: str) -> str:
    """The same in one line. It is joined first: two harmless lines can be a command in one."""
    return printable(" ".join(text.split()))


def shortened(text: str, longest: int = LONGEST) -> str:
    """Its beginning, and how much there is more."""
    if len(text) <= longest:
        return text
    return f"{text[:longest]} ... ({len(text) - longest:,} more characters)"
