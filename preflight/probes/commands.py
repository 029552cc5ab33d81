"""Commands: what LangSmith will send, rehearsed under keys of our own that are gone afterwards."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from redis.crc import key_slot
from redis.exceptions import RedisError

from preflight.model.facts import Rehearsal, Reply, SlotRange
from preflight.probes.wire import Answer, Command, Wire, error_in

LIFE = 60
"""Seconds after which the server forgets our keys, should we die before we can delete them."""

PATIENCE = 1.0
"""Seconds that deleting may take: a run that is stopped must stop."""

_MOST_TAGS = 4096


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


async def rehearse(wire: Wire, run: str, far: str) -> Rehearsal:
    """One round trip for the rehearsal, one to delete what it wrote, also when it is cancelled."""
    here = tag_of(run)
    keys = (f"{here}:write", f"{here}:transaction", f"{here}:near", f"{far}:far")
    try:
        answers = await wire.ask(
            _set(keys[0]),
            ("GET", keys[0]),
            *_transaction(_set(keys[1]), ("GET", keys[1])),
            *_transaction(_set(keys[2]), _set(keys[3])),
        )
    finally:
        await asyncio.shield(asyncio.ensure_future(_delete(wire, keys)))
    return Rehearsal(
        write=_written(answers[:2]),
        transaction=_committed(answers[2:6]),
        cross_slot=_committed(answers[6:10]),
        slots=(slot_of(here), slot_of(far)),
    )


def _set(key: str) -> Command:
    return ("SET", key, "preflight", "EX", LIFE)


def _transaction(*commands: Command) -> tuple[Command, ...]:
    return (("MULTI",), *commands, ("EXEC",))


async def _delete(wire: Wire, keys: Sequence[str]) -> None:
    """One DEL a key: they lie in different slots. What cannot be deleted expires."""
    with suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(PATIENCE):
            await wire.settle(*(("DEL", key) for key in keys))


def _written(answers: Sequence[Answer]) -> Reply:
    error = error_in(answers)
    if error.ok and answers[1] != b"preflight":
        return Reply(code="LOST", message="GET returned another value than SET had written")
    return error


def _committed(answers: Sequence[Answer]) -> Reply:
    error = error_in(answers)
    if error.ok and not isinstance(answers[-1], list):
        return Reply(code="ABORTED", message="EXEC returned nothing: the transaction was not carried out")
    return error
