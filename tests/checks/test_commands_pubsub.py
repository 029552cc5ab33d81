"""What a subscriber gets."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.commands_pubsub import judge
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from tests.checks.facts import cluster, exchange, standalone

LOST = "LOST no message came within 2 s"


@pytest.mark.parametrize("target", [standalone(), cluster(), replace(standalone(), feature=Feature.FLEET)])
def test_messages_that_come(target: Target) -> None:
    """By both ways; the pop is another check's."""
    verdict = judge(target, exchange(blocking="LOST no element came within 2 s"))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, "a message came by channel and by pattern")


@pytest.mark.parametrize(
    ("replies", "summary"),
    [
        ({"channel": LOST, "pattern": LOST}, "a published message did not come by SUBSCRIBE and PSUBSCRIBE"),
        ({"pattern": LOST}, "a published message did not come by PSUBSCRIBE"),
        ({"channel": LOST}, "a published message did not come by SUBSCRIBE"),
        ({"pattern": "ERR no patterns"}, "a message could not be exchanged (ERR) by PSUBSCRIBE"),
        (
            {"channel": LOST, "pattern": "ERR no patterns"},
            "a message could not be exchanged (LOST, ERR) by SUBSCRIBE and PSUBSCRIBE",
        ),
    ],
)
def test_messages_that_do_not_come(replies: dict[str, str], summary: str) -> None:
    """One way is not enough: the queues listen to patterns, and others to channels."""
    verdict = judge(standalone(), exchange(**replies))
    assert (verdict.outcome, verdict.summary) == (Outcome.FAIL, summary)
    names = {"channel": "SUBSCRIBE", "pattern": "PSUBSCRIBE"}
    assert verdict.details == {names[name]: words for name, words in replies.items()}
    assert "proxy" in (verdict.remedy or "")


def test_juicefs_listens_to_nothing() -> None:
    """It has no use for messages."""
    verdict = judge(replace(standalone(), feature=Feature.JUICEFS), exchange(channel=LOST))
    assert verdict.outcome is Outcome.NOT_APPLICABLE
