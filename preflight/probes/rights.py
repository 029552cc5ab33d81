"""Rights: who we are, and what the ACL lets us do, without doing it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Final

from preflight.model.facts import Product, Reply, Server
from preflight.model.rehearsal import Rights
from preflight.model.required import HARMLESS, REHEARSED, Words, filled, names, pop_of, popping, title
from preflight.probes.wire import Answer, Command

_WHOAMI: Final = (6,)
_DRY_RUN: Final = (7,)
_OTHERS: Final = frozenset({Product.DRAGONFLY, Product.GARNET, Product.KEYDB})
"""Their versions are not those of Redis, and what they know of ACLs is found by trying."""

_POP_SECONDS: Final = 1


@cache
def _rehearsals(pop: str, tag: str) -> tuple[Words, ...]:
    given = names(tag)
    return (*filled((*HARMLESS, *REHEARSED), given), popping(pop, given.list, given.list, _POP_SECONDS))


def asking(server: Server, user: str, tag: str) -> tuple[Command, ...]:
    """Nothing before Redis 6, which has no users; DRYRUN from Redis 7 on."""
    if server.product in _OTHERS or not server.version or not _is(server, _WHOAMI):
        return ()
    dry = [("ACL", "DRYRUN", user, *words) for words in _rehearsed(server, tag)] if _is(server, _DRY_RUN) else []
    return (("ACL", "WHOAMI"), *dry)


def rights_of(server: Server, tag: str, answers: Sequence[Answer]) -> Rights:
    """The answers to `asking`."""
    if not answers:
        return Rights()
    who, *dry = answers
    titles = [title(words) for words in _rehearsed(server, tag)]
    refused = {
        name: _text(answer) for name, answer in zip(titles, dry, strict=False)
        if not isinstance(answer, Reply) and answer != b"OK"
    }  # fmt: skip
    return Rights(
        user="" if isinstance(who, Reply) else _text(who),
        unnamed=who if isinstance(who, Reply) else Reply(),
        dry_run=any(not isinstance(answer, Reply) for answer in dry),
        denied=refused,
    )


def _is(server: Server, floor: tuple[int, ...]) -> bool:
    return server.product is Product.VALKEY or server.version >= floor


def _rehearsed(server: Server, tag: str) -> tuple[Words, ...]:
    return _rehearsals(pop_of(server.version, is_newer=server.product is Product.VALKEY), tag)


def _text(answer: Answer) -> str:
    return answer.decode(errors="replace") if isinstance(answer, bytes) else str(answer)
