"""What an ACL denied, by the server's words, and the least rules that would allow it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from preflight.model.facts import Reply

KEYS: Final = "~*"
CHANNELS: Final = "&*"

_COMMAND: Final = re.compile(r"run the '([^']+)' command")
_OBJECT: Final = re.compile(r"access (?:a|one of the|the '.*') (key|channel)")


def is_denied(reply: Reply) -> bool:
    """Also where a transaction or a script passes the refusal on."""
    return reply.code == "NOPERM" or "no permissions" in reply.message


def rules_of(sent: Sequence[str], words: str, *, alone: bool = True) -> tuple[str, ...]:
    """The rules for the first denial among commands that were sent in a row.

    Those before it were allowed. Those behind it may be denied as well: they are included unless it stands `alone`.
    """
    if of := _OBJECT.search(words):
        return (KEYS if of[1] == "key" else CHANNELS,)
    named = _COMMAND.search(words)
    if named is None:
        return tuple(map(_rule, sent))
    name = named[1].replace("|", " ").upper()
    # Redis 6 names a command without its subcommand.
    at = next((at for at, each in enumerate(sent) if name in (each, each.partition(" ")[0])), None)
    if at is None:
        return (_rule(name),)
    return tuple(map(_rule, sent[at : at + 1] if alone else sent[at:]))


def name_of(rule: str) -> str:
    """The command that a rule allows: `SCRIPT LOAD` for `+script|load`."""
    return rule.removeprefix("+").replace("|", " ").upper()


def _rule(command: str) -> str:
    return f"+{command.lower().replace(' ', '|')}"
