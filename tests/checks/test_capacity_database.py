"""Whether the database of the URL can be selected."""

from __future__ import annotations

from preflight.checks.capacity_database import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Seen
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import cluster, evidence, node, refusal, seen, server, standalone, topology

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
