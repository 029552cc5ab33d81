"""The commands of the queues: which pop by which version, what they are called, and which keys they get."""

from collections import Counter

import pytest
from redis.crc import key_slot

from preflight.model.required import (
    HARMLESS,
    LIFE,
    REHEARSED,
    SCRIPT,
    Words,
    filled,
    names,
    pop_of,
    popping,
    title,
)
from tests.servers.fixtures import ServerPool
from tests.servers.test_starting import EVERY_RELEASE

TAG = "{preflight:0123456789ab:0}"
EMPTYING = {"RPUSH": "LREM", "ZADD": "ZREM"}
"""What fills a key that has no time to live, and what ends it."""

SAQ = {
    *("BLMOVE", "DEL", "EVALSHA", "EXEC", "EXISTS", "EXPIRE", "GET", "INFO", "LLEN", "LRANGE", "LREM", "MGET"),
    *("MULTI", "PSUBSCRIBE", "PUBLISH", "RPUSH", "SCAN", "SCRIPT LOAD", "SET", "SETEX", "SUBSCRIBE"),
    *("ZADD", "ZCARD", "ZRANGE", "ZRANGEBYSCORE", "ZREM", "ZREMRANGEBYSCORE", "ZSCORE", "PUNSUBSCRIBE"),
}


@pytest.mark.parametrize(
    ("version", "is_newer", "pop"),
    [
        ((3, 2, 13), False, "BRPOPLPUSH"),
        ((5, 0, 14), False, "BRPOPLPUSH"),
        ((6, 0, 20), False, "BRPOPLPUSH"),
        ((6, 2), False, "BLMOVE"),
        ((6, 2, 0), False, "BLMOVE"),
        ((6, 10), False, "BLMOVE"),
        ((7,), False, "BLMOVE"),
        ((10, 0), False, "BLMOVE"),
        ((), False, "BRPOPLPUSH"),
        ((), True, "BLMOVE"),
        ((1, 25, 1), True, "BLMOVE"),
    ],
    ids=str,
)
def test_the_pop_of_a_version(version: tuple[int, ...], is_newer: bool, pop: str) -> None:
    """BLMOVE from Redis 6.2 on, by numbers and not by text; a product of its own counting has it too."""
    assert pop_of(version, is_newer=is_newer) == pop


@pytest.mark.parametrize(
    ("pop", "words"),
    [
        ("BLMOVE", ("BLMOVE", "a", "b", "LEFT", "RIGHT", "2")),
        ("BRPOPLPUSH", ("BRPOPLPUSH", "a", "b", "2")),
    ],
)
def test_the_arguments_of_a_pop(pop: str, words: Words) -> None:
    """Only the newer one is told from which end to which."""
    assert popping(pop, "a", "b", 2) == words


@pytest.mark.parametrize(
    ("words", "expected"),
    [(("GET", "key"), "GET"), (("SCRIPT", "LOAD", "return 1"), "SCRIPT LOAD"), (("EXEC",), "EXEC")],
)
def test_titles(words: Words, expected: str) -> None:
    """A subcommand is granted by itself; arguments are not named."""
    assert title(words) == expected


def test_keys_lie_in_one_slot() -> None:
    """Below the tag, and different for each kind."""
    given = names(TAG)
    assert len(set(given)) == len(given)
    assert {key_slot(name.encode()) for name in given} == {key_slot(TAG.encode())}


def test_placeholders_are_filled_in() -> None:
    """Braces of the tag are no placeholders, and every other word stays as it is."""
    given = names(TAG)
    filled_in = list(filled((*HARMLESS, *REHEARSED), given))
    assert [words[0] for words in filled_in] == [words[0] for words in (*HARMLESS, *REHEARSED)]
    assert ("ZRANGEBYSCORE", f"{TAG}:zset", "-inf", "+inf") in filled_in
    left = [word for words in filled_in for word in words if word.startswith("{") and not word.startswith(TAG)]
    assert left == []


def test_nothing_is_tried_twice() -> None:
    """Each has one name in the report."""
    counted = Counter(title(words) for words in (*HARMLESS, *REHEARSED))
    assert set(counted.values()) == {1}
    assert set(counted) | {"BLMOVE"} == SAQ


@EVERY_RELEASE
def test_every_release_knows_them(server_pool: ServerPool, key: str) -> None:
    """In this order, with these arguments, and they leave no key."""
    with server_pool.get(key).client() as client:
        for words in filled(HARMLESS, names(TAG)):
            client.execute_command(*words)
        assert client.keys() == []
        script = client.script_load(SCRIPT)
        keys = [f"{TAG}:{number}" for number in (1, 2)]
        assert client.evalsha(script, 2, *keys, "value") is None
        assert all(0 < client.ttl(name) <= LIFE for name in keys)
        assert client.delete(*keys) == 2
        assert client.keys() == []


def test_what_has_no_time_to_live_is_ended_before_anything_else_can_fail() -> None:
    """Also where DEL is not permitted: each key that is filled is emptied again by a command of its own kind."""
    verbs = [words[0] for words in HARMLESS]
    for filling, ending in EMPTYING.items():
        assert verbs.index(filling) < verbs.index(ending)
