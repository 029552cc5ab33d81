"""How Go's net/url takes a URL apart (Go 1.26), as far as a redis:// or rediss:// one can go.

Go works on bytes. Here bytes that are no UTF-8 stand as lone surrogates (`surrogateescape`).
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address
from typing import Final
from urllib.parse import unquote

import msgspec

from preflight.model.secret import Secret
from preflight.uri.dialect import Fault, RefusalError, opening_refusal, port_refusal

_SCHEME: Final = re.compile(r"(rediss?):(.*)", re.DOTALL | re.IGNORECASE | re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ESCAPE: Final = re.compile(r"%([0-9A-Fa-f]{2})")
# url.validUserinfo: RFC 3986 and the '@' that people forget to escape.
_USERINFO: Final = re.compile(r"[A-Za-z0-9._~:!$&'()*+,;=%@-]*")
# url.shouldEscape for a host: sub-delims, the delimiters of ports and IPv6, and three that cannot be escaped.
_HOST_BYTE: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:\[\]<>\"-]")
_HOST: Final = re.compile(rf"(?:{_HOST_BYTE.pattern}|[^\x00-\x7f]|%)*")
# url.unescape: in a host only '%' itself and bytes beyond ASCII may be escaped.
_HOST_BAD_ESCAPE: Final = re.compile(r"%(?!25|[89A-Fa-f][0-9A-Fa-f])")
_PORT: Final = re.compile(r"(?::[0-9]*)?")
_MOST_PARAMETERS: Final = 10_000


class GoUrl(msgspec.Struct, frozen=True, kw_only=True):
    """The parts that go-redis uses, unescaped except for the query; an absent part is empty."""

    scheme: str
    username: str
    password: Secret
    host: str
    port: str
    path: str
    query: dict[str, str]

    def __repr__(self) -> str:
        return f"GoUrl(scheme={self.scheme!r})"


def parse(url: str) -> GoUrl:
    """url.Parse, then Hostname, Port and Query; raises `RefusalError`."""
    main, _, fragment = url.partition("#")
    _check_text(main)
    match = _SCHEME.fullmatch(main)
    if match is None:
        raise opening_refusal(main)
    location, _, query = match[2].partition("?")
    authority, path = _split(location)
    userinfo, _, address = authority.rpartition("@")
    host, port = _host_and_port(address, authority, f"{path}{query}{fragment}")
    unescape(fragment)
    username, password = _userinfo(userinfo)
    return GoUrl(
        scheme=match[1].lower(),
        username=username,
        password=Secret(password),
        host=host,
        port=port,
        path=unescape(path),
        query=_query(query),
    )


def unescape(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise RefusalError(Fault.ESCAPE, "A '%' that is not followed by two hexadecimal digits must be escaped.")
    return unquote(text, errors="surrogateescape")


def _check_text(main: str) -> None:
    if _CONTROL.search(main):
        raise RefusalError(Fault.TEXT, "The URL has a line break or another control character in it.")


def _split(location: str) -> tuple[str, str]:
    """The authority and the path. Without a slash after the scheme all is opaque: neither."""
    if location.startswith("//"):
        authority, slash, path = location[2:].partition("/")
        return authority, slash + path
    return "", location if location.startswith("/") else ""


def _userinfo(text: str) -> tuple[str, str]:
    if not _USERINFO.fullmatch(text):
        raise RefusalError(Fault.USERINFO, "The username or password has a character that must be escaped.")
    username, _, password = text.partition(":")
    return unescape(username), unescape(password)


def _host_and_port(address: str, authority: str, rest: str) -> tuple[str, str]:
    """url.parseHost, then url.splitHostPort."""
    if "[" in address:
        return _bracketed(address, authority, rest)
    # All colons but the last belong to the host, which only http URLs forbid.
    host, colon, port = address.rpartition(":") if ":" in address else (address, "", "")
    if not _PORT.fullmatch(colon + port):
        raise port_refusal(authority, rest)
    return _unescape_host(host), port


def _bracketed(address: str, authority: str, rest: str) -> tuple[str, str]:
    inside, bracket, port = address[1:].rpartition("]")
    if not bracket or not address.startswith("[") or "[" in inside + port:
        raise _host_refusal()
    if not _PORT.fullmatch(port):
        raise port_refusal(authority, rest)
    literal, percent, zone = inside.partition("%25")
    host = _unescape_host(literal) + _unescape_zone(percent + zone)
    _check_ipv6(host)
    return host, port.removeprefix(":")


def _unescape_host(text: str) -> str:
    if _HOST_BAD_ESCAPE.search(text):
        raise RefusalError(Fault.ESCAPE, "The host has a '%' that Go does not allow there.")
    if not _HOST.fullmatch(text):
        raise _host_refusal()
    return unquote(text, errors="surrogateescape")


def _unescape_zone(text: str) -> str:
    """An IPv6 zone may escape a space, '%' and what it could hold unescaped."""
    escapes = (chr(int(digits, 16)) for digits in _ESCAPE.findall(text))
    if not _HOST.fullmatch(text) or not all(byte in " %" or _HOST_BYTE.match(byte) for byte in escapes):
        raise _host_refusal()
    return unescape(text)


def _check_ipv6(host: str) -> None:
    """netip.ParseAddr, whose zones hold anything but may not be empty."""
    literal, percent, zone = host.partition("%")
    try:
        IPv6Address(literal)
    except ValueError:
        raise _host_refusal() from None
    if percent and not zone:
        raise _host_refusal()


def _host_refusal() -> RefusalError:
    return RefusalError(Fault.HOST, "The host has a character, or an IPv6 address, that Go does not allow.")


def _query(text: str) -> dict[str, str]:
    """Each parameter's last value. url.ParseQuery's errors are dropped, and with them the pairs at fault."""
    pairs = text.split("&")
    if len(pairs) > _MOST_PARAMETERS:
        return {}
    return {
        _unescape_query(name): _unescape_query(value)
        for name, _, value in (pair.partition("=") for pair in pairs if pair and _well_formed(pair))
    }


def _well_formed(pair: str) -> bool:
    return ";" not in pair and not _BAD_ESCAPE.search(pair)


def _unescape_query(text: str) -> str:
    return unquote(text.replace("+", " "), errors="surrogateescape")
