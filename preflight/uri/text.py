"""A connection string as text: its parts by position, whatever stands in them, and what of it may be shown."""

from __future__ import annotations

import re
from typing import Final, NamedTuple
from urllib.parse import unquote

from preflight.model.secret import MASK, Secret

# Bounded, so that a long text of opening braces is read once and not once for each brace.
PLACEHOLDER: Final = re.compile(r"<[^<>@/]{0,99}>|\{\{[^{}]{0,99}\}\}|\$\{[^{}]{0,99}\}|(?i:your connection url)")


class Parts(NamedTuple):
    """Split at the delimiters of RFC 3986 and judged by nobody; `userinfo` is None where there is no `@`."""

    scheme: str
    userinfo: str | None
    host: str
    port: str | None
    path: str
    query: str
    fragment: str


def split(text: str) -> Parts:
    scheme, sep, after = text.partition("://")
    if not sep:
        scheme, after = "", text
    authority, path, query, fragment = _cut(after)
    userinfo, at, address = authority.rpartition("@")
    host, port = _address(address)
    return Parts(scheme, userinfo if at else None, host, port, path, query, fragment)


def has_stray_at(parts: Parts) -> bool:
    """An `@` beyond the authority: a `/`, `?` or `#` before it was meant to be part of the password."""
    pairs = [pair.partition("=") for pair in parts.query.removeprefix("?").split("&")]
    stray = any("@" in name or ("@" in value and name not in _MAY_HOLD_AT) for name, _, value in pairs)
    return "@" in parts.path + parts.fragment or stray


_MAY_HOLD_AT: Final = {"password", "username", "client_name"}


def intended(text: str) -> Parts:
    """The parts if everything up to the last `@` is user and password, raw as they are."""
    scheme, _, after = text.partition("://")
    userinfo, _, tail = after.rpartition("@")
    return split(f"{scheme}://{tail}")._replace(userinfo=userinfo)


def secrets_of(text: str) -> tuple[Secret, ...]:
    """Whatever could be a password in it, by any reading, and the text itself if there is one."""
    raw = {parts.userinfo.partition(":")[2] for parts in (split(text), intended(text)) if parts.userinfo}
    raw |= {match[1] for match in re.finditer(r"password=([^&#]*)", text, re.IGNORECASE)}
    found = (raw | {unquote(each) for each in raw}) - {""}
    return tuple(map(Secret, sorted(found | {text}))) if found else ()


def show(scheme: str, username: str | None, host: str, port: int, db: int, *, masked: bool) -> str:
    """A connection URL of these parts, the password masked."""
    secret = f":{MASK}" if masked else ""
    login = f"{username or ''}{secret}@" if masked or username else ""
    bracketed = f"[{host}]" if ":" in host else host
    return f"{scheme}://{login}{bracketed}:{port}/{db}"


def _cut(after: str) -> tuple[str, str, str, str]:
    body, hash_, fragment = after.partition("#")
    front, mark, query = body.partition("?")
    authority, slash, path = front.partition("/")
    return authority, slash + path, mark + query, hash_ + fragment


def _address(address: str) -> tuple[str, str | None]:
    if address.startswith("["):
        host, _, tail = address[1:].partition("]")
        return host, tail[1:] if tail.startswith(":") else None
    host, colon, port = address.rpartition(":")
    return (host, port) if colon else (address, None)
