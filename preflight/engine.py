"""Pairs checks with facts. Blocked and broken are handled here, once; no check knows of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from msgspec.structs import replace

from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Evidence, Failed, Seen, Unreached
from preflight.model.finding import Finding, Outcome, Verdict
from preflight.model.remedies import words
from preflight.model.transient import TRANSIENT
from preflight.uri.patch import cure

AnyCheck = Check[Any]

OF_THE_RUN: Final = frozenset({Cause.DEADLINE, Cause.INTERRUPTED, Cause.NOT_ASKED})
"""What ended or bounded the run is no check's fault."""


def assess(evidence: Evidence, checks: Sequence[AnyCheck]) -> tuple[Finding, ...]:
    """One finding for each check and subject, in the order of the checks. Never raises for what a check does."""
    raw = [_find(check, reading, checks) for check in checks for reading in _readings(check, evidence)]
    return tuple(_explained(raw, checks))


def owner(failure: Failed | Unreached, checks: Iterable[AnyCheck]) -> str:
    """The id of the check that reports this failure as its own; the cause itself where none does."""
    if failure.cause in OF_THE_RUN:
        return failure.cause.value
    of_stage = [check for check in checks if check.stage is failure.stage]
    claimed = [check.id for check in of_stage if failure.cause in check.claims]
    gates = [check.id for check in of_stage if check.gate]
    return next(iter(claimed + gates), failure.cause.value)


def _readings(check: AnyCheck, evidence: Evidence) -> Iterable[Reading[Any]]:
    try:
        return list(check.reads(evidence))
    except Exception as error:  # noqa: BLE001 - one broken check must not cost the report
        bug = Failed(stage=check.stage, cause=Cause.BUG, message=type(error).__name__)
        return [Reading(target=each.target, subject="", observed=bug) for each in evidence.targets]


def _find(check: AnyCheck, reading: Reading[Any], checks: Sequence[AnyCheck]) -> Finding:
    verdict, blocked_by = _verdict(check, reading, checks)
    if verdict.outcome not in (Outcome.PASS, Outcome.NOT_APPLICABLE):
        verdict = replace(verdict, details=verdict.details | reading.about)
    return Finding(
        id=check.id,
        title=check.title,
        target=reading.target.name,
        subject=reading.subject,
        verdict=verdict,
        blocked_by=blocked_by,
        seconds=getattr(reading.observed, "seconds", 0.0),
    )


def _verdict(check: AnyCheck, reading: Reading[Any], checks: Sequence[AnyCheck]) -> tuple[Verdict, str | None]:
    match reading.observed:
        case Seen(fact=fact):
            return _judged(check, reading, fact), None
        case Failed(cause=Cause.BUG) as failure:
            return _told(failure, reading, Outcome.ERROR), None
        case Failed() as failure if owner(failure, checks) == check.id:
            return _told(failure, reading, Outcome.FAIL), None
        case Failed() | Unreached() as failure:
            root = owner(failure, checks)
            return _blocked(root, failure.cause), root


def _judged(check: AnyCheck, reading: Reading[Any], fact: object) -> Verdict:
    try:
        return check.judge(reading.target, fact)
    except Exception as error:  # noqa: BLE001 - one broken rule must not cost the report
        summary = f"the rule itself broke: {type(error).__name__}"
        return Verdict(outcome=Outcome.ERROR, summary=summary, remedy="Please report it.", cause=Cause.BUG)


def _told(failure: Failed, reading: Reading[Any], outcome: Outcome) -> Verdict:
    summary, remedy = words(failure.cause, reading.target, announced=reading.announced)
    details = {"evidence": failure.message} if failure.message else {}
    patch = None if reading.announced else cure(failure.cause, reading.target)
    return Verdict(
        outcome=outcome,
        summary=summary,
        remedy=remedy,
        cause=failure.cause,
        details=details,
        patch=patch,
        transient=failure.cause in TRANSIENT,
    )


def _blocked(root: str, cause: Cause | None) -> Verdict:
    return Verdict(outcome=Outcome.BLOCKED, summary=f"blocked by {root}", cause=cause)


def _explained(raw: Sequence[Finding], checks: Sequence[AnyCheck]) -> Iterable[Finding]:
    """A finding whose check needs one that failed is explained by that one, whatever it says itself."""
    needs = {check.id: check.needs for check in checks}
    failed = {(each.target, each.id) for each in raw if each.outcome is Outcome.FAIL}
    lost = {(each.target, each.id): each.blocked_by for each in raw if each.blocked_by}

    def root(target: str, check: str) -> str | None:
        """The failure that explains whatever this check would see."""
        found = (
            origin(target, need) if (target, need) in failed else root(target, need) for need in needs.get(check, ())
        )
        return next(filter(None, found), None)

    def origin(target: str, check: str) -> str:
        """What a failure is put down to: one that it needs, one that is only blocked on some node, or itself."""
        return root(target, check) or excuse(target, check) or check

    def excuse(target: str, check: str) -> str | None:
        return next(filter(None, (lost.get((target, need)) for need in needs.get(check, ()))), None)

    for finding in raw:
        by = root(finding.target, finding.blocked_by or finding.id)
        if by is None and finding.outcome in (Outcome.WARN, Outcome.FAIL):
            by = excuse(finding.target, finding.id)
        if by is None or finding.outcome is Outcome.NOT_APPLICABLE:
            yield finding
        else:
            yield replace(finding, verdict=_blocked(by, None), blocked_by=by)
