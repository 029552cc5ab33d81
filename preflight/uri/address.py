"""What can be wrong with the address in a URL or node URI, before any client reads it."""

from __future__ import annotations

import re
from typing import Final

from preflight.model.target import Mistake, MistakeKind
from preflight.uri.dialect import LONGEST
from preflight.uri.text import PLACEHOLDER, Parts

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_NEVER_IN_A_HOST: Final = re.compile(r"[\s\"'\\^`{}|<>%]")
_LAST_PORT: Final = 65535
_LONGEST_NAME: Final = 253


def fatal(kind: MistakeKind, text: str = "") -> Mistake:
    return Mistake(kind=kind, text=text, fatal=True)


def of_text(text: str) -> Mistake | None:
    if not text.strip():
        return fatal(MistakeKind.EMPTY)
    if len(text) > LONGEST:
        return fatal(MistakeKind.TOO_LONG, f"{len(text):,} characters")
    if text != text.strip() or _CONTROL.search(text):
        return fatal(MistakeKind.CONTROL_CHARACTER)
    return None


def of_scheme(text: str) -> Mistake | None:
    scheme, sep, _ = text.partition("://")
    if PLACEHOLDER.fullmatch(text):
        return fatal(MistakeKind.PLACEHOLDER)
    if not sep:
        return fatal(MistakeKind.SCHEME_MISSING)
    if scheme in {"redis", "rediss"}:
        return None
    if scheme.lower() in {"valkey", "valkeys"}:
        return fatal(MistakeKind.SCHEME_VALKEY, scheme.lower())
    return fatal(MistakeKind.SCHEME, scheme if re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]{0,20}", scheme) else "")


def of_address(text: str, parts: Parts) -> Mistake | None:
    """The host and port of `text`. Neither is quoted: with a part forgotten, either may be the password."""
    if found := PLACEHOLDER.search(f"{parts.host}:{parts.port or ''}{parts.path}"):
        return fatal(MistakeKind.PLACEHOLDER, found[0][:40])
    if (parts.host, parts.port) == ("host", "port"):
        return fatal(MistakeKind.PLACEHOLDER, "host:port")
    if "," in f"{parts.host}{parts.port or ''}":
        return fatal(MistakeKind.SEVERAL_HOSTS)
    if not parts.host:
        return fatal(MistakeKind.HOST_MISSING)
    if not _is_host(parts.host) or (":" in parts.host and "[" not in text):
        return fatal(MistakeKind.HOST)
    return _of_port(parts.port)


def _is_host(host: str) -> bool:
    """A name that a resolver could be asked for, or an address."""
    if len(host) > _LONGEST_NAME:
        return False
    try:
        host.encode("idna")
    except UnicodeError:
        return False
    return not _NEVER_IN_A_HOST.search(host)


def _of_port(port: str | None) -> Mistake | None:
    if not port:
        return None
    if not re.fullmatch(r"[0-9]+", port):
        return fatal(MistakeKind.PORT_TEXT)
    in_range = 0 < int(port[:10]) <= _LAST_PORT
    return None if in_range else fatal(MistakeKind.PORT_RANGE)
