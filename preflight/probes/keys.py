"""Keys of our own: under a hash tag of the run, with a time to live, and gone when the work is done."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from redis.crc import key_slot
from redis.exceptions import RedisError

from preflight.model.cluster import SlotRange
from preflight.probes.wire import Wire

PATIENCE: Final = 1.0
"""Seconds that deleting may take."""

HASTE: Final = 0.35
"""The same in a run that is stopped, and has to have ended within a second: there may be two connections to try."""

OWN: Final = b"{preflight:"
"""How all of them begin, in every run."""

_MOST_TAGS: Final = 4096


def tag_of(run: str, number: int = 0) -> str:
    """A hash tag of this run; each number falls into a slot of its own."""
    return f"{{preflight:{run}:{number}}}"


def slot_of(tag: str) -> int:
    return key_slot(tag.encode())


def far_tag(run: str, ranges: Sequence[SlotRange], owner: str) -> str:
    """A tag in another slot than the run's first, of the same server, so that only the slots differ."""
    home = slot_of(tag_of(run))
    for number in range(1, _MOST_TAGS):
        slot = slot_of(tag_of(run, number))
        if slot != home and (owner_of(slot, ranges) or owner) == owner:
            return tag_of(run, number)
    return tag_of(run, 1)


def owner_of(slot: int, ranges: Sequence[SlotRange]) -> str:
    """The primary that serves a slot; empty where nobody does."""
    return next((each.primary for each in ranges if each.first <= slot <= each.last), "")


def tags_of(run: str, ranges: Sequence[SlotRange]) -> dict[str, str]:
    """A tag of this run for each primary that serves slots enough to be met by chance."""
    wanted, tags = {each.primary for each in ranges}, dict[str, str]()
    owners = {slot: each.primary for each in ranges for slot in range(each.first, each.last + 1)}
    for number in range(_MOST_TAGS * max(1, len(wanted) // 100)):
        if len(tags) == len(wanted):
            break
        if owner := owners.get(slot_of(tag_of(run, number))):
            tags.setdefault(owner, tag_of(run, number))
    return tags


async def delete(wire: Wire, keys: Sequence[str], patience: float) -> None:
    """One DEL a key: they lie in different slots. What cannot be deleted expires."""
    with suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(patience):
            await wire.settle(*(("DEL", key) for key in keys))
