"""What a refusal across slots means in each mode."""

from __future__ import annotations

import pytest

from preflight.checks.commands_cross_slot import judge
from preflight.model.finding import Outcome
from preflight.model.target import Target
from tests.checks.facts import cluster, rehearsal, standalone

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


def test_the_cure_is_a_patch() -> None:
    """Safe mode is what to set, and the server's words are the evidence."""
    verdict = judge(standalone(), rehearsal(cross_slot=REFUSED))
    assert verdict.patch == {"redis": {"external": {"clusterSafeMode": True}}}
    assert verdict.details == {"evidence": REFUSED}
    assert "0.13.33" in (verdict.remedy or "")
