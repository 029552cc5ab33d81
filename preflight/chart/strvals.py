"""Helm's `--set a.b=c,d[0].e={f,g}`, read as Helm reads it; no message quotes a value."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from preflight.model.errors import InputError

Typed = bool | int | str | None

HIGHEST_INDEX: Final = 65_536  # Helm's own
MOST_NAMES: Final = 30  # dots in one key; Helm's own
# Helm has no limit for these two: the first would end our stack, the second the memory.
MOST_INDEXES: Final = 100
MOST_PADDING: Final = 1_000_000

_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,999}", re.ASCII)
_INT64: Final = range(-(2**63), 2**63)
_WORDS: Final = {"true": True, "false": False, "null": None}

# The first key, if it looks like one. What stands after a comma may be the rest of a password.
_FIRST_KEY: Final = re.compile(r"([\w.\\/\[\]-]{1,200})=", re.ASCII)


def assigned(expression: str, onto: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of `onto` with what one `--set` assigns. Raises `InputError`."""
    tree = {key: _copied(value) for key, value in onto.items()}
    line = _Expression(expression)
    number = 1
    try:
        while not line.assign(tree):
            number += 1
    except _UnreadableError as error:
        named = _FIRST_KEY.match(expression)
        first = f" {named[1]}=..." if named else ""
        where = f" (assignment {number}; a comma within a value is written `\\,`)" if number > 1 else ""
        raise InputError(f"--set{first}: {error}{where}") from None
    return tree


class _UnreadableError(Exception):
    """What is wrong, without a word of the expression."""


class _Expression:
    """The text and how far it is read. Methods that tell whether the text has ended do so as Helm's parser does.

    That is: not when its last character is read, but when there was nothing where something could have followed.
    Helm then gives up what it was about to put into a list, without an error: `a[0].b=` gives `a` an empty list.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._indexes = 0
        self._padding = 0

    def assign(self, tree: dict[str, Any]) -> bool:
        """One assignment. True if there was none left."""
        self._indexes = 0
        return self._key(tree, 0)

    def _key(self, into: dict[str, Any], names: int) -> bool:
        key, stop = self._until("=[,.")
        if stop == "=":
            ended = self._at == len(self._text)
            _put(into, key, self._value())
            return ended
        if stop == "[":
            return self._indexed(into, key, names)
        if stop == ".":
            return self._named(into, key, names + 1)
        if stop or key:
            raise _UnreadableError("a key has no value")
        return True

    def _named(self, into: dict[str, Any], key: str, names: int) -> bool:
        if names > MOST_NAMES:
            raise _UnreadableError(f"a key has more than {MOST_NAMES} names")
        inner = into.get(key, {})
        if not isinstance(inner, dict):
            raise _UnreadableError("a key goes on below what is no mapping")
        ended = self._key(inner, names)
        if inner:
            _put(into, key, inner)
        elif not ended:
            raise _UnreadableError("a key has an empty name where its value is assigned")
        return ended

    def _indexed(self, into: dict[str, Any], key: str, names: int) -> bool:
        index = self._index()
        listed = into.get(key, [])
        if not isinstance(listed, list):
            raise _UnreadableError("a key has an index on what is no list")
        ended = self._item(listed, index, names)
        _put(into, key, listed)
        return ended

    def _item(self, listed: list[Any], index: int, names: int) -> bool:
        text, stop = self._until("[.=")
        if text:
            raise _UnreadableError("a key has text behind an index")
        if not stop:
            return True
        present = listed[index] if index < len(listed) else None
        if stop == "=":
            self._place(listed, index, self._value())
            return False
        if stop == "[":
            return self._item_of_list(listed, index, present, names)
        return self._item_of_mapping(listed, index, present, names)

    def _item_of_list(self, listed: list[Any], index: int, present: object, names: int) -> bool:
        inner = [] if present is None else present
        below = self._index()
        if not isinstance(inner, list):
            raise _UnreadableError("a key has an index on what is no list")
        ended = self._item(inner, below, names)
        if not ended:
            self._place(listed, index, inner)
        return ended

    def _item_of_mapping(self, listed: list[Any], index: int, present: object, names: int) -> bool:
        inner = present if isinstance(present, dict) else {}
        if index < len(listed):
            listed[index] = inner
        ended = self._key(inner, names)
        if not ended:
            self._place(listed, index, inner)
        return ended

    def _index(self) -> int:
        self._indexes += 1
        if self._indexes > MOST_INDEXES:
            raise _UnreadableError(f"a key has more than {MOST_INDEXES} indexes")
        text, stop = self._until("]")
        if not stop:
            raise _UnreadableError("an index has no `]`")
        if not _INTEGER.fullmatch(text) or (index := int(text)) not in _INT64:
            raise _UnreadableError("an index is no whole number")
        if index < 0:
            raise _UnreadableError("an index is negative")
        return index

    def _place(self, listed: list[Any], index: int, value: object) -> None:
        if index > HIGHEST_INDEX:
            raise _UnreadableError(f"an index is above {HIGHEST_INDEX}")
        missing = index + 1 - len(listed)
        if missing > 0:
            self._padding += missing
            if self._padding > MOST_PADDING:
                raise _UnreadableError("its indexes make lists that are too long")
            listed.extend([None] * missing)
        listed[index] = value

    def _value(self) -> Typed | list[Typed]:
        if not self._text.startswith("{", self._at):
            return _typed(self._until(",")[0])
        self._at += 1
        items, stop = [], ","
        while stop == ",":
            text, stop = self._until(",}")
            items.append(_typed(text))
        if not stop:
            raise _UnreadableError("a list has no `}`")
        if self._text.startswith(",", self._at):
            self._at += 1
        return items

    def _until(self, stops: str) -> tuple[str, str]:
        """What stands before the next of `stops`, without its backslashes, and that stop; none at the end."""
        read: list[str] = []
        while self._at < len(self._text):
            char = self._text[self._at]
            self._at += 1
            if char in stops:
                return "".join(read), char
            if char == "\\":
                char = self._text[self._at : self._at + 1]
                self._at += 1
            read.append(char)
        return "".join(read), ""


def _put(into: dict[str, Any], key: str, value: object) -> None:
    if key:  # Helm reads `=a` and `.a=b` and assigns nothing
        into[key] = value


def _typed(text: str) -> Typed:
    """Helm's types; a zero in front keeps digits a text, as of an octal number or an identifier."""
    word = text.casefold()
    if word in _WORDS:
        return _WORDS[word]
    if _INTEGER.fullmatch(text) and (text == "0" or text[0] != "0") and int(text) in _INT64:
        return int(text)
    return text


def _copied(tree: object) -> object:
    if isinstance(tree, Mapping):
        return {key: _copied(value) for key, value in tree.items()}
    return [_copied(value) for value in tree] if isinstance(tree, list) else tree
