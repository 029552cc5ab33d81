"""The expressions of GitHub that our action uses, evaluated as GitHub does; whatever is not known is refused."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final, TypeAlias

Value: TypeAlias = str | bool
Contexts: TypeAlias = Mapping[str, Mapping[str, str]]
"""By context: `inputs`, `env`, `runner`; of a step, `steps.ID.outputs`."""

_TOKEN: Final = re.compile(r"\s*(?:('(?:[^']|'')*')|(\|\||&&|==|!=|[()!])|([A-Za-z_][\w.-]*))")
_WHOLE: Final = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
_ALWAYS: Final = "always"


class UnknownExpressionError(Exception):
    """Not known here: learn it before a file uses it."""


def filled(text: str, contexts: Contexts) -> str:
    """The text with each `${{ }}` in it replaced."""
    return _WHOLE.sub(lambda found: _shown(evaluated(found[1], contexts)), text)


def runs(condition: str | None, contexts: Contexts, *, failed: bool) -> bool:
    """Whether a step runs: without a function of status only while nothing has failed."""
    text = condition or "always()"
    met = bool(evaluated(_WHOLE.sub(r"\1", text), contexts))
    return met and (not failed or (condition is not None and f"{_ALWAYS}()" in text))


def evaluated(text: str, contexts: Contexts) -> Value:
    reader = _Reader(text, contexts)
    value = reader.either()
    if reader.tokens:
        raise UnknownExpressionError(text)
    return value


def _shown(value: Value) -> str:
    return str(value).lower() if isinstance(value, bool) else value


def _tokens(text: str) -> list[str]:
    found, position = [], 0
    while position < len(text.rstrip()):
        match = _TOKEN.match(text, position)
        if match is None:
            raise UnknownExpressionError(text)
        found.append(match[0].strip())
        position = match.end()
    return found


class _Reader:
    """Recursive descent. `||` and `&&` give one of their operands, as in JavaScript."""

    def __init__(self, text: str, contexts: Contexts) -> None:
        self.text, self.contexts, self.tokens = text, contexts, _tokens(text)

    def either(self) -> Value:
        value = self.both()
        while self._taken("||"):
            other = self.both()
            value = value or other
        return value

    def both(self) -> Value:
        value = self.compared()
        while self._taken("&&"):
            other = self.compared()
            value = value and other
        return value

    def compared(self) -> Value:
        value = self.single()
        for operator in ("==", "!="):
            if self._taken(operator):
                equal = _shown(value).lower() == _shown(self.single()).lower()
                return equal if operator == "==" else not equal
        return value

    def single(self) -> Value:
        token = self.tokens.pop(0) if self.tokens else ""
        if token.startswith("'"):
            return token[1:-1].replace("''", "'")
        if token == _ALWAYS and self._taken("(") and self._taken(")"):
            return True
        context, dot, name = token.rpartition(".")
        if not dot or context not in self.contexts:
            raise UnknownExpressionError(f"{token} in {self.text}")
        return self.contexts[context].get(name, "")

    def _taken(self, token: str) -> bool:
        if taken := self.tokens[:1] == [token]:
            del self.tokens[0]
        return taken
