"""What a denial says, in the words of each version, and the rule that would allow it."""

from __future__ import annotations

import pytest

from preflight.model.acl import is_denied, name_of, rules_of
from tests.checks.facts import refusal

SCRIPT = ("SCRIPT LOAD", "EVALSHA")
WRITE = ("SET", "GET")


@pytest.mark.parametrize(
    ("sent", "words", "rules"),
    [
        # Redis 6.2
        (("INFO",), "NOPERM this user has no permissions to run the 'info' command or its subcommand", ["+info"]),
        (SCRIPT, "NOPERM this user has no permissions to run the 'script' command or its subcommand", ["+script|load"]),
        (WRITE, "NOPERM this user has no permissions to access one of the keys used as arguments", ["~*"]),
        (("PUBLISH",), "NOPERM this user has no permissions to access one of the channels used as arguments", ["&*"]),
        # Redis 7.0
        (SCRIPT, "NOPERM this user has no permissions to run the 'script|load' command", ["+script|load"]),
        (("GET",), "This user has no permissions to access the '{preflight:a:0}:string' key", ["~*"]),
        # Redis 7.2 and newer, Valkey
        (WRITE, "NOPERM User app has no permissions to run the 'get' command", ["+get"]),
        (("MULTI", "EXEC"), "NOPERM User app has no permissions to run the 'set' command", ["+set"]),
        (WRITE, "NOPERM No permissions to access a key", ["~*"]),
        (("SUBSCRIBE", "PUBLISH"), "NOPERM No permissions to access a channel", ["&*"]),
        (("PSUBSCRIBE",), "User app has no permissions to access the '{preflight:a:0}:channel*' channel", ["&*"]),
        (
            SCRIPT,
            "ERR ACL failure in script: User app has no permissions to run the 'get' command script: on @",
            ["+get"],
        ),
        (
            ("MULTI", "EXEC"),
            "EXECABORT Transaction discarded because of: NOPERM User app has no permissions to run the 'exec' command",
            ["+exec"],
        ),
        # A user is called as he likes.
        (("INFO",), "NOPERM User key has no permissions to run the 'info' command", ["+info"]),
        (("INFO",), "NOPERM User channel has no permissions to run the 'info' command", ["+info"]),
        # Others, who name nothing
        (SCRIPT, "NOPERM not for you", ["+script|load", "+evalsha"]),
    ],
)
def test_the_rules_that_would_allow_it(sent: tuple[str, ...], words: str, rules: list[str]) -> None:
    """The command that is named, or every one that it can be; one rule for all keys, and one for all channels."""
    assert rules_of(sent, words) == tuple(rules)


@pytest.mark.parametrize(("named", "rules"), [("set", ("+set", "+get")), ("get", ("+get",)), ("exists", ("+exists",))])
def test_what_comes_behind_a_denial(named: str, rules: tuple[str, ...]) -> None:
    """What was sent before it was allowed; of what was sent after it, nothing is known."""
    words = f"NOPERM User app has no permissions to run the '{named}' command"
    assert rules_of(WRITE, words, alone=False) == rules


@pytest.mark.parametrize(
    ("message", "denied"),
    [
        ("NOPERM not for you", True),
        ("EXECABORT Transaction discarded because of: NOPERM this user has no permissions to run the 'exec'", True),
        ("ERR ACL failure in script: User app has no permissions to run the 'get' command", True),
        ("EXECABORT Transaction discarded because of previous errors.", False),
        ("ERR unknown command 'info'", False),
        ("", False),
    ],
)
def test_what_a_denial_is(message: str, denied: bool) -> None:
    """The code tells, and where something else passes it on, the words."""
    assert is_denied(refusal(message)) is denied


@pytest.mark.parametrize(("rule", "name"), [("+get", "GET"), ("+script|load", "SCRIPT LOAD")])
def test_a_rule_s_command(rule: str, name: str) -> None:
    """As people write it."""
    assert name_of(rule) == name
