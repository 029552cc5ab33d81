"""Lua scripts, and the servers that refuse them."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.commands_scripting import judge
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from tests.checks.facts import cluster, rehearsal, standalone

UNDECLARED = "ERR Error running script (call to e0e1): @user_script:3: script tried accessing undeclared key, key: k"
ALL_DECLARED = (
    "ERR bad lua script for redis cluster, all the keys that the script uses should be passed using the KEYS array"
)
OFF = "ERR This instance has Lua scripting support disabled"


@pytest.mark.parametrize("target", [standalone(), cluster(), replace(standalone(), feature=Feature.POLLY)])
def test_a_script_that_runs(target: Target) -> None:
    """Within one slot, in either mode; two slots are another check's."""
    verdict = judge(target, rehearsal(script_cross_slot="CROSSSLOT no", transaction="ERR no"))
    assert (verdict.outcome, "undeclared key" in verdict.summary) == (Outcome.PASS, True)


@pytest.mark.parametrize(
    ("words", "summary", "remedy"),
    [
        (UNDECLARED, "a script may not touch a key that it does not declare (ERR)", "allow-undeclared-keys"),
        (ALL_DECLARED, "a script may not touch a key that it does not declare (ERR)", "have a parameter for it"),
        (OFF, "Lua scripts are switched off (ERR)", "`--lua`"),
        ("NOSCRIPT No matching script. Please use EVAL.", "a Lua script was refused (NOSCRIPT)", "proxy"),
        ("ERR something new", "a Lua script was refused (ERR)", "proxy"),
    ],
)
def test_a_script_that_is_refused(words: str, summary: str, remedy: str) -> None:
    """By a setting that can be changed, or for a reason that the evidence gives."""
    verdict = judge(standalone(), rehearsal(script=words))
    assert (verdict.outcome, verdict.summary, verdict.details) == (Outcome.FAIL, summary, {"evidence": words})
    assert remedy in (verdict.remedy or "")


def test_juicefs_does_without() -> None:
    """It falls back to plain commands."""
    verdict = judge(replace(standalone(), feature=Feature.JUICEFS), rehearsal(script=OFF))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
