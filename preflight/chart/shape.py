"""What a value out of a Secret looks like, and what is wrong with it for its purpose; it is never shown itself."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Final, NamedTuple

import msgspec

from preflight.model.installation import Flaw, Purpose

_CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----"
_KEY: Final = re.compile(r"-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----")
_URL: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,20}://")
_BOM: Final = "\ufeff"

_TELLING: Final = 16
"""So many characters of base64 that decode to printable text are no chance."""


SHAPES: Final = {
    Purpose.URL: "a URL",
    Purpose.NODES: "a JSON array",
    Purpose.CA: "a PEM certificate",
    Purpose.CERTIFICATE: "a PEM certificate",
    Purpose.KEY: "a PEM private key",
}
"""What a value looks like that suits its purpose."""


class Value(NamedTuple):
    """A Secret's value: its text where it can be used, its shape and length in any case."""

    text: str
    shape: str
    length: int
    flaw: Flaw | None = None


def decoded(data: object, purpose: Purpose) -> Value:
    """A value of `data`, which Kubernetes holds as base64."""
    if not isinstance(data, str):
        return Value("", "not a string", 0, Flaw.NOT_BASE64)
    try:
        raw = base64.b64decode(re.sub(r"[\r\n]", "", data), validate=True)
    except (binascii.Error, ValueError):
        return Value("", shape_of(data), len(data), Flaw.NOT_BASE64)
    try:
        return judged(raw.decode(), purpose)
    except UnicodeDecodeError:
        return Value("", "bytes that are no text", len(raw), Flaw.NOT_TEXT)


def judged(text: object, purpose: Purpose) -> Value:
    """A value of `stringData`, or one that is decoded already."""
    if not isinstance(text, str):
        return Value("", "not a string", 0, Flaw.NOT_TEXT)
    return Value(text, shape_of(text), len(text), flaw_of(text, purpose))


def shape_of(text: str) -> str:
    """The first of the forms that it has."""
    forms = (
        ("empty", not text),
        ("a PEM certificate", _CERTIFICATE in text),
        ("a PEM private key", bool(_KEY.search(text))),
        ("a URL", bool(_URL.match(text.strip(_BOM).strip()))),
        ("a JSON array", isinstance(_json(text), list)),
        ("a JSON object", isinstance(_json(text), dict)),
        ("base64 text", bool(_unwrapped(text))),
    )
    return next((form for form, matches in forms if matches), "text")


def flaw_of(text: str, purpose: Purpose) -> Flaw | None:
    """The first thing that keeps the pods from using it."""
    if not text:
        return None if purpose is Purpose.PASSWORD else Flaw.EMPTY
    if text.startswith(_BOM):
        return Flaw.BYTE_ORDER_MARK
    if _unwrapped(text):
        return Flaw.TWICE_BASE64
    return _RULES[purpose](text)


def _of_password(text: str) -> Flaw | None:
    return Flaw.NEWLINE if text.rstrip("\r\n") != text else None


def _of_url(text: str) -> Flaw | None:
    if isinstance(_json(text), list):
        return Flaw.LIST_FOR_URL
    if text.rstrip("\r\n") != text:
        return Flaw.NEWLINE
    return Flaw.WHITE_SPACE if text.strip() != text else None


def _of_nodes(text: str) -> Flaw | None:
    return Flaw.URL_FOR_LIST if _URL.match(text.strip()) else None


def _of_certificate(text: str) -> Flaw | None:
    if _CERTIFICATE in text:
        return None
    return Flaw.SWAPPED if _KEY.search(text) else Flaw.NOT_PEM


def _of_key(text: str) -> Flaw | None:
    if _KEY.search(text):
        return None
    return Flaw.SWAPPED if _CERTIFICATE in text else Flaw.NOT_PEM


def _of_bundle(text: str) -> Flaw | None:
    return None if _CERTIFICATE in text else Flaw.NOT_PEM


_RULES: Final = {
    Purpose.URL: _of_url,
    Purpose.NODES: _of_nodes,
    Purpose.PASSWORD: _of_password,
    Purpose.CA: _of_bundle,
    Purpose.CERTIFICATE: _of_certificate,
    Purpose.KEY: _of_key,
}


def _json(text: str) -> object:
    if text.lstrip()[:1] not in {"[", "{"}:
        return None
    try:
        return msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None


def _unwrapped(text: str) -> str:
    """The text inside, where this is base64 of something readable; empty otherwise."""
    body = re.sub(r"\s", "", text)
    if len(body) < _TELLING:
        return ""
    try:
        inner = base64.b64decode(body, validate=True).decode()
    except (binascii.Error, ValueError):
        return ""
    return inner if re.sub(r"[\r\n]", "", inner).isprintable() else ""
