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


@pytest.mark.parametrize(
    ("target", "refused", "outcome", "summary"),
    [
        (standalone(), "", Outcome.PASS, "allowed"),
        (cluster(), "", Outcome.PASS, "allowed"),
        (standalone(safe_mode=True), "", Outcome.PASS, "allowed"),
        (cluster(), REFUSED, Outcome.PASS, "as in every cluster"),
        (cluster(safe_mode=True), REFUSED, Outcome.PASS, "as in every cluster"),
        (standalone(safe_mode=True), REFUSED, Outcome.PASS, "clusterSafeMode avoids it"),
        (standalone(), REFUSED, Outcome.FAIL, "refused (CROSSSLOT): there is a cluster behind this endpoint"),
    ],
)
def test_cross_slot(target: Target, refused: str, outcome: Outcome, summary: str) -> None:
    """Only a standalone target without safe mode breaks on it."""
    verdict = judge(target, rehearsal(cross_slot=refused))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)


@pytest.mark.parametrize("target", [standalone(), held(standalone())])
def test_the_cure_is_a_patch(target: Target) -> None:
    """Safe mode is what to set, wherever the URL stands, and the server's words are the evidence."""
    verdict = judge(target, rehearsal(cross_slot=REFUSED))
    assert verdict.patch == {"redis": {"external": {"clusterSafeMode": True}}}
    assert verdict.details == {"evidence": REFUSED}
    assert "0.13.33" in (verdict.remedy or "")


@pytest.mark.parametrize("feature", [Feature.FLEET, Feature.INSIGHTS, Feature.POLLY, Feature.AGENT])
def test_agents_have_no_safe_mode(feature: Feature) -> None:
    """They need another server: nothing in their values would help."""
    verdict = judge(replace(standalone(), feature=feature), rehearsal(cross_slot=REFUSED))
    assert (verdict.outcome, verdict.patch, verdict.details) == (Outcome.FAIL, None, {"evidence": REFUSED})
    assert verdict.remedy == f"{feature} has no safe mode: give it a server without cluster policy."
    assert judge(replace(standalone(), feature=feature), rehearsal()).outcome is Outcome.PASS


def test_juicefs_stays_in_one_slot() -> None:
    """It never sends such a transaction to a cluster."""
    verdict = judge(replace(standalone(), feature=Feature.JUICEFS), rehearsal(cross_slot=REFUSED))
    assert (verdict.outcome, "JuiceFS keeps its keys in one slot" in verdict.summary) == (Outcome.PASS, True)
