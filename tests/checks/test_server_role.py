"""Who takes writes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.server_role import judge
from preflight.model.facts import Role
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from tests.checks.facts import HELD, cluster, held, server, standalone

PASS, FAIL, NONE = Outcome.PASS, Outcome.FAIL, Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("role", "clustered", "outcome", "summary"),
    [
        (Role.PRIMARY, False, PASS, "primary"),
        (Role.PRIMARY, None, PASS, "primary"),
        (Role.PRIMARY, True, PASS, "primary"),
        (Role.REPLICA, True, PASS, "replica"),
        (Role.REPLICA, False, FAIL, "read-only replica"),
        (Role.REPLICA, None, FAIL, "read-only replica"),
        (Role.SENTINEL, False, FAIL, "Sentinel"),
        (Role.SENTINEL, None, FAIL, "Sentinel"),
        (Role.UNKNOWN, False, NONE, "does not say"),
        (Role.UNKNOWN, True, NONE, "does not say"),
    ],
)
def test_role(role: Role, clustered: bool | None, outcome: Outcome, summary: str) -> None:
    """Only a replica that belongs to no cluster, and a Sentinel, cannot be used."""
    verdict = judge(standalone(), server(role=role, cluster_enabled=clustered))
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)


def test_replica_names_its_primary() -> None:
    """Where the server tells its primary, so does the finding."""
    verdict = judge(standalone(), server(role=Role.REPLICA, primary="10.0.0.1:6379"))
    assert verdict.summary == "this is a read-only replica of 10.0.0.1:6379"


def test_remedy_names_where_the_endpoint_is_written() -> None:
    """The Helm value depends on the mode."""
    replica = server(role=Role.REPLICA)
    assert "redis.external.connectionUrl" in (judge(standalone(), replica).remedy or "")
    assert "redis.external.cluster.nodeUris" in (judge(cluster(), replica).remedy or "")


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (held(standalone()), HELD),
        (replace(standalone(), feature=Feature.POLLY), "polly.redis.external.connectionUrl"),
        (replace(standalone(), feature=Feature.JUICEFS), "sandboxes.juicefs.redis.metaURL"),
    ],
)
def test_remedy_is_for_this_target(target: Target, where: str) -> None:
    """An agent's URL stands elsewhere, and a Secret's is no value."""
    assert f"in {where}." in (judge(target, server(role=Role.REPLICA)).remedy or "")
