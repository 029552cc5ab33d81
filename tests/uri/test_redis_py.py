"""redis-py's readings: as observed, and whatever the text."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from preflight.uri.dialect import LONGEST, Fault, Reading, Refusal
from preflight.uri.redis_py import read

ROWS: Final = json.loads(Path(__file__).with_name("client_readings.json").read_text("ascii"))["rows"]


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
