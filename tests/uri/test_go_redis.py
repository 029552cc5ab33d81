"""go-redis's readings: as observed, and whatever the text."""

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
from preflight.uri.go_redis import read

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


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_reads_as_observed(row: dict[str, Any]) -> None:
    assert fields(read(row["url"])) == row["go-redis"]


def test_table_holds_both_verdicts() -> None:
    refused = sum(row["go-redis"] == "refused" for row in ROWS)
    assert len(ROWS) > 250
    assert 100 < refused < len(ROWS) - 100


@pytest.mark.parametrize(
    ("url", "fault", "parameter"),
    [
        (" redis://h", Fault.TEXT, None),
        ('"redis://h"', Fault.TEXT, None),
        ("redis://h\n", Fault.TEXT, None),
        ("valkey://h", Fault.SCHEME, None),
        ("h:6379", Fault.SCHEME, None),
        ("unix:///var/run/redis.sock", Fault.SCHEME, None),
        ("redis://:a/b@h:6379", Fault.USERINFO, None),
        ("redis://:a^b@h", Fault.USERINFO, None),
        ("redis://:é@h", Fault.USERINFO, None),
        ("redis://:a%b@h", Fault.ESCAPE, None),
        ("redis://h#%zz", Fault.ESCAPE, None),
        ("redis://%63ache", Fault.ESCAPE, None),
        ("redis://{{ .Values.x }}", Fault.HOST, None),
        ("redis://[192.0.2.1]", Fault.HOST, None),
        ("redis://[fe80::1%25]", Fault.HOST, None),
        ("redis://[fe80::1%25a%2Fb]", Fault.HOST, None),
        ("redis://h1,h2:port", Fault.HOST, None),
        ("redis://h:port", Fault.PORT, None),
        ("redis://h:" + "9" * 5000, Fault.PORT, None),
        ("redis://h/abc", Fault.DATABASE, None),
        ("redis://h/0/1", Fault.PATH, None),
        ("redis://h?password=abcd", Fault.PARAMETER, "password"),
        ("redis://h?skip_verify=true", Fault.PARAMETER, "skip_verify"),
        ("redis://h?bogus=1", Fault.PARAMETER, "bogus"),
        ("redis://h?bo-gus=1", Fault.PARAMETER, None),
        ("redis://h?bogus=a@b", Fault.PARAMETER, None),
        ("redis://h?db=1&efgh=1&password=abcd", Fault.PARAMETER, None),
        ("redis://h?db=abc", Fault.VALUE, "db"),
        ("redis://h/" + "0" * LONGEST, Fault.TEXT, None),
    ],
)
def test_refusals_say_what_and_where(url: str, fault: Fault, parameter: str | None) -> None:
    refusal = read(url)
    assert isinstance(refusal, Refusal)
    assert (refusal.fault, refusal.parameter) == (fault, parameter)
    assert refusal.reason.endswith(".")


def test_more_parameters_than_go_counts_are_no_parameters() -> None:
    reading = read("redis://h?db=1" + "&bogus=1" * 10_000)
    assert isinstance(reading, Reading)
    assert (reading.db, reading.parameters) == (0, ())


def test_parameters_keep_their_order() -> None:
    reading = read("rediss://h?pool_size=5&db=1&client_name=x&skip_verify=1&pool_size=6")
    assert isinstance(reading, Reading)
    assert reading.parameters == ("pool_size", "client_name", "skip_verify")


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
