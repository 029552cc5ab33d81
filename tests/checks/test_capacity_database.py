"""Whether the database of the URL can be selected."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.capacity_database import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Seen
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from preflight.run import catalogue
from preflight.uri.patch import at
from tests.checks.facts import HELD, cluster, evidence, held, node, refusal, seen, server, standalone, topology

REFUSED = refusal("ERR DB index is out of range")


def test_database_exists() -> None:
    """The number is named."""
    verdict = judge(standalone("redis://h:6379/3"), server())
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, "database 3")


def test_database_does_not_exist() -> None:
    """The server's words are the evidence, and the cure is database 0."""
    verdict = judge(standalone("redis://h:6379/99"), server(database=REFUSED))
    assert (verdict.outcome, verdict.summary) == (Outcome.FAIL, "database 99 cannot be selected")
    assert verdict.details == {"evidence": "ERR DB index is out of range"}
    assert "/0" in (verdict.remedy or "")


def test_a_cluster_has_one_database() -> None:
    """There is nothing to select."""
    assert judge(cluster(), server()).outcome is Outcome.NOT_APPLICABLE


def test_a_cluster_behind_the_url_explains_it() -> None:
    """A cluster has one database only: the mode is the root."""
    clustered = Seen(fact=topology((0, 16383, "cache.example.com:6379")))
    facts = seen(
        standalone("redis://cache.example.com:6379/9"),
        node(server_facts=server(database=REFUSED, cluster_enabled=True)),
        topology=clustered,
    )
    found = {each.id: each for each in assess(evidence(facts), catalogue())}
    assert (found[CHECK.id].outcome, found[CHECK.id].blocked_by) == (Outcome.BLOCKED, "topology.mode")


NINTH = standalone("rediss://app:tops3cret@h:6379/9")


@pytest.mark.parametrize(
    ("target", "where", "patch"),
    [
        (
            NINTH,
            "redis.external.connectionUrl",
            at("redis.external.connectionUrl", "rediss://app:***@h:6379/0"),
        ),
        (
            replace(NINTH, feature=Feature.POLLY),
            "polly.redis.external.connectionUrl",
            at("polly.redis.external.connectionUrl", "rediss://app:***@h:6379/0"),
        ),
        (
            replace(NINTH, feature=Feature.JUICEFS),
            "sandboxes.juicefs.redis.metaURL",
            at("sandboxes.juicefs.redis.metaURL", "rediss://app:***@h:6379/0"),
        ),
        (held(NINTH), HELD, None),
    ],
)
def test_where_the_number_is_written(target: Target, where: str, patch: dict[str, Any] | None) -> None:
    """The place and the patch are this target's, the password masked."""
    verdict = judge(target, server(database=REFUSED))
    assert verdict.patch == patch
    assert (verdict.remedy or "").startswith(f"End {where} in `/0`")


PREFIXED = replace(standalone("redis://cache.example.com:6379/1"), feature=Feature.JUICEFS)
IN_CLUSTER = server(cluster_enabled=True, database=refusal("ERR SELECT is not allowed in cluster mode"))


def test_juicefs_selects_no_database_of_a_cluster() -> None:
    """There it takes the number as a prefix of its keys; on one server it is a database as for anyone."""
    assert judge(PREFIXED, IN_CLUSTER).outcome is Outcome.NOT_APPLICABLE
    assert judge(PREFIXED, server(database=REFUSED)).outcome is Outcome.FAIL
    assert judge(PREFIXED, server()).outcome is Outcome.PASS
