"""The commands that LangSmith's queues send: those of SAQ 0.26's RedisQueue, with arguments of the right kind."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple, TypeAlias

Words: TypeAlias = tuple[str, ...]

LIFE: Final = 60
"""Seconds after which the server forgets our keys, should we die before we can delete them."""

SCRIPT: Final = (
    "redis.call('SET', KEYS[1], ARGV[1], 'EX', 60) "
    "redis.call('SET', KEYS[2], ARGV[1], 'EX', 60) "
    "return redis.call('GET', KEYS[1] .. ':undeclared')"
)
"""The same in every run: the server keeps one copy. Sweeping reads keys that it does not declare."""

HARMLESS: Final[tuple[Words, ...]] = (
    ("SETEX", "{string}", str(LIFE), "preflight"),
    ("MGET", "{string}"),
    ("EXISTS", "{string}"),
    ("EXPIRE", "{string}", str(LIFE)),
    ("RPUSH", "{list}", "preflight"),
    ("LLEN", "{list}"),
    ("LRANGE", "{list}", "0", "-1"),
    ("LREM", "{list}", "0", "preflight"),
    ("ZADD", "{zset}", "1", "preflight"),
    ("ZCARD", "{zset}"),
    ("ZSCORE", "{zset}", "preflight"),
    ("ZRANGE", "{zset}", "0", "-1"),
    ("ZRANGEBYSCORE", "{zset}", "-inf", "+inf"),
    ("ZREM", "{zset}", "preflight"),
    ("ZREMRANGEBYSCORE", "{zset}", "-inf", "+inf"),
    ("DEL", "{string}"),
    ("PUNSUBSCRIBE", "{channel}*"),
)
"""In this order they leave no key: what empties a list or a set ends it, and what DEL leaves expires."""

REHEARSED: Final[tuple[Words, ...]] = (
    ("INFO",),
    ("SET", "{string}", "preflight"),
    ("GET", "{string}"),
    ("SCAN", "0"),
    ("MULTI",),
    ("EXEC",),
    ("SCRIPT", "LOAD", "return 1"),
    ("EVALSHA", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "1", "{string}"),
    ("PUBLISH", "{channel}", "preflight"),
    ("SUBSCRIBE", "{channel}"),
    ("PSUBSCRIBE", "{channel}*"),
)
"""The others: each has a rehearsal of its own."""

WITH_SUBCOMMAND: Final = frozenset({"SCRIPT"})


class Names(NamedTuple):
    """What the placeholders stand for."""

    string: str
    list: str
    zset: str
    channel: str


def names(tag: str) -> Names:
    """The keys and the channel below a hash tag."""
    return Names(*(f"{tag}:{kind}" for kind in Names._fields))


def pop_of(version: tuple[int, ...], *, is_newer: bool) -> str:
    """The blocking pop that the queues choose: BLMOVE came with Redis 6.2, and they look at the version."""
    return "BLMOVE" if is_newer or version >= (6, 2) else "BRPOPLPUSH"


def popping(pop: str, source: str, destination: str, seconds: int) -> Words:
    ends = ("LEFT", "RIGHT") if pop == "BLMOVE" else ()
    return (pop, source, destination, *ends, str(seconds))


def filled(commands: tuple[Words, ...], given: Names) -> Iterator[Words]:
    """The commands with these keys in their places."""
    for command in commands:
        yield tuple(word.format_map(given._asdict()) for word in command)


def title(command: Words) -> str:
    """As it is granted and refused: `GET`, `SCRIPT LOAD`."""
    return " ".join(command[: 2 if command[0] in WITH_SUBCOMMAND else 1])
