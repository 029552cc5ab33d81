"""Where redis-py and go-redis do not read one URL alike: LangSmith has services of both."""

from __future__ import annotations

from typing import Final

from preflight.model.target import Disagreement
from preflight.uri import go_redis, redis_py
from preflight.uri.dialect import Fault, Reading, Refusal

# LangSmith documents these two, so its services must take them out before a client sees the URL.
_DOCUMENTED: Final = {"password", "ssl_check_hostname"}

_COMPARED: Final = ("tls", "host", "port", "db", "username", "password")


def compare(url: str) -> Disagreement:
    readings = {"redis-py": redis_py.read(url), "go-redis": go_redis.read(url)}
    refusals = {name: each for name, each in readings.items() if isinstance(each, Refusal)}
    if refusals:
        return Disagreement(
            refused_by={name: refusal.reason for name, refusal in refusals.items()},
            documented=all(_documented(refusal) for refusal in refusals.values()),
        )
    python, go = (each for each in readings.values() if isinstance(each, Reading))
    return Disagreement(
        differing=tuple(part for part in _COMPARED if _of(python, part) != _of(go, part)),
        passwordless=bool(python.username and not python.password),
    )


def _of(reading: Reading, part: str) -> object:
    # redis-py writes host names in lower case; DNS and certificates do not care.
    return reading.host.lower() if part == "host" else getattr(reading, part)


def _documented(refusal: Refusal) -> bool:
    return refusal.fault is Fault.PARAMETER and refusal.parameter in _DOCUMENTED
