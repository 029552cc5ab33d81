"""Cleans every text that leaves of every secret of the run.

Evidence is scrubbed once, when it is frozen; checks, being pure, can then say nothing secret.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import takewhile
from typing import Final, TypeVar
from urllib.parse import quote, quote_plus

from msgspec import Struct, structs

from preflight.model.facts import Reply
from preflight.model.secret import MASK, Secret

S = TypeVar("S", bound=Struct)

_SHORT: Final = 4
"""Shorter secrets are masked only where they stand alone: inside words they are chance."""

_TELLING: Final = 24
"""The beginning by which a token is known that a server has cut off."""


class Scrubber:
    def __init__(self, secrets: Iterable[Secret]) -> None:
        values = {secret.reveal() for secret in secrets} - {"", MASK}
        forms = {form for value in values for form in _forms(value)}
        ordered = sorted(forms, key=len, reverse=True)
        self._long = [form for form in ordered if len(form) >= _SHORT]
        alone = "|".join(re.escape(form) for form in ordered if len(form) < _SHORT)
        # Tokens and keys; a URL begins like many a harmless one.
        self._cut: dict[str, list[str]] = {}
        for value in values:
            if len(value) >= 2 * _TELLING and "://" not in value:
                self._cut.setdefault(value[:_TELLING], []).append(value)
        self._short = re.compile(rf"(?<![\w.:-])(?:{alone})(?![\w.:-])") if alone else None

    def text(self, text: str) -> str:
        """Without secrets, and without the lone surrogates that no encoder would take."""
        for form in self._long:
            text = text.replace(form, MASK)
        for beginning, values in self._cut.items():
            text = _without_beginning(text, beginning, values)
        if self._short:
            text = self._short.sub(MASK, text)
        return text.encode(errors="replace").decode()

    def record(self, record: S) -> S:
        """The same record with every text in it cleaned, however deep; enums and secrets stay."""
        cleaned = {field: self._value(getattr(record, field)) for field in record.__struct_fields__}
        if isinstance(record, Reply):
            # A word of the protocol that checks judge by: a password that is the same word is chance.
            cleaned["code"] = record.code
        return structs.replace(record, **cleaned)

    def _value(self, value: object) -> object:
        if type(value) is str:
            return self.text(value)
        if isinstance(value, Struct):
            return self.record(value)
        if isinstance(value, tuple):
            return tuple(self._value(each) for each in value)
        if isinstance(value, dict):
            return {self._value(key): self._value(each) for key, each in value.items()}
        return value


def _without_beginning(text: str, beginning: str, values: Sequence[str]) -> str:
    """Servers quote the first characters of an argument: whatever there is of it from its beginning goes.

    Tokens of one kind begin alike, and the one that goes on the longest is meant.
    """
    while (at := text.find(beginning)) >= 0:
        length = max(_alike(text[at:], value) for value in values)
        text = text[:at] + MASK + text[at + length :]
    return text


def _alike(text: str, value: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(text, value, strict=False)))


def _forms(value: str) -> Iterator[str]:
    """The ways in which a library, a server or an encoder may have written it."""
    yield value
    raw = value.encode(errors="surrogatepass")
    yield from (quote(raw, safe=""), quote(raw), quote_plus(raw))
    yield from (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode())
    yield from (json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1])
    yield value.encode(errors="replace").decode()
