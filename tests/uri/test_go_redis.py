"""go-redis's readings: as observed, and whatever the text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from preflight.uri.dialect import LONGEST, Fault, Reading, Refusal
from preflight.uri.go_redis import read

ROWS: Final = json.loads(Path(__file__).with_name("client_readings.json").read_text("ascii"))["rows"]


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
