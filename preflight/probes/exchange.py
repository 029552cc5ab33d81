"""Exchange: what a second connection gets of what the first one sends, by message and by list."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

from preflight.model.facts import Reply
from preflight.model.rehearsal import Exchange
from preflight.model.required import LIFE, names, popping
from preflight.probes.wire import Answer, Command, Wire, error_in

PATIENCE: Final = 2
"""Seconds in which a message or an element must have come."""

_MESSAGE: Final = "preflight"


def keys_of(tag: str) -> tuple[str, ...]:
    own = names(tag)
    return (f"{own.list}:from", f"{own.list}:to")


async def exchange(first: Wire, second: Wire, tag: str, pop: str, last: Sequence[Command]) -> Exchange:
    """Two round trips. The second connection waits in the pop, and subscribes as soon as that is over.

    What is to be done at the `last` takes no round trip of its own.
    """
    own, (source, destination) = names(tag), keys_of(tag)
    await second.send(
        popping(pop, source, destination, PATIENCE),
        ("SUBSCRIBE", own.channel),
        ("PSUBSCRIBE", f"{own.channel}*"),
    )
    pushed = await first.ask(
        # All or nothing: no list without a time to live.
        ("MULTI",),
        # What is moved there falls under a time to live that the list has already.
        ("RPUSH", destination, "before"),
        ("EXPIRE", destination, LIFE),
        ("RPUSH", source, _MESSAGE),
        ("EXPIRE", source, LIFE),
        ("EXEC",),
    )
    popped, *subscribed = await second.receive()
    published, *_ = await first.ask(("PUBLISH", own.channel, _MESSAGE), *last)
    wanted = 0 if isinstance(published, Reply) else sum(not isinstance(answer, Reply) for answer in subscribed)
    heard = await _hear(second, wanted)
    channel, pattern = (
        _told(published, answer, is_heard=kind in heard)
        for answer, kind in zip(subscribed, (b"message", b"pmessage"), strict=True)
    )
    return Exchange(pop=pop, blocking=_popped(pushed, popped), channel=channel, pattern=pattern)


def _popped(pushed: Sequence[Answer], popped: Answer) -> Reply:
    if popped == _MESSAGE.encode():
        return Reply()
    refused = error_in((popped, *pushed))
    return _lost("element") if refused.ok else refused


def _told(published: Answer, subscribed: Answer, *, is_heard: bool) -> Reply:
    refused = next((answer for answer in (subscribed, published) if isinstance(answer, Reply)), None)
    return refused or (Reply() if is_heard else _lost("message"))


def _lost(what: str) -> Reply:
    return Reply(code="LOST", message=f"no {what} came within {PATIENCE} s")


async def _hear(wire: Wire, count: int) -> set[bytes]:
    """The kinds of so many messages, or of those that came in time."""
    heard: set[bytes] = set()
    with suppress(TimeoutError):
        async with asyncio.timeout(PATIENCE):
            while len(heard) < count:
                match await wire.hear():
                    case [bytes(kind), *_]:
                        heard.add(kind)
    return heard
