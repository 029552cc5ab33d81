"""How go-redis reads a connection URL: `redis.ParseURL` of v9.23.0."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from preflight.uri import go_url
from preflight.uri.dialect import (
    DEFAULT_PORT,
    LOCALHOST,
    Fault,
    Reading,
    Refusal,
    RefusalError,
    check_length,
    parameter_refusal,
    port_refusal,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_INTEGER: Final = re.compile(r"[+-]?[0-9]+")
_LONGEST_INTEGER: Final = 4_000  # digits; Python refuses to convert more than 4300
_DURATION: Final = re.compile(r"[+-]?(?:(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:ns|[uµμ]s|ms|s|m|h))+")
_TERM: Final = re.compile(r"([0-9]*)\.?([0-9]*)([^0-9.+-]+)")
_NANOSECONDS: Final = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}


def read(url: str) -> Reading | Refusal:
    try:
        return _read(url)
    except RefusalError as error:
        return error.refusal


def _read(url: str) -> Reading:
    check_length(url)
    parsed = go_url.parse(url)
    tls = parsed.scheme == "rediss"
    db = _db(parsed.path)
    _check_query(url, parsed.query, tls=tls)
    signs_in = bool(parsed.password)
    return Reading(
        tls=tls,
        host=parsed.host or LOCALHOST,
        port=_port(parsed.port),
        db=_integer(parsed.query["db"]) if parsed.query.get("db") else db,
        # Without a password it sends no AUTH, whatever the username.
        username=parsed.username or None if signs_in else None,
        password=parsed.password if signs_in else None,
        parameters=tuple(name for name in parsed.query if name != "db"),
    )


def _port(digits: str) -> int:
    """Go keeps any digits and fails when it dials."""
    if len(digits) > _LONGEST_INTEGER:
        raise port_refusal("", "")
    return int(digits or DEFAULT_PORT)


def _db(path: str) -> int:
    match [segment for segment in path.split("/") if segment]:
        case []:
            return 0
        case [number]:
            return _path_integer(number)
        case _:
            raise RefusalError(Fault.PATH, "The path has more than a database number.")


def _path_integer(number: str) -> int:
    try:
        return _integer(number)
    except ValueError:
        raise RefusalError(Fault.DATABASE, "The path is not a database number.") from None


def _integer(text: str) -> int:
    """strconv.Atoi: ASCII digits in 64 bits."""
    if len(text) > _LONGEST_INTEGER or not _INTEGER.fullmatch(text):
        raise ValueError
    number = int(text)
    if not -(2**63) <= number < 2**63:
        raise ValueError
    return number


def _check_query(url: str, query: Mapping[str, str], *, tls: bool) -> None:
    for name, value in query.items():
        check = _CHECKS.get(name)
        if check is None or (name == "skip_verify" and not tls) or _NEWER.get(name) in query:
            raise parameter_refusal(Fault.PARAMETER, "{} is none that go-redis takes here.", url, name)
        try:
            check(value)
        except ValueError:
            raise parameter_refusal(Fault.VALUE, "{} has a value that go-redis cannot use.", url, name) from None


def _optional_integer(value: str) -> None:
    if value:
        _integer(value)


def _duration(value: str) -> None:
    """Whole seconds, or what time.ParseDuration takes, up to 2**63 nanoseconds."""
    if not _DURATION.fullmatch(value):
        _optional_integer(value)
    elif sum(_nanoseconds(*term) for term in _TERM.findall(value)) >= 2**63:
        raise ValueError


def _nanoseconds(whole: str, fraction: str, unit: str) -> int:
    scale = _NANOSECONDS[unit]
    return int(whole or 0) * scale + int(float(f"0.{fraction}") * scale)


def _boolean(value: str) -> None:
    if value not in {"", "0", "1", "false", "true"}:
        raise ValueError


# Each older name counts only while the newer one is absent.
_NEWER: Final = {"idle_timeout": "conn_max_idle_time", "max_conn_age": "conn_max_lifetime"}
_INTEGERS: Final = (
    "db max_active_conns max_concurrent_dials max_idle_conns max_retries min_idle_conns pipeline_pool_size"
    " pipeline_read_buffer_size pipeline_write_buffer_size pool_size protocol"
)
_DURATIONS: Final = (
    "conn_max_idle_time conn_max_lifetime conn_max_lifetime_jitter dial_timeout idle_timeout max_conn_age"
    " max_retry_backoff min_retry_backoff pool_timeout read_timeout write_timeout"
)
_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    "client_name": str,
    "pool_fifo": _boolean,
    "skip_verify": _boolean,
    **dict.fromkeys(_INTEGERS.split(), _optional_integer),
    **dict.fromkeys(_DURATIONS.split(), _duration),
}
