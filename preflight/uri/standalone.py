"""A connection URL as a target: read as redis-py reads it, with whatever is wrong in it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from preflight.model.target import (
    Declaration,
    Endpoint,
    Mistake,
    MistakeKind,
    Mode,
    Surroundings,
    Target,
)
from preflight.uri.address import fatal, of_address, of_scheme, of_text
from preflight.uri.clients import compare
from preflight.uri.dialect import LONGEST, Reading
from preflight.uri.redis_py import read
from preflight.uri.text import PLACEHOLDER, Parts, has_stray_at, intended, may_quote, secrets_of, show, split

LANGSMITH: Final = "langsmith"

_UNSHOWN: Final = "(not shown: it cannot be read)"

_ADDRESS_PARAMETERS: Final = {"password", "username", "db", "host", "port"}


def target_from_url(text: str, around: Surroundings, name: str = LANGSMITH) -> Target:
    """Never raises: what is wrong with the text is recorded in the declaration."""
    mistakes = _mistakes(text)
    reading = None if any(each.fatal for each in mistakes) else _reading(text)
    secrets = (*secrets_of(text), *((around.password,) if around.password else ()))
    if reading is None:
        declaration = _unreadable(text, mistakes)
        return Target(
            name=name, mode=Mode.STANDALONE, declaration=declaration,
            safe_mode=around.safe_mode, secrets=secrets,
        )  # fmt: skip
    if reading.password:
        secrets = (*secrets, reading.password)
    return Target(
        name=name,
        mode=Mode.STANDALONE,
        declaration=_declaration(text, reading, mistakes),
        endpoints=(Endpoint(host=reading.host, port=reading.port, check_hostname=_checks_hostname(text)),),
        tls=around.encryption(reading.tls),
        login=around.login(reading.username, reading.password),
        db=reading.db,
        safe_mode=around.safe_mode,
        secrets=secrets,
    )


def _declaration(text: str, reading: Reading, mistakes: tuple[Mistake, ...]) -> Declaration:
    scheme = "rediss" if reading.tls else "redis"
    user = quote(reading.username, safe="") if reading.username else None
    masked = bool(reading.password)
    plain = show(scheme, user, reading.host, reading.port, reading.db, masked=masked)
    return Declaration(shown=plain, encoded=plain, mistakes=mistakes, clients=compare(text))


def _unreadable(text: str, mistakes: tuple[Mistake, ...]) -> Declaration:
    parts = intended(text) if "@" in text else split(text)
    userinfo = parts.userinfo or ""
    user = quote(unquote(userinfo.partition(":")[0]), safe="")
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(parts.scheme.lower(), parts.scheme.lower())
    usable = parts.host and (parts.port or "6379").isdecimal() and scheme in {"redis", "rediss"}
    if not usable or len(text) > LONGEST or PLACEHOLDER.search(parts.host):
        return Declaration(shown=_UNSHOWN, encoded="", mistakes=mistakes)
    number = parts.path.strip("/")
    db = int(number) if number.isdecimal() and len(number) < 10 else 0  # noqa: PLR2004 - digits of an int
    port = int((parts.port or "6379")[:6])
    encoded = show(scheme, user, parts.host, port, db, masked=":" in userinfo)
    return Declaration(shown=_UNSHOWN, encoded=encoded, mistakes=mistakes)


def _mistakes(text: str) -> tuple[Mistake, ...]:
    if found := of_text(text) or of_scheme(text):
        return (found,)
    parts = split(text)
    if has_stray_at(parts):
        return (fatal(MistakeKind.PASSWORD_RAW),)
    if found := of_address(text, parts) or _placeholder(parts) or _of_database(text, parts):
        return (found,)
    if _reading(text) is None:
        return (fatal(MistakeKind.PASSWORD_RAW if "@" in text else MistakeKind.PARAMETER_VALUE),)
    return ()


def _placeholder(parts: Parts) -> Mistake | None:
    """A user or password that is nothing else; a real one may well hold a `<`."""
    user, _, password = (parts.userinfo or "").partition(":")
    values = [user, password, *(value for _, value in parse_qsl(parts.query[1:]))]
    found = any(PLACEHOLDER.fullmatch(value) for value in values)
    return fatal(MistakeKind.PLACEHOLDER) if found else None


def _of_database(text: str, parts: Parts) -> Mistake | None:
    """redis-py reads a path that is no number as database 0, in silence."""
    if re.fullmatch(r"/?|/[0-9]{1,9}", parts.path):
        return None
    quotable = re.fullmatch(r"[\w/.:-]{1,40}", parts.path) and may_quote(text)
    return Mistake(kind=MistakeKind.DATABASE, text=parts.path if quotable else "")


def _reading(text: str) -> Reading | None:
    """redis-py's reading; where it refuses a parameter, that of the address without the parameters."""
    reading = read(text)
    if isinstance(reading, Reading):
        return reading
    front, _, query = text.partition("?")
    kept = [pair for pair in parse_qsl(query) if pair[0] in _ADDRESS_PARAMETERS]
    without = read(f"{front}?{urlencode(kept)}" if kept else front)
    return without if isinstance(without, Reading) else None


def _checks_hostname(text: str) -> bool:
    values = dict(parse_qsl(text.partition("?")[2]))
    return values.get("ssl_check_hostname", "true").lower() not in {"0", "f", "false", "n", "no"}
