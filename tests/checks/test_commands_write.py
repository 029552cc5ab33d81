"""A write, and each reason why a server refuses it."""

from __future__ import annotations

import pytest

from preflight.checks.commands_write import judge
from preflight.model.finding import Outcome
from tests.checks.facts import rehearsal, standalone


@pytest.mark.parametrize(
    ("refused", "remedy"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", "maxmemory"),
        ("MISCONF Redis is configured to save RDB snapshots", "BGSAVE"),
        ("READONLY You can't write against a read only replica.", "primary"),
        ("NOREPLICAS Not enough good replicas to write.", "min-replicas-to-write"),
        ("CLUSTERDOWN The cluster is down", "--cluster check"),
        ("MOVED 1234 10.0.0.2:6379", "topology"),
        ("NOPERM this user has no permissions to run the 'set' command", "Grant the user SET"),
        ("ERR something new", "log"),
    ],
)
def test_refused_write(refused: str, remedy: str) -> None:
    """The error code decides what to do, and the server's words stand beside it."""
    verdict = judge(standalone(), rehearsal(write=refused))
    assert (verdict.outcome, remedy in (verdict.remedy or "")) == (Outcome.FAIL, True)
    assert f"({refused.partition(' ')[0]})" in verdict.summary
    assert verdict.details == {"evidence": refused}


def test_accepted_write() -> None:
    """Nothing but the write itself counts."""
    assert judge(standalone(), rehearsal(cross_slot="CROSSSLOT no")).outcome is Outcome.PASS
