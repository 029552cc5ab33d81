"""What the other side says in a TLS handshake: its certificates, and whether it wants one of ours.

`ssl` shows neither where the handshake fails, but to the callback that it keeps for debugging. So no second, unverified
handshake is needed. The callback belongs to the context, which connections share; which of them is heard is known
by the task that opened it.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final

_CERTIFICATE: Final = 11
_CERTIFICATE_REQUEST: Final = 13
_HEADER: Final = 4
"""Bytes of a handshake message before its body: its type, and its length."""
_AUTHORITIES: Final = 47
"""The extension certificate_authorities of TLS 1.3 (RFC 8446, 4.2.4)."""
_NAMED: Final = {b"\x55\x04\x03": "CN", b"\x55\x04\x0a": "O", b"\x55\x04\x0b": "OU"}


class Heard:
    """On one connection."""

    def __init__(self) -> None:
        self.chain: tuple[bytes, ...] = ()
        """The server's certificates as sent, in DER."""
        self.asked = False
        """It asked for a certificate of ours."""
        self.authorities: tuple[str, ...] = ()
        """The CAs that it takes one from; empty for any."""

    def take(self, version: int, kind: int, body: bytes) -> None:
        """One message; one that cannot be read says nothing."""
        is_new = version >= ssl.TLSVersion.TLSv1_3
        try:
            if kind == _CERTIFICATE:
                self.chain = tuple(_certificates(body, is_new=is_new))
            else:
                self.asked = True
                self.authorities = tuple(map(_shown, _authorities_13(body) if is_new else _authorities_12(body)))
        except (IndexError, ValueError):
            return


_listening: ContextVar[Heard | None] = ContextVar("heard", default=None)


@contextmanager
def hearing() -> Iterator[Heard]:
    """What is said on the connection that is opened in this block."""
    heard = Heard()
    token = _listening.set(heard)
    try:
        yield heard
    finally:
        _listening.reset(token)


def listen(context: ssl.SSLContext) -> None:
    """To the handshakes of this context, where the interpreter has the callback."""
    if hasattr(context, "_msg_callback"):
        context._msg_callback = _dispatch  # noqa: SLF001 - there is no public way


def _dispatch(_: object, direction: str, version: int, _type: int, kind: int, data: bytes) -> None:
    heard = _listening.get()
    if heard and direction == "read" and int(kind) in {_CERTIFICATE, _CERTIFICATE_REQUEST}:
        heard.take(int(version), int(kind), data[_HEADER:])


def _certificates(body: bytes, *, is_new: bool) -> Iterator[bytes]:
    """RFC 5246, 7.4.2: a list; RFC 8446, 4.4.2: a context, and a list with extensions beside each."""
    listed, _ = _vector(_vector(body, 1)[1] if is_new else body, 3)
    while listed:
        certificate, listed = _vector(listed, 3)
        if is_new:
            _, listed = _vector(listed, 2)
        yield certificate


def _authorities_12(body: bytes) -> Iterator[bytes]:
    """RFC 5246, 7.4.4: certificate types, signature algorithms, authorities."""
    _, rest = _vector(body, 1)
    _, rest = _vector(rest, 2)
    return _list(_vector(rest, 2)[0])


def _authorities_13(body: bytes) -> Iterator[bytes]:
    """RFC 8446, 4.3.2: a context, and extensions."""
    _, rest = _vector(body, 1)
    extensions, _ = _vector(rest, 2)
    while extensions:
        kind = int.from_bytes(extensions[:2])
        content, extensions = _vector(extensions[2:], 2)
        if kind == _AUTHORITIES:
            yield from _list(_vector(content, 2)[0])


def _list(names: bytes) -> Iterator[bytes]:
    while names:
        name, names = _vector(names, 2)
        yield name


def _vector(data: bytes, width: int) -> tuple[bytes, bytes]:
    """What a length of so many bytes announces, and the rest."""
    end = width + int.from_bytes(data[:width])
    if len(data) < end:
        raise ValueError("shorter than it says")
    return data[width:end], data[end:]


def _shown(name: bytes) -> str:
    """A distinguished name by the parts that people know it by."""
    parts = [f"{_NAMED[kind]}={text}" for kind, text in _attributes(name) if kind in _NAMED]
    return ",".join(reversed(parts)) or "an unnamed CA"


def _attributes(name: bytes) -> Iterator[tuple[bytes, str]]:
    """DER: a sequence of sets of sequences, each an object identifier and a text."""
    for relative in _elements(next(_elements(name), b"")):
        for pair in _elements(relative):
            kind, text, *_ = _elements(pair)
            yield kind, text.decode(errors="replace")


def _elements(data: bytes) -> Iterator[bytes]:
    """The content of each DER element, one after the other."""
    while data:
        first, head = data[1], 2
        if first >= 0x80:  # noqa: PLR2004 - DER's long form
            head += first & 0x7F
            first = int.from_bytes(data[2:head])
        yield data[head : head + first]
        data = data[head + first :]
