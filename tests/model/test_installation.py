"""Features and their places, components, and what evidence knows of an installation."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.model.check import declared, per_declaration, per_installation
from preflight.model.evidence import Cause, Seen, Stage, Unreached
from preflight.model.installation import Feature, Flaw, Installation, Purpose
from preflight.model.target import Mode
from tests.checks.facts import cluster, component, evidence, installation, key, seen, standalone


@pytest.mark.parametrize(
    ("feature", "root", "is_agent"),
    [
        (Feature.LANGSMITH, "redis.external", False),
        (Feature.FLEET, "fleet.redis.external", True),
        (Feature.INSIGHTS, "engineInsightsAgent.redis.external", True),
        (Feature.POLLY, "polly.redis.external", True),
        (Feature.JUICEFS, "sandboxes.juicefs.redis", False),
        (Feature.AGENT, "<feature>.redis.external", True),
    ],
)
def test_feature(feature: Feature, root: str, is_agent: bool) -> None:
    """Where the chart has its values, and whether it runs on LangGraph."""
    assert (feature.root, feature.is_agent) == (root, is_agent)


def test_every_feature_has_a_root_of_its_own() -> None:
    """No two are described in one place."""
    assert len({each.root for each in Feature}) == len(Feature)


@pytest.mark.parametrize(
    ("name", "features"),
    [
        ("backend", (Feature.LANGSMITH,)),
        ("fleet.queue", (Feature.LANGSMITH, Feature.FLEET)),
        ("engineInsightsAgent.apiServer", (Feature.LANGSMITH, Feature.INSIGHTS)),
        ("polly.queue", (Feature.LANGSMITH, Feature.POLLY)),
        ("fleetToolServer", (Feature.LANGSMITH,)),
    ],
)
def test_whose_environment_a_workload_receives(name: str, features: tuple[Feature, ...]) -> None:
    """LangSmith's own reaches all of them, an agent's its two workloads."""
    assert component(name).features == features


BLUE, GREEN, NAMELESS = (installation(name=each, chart_version="1") for each in ("blue", "green", ""))


@pytest.mark.parametrize(
    ("name", "declared_by", "found"),
    [
        ("blue", (GREEN, BLUE), BLUE),
        ("green", (GREEN, BLUE), GREEN),
        ("red", (GREEN, BLUE), None),
        ("", (NAMELESS,), NAMELESS),
        ("", (BLUE,), None),
        ("", (), None),
    ],
)
def test_whose_installation(name: str, declared_by: tuple[Installation, ...], found: Installation | None) -> None:
    """By its name; a target that came without files has none, and a check reads an empty record."""
    target = replace(standalone(), installation=name)
    facts = evidence(seen(target), installations=declared_by)
    assert facts.installation_of(target) is found
    [reading] = per_installation(facts)
    assert (reading.subject, reading.observed) == ("", Seen(fact=found or Installation()))


def test_declarations_that_are_not_known() -> None:
    """Each in its own mode; the Secret that should hold one comes first, and no other key of it."""
    unknown = replace(standalone(""), keys=(key(Flaw.NOT_GIVEN),))
    flawed = replace(cluster(), keys=(key(Flaw.KEY_MISSING, Purpose.PASSWORD),))
    facts = evidence(seen(unknown), seen(flawed))
    lost = Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)
    assert [each.observed for each in per_declaration(Mode.STANDALONE)(facts)] == [lost]
    assert [each.observed for each in per_declaration(Mode.CLUSTER)(facts)] == [Seen(fact=flawed.declaration)]
    assert declared(standalone()) == Seen(fact=standalone().declaration)
