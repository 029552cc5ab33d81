"""What a Secret's value looks like, and what is wrong with it for its purpose."""

from __future__ import annotations

import random
from base64 import b64encode, encodebytes
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.chart.shape import SHAPES, Value, decoded, flaw_of, judged, shape_of
from preflight.model.installation import Flaw, Purpose

URL: Final = "rediss://:tops3cret@cache.example.com:6379/0"
LIST: Final = '["redis://node-0:6379", "redis://node-1:6379"]'
CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY: Final = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"
RSA: Final = KEY.replace("PRIVATE", "RSA PRIVATE")
SPELLED: Final = {
    Purpose.URL: URL,
    Purpose.NODES: LIST,
    Purpose.PASSWORD: "correct horse",
    Purpose.CA: CERTIFICATE,
    Purpose.CERTIFICATE: CERTIFICATE,
    Purpose.KEY: KEY,
}


def base64_of(text: str) -> str:
    return b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("", "empty"),
        (CERTIFICATE, "a PEM certificate"),
        (CERTIFICATE * 3, "a PEM certificate"),
        (CERTIFICATE + KEY, "a PEM certificate"),
        (KEY, "a PEM private key"),
        (RSA, "a PEM private key"),
        (URL, "a URL"),
        (f"\ufeff{URL}", "a URL"),
        (f" {URL}\n", "a URL"),
        ("redis+sentinel://x", "a URL"),
        (LIST, "a JSON array"),
        ("[]", "a JSON array"),
        (f"\n {LIST}", "a JSON array"),
        ('{"a": 1}', "a JSON object"),
        ("[1", "text"),
        ("[" * 100_000, "text"),
        (base64_of(URL), "base64 text"),
        ("tops3cret", "text"),
        ("-----BEGIN PUBLIC KEY-----", "text"),
    ],
)
def test_shapes(text: str, shape: str) -> None:
    assert shape_of(text) == shape


@pytest.mark.parametrize("purpose", Purpose)
def test_what_is_right(purpose: Purpose) -> None:
    """A value of the shape that its purpose has, in either section."""
    text = SPELLED[purpose]
    assert judged(text, purpose) == decoded(base64_of(text), purpose) == Value(text, shape_of(text), len(text))
    assert SHAPES.get(purpose, "text") == shape_of(text)


def test_no_password_at_all() -> None:
    """A cluster without a password has the key all the same, and it is empty."""
    assert judged("", Purpose.PASSWORD) == decoded("", Purpose.PASSWORD) == Value("", "empty", 0)


@pytest.mark.parametrize("purpose", [each for each in Purpose if each is not Purpose.PASSWORD])
def test_nothing_there(purpose: Purpose) -> None:
    assert judged("", purpose).flaw is decoded("", purpose).flaw is Flaw.EMPTY


@pytest.mark.parametrize("purpose", Purpose)
def test_a_byte_order_mark(purpose: Purpose) -> None:
    """Notepad's, before whatever was meant."""
    assert flaw_of(f"\ufeff{SPELLED[purpose]}", purpose) is Flaw.BYTE_ORDER_MARK


@pytest.mark.parametrize("purpose", Purpose)
@pytest.mark.parametrize("encode", [base64_of, lambda text: encodebytes(text.encode()).decode()])
@pytest.mark.parametrize("ending", ["", "\n", "\r\n"])
def test_base64_twice(purpose: Purpose, encode: object, ending: str) -> None:
    """With the line breaks of `base64` and the newline of `echo`, and whatever it holds."""
    assert callable(encode)
    text = SPELLED[purpose] if purpose is not Purpose.PASSWORD else "correct horse battery"
    assert flaw_of(encode(text + ending) + ending, purpose) is Flaw.TWICE_BASE64


@pytest.mark.parametrize(
    ("text", "purpose", "flaw"),
    [
        (f"{URL}\n", Purpose.URL, Flaw.NEWLINE),
        (f"{URL}\r\n", Purpose.URL, Flaw.NEWLINE),
        ("tops3cret\n", Purpose.PASSWORD, Flaw.NEWLINE),
        ("tops3cret\r\n", Purpose.PASSWORD, Flaw.NEWLINE),
        ("\n", Purpose.PASSWORD, Flaw.NEWLINE),
        (f" {URL}", Purpose.URL, Flaw.WHITE_SPACE),
        (f"{URL} ", Purpose.URL, Flaw.WHITE_SPACE),
        (f"{URL}\t", Purpose.URL, Flaw.WHITE_SPACE),
        (f"\n{URL}", Purpose.URL, Flaw.WHITE_SPACE),
        (" tops3cret ", Purpose.PASSWORD, None),
        (f"{LIST}\n", Purpose.NODES, None),
        (f" {LIST} ", Purpose.NODES, None),
        (LIST, Purpose.URL, Flaw.LIST_FOR_URL),
        (f"{LIST}\n", Purpose.URL, Flaw.LIST_FOR_URL),
        (URL, Purpose.NODES, Flaw.URL_FOR_LIST),
        (f"{URL},{URL}", Purpose.NODES, Flaw.URL_FOR_LIST),
        (f"{URL}\n", Purpose.NODES, Flaw.URL_FOR_LIST),
        ("not a list", Purpose.NODES, None),
        ("cache:6379", Purpose.URL, None),
        (KEY, Purpose.CERTIFICATE, Flaw.SWAPPED),
        (RSA, Purpose.CERTIFICATE, Flaw.SWAPPED),
        (CERTIFICATE, Purpose.KEY, Flaw.SWAPPED),
        (CERTIFICATE + KEY, Purpose.CERTIFICATE, None),
        (CERTIFICATE + KEY, Purpose.KEY, None),
        (KEY, Purpose.CA, Flaw.NOT_PEM),
        ("/etc/ssl/ca.pem", Purpose.CA, Flaw.NOT_PEM),
        ("x", Purpose.CERTIFICATE, Flaw.NOT_PEM),
        ("x", Purpose.KEY, Flaw.NOT_PEM),
    ],
)
def test_flaws(text: str, purpose: Purpose, flaw: Flaw | None) -> None:
    """What the URL's own check or the node list's says better is left to it."""
    assert flaw_of(text, purpose) is flaw


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (URL, Flaw.NOT_BASE64),
        ("tops3cret", Flaw.NOT_BASE64),
        ("YWJj*", Flaw.NOT_BASE64),
        ("YWJ", Flaw.NOT_BASE64),
        ("YW Jj", Flaw.NOT_BASE64),
        ("é", Flaw.NOT_BASE64),
        (5, Flaw.NOT_BASE64),
        (None, Flaw.NOT_BASE64),
        (["YWJj"], Flaw.NOT_BASE64),
        ("//4=", Flaw.NOT_TEXT),
        (base64_of("YWJjZGVmZ2hpamts"), Flaw.TWICE_BASE64),
        ("YW\r\nJj\n", None),
    ],
)
def test_data(data: object, flaw: Flaw | None) -> None:
    """Kubernetes takes base64 with line breaks and nothing else."""
    assert decoded(data, Purpose.PASSWORD).flaw is flaw


