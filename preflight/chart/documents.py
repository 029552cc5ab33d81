"""YAML as Helm reads it, of bounded length, depth and unfolded size; no message quotes what it holds."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from types import NoneType
from typing import Any, Final, TypeAlias

import yaml

from preflight.chart.scalars import Scalar, key_text, resolved
from preflight.model.errors import InputError

DEEPEST: Final = 100  # collections within collections
UNFOLDED: Final = 200_000  # nodes which aliases may add to those that are written

_Mark: TypeAlias = Any  # each of PyYAML's parsers has a class of its own

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORBIDDEN: Final = re.compile(r"[^\t\n\r -~\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A problem in PyYAML's words, if every word is certain to be its own: at most one punctuation mark is quoted.
_OWN_WORDS: Final = re.compile(r"(?:[A-Za-z ,.:;()<>*-]|[0-9]-[0-9]|'[!-/:-@\[-`{-~]')+")

_STANDARD: Final = "tag:yaml.org,2002:"
_COLLECTION_TAGS: Final = {None, "!", f"{_STANDARD}map", f"{_STANDARD}seq"}
_TEXT_TAGS: Final = {"!", f"{_STANDARD}str"}
_TYPE_TAGS: Final[dict[str, type]] = {
    f"{_STANDARD}bool": bool,
    f"{_STANDARD}float": float,
    f"{_STANDARD}int": int,
    f"{_STANDARD}null": NoneType,
}


def documents(text: str, what: str, longest: int) -> list[Any]:
    """Every document of the stream that is not empty. Raises `InputError`."""
    return [root for root in _roots(text, what, longest) if root is not None]


def mapping(text: str, what: str, longest: int) -> dict[str, Any]:
    """The one document, a mapping; of an empty text an empty one. Raises `InputError`."""
    first, *others = _roots(text, what, longest) or [None]
    if any(root is not None for root in others):
        raise InputError(f"{what} holds more than one YAML document, and only the first would be used")
    if first is None:
        return {}
    if not isinstance(first, dict):
        raise InputError(f"{what} must be a mapping, and is {_kind(first)}")
    return first


def _kind(root: object) -> str:
    names = {list: "a list", str: "text", bool: "a boolean"}
    return names.get(type(root), "a number")


def _roots(text: str, what: str, longest: int) -> list[Any]:
    if len(text) > longest:
        raise InputError(f"{what} is {len(text):,} characters long; no more than {longest:,} are read")
    text = text.removeprefix("\ufeff")
    if found := _FORBIDDEN.search(text):
        before = text[: found.start()]
        place = f"line {before.count(chr(10)) + 1}, column {len(before) - before.rfind(chr(10))}"
        raise InputError(f"{what} is not YAML: it holds a control character or half a surrogate pair ({place})")
    reading = _Reading(what)
    try:
        reading.take_all(yaml.parse(text, Loader=_LOADER))
    except yaml.YAMLError as error:
        raise _not_yaml(error, text, what) from None
    return reading.roots


def _not_yaml(error: yaml.YAMLError, text: str, what: str) -> InputError:
    problem = getattr(error, "problem", None) or ""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    told = f": {problem}" if _OWN_WORDS.fullmatch(problem) else ""
    if mark is None:
        return InputError(f"{what} is not YAML{told}")
    if text.startswith("\t", mark.index):
        told = ": a tab stands where only spaces may"
    return InputError(f"{what} is not YAML{told} (line {mark.line + 1}, column {mark.column + 1})")


@dataclass(slots=True, eq=False)
class _Node:
    """A value of the stream; its size and its height are those of its text with every alias written out."""

    mark: _Mark
    data: Any = None
    size: int = 1
    height: int = 0
    parts: list[_Node] = field(default_factory=list)
    open: bool = False
    alias: bool = False
    merges: bool = False


class _Reading:
    """Documents from the parser's events: whatever they nest, neither Python nor C calls itself."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._anchors: dict[str, _Node] = {}
        self._open: list[_Node] = []
        self._written = 0
        self.roots: list[Any] = []

    def take_all(self, events: Iterable[yaml.Event]) -> None:
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                self._anchors = {}
            elif isinstance(event, yaml.AliasEvent):
                self._add(self._aliased(event))
            elif isinstance(event, yaml.ScalarEvent):
                self._add(self._scalar(event))
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end(list_=isinstance(event, yaml.SequenceEndEvent))

    def _add(self, node: _Node) -> None:
        if self._open:
            self._open[-1].parts.append(node)
        else:
            self.roots.append(node.data)

    def _aliased(self, event: yaml.AliasEvent) -> _Node:
        self._written += 1
        node = self._anchors.get(event.anchor or "")
        if node is None:
            raise self._refusal("has an alias without an anchor", event.start_mark)
        if node.open:
            raise self._refusal("has an alias within what it stands for", event.start_mark)
        return replace(node, mark=event.start_mark, alias=True, merges=False)

    def _scalar(self, event: yaml.ScalarEvent) -> _Node:
        # A long text counts for more than one node, as it is repeated with its alias.
        node = _Node(event.start_mark, size=1 + len(event.value) // 100)
        self._written += node.size
        plain = event.implicit[0]
        node.merges = event.value == "<<" and (plain or event.tag == f"{_STANDARD}merge")
        node.data = event.value if node.merges or event.tag in _TEXT_TAGS else self._typed(event, plain=plain)
        if event.anchor:
            self._anchors[event.anchor] = node
        return node

    def _typed(self, event: yaml.ScalarEvent, *, plain: bool) -> Scalar:
        if event.tag is None and not plain:
            return event.value
        data = resolved(event.value)
        wanted = type(data) if event.tag is None else _TYPE_TAGS.get(event.tag)
        if wanted is None:
            raise self._unknown_tag(event.start_mark)
        if wanted is float and type(data) is int:
            data = float(data)
        if type(data) is not wanted:
            raise self._refusal("has a value that is not of the type of its tag", event.start_mark)
        if isinstance(data, float) and not math.isfinite(data):
            raise self._refusal("has a number that JSON cannot hold (.inf, .nan)", event.start_mark)
        return data

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        if event.tag not in _COLLECTION_TAGS:
            raise self._unknown_tag(event.start_mark)
        if len(self._open) >= DEEPEST:
            raise self._refusal(f"nests more than {DEEPEST} levels", event.start_mark)
        self._written += 1
        node = _Node(event.start_mark, open=True)
        if event.anchor:
            self._anchors[event.anchor] = node
        self._open.append(node)

    def _end(self, *, list_: bool) -> None:
        node = self._open.pop()
        node.size += sum(part.size for part in node.parts)
        node.height = 1 + max((part.height for part in node.parts), default=0)
        if node.size - self._written > UNFOLDED:
            raise self._refusal("repeats too much by aliases", node.mark)
        if len(self._open) + node.height > DEEPEST:
            raise self._refusal(f"nests more than {DEEPEST} levels", node.mark)
        node.data = [part.data for part in node.parts] if list_ else self._mapping(node.parts)
        node.parts, node.open = [], False
        self._add(node)

    def _mapping(self, parts: list[_Node]) -> dict[str, Any]:
        """Later keys win, and so does what is merged in by `<<` over the keys before it: go-yaml keeps the order."""
        built: dict[str, Any] = {}
        for key, value in zip(parts[::2], parts[1::2], strict=True):
            if key.merges:
                for source in self._sources(value):
                    built.update(source)
                continue
            built[self._name(key)] = value.data
        return built

    def _name(self, key: _Node) -> str:
        if isinstance(key.data, dict | list):
            told = "has a mapping or a list for a key; if that is a template (`{{ }}`), render it first or quote it"
            raise self._refusal(told, key.mark)
        name = key_text(key.data)
        if name is None:
            raise self._refusal("has a key that is null or too large a number", key.mark)
        return name

    def _sources(self, value: _Node) -> list[dict[str, Any]]:
        """What `<<` merges in; of a list the first has the last word."""
        listed = isinstance(value.data, list) and not value.alias
        found = value.data[::-1] if listed else [value.data]
        if not all(isinstance(each, dict) for each in found):
            raise self._refusal("has a `<<` with something else than a mapping or a list of them", value.mark)
        return found

    def _unknown_tag(self, mark: _Mark) -> InputError:
        told = "has a value with a tag (`!...`), which Helm does not act on: decrypt or render the file first"
        return self._refusal(told, mark)

    def _refusal(self, problem: str, mark: _Mark) -> InputError:
        return InputError(f"{self._what} {problem} (line {mark.line + 1}, column {mark.column + 1})")
