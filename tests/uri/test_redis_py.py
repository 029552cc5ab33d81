"""redis-py's readings: as observed, and whatever the text."""

from __future__ import annotations

import json
from pathlib import Path
from time import process_time
from typing import Any, Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.secret import Secret
from preflight.uri.dialect import LONGEST, Fault, Reading, Refusal
from preflight.uri.redis_py import read

ROWS: Final = json.loads(Path(__file__).with_name("client_readings.json").read_text("ascii"))["rows"]
NOISE: Final = st.one_of(st.characters(), st.sampled_from("\ud800\udfff\0\n@:/?#[]%&;=+"))
# No character of these stands in a reason, save those of words in lower case.
PASSWORDS: Final = st.text(alphabet="ABGHJKQWXYZ7892@:/?#[]%&;=+ ", min_size=4, max_size=30)
MISTAKES: Final = (
    "redis://:{}@cache.example.com:6379/0",
    "redis://{}@cache.example.com:6379/0",
    "redis://app:{}@",
    "redis://app:{}@cache.example.com:port/x",
    "rediss://cache.example.com?password={}",
    "rediss://cache.example.com?password={}&bogus=1",
    "rediss://cache.example.com/{}@other.example.com",
    "redis:{}@cache.example.com",
    "{}@cache.example.com",
    "{}",
)


def fields(reading: Reading | Refusal) -> list[Any] | str:
    if isinstance(reading, Refusal):
        return "refused"
    password = reading.password.reveal() if reading.password is not None else None
    return [
        *(reading.tls, reading.host, reading.port, reading.db),
        *(reading.username, password, sorted(reading.parameters)),
    ]


def predicted(row: dict[str, Any]) -> Any:
    """A URL that the releases do not read alike counts as refused."""
    older, newer = row["redis-py 7.4.1"], row["redis-py 8.1.0"]
    return older if older == newer else "refused"


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_reads_as_observed(row: dict[str, Any]) -> None:
    assert fields(read(row["url"])) == predicted(row)


def test_table_holds_both_verdicts() -> None:
    refused = sum(predicted(row) == "refused" for row in ROWS)
    assert len(ROWS) > 250
    assert 100 < refused < len(ROWS) - 100


@pytest.mark.parametrize(
    ("url", "fault", "parameter"),
    [
        (" redis://h", Fault.TEXT, None),
        ('"redis://h"', Fault.TEXT, None),
        ("REDIS://h", Fault.SCHEME, None),
        ("valkey://h", Fault.SCHEME, None),
        ("unix:///var/run/redis.sock", Fault.SCHEME, None),
        ("redis://:a/b@h:6379", Fault.USERINFO, None),
        ("redis://:a[b@h:6379", Fault.USERINFO, None),
        ("redis://:a[::1]b@h", Fault.USERINFO, None),
        ("redis://[::1]x", Fault.HOST, None),
        ("redis://x[::1]", Fault.HOST, None),
        ("redis://::1:6379", Fault.HOST, None),
        ("redis://h1:6379,h2:6379", Fault.HOST, None),
        ("redis://a..b", Fault.HOST, None),
        ("redis://h%00", Fault.HOST, None),
        ("redis://h:port", Fault.PORT, None),
        ("redis://h:70000", Fault.PORT, None),
        ("redis://h?ssl_check_hostname=false", Fault.PARAMETER, "ssl_check_hostname"),
        ("redis://h?bogus=1", Fault.PARAMETER, "bogus"),
        ("redis://h?bo-gus=1", Fault.PARAMETER, None),
        ("redis://h?bogus=a@b", Fault.PARAMETER, None),
        ("redis://h?password=abcd&efgh=1", Fault.PARAMETER, None),
        ("redis://h?db=abc", Fault.VALUE, "db"),
        ("rediss://h?password=a%2525b", Fault.VALUE, "password"),
        ("redis://h?port=abc", Fault.VALUE, "port"),
        ("redis://:\ud800@h", Fault.TEXT, None),
        ("redis://h/" + "0" * LONGEST, Fault.TEXT, None),
    ],
)
def test_refusals_say_what_and_where(url: str, fault: Fault, parameter: str | None) -> None:
    refusal = read(url)
    assert isinstance(refusal, Refusal)
    assert (refusal.fault, refusal.parameter) == (fault, parameter)
    assert refusal.reason.endswith(".")


def test_parameters_keep_their_order() -> None:
    reading = read("rediss://h?socket_timeout=5&db=1&client_name=x&ssl_cert_reqs=none")
    assert isinstance(reading, Reading)
    assert reading.parameters == ("socket_timeout", "client_name", "ssl_cert_reqs")


@given(st.text(alphabet=NOISE))
def test_never_raises(noise: str) -> None:
    for prefix in (
        "",
        "redis://",
        "rediss://:",
        "redis://h:",
        "redis://h/",
        "redis://h?",
        "redis://[",
        "redis:",
    ):
        assert isinstance(read(prefix + noise), Reading | Refusal)


@pytest.mark.parametrize("unit", ["@", "[", "]", ":", "/", "&", "a=1&", "%41&b=", "é", "%C3", "0", ".", "\0", "x"])
@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "redis://",
        "rediss://:",
        "redis://h:",
        "redis://[",
        "redis://h/",
        "redis://h?a=",
        "redis://h?dial_timeout=",
    ],
)
@pytest.mark.parametrize("length", [LONGEST, 1_000_000])
def test_is_fast_on_noise(prefix: str, unit: str, length: int) -> None:
    url = (prefix + unit * length)[:length]
    start = process_time()
    read(url)
    assert process_time() - start < 0.5


@given(PASSWORDS, st.sampled_from(MISTAKES))
def test_refusals_hold_no_piece_of_the_password(password: str, mistake: str) -> None:
    refusal = read(mistake.format(password))
    if isinstance(refusal, Refusal):
        shown = f"{refusal.reason} {refusal.parameter}"
        assert not any(password[start : start + 4] in shown for start in range(len(password) - 3))


@given(
    username=st.text(max_size=20),
    password=st.text(min_size=1, max_size=40),
    port=st.integers(1, 65535),
    db=st.integers(0, 100),
    tls=st.booleans(),
)
def test_reads_an_escaped_url_exactly(username: str, password: str, port: int, db: int, *, tls: bool) -> None:
    scheme = "rediss" if tls else "redis"
    userinfo = f"{quote(username, safe='')}:{quote(password, safe='')}"
    assert read(f"{scheme}://{userinfo}@cache.example.com:{port}/{db}") == Reading(
        tls=tls,
        host="cache.example.com",
        port=port,
        db=db,
        username=username or None,
        password=Secret(password),
        parameters=(),
    )
