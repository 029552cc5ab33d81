"""What the checks made of the evidence."""

from __future__ import annotations

from enum import StrEnum
from typing import Any, TypeAlias

from msgspec import Struct

from preflight.model.evidence import Cause
from preflight.model.portrait import Portrait
from preflight.model.target import Mode


class Outcome(StrEnum):
    """Ranked, best first; BLOCKED could not be told and never counts as passed."""

    PASS = "pass"  # noqa: S105 - the name of an outcome
    NOT_APPLICABLE = "not-applicable"
    WARN = "warn"
    BLOCKED = "blocked"
    FAIL = "fail"
    ERROR = "error"

    @property
    def rank(self) -> int:
        return tuple(Outcome).index(self)


Details: TypeAlias = dict[str, str]
Patch: TypeAlias = dict[str, Any] | None


class Verdict(Struct, frozen=True, kw_only=True):
    """One judgement: what is so, what to do, the evidence, and the Helm values that would cure it."""

    outcome: Outcome
    summary: str
    remedy: str | None = None
    cause: Cause | None = None
    details: Details = {}
    patch: Patch = None
    transient: bool = False
    """What is wrong may pass by itself: worth another try under --wait."""


def passed(summary: str) -> Verdict:
    return Verdict(outcome=Outcome.PASS, summary=summary)


def not_applicable(summary: str) -> Verdict:
    return Verdict(outcome=Outcome.NOT_APPLICABLE, summary=summary)


def warned(summary: str, remedy: str, *, patch: Patch = None, details: Details | None = None) -> Verdict:
    return Verdict(outcome=Outcome.WARN, summary=summary, remedy=remedy, patch=patch, details=details or {})


def failed(
    summary: str, remedy: str, *, patch: Patch = None, details: Details | None = None, transient: bool = False
) -> Verdict:
    return Verdict(
        outcome=Outcome.FAIL,
        summary=summary,
        remedy=remedy,
        patch=patch,
        details=details or {},
        transient=transient,
    )


class Finding(Struct, frozen=True, kw_only=True):
    id: str
    title: str
    target: str
    subject: str
    """The node or file that it is about; empty where it is about the whole target."""
    verdict: Verdict
    blocked_by: str | None = None
    """The id of the check whose failure is the root, or `deadline` or `interrupted`."""
    seconds: float = 0.0

    @property
    def outcome(self) -> Outcome:
        return self.verdict.outcome

    @property
    def stage(self) -> str:
        return self.id.partition(".")[0]

    @property
    def skipped(self) -> bool:
        """Left out because somebody said so."""
        return self.verdict.cause is Cause.SKIPPED


class TargetSummary(Struct, frozen=True, kw_only=True):
    name: str
    mode: Mode
    endpoints: tuple[str, ...]
    shown: str
    """The connection string, redacted."""
    used_by: tuple[str, ...] = ()
    """The workloads that are given it, where the source tells."""
    portrait: Portrait = Portrait()


class Report(Struct, frozen=True, kw_only=True):
    """All findings of one run, in the order of the ladder."""

    tool: str
    started_at: str
    seconds: float
    targets: tuple[TargetSummary, ...] = ()
    findings: tuple[Finding, ...] = ()
    stopped_by: str | None = None
    """`deadline` or `interrupted`, if that ended the run early."""
    error: str | None = None
    """Why there are no findings: unusable input, or a fault of preflight itself."""
    seen_from: str = ""
    """The machine that looked."""
    tries: int = 1
    """How often it was looked at, under --wait; the findings are those of the last time."""

    @property
    def outcome(self) -> Outcome:
        """The worst; one that applies comes before one that does not, and nothing checked is an error."""
        outcomes = {finding.outcome for finding in self.findings if not finding.skipped}
        if self.error or not outcomes:
            return Outcome.ERROR
        applicable = outcomes - {Outcome.NOT_APPLICABLE} or outcomes
        return max(applicable, key=lambda outcome: outcome.rank)

    def count(self, outcome: Outcome) -> int:
        return sum(finding.outcome is outcome for finding in self.findings)
