"""Server: who answers, in what state, and what time it has there."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from typing import Final

from redis.exceptions import RedisError

from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Product, Reply, Role, Server
from preflight.probes.errors import ProbeError, diagnose
from preflight.probes.load import load_of
from preflight.probes.wire import Answer, Command, Wire

_ROLES: Final = {"master": Role.PRIMARY, "slave": Role.REPLICA, "sentinel": Role.SENTINEL}
_FAILED_SAVES: Final = ("rdb_last_bgsave_status", "aof_last_bgrewrite_status", "aof_last_write_status")


async def identify(wire: Wire, db: int) -> Server:
    """One round trip; a second one, HELLO, only where INFO is not permitted."""
    select = [("SELECT", db)] if db else []
    sent = time.time()
    *selected, info, clock = await _ask(wire, *select, ("INFO",), ("TIME",))
    received = time.time()
    fields = parse_info(info) if isinstance(info, bytes) else await _hello(wire)
    product, version = product_of(fields)
    return Server(
        product=product,
        version=version,
        role=_ROLES.get(fields.get("role", ""), _ROLES.get(_mode(fields), Role.UNKNOWN)),
        primary=_primary(fields),
        cluster_enabled=_cluster(fields),
        loading=fields.get("loading") == "1",
        persistence_error=next((f"{name}:err" for name in _FAILED_SAVES if fields.get(name) == "err"), ""),
        clock_offset=_offset(clock, sent, received),
        clock_error=round((received - sent) / 2, 6),
        database=next((each for each in selected if isinstance(each, Reply)), Reply()),
        info=info if isinstance(info, Reply) else Reply(),
        run_id=fields.get("run_id", ""),
        eviction=fields.get("maxmemory_policy", ""),
        load=load_of(fields),
    )


async def _ask(wire: Wire, *commands: Command) -> list[Answer]:
    """A proxy hangs up at a command that it does not know: the first that has had no answer."""
    try:
        return await wire.ask(*commands)
    except (RedisError, OSError) as error:
        if diagnose(error, Stage.SERVER)[0] is not Cause.CLOSED:
            raise
        raise ProbeError(Cause.CLOSED, f"the connection was closed at {wire.unanswered}") from None


def parse_info(text: bytes) -> dict[str, str]:
    """INFO's `name:value` lines; a later section's name wins, as nothing repeats one."""
    lines = text.decode(errors="replace").splitlines()
    pairs = (line.partition(":") for line in lines if not line.startswith("#"))
    return {name: value for name, _, value in pairs}


def product_of(fields: Mapping[str, str]) -> tuple[Product, tuple[int, ...]]:
    """Valkey and the others answer with a `redis_version` for old clients' sake: their own fields come first."""
    own = (
        (Product.VALKEY, "valkey_version"),
        (Product.GARNET, "garnet_version"),
        (Product.DRAGONFLY, "dragonfly_version"),
    )
    for product, field in own:
        if field in fields:
            return product, _version(fields[field])
    version = _version(fields.get("redis_version", ""))
    if "rlec_version" in fields:
        return Product.REDIS_ENTERPRISE, version
    if "features" in fields and "availability_zone" in fields:
        return Product.KEYDB, version
    return (Product.REDIS, version) if version else (Product.UNKNOWN, ())


async def _hello(wire: Wire) -> dict[str, str]:
    """What HELLO tells (Redis 6 and newer), under INFO's names."""
    [answer] = await _ask(wire, ("HELLO", 2))
    if not isinstance(answer, list):
        return {}
    told = {_text(name): _text(value) for name, value in zip(answer[::2], answer[1::2], strict=False)}
    name = "valkey_version" if told.get("server") == "valkey" else "redis_version"
    role = {"master": "master", "replica": "slave", "slave": "slave"}.get(told.get("role", ""), "")
    return {name: told.get("version", ""), "role": role, "redis_mode": told.get("mode", "")}


def _text(value: object) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def _version(text: str) -> tuple[int, ...]:
    numbers = re.match(r"(?:df-)?v?(\d{1,9}(?:\.\d{1,9}){0,3})", text)
    return tuple(map(int, numbers[1].split("."))) if numbers else ()


def _mode(fields: Mapping[str, str]) -> str:
    """Valkey 8 says `server_mode`."""
    return fields.get("redis_mode") or fields.get("server_mode") or ""


def _cluster(fields: Mapping[str, str]) -> bool | None:
    if "cluster_enabled" in fields:
        return fields["cluster_enabled"] == "1"
    mode = _mode(fields)
    return mode == "cluster" if mode else None


def _primary(fields: Mapping[str, str]) -> str:
    host, port = fields.get("master_host"), fields.get("master_port")
    return f"{host}:{port}" if host and port else ""


def _offset(clock: Answer, sent: float, received: float) -> float | None:
    match clock:
        case [seconds, microseconds]:
            there = int(seconds) + int(microseconds) / 1e6
            return round(there - (sent + received) / 2, 6)
        case _:
            return None
