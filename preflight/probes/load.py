"""How full a server is, as its INFO says it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from preflight.model.facts import Load

_DATABASE: Final = re.compile(r"db(\d{1,9})")
_KEYS: Final = re.compile(r"keys=(\d{1,18})")


def load_of(fields: Mapping[str, str]) -> Load:
    """From all sections: a proxy, or a server where INFO is not permitted, tells some of it or nothing."""
    return Load(
        memory_used=_number(fields, "used_memory"),
        memory_limit=_number(fields, "maxmemory"),
        machine_memory=_number(fields, "total_system_memory"),
        clients=_number(fields, "connected_clients"),
        clients_limit=_number(fields, "maxclients"),
        keys=_keys(fields),
    )


def _number(fields: Mapping[str, str], name: str) -> int | None:
    text = fields.get(name, "")
    return int(text) if re.fullmatch(r"[0-9]{1,18}", text) else None


def _keys(fields: Mapping[str, str]) -> dict[str, int] | None:
    """There is a line for each database with keys in it: without any, another section shows that INFO came."""
    found = {}
    for name, value in fields.items():
        database, keys = _DATABASE.fullmatch(name), _KEYS.match(value)
        if database and keys:
            found[database[1]] = int(keys[1])
    return found if found or "connected_clients" in fields else None
