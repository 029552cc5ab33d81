"""How redis-py reads a connection URL.

It predicts `redis.Redis.from_url(url)` and what the first connection does before it meets the server, with
the standard library's own URL functions, as redis-py does. The releases 7.4.1 and 8.1.0 were observed:
what either refuses, or the two read differently, is refused here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, unquote, urlsplit

from preflight.model.secret import Secret
from preflight.uri import redis_py_query
from preflight.uri.dialect import (
    DEFAULT_PORT,
    LOCALHOST,
    Fault,
    Reading,
    Refusal,
    RefusalError,
    check_length,
    opening_refusal,
    port_refusal,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

_ADDRESS: Final = frozenset({"db", "host", "password", "port", "username"})
_DELIMITERS: Final = re.compile(r"[/?#]")
_LITERAL: Final = re.compile(r"\[[^\[\]]*\](?::[^\[\]]*)?")
_BRACKET: Final = re.compile(r"[\[\]]")
_LONGEST_HOST: Final = 1024  # netdb.h
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def read(url: str) -> Reading | Refusal:
    try:
        return _read(url)
    except RefusalError as error:
        return error.refusal


def _read(url: str) -> Reading:
    check_length(url)
    if not url.startswith(("redis://", "rediss://")):
        raise opening_refusal(url)
    parts = _split(url)
    query = redis_py_query.read(url, parts)
    username, password = _credentials(parts, query)
    return Reading(
        tls=parts.scheme == "rediss",
        host=_host(parts, query),
        port=_port(url, parts, query),
        db=_db(parts, query),
        username=username,
        password=password,
        parameters=tuple(name for name in query if name not in _ADDRESS),
    )


def _split(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _authority_refusal(_authority(url)) from None
    if not _brackets_fit(parts.netloc):
        raise _authority_refusal(parts.netloc)
    return parts


def _authority(url: str) -> str:
    return _DELIMITERS.split(url.partition("//")[2], maxsplit=1)[0]


def _brackets_fit(authority: str) -> bool:
    """Python since CVE-2025-0938 allows brackets around the whole host alone; older ones let more pass."""
    userinfo, _, address = authority.rpartition("@")
    host_fits = not _BRACKET.search(address) or _LITERAL.fullmatch(address) is not None
    return host_fits and not _BRACKET.search(userinfo)


def _authority_refusal(authority: str) -> RefusalError:
    # Besides brackets, urlsplit refuses characters that NFKC turns into delimiters, such as a wide '@'.
    userinfo = authority.rpartition("@")[0]
    if _BRACKET.search(userinfo) or not userinfo.isascii():
        return RefusalError(
            Fault.USERINFO, "The username or password has a bracket or a rare character that must be escaped."
        )
    return RefusalError(Fault.HOST, "The host is neither a name nor an IPv6 address in square brackets.")


def _host(parts: SplitResult, query: Mapping[str, str]) -> str:
    host = unquote(parts.hostname) if parts.hostname else query.get("host", LOCALHOST)
    if not _can_be_looked_up(host):
        raise RefusalError(Fault.HOST, "The host is not a name that can be looked up.")
    return host


def _can_be_looked_up(host: str) -> bool:
    """socket.getaddrinfo wants a name that IDNA can write, without NUL."""
    if len(host) > _LONGEST_HOST or "\0" in host:
        return False
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return True


def _credentials(parts: SplitResult, query: Mapping[str, str]) -> tuple[str | None, Secret | None]:
    """A username alone is sent with an empty password; an empty username is none."""
    username = unquote(parts.username) if parts.username else query.get("username")
    password = unquote(parts.password) if parts.password else query.get("password")
    if _SURROGATE.search(f"{username}{password}"):
        raise RefusalError(Fault.TEXT, "The username or password has a character that cannot be sent.")
    if username or password:
        return username, Secret(password or "")
    return None, None


def _port(url: str, parts: SplitResult, query: Mapping[str, str]) -> int:
    try:
        port = parts.port
    except ValueError:
        raise port_refusal(parts.netloc, f"{parts.path}{parts.query}{parts.fragment}") from None
    # Port 0 counts as none.
    return port or _port_parameter(url, query)


def _port_parameter(url: str, query: Mapping[str, str]) -> int:
    try:
        return int(query.get("port", DEFAULT_PORT))
    except ValueError:
        raise redis_py_query.value_refusal(url, "port") from None


def _db(parts: SplitResult, query: Mapping[str, str]) -> int:
    if "db" in query:
        return int(query["db"])
    # Slashes are dropped wherever they stand, and what is no number then is ignored.
    try:
        return int(unquote(parts.path).replace("/", ""))
    except ValueError:
        return 0
