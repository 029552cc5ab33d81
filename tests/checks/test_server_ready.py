"""Loading, failed saves, and users who may not ask."""

from __future__ import annotations

import pytest

from preflight.checks.server_ready import judge
from preflight.model.facts import Server
from preflight.model.finding import Outcome
from tests.checks.facts import refusal, server, standalone

DENIED = refusal("NOPERM no INFO for you")


@pytest.mark.parametrize(
    ("facts", "outcome", "summary"),
    [
        (server(), Outcome.PASS, "loaded"),
        (server(loading=True), Outcome.FAIL, "still loading"),
        (server(persistence_error="rdb_last_bgsave_status:err"), Outcome.WARN, "rdb_last_bgsave_status:err"),
        (server(loading=True, persistence_error="aof_last_write_status:err"), Outcome.FAIL, "still loading"),
        (server(info=DENIED), Outcome.NOT_APPLICABLE, "not permitted here: NOPERM no INFO for you"),
        (server(info=DENIED, loading=True), Outcome.FAIL, "still loading"),
    ],
)
def test_readiness(facts: Server, outcome: Outcome, summary: str) -> None:
    """Loading comes before a failed save, and silence about both is no pass."""
    verdict = judge(standalone(), facts)
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)
    assert bool(verdict.remedy) == (outcome in (Outcome.FAIL, Outcome.WARN))
