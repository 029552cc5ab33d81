"""A pop that waits."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight import run
from preflight.checks.commands_blocking import CHECK, judge
from preflight.model.evidence import Cause, Failed, Stage
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from tests.checks.facts import cluster, evidence, exchange, seen, standalone

LOST = "LOST no element came within 2 s"


@pytest.mark.parametrize("pop", ["BLMOVE", "BRPOPLPUSH"])
@pytest.mark.parametrize("target", [standalone(), cluster(), replace(standalone(), feature=Feature.INSIGHTS)])
def test_a_pop_that_returns(target: Target, pop: str) -> None:
    """Whichever the queues choose; messages are another check's."""
    verdict = judge(target, exchange(pop, channel="LOST no message came within 2 s"))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, f"{pop} waits and returns what is pushed")


@pytest.mark.parametrize(
    ("words", "summary", "remedy"),
    [
        (LOST, "BLMOVE did not return what was pushed while it waited", "timeouts"),
        ("ERR no blocking here", "BLMOVE was refused (ERR)", "blocking commands"),
        ("UNBLOCKED force unblock from blocking operation", "BLMOVE was refused (UNBLOCKED)", "the evidence"),
    ],
)
def test_a_pop_that_does_not(words: str, summary: str, remedy: str) -> None:
    """It was let wait for nothing, or not let wait at all."""
    verdict = judge(standalone(), exchange(blocking=words))
    assert (verdict.outcome, verdict.summary, verdict.details) == (Outcome.FAIL, summary, {"evidence": words})
    assert remedy in (verdict.remedy or "")


def test_juicefs_waits_for_nothing() -> None:
    """It has no queues."""
    verdict = judge(replace(standalone(), feature=Feature.JUICEFS), exchange(blocking=LOST))
    assert verdict.outcome is Outcome.NOT_APPLICABLE


def test_a_second_connection_that_is_refused() -> None:
    """It is told here, and whoever needs that connection is blocked by it."""
    refused = Failed(stage=Stage.COMMANDS, cause=Cause.SECOND_REFUSED, message="ERR max number of clients reached")
    findings = {each.id: each for each in run.judge(evidence(replace(seen(standalone()), exchange=refused))).findings}
    told = findings[CHECK.id]
    assert (told.outcome, told.verdict.cause) == (Outcome.FAIL, Cause.SECOND_REFUSED)
    assert told.verdict.details == {"evidence": "ERR max number of clients reached"}
    assert "maxclients" in (told.verdict.remedy or "")
    assert findings["commands.pubsub"].blocked_by == CHECK.id
    assert findings["commands.write"].outcome is Outcome.PASS