@pytest.mark.parametrize("text", [6379, 0, True, 1.5, ["x"], {"a": "b"}])
def test_string_data_that_is_none(text: object) -> None:
    """YAML makes numbers and booleans of what is not quoted, and Kubernetes refuses them."""
    assert judged(text, Purpose.PASSWORD).flaw is Flaw.NOT_TEXT


def test_an_unusable_value_is_not_handed_on() -> None:
    """What could not be decoded is described, and its text is gone."""
    assert decoded(URL, Purpose.URL) == Value("", "a URL", len(URL), Flaw.NOT_BASE64)
    assert decoded("//79", Purpose.URL) == Value("", "bytes that are no text", 3, Flaw.NOT_TEXT)


PASSWORDS: Final = [
    "tops3cret",
    "passwordpassword",
    "correcthorsebatterystaple",
    "correcthorsebatterystapler",
    "Tr0ub4dor&3Tr0ub4dor&3",
    "aaaaaaaaaaaaaaaa",
    "AAAAAAAAAAAAAAAA",
    "1234567890123456",
    "00000000000000000000000000000000",
    "internationalizations",
    "THEQUICKBROWNFOXJUMPSOVERTHELAZYDOG0",
    "d41d8cd98f00b204e9800998ecf8427e",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855",
    "550e8400e29b41d4a716446655440000",
    "550e8400-e29b-41d4-a716-446655440000",
    "kT3vQ8nq0zJm1u5cX2bYw7rLhP9sFgAeDoVxKyWtUiE=",
    "Zk9Xw2qLr7VtYp4NsB8cHdMf3GjQe6RuAzCaOiTyUxE=",
    "abcdefghijklmnopqrstuvwxyzABCDEF",
    "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
]


@pytest.mark.parametrize("password", PASSWORDS)
def test_passwords_that_look_like_base64(password: str) -> None:
    """Keys of Azure, hashes and long words are of its letters, and hold nothing readable."""
    assert flaw_of(password, Purpose.PASSWORD) is None


@given(st.integers(0, 2**64), st.sampled_from([24, 32, 33, 48, 64]), st.sampled_from(["base64", "hex"]))
def test_random_tokens_are_not_base64_twice(seed: int, size: int, form: str) -> None:
    """32 random bytes are 44 characters of base64, as Azure's keys are."""
    raw = random.Random(seed).randbytes(size)  # noqa: S311 - no secret of anyone's
    token = b64encode(raw).decode() if form == "base64" else raw.hex()
    assert judged(token, Purpose.PASSWORD) == Value(token, "text", len(token))
    assert decoded(base64_of(token), Purpose.PASSWORD).flaw is None


READABLE = st.text(st.characters(exclude_categories=["C", "Z"]) | st.just(" "), min_size=12, max_size=80)


@given(READABLE, st.sampled_from(Purpose))
def test_readable_base64_is_base64_twice(text: str, purpose: Purpose) -> None:
    """Whatever language it is in, and whatever it was meant for."""
    value = decoded(base64_of(base64_of(text)), purpose)
    assert (value.flaw, value.shape) == (Flaw.TWICE_BASE64, "base64 text")


ANYTHING = st.text(st.characters(exclude_categories=["Cs"])) | st.sampled_from(list(SPELLED.values()))


@given(ANYTHING, st.sampled_from(Purpose))
def test_either_section_is_read_alike(text: str, purpose: Purpose) -> None:
    """What `data` holds encoded and `stringData` plain is one value, of one length and one shape."""
    value = judged(text, purpose)
    assert decoded(base64_of(text), purpose) == value
    assert (value.text, value.length) == (text, len(text))


@given(st.binary(), st.sampled_from(Purpose))
def test_no_bytes_are_too_much(raw: bytes, purpose: Purpose) -> None:
    """Whatever stands there is described by a word or two of ours."""
    value = decoded(b64encode(raw).decode(), purpose)
    assert value.shape in {*SHAPES.values(), "empty", "text", "a JSON object", "base64 text", "bytes that are no text"}
