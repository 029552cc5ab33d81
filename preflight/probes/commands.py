"""Commands: what LangSmith will send, rehearsed on one connection in one round trip."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Final

from preflight.model.facts import Reply
from preflight.model.rehearsal import Occupancy, Rehearsal
from preflight.model.required import HARMLESS, LIFE, SCRIPT, Names, filled, names, title
from preflight.probes.keys import HASTE, OWN, delete, slot_of
from preflight.probes.wire import Answer, Command, Wire, error_in

_SAMPLE: Final = 500
_DIGEST: Final = hashlib.sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
_LONGEST_PREFIX: Final = 32
_FILLING: Final = frozenset({"RPUSH", "ZADD"})
"""They leave a key for ever, should nothing that ends it be permitted."""


def keys_of(here: str, far: str) -> tuple[str, ...]:
    """Every key that `rehearse` may leave."""
    steps = ("write", "transaction", "near", "script", "script2", "near2")
    return (*(f"{here}:{step}" for step in steps), f"{far}:far", f"{far}:far2", *names(here)[:3])


async def rehearse(wire: Wire, here: str, far: str, *, limit_unknown: bool = False) -> Rehearsal:
    """All of it under two hash tags, in one round trip; `keys_of` says what is to be deleted afterwards."""
    own = names(here)
    parts = _parts(here, far, own) | ({"limit": (("CONFIG", "GET", "maxclients"),)} if limit_unknown else {})
    answers = await _ask(wire, parts)
    return Rehearsal(
        write=_written(answers["write"]),
        transaction=_committed(answers["transaction"]),
        cross_slot=_committed(answers["cross slot"]),
        slots=(slot_of(here), slot_of(far)),
        script=error_in(answers["script"]),
        script_cross_slot=error_in(answers["script cross slot"]),
        refused=_refused(own, answers["harmless"]),
        occupancy=_occupancy(answers["keys"][0]),
        clients_limit=_limit(answers.get("limit", [None])[0]),
    )


async def write(wire: Wire, key: str) -> Reply:
    """Written, read and deleted, in one round trip."""
    try:
        answers = await wire.ask(_set(key), ("GET", key), ("DEL", key))
    except BaseException:
        await asyncio.shield(asyncio.ensure_future(delete(wire, (key,), HASTE)))
        raise
    return _written(answers[:2])


def _parts(here: str, far: str, own: Names) -> dict[str, Sequence[Command]]:
    return {
        # Before there are any of ours.
        "keys": (("SCAN", 0, "COUNT", _SAMPLE),),
        "write": (_set(f"{here}:write"), ("GET", f"{here}:write")),
        "transaction": _transaction(_set(f"{here}:transaction"), ("GET", f"{here}:transaction")),
        "cross slot": _transaction(_set(f"{here}:near"), _set(f"{far}:far")),
        "script": (("SCRIPT", "LOAD", SCRIPT), _run(f"{here}:script", f"{here}:script2")),
        "script cross slot": (_run(f"{here}:near2", f"{far}:far2"),),
        "harmless": tuple(command for tried in filled(HARMLESS, own) for command in _passing(tried)),
    }


async def _ask(wire: Wire, parts: Mapping[str, Sequence[Command]]) -> dict[str, list[Answer]]:
    answers = iter(await wire.ask(*(command for commands in parts.values() for command in commands)))
    return {name: [next(answers) for _ in commands] for name, commands in parts.items()}


def _set(key: str) -> Command:
    return ("SET", key, "preflight", "EX", LIFE)


def _transaction(*commands: Command) -> tuple[Command, ...]:
    return (("MULTI",), *commands, ("EXEC",))


def _run(*keys: str) -> Command:
    return ("EVALSHA", _DIGEST, len(keys), *keys, "preflight")


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


def _passing(tried: Command) -> tuple[Command, ...]:
    """What fills a key gives it a time to live in the same transaction, or does nothing."""
    return _transaction(tried, ("EXPIRE", tried[1], LIFE)) if tried[0] in _FILLING else (tried,)


def _refused(own: Names, answers: Sequence[Answer]) -> dict[str, Reply]:
    left, refused = iter(answers), dict[str, Reply]()
    for tried in filled(HARMLESS, own):
        said = {command: next(left) for command in _passing(tried)}
        if isinstance(said[tried], Reply):
            refused[title(tried)] = said[tried]
    return refused


def _occupancy(answer: Answer) -> Occupancy:
    """A key's prefix is its kind; what follows it may be somebody's name."""
    match answer:
        case Reply():
            return Occupancy(refusal=answer)
        case [_, list(keys)]:
            others = [key for key in keys if isinstance(key, bytes) and not key.startswith(OWN)]
            prefixes = dict(Counter(map(_prefix, others)).most_common())
            return Occupancy(prefixes=prefixes, own=len(keys) - len(others))
        case _:
            return Occupancy()


def _prefix(key: bytes) -> str:
    prefix, colon, _ = key.partition(b":")
    return prefix.decode(errors="replace")[:_LONGEST_PREFIX] if colon else ""


def _limit(answer: Answer) -> int | None:
    match answer:
        case [_, bytes(number)] if number.isdigit():
            return int(number)
        case _:
            return None
