"""MULTI/EXEC in one slot."""

from __future__ import annotations

import pytest

from preflight.checks.commands_transaction import judge
from preflight.model.finding import Outcome
from preflight.model.target import Target
from tests.checks.facts import cluster, rehearsal, standalone


@pytest.mark.parametrize("target", [standalone(), cluster()])
def test_transaction(target: Target) -> None:
    """It commits, or the server's refusal is shown with what to do, in either mode."""
    assert judge(target, rehearsal()).outcome is Outcome.PASS
    verdict = judge(target, rehearsal(transaction="ERR MULTI is for others"))
    assert (verdict.outcome, "(ERR)" in verdict.summary) == (Outcome.FAIL, True)
    assert verdict.details == {"evidence": "ERR MULTI is for others"}
    assert "proxy" in (verdict.remedy or "")


def test_other_commands_do_not_count() -> None:
    """A refusal across slots is another check's."""
    assert judge(standalone(), rehearsal(cross_slot="CROSSSLOT no", write="OOM no")).outcome is Outcome.PASS
