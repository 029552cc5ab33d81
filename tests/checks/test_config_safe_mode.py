"""A switch that acts in one of the two modes."""

from __future__ import annotations

import pytest

from preflight.checks.config_safe_mode import judge
from preflight.model.finding import Outcome
from preflight.model.installation import Installation
from preflight.model.target import Target
from tests.checks.facts import cluster, held, installation, standalone

NONE, PASS, WARN = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN


@pytest.mark.parametrize(
    ("target", "outcome", "summary"),
    [
        (standalone(), NONE, "clusterSafeMode is off"),
        (cluster(), NONE, "clusterSafeMode is off"),
        (standalone(safe_mode=True), PASS, "clusterSafeMode acts on the standalone client"),
        (held(standalone(safe_mode=True)), PASS, "clusterSafeMode acts on the standalone client"),
        (cluster(safe_mode=True), WARN, "clusterSafeMode is set in cluster mode, where the chart ignores it"),
        (held(cluster(safe_mode=True)), WARN, "clusterSafeMode is set in cluster mode, where the chart ignores it"),
    ],
)
@pytest.mark.parametrize("declared", [Installation(), installation()])
def test_safe_mode(target: Target, outcome: Outcome, summary: str, declared: Installation) -> None:
    """It is a value whatever holds the connection string, so that its cure is one too."""
    verdict = judge(target, declared)
    assert (verdict.outcome, verdict.summary) == (outcome, summary)
    assert verdict.patch == ({"redis": {"external": {"clusterSafeMode": False}}} if outcome is WARN else None)
    assert ("redis.external.clusterSafeMode" in (verdict.remedy or "")) == (outcome is WARN)


def test_a_node_list_that_cannot_be_read_says_the_mode_all_the_same() -> None:
    """The mode is a value of its own."""
    assert judge(cluster("nonsense", safe_mode=True), Installation()).outcome is WARN
