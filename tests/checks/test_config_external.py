"""A connection string that the chart does not look at."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.config_external import judge
from preflight.model.finding import Outcome
from preflight.model.installation import Feature, Installation
from preflight.model.target import Target
from preflight.uri.patch import at
from tests.checks.facts import cluster, held, installation, standalone

VALUES = installation()
AGENTS = [Feature.FLEET, Feature.INSIGHTS, Feature.POLLY]
each_feature = pytest.mark.parametrize("feature", [Feature.LANGSMITH, *AGENTS])


@each_feature
def test_switched_on(feature: Feature) -> None:
    """The pass names the switch of this feature."""
    verdict = judge(replace(standalone(), feature=feature), VALUES)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, f"{feature.root}.enabled: true")


@each_feature
@pytest.mark.parametrize(
    ("target", "summary"),
    [
        (standalone(), "the chart deploys a Redis of its own and ignores this one"),
        (held(standalone()), "the chart deploys a Redis of its own, which nobody uses"),
    ],
)
def test_switched_off(feature: Feature, target: Target, summary: str) -> None:
    """What becomes of a connection string depends on where it stands; the switch is the cure in both cases."""
    verdict = judge(replace(target, feature=feature, switched_on=False), VALUES)
    assert (verdict.outcome, verdict.summary) == (Outcome.FAIL, f"{feature.root}.enabled is not true: {summary}")
    assert verdict.remedy == f"Set {feature.root}.enabled: true."
    assert verdict.patch == at(f"{feature.root}.enabled", value=True)


def test_a_cluster_has_the_same_switch() -> None:
    """`cluster.enabled` is another one."""
    verdict = judge(replace(cluster(), switched_on=False), VALUES)
    assert verdict.patch == {"redis": {"external": {"enabled": True}}}


@pytest.mark.parametrize(
    ("target", "declared"),
    [
        (replace(standalone(), switched_on=False), Installation()),
        (replace(standalone(), switched_on=False), installation(from_values=False)),
        (replace(standalone(), switched_on=False, feature=Feature.JUICEFS), VALUES),
    ],
)
def test_nothing_to_switch(target: Target, declared: Installation) -> None:
    """Manifests and URLs say nothing of the switch, and JuiceFS has none."""
    assert judge(target, declared).outcome is Outcome.NOT_APPLICABLE
