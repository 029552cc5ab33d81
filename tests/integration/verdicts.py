"""What a report must say as a whole: the one failure, what it blocks, and that nothing else is wrong."""

from collections.abc import Collection

from preflight.cli.exit_status import FAILED, OK, exit_status
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Finding, Outcome, Report
from preflight.model.limits import Limits

QUICK = Limits(step=1.0, deadline=20.0)
"""Short enough for a test that waits for a step to time out."""

LATEST = 6.0
"""Seconds that no run under `QUICK` may take: far more than a step, far less than the deadline."""


def told(report: Report, outcome: Outcome) -> list[str]:
    """The ids and subjects of the findings with this outcome."""
    return [f"{each.id} {each.subject}".rstrip() for each in report.findings if each.outcome is outcome]


def finding(report: Report, check: str, subject: str | None = None) -> Finding:
    """The only finding of this check, or its only one on this subject."""
    [found] = [each for each in report.findings if each.id == check and subject in (None, each.subject)]
    return found


def assert_passes(report: Report, *, warns: Collection[str] = ()) -> None:
    """Nothing failed or was blocked, and only these checks warn; a machine that is busy with other tests is slow."""
    warned = {each.id for each in report.findings if each.outcome is Outcome.WARN}
    assert warned - {"capacity.latency"} == set(warns) - {"capacity.latency"}
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) + told(report, Outcome.ERROR) == []
    assert report.outcome is (Outcome.WARN if warned else Outcome.PASS)
    assert report.count(Outcome.PASS) > 10
    assert exit_status(report, fail_on_warn=False) == OK


def assert_fails_only(report: Report, check: str, cause: Cause | None = None) -> Finding:
    """One finding failed, and whatever is not in order beside it is blocked by that one."""
    [failed] = [each for each in report.findings if each.outcome is Outcome.FAIL]
    assert (failed.id, failed.verdict.cause) == (check, cause)
    assert failed.verdict.remedy
    assert told(report, Outcome.WARN) + told(report, Outcome.ERROR) == []
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} <= {check}
    assert exit_status(report, fail_on_warn=False) == FAILED
    assert report.seconds < LATEST
    return failed


def assert_ladder_ends(report: Report, check: str) -> None:
    """Every finding of a stage below this check's is in order, every one above is blocked."""
    broken = Stage(check.partition(".")[0])
    for each in report.findings:
        stage = Stage(each.id.partition(".")[0])
        if stage.rank > broken.rank:
            assert each.outcome is Outcome.BLOCKED, each
        elif stage is not broken:
            assert each.outcome in (Outcome.PASS, Outcome.NOT_APPLICABLE), each
    assert {"server.version", "topology.mode", "commands.write"} <= {each.id for each in report.findings}
