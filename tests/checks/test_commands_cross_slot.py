"""What a refusal across slots means in each mode."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.commands_cross_slot import judge
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from tests.checks.facts import cluster, held, rehearsal, standalone

REFUSED = "CROSSSLOT Keys in request don't hash to the same slot"
BOTH = {"cross_slot": REFUSED, "script_cross_slot": REFUSED}
OTHER = {"script_cross_slot": "NOSCRIPT No matching script."}
PASS, FAIL = Outcome.PASS, Outcome.FAIL
SAFE = standalone(safe_mode=True)
HIDDEN = "there is a cluster behind this endpoint"


@pytest.mark.parametrize(
    ("target", "replies", "outcome", "summary"),
    [
        (standalone(), {}, PASS, "MULTI/EXEC and Lua allowed"),
        (cluster(), {}, PASS, "MULTI/EXEC and Lua allowed"),
        (SAFE, {}, PASS, "MULTI/EXEC and Lua allowed"),
        (cluster(), BOTH, PASS, "MULTI/EXEC and Lua refused (CROSSSLOT), as in every cluster"),
        (cluster(safe_mode=True), BOTH, PASS, "MULTI/EXEC and Lua refused (CROSSSLOT), as in every cluster"),
        (cluster(), OTHER, PASS, "MULTI/EXEC allowed, Lua refused (NOSCRIPT), and the cluster client sends none"),
        (SAFE, BOTH, PASS, "MULTI/EXEC and Lua refused (CROSSSLOT), and clusterSafeMode avoids it"),
        (standalone(), BOTH, FAIL, f"MULTI/EXEC and Lua refused (CROSSSLOT) over two slots: {HIDDEN}"),
        (
            standalone(),
            {"cross_slot": REFUSED},
            FAIL,
            f"MULTI/EXEC refused (CROSSSLOT), Lua allowed over two slots: {HIDDEN}",
        ),
        (
            standalone(),
            {"script_cross_slot": REFUSED},
            FAIL,
            f"MULTI/EXEC allowed, Lua refused (CROSSSLOT) over two slots: {HIDDEN}",
        ),
        (
            standalone(),
            OTHER | {"cross_slot": REFUSED},
            FAIL,
            f"MULTI/EXEC refused (CROSSSLOT), Lua refused (NOSCRIPT) over two slots: {HIDDEN}",
        ),
    ],
)
def test_cross_slot(target: Target, replies: dict[str, str], outcome: Outcome, summary: str) -> None:
    """Only a standalone target without safe mode breaks on it."""
    verdict = judge(target, rehearsal(**replies))
    assert (verdict.outcome, verdict.summary) == (outcome, summary)


@pytest.mark.parametrize(
    "words",
    [
        REFUSED,
        "CROSSSLOT Keys in request don't hash to the same slot (context='within MULTI', command='SET')",
        "EXECABORT Transaction discarded because of: CROSSSLOT Keys in request don't hash to the same slot",
        "MOVED 4998 10.0.0.2:6379",
        "TRYAGAIN Multiple keys request during rehashing of slot",
        "CLUSTERDOWN Hash slot not served",
        "ERR Script attempted to access a non local key in a cluster node",
        "ERR Script attempted to access keys that do not hash to the same slot script: e0e1, on @user_script:1.",
        "ERR 'EVALSHA' command keys must in same slot",
    ],
)
@pytest.mark.parametrize("step", ["cross_slot", "script_cross_slot"])
def test_words_of_a_cluster(step: str, words: str) -> None:
    """All of them speak of slots, whoever says them."""
    verdict = judge(standalone(), rehearsal(**{step: words}))
    assert (verdict.outcome, verdict.patch) == (FAIL, {"redis": {"external": {"clusterSafeMode": True}}})
    assert HIDDEN in verdict.summary


@pytest.mark.parametrize(
    "words",
    [
        "OOM command not allowed when used memory > 'maxmemory'.",
        "EXECABORT Transaction discarded because of previous errors.",
        "ABORTED EXEC returned nothing: the transaction was not carried out",
        "ERR something new",
    ],
)
@pytest.mark.parametrize("step", ["cross_slot", "script_cross_slot"])
def test_words_of_nothing_else(step: str, words: str) -> None:
    """A refusal for another reason is no cluster, and safe mode would not cure it."""
    verdict = judge(standalone(), rehearsal(**{step: words}))
    assert (verdict.outcome, verdict.patch) == (FAIL, None)
    assert "for another reason than the slots" in verdict.summary
    assert words in verdict.details.values()
    assert "clusterSafeMode" not in (verdict.remedy or "")


@pytest.mark.parametrize("target", [standalone(), held(standalone())])
def test_the_cure_is_a_patch(target: Target) -> None:
    """Safe mode is what to set, wherever the URL stands; both answers and the slots are the evidence."""
    verdict = judge(target, rehearsal(cross_slot=REFUSED))
    assert verdict.patch == {"redis": {"external": {"clusterSafeMode": True}}}
    assert verdict.details == {"MULTI/EXEC": REFUSED, "Lua": "allowed", "slots": "0, 1"}
    assert "0.13.33" in (verdict.remedy or "")


def test_scripts_that_are_refused_anywhere() -> None:
    """They tell nothing of slots: another check has them."""
    off = {"script": "ERR Lua is disabled", "script_cross_slot": "ERR Lua is disabled"}
    verdict = judge(standalone(), rehearsal(**off))
    assert (verdict.outcome, verdict.summary) == (PASS, "MULTI/EXEC allowed")
    verdict = judge(standalone(), rehearsal(cross_slot=REFUSED, **off))
    assert (verdict.outcome, verdict.details) == (FAIL, {"MULTI/EXEC": REFUSED, "slots": "0, 1"})


@pytest.mark.parametrize("feature", [Feature.FLEET, Feature.INSIGHTS, Feature.POLLY, Feature.AGENT])
def test_agents_have_no_safe_mode(feature: Feature) -> None:
    """They need another server: nothing in their values would help."""
    verdict = judge(replace(standalone(), feature=feature), rehearsal(**BOTH))
    assert (verdict.outcome, verdict.patch, verdict.details["Lua"]) == (FAIL, None, REFUSED)
    assert verdict.remedy == f"{feature} has no safe mode: give it a server without cluster policy."
    assert judge(replace(standalone(), feature=feature), rehearsal()).outcome is PASS


def test_juicefs_stays_in_one_slot() -> None:
    """It never sends such a transaction to a cluster."""
    verdict = judge(replace(standalone(), feature=Feature.JUICEFS), rehearsal(**BOTH))
    assert (verdict.outcome, "JuiceFS keeps its keys in one slot" in verdict.summary) == (PASS, True)
