"""What the person asked of the catalogue: which checks count, and how much."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from difflib import get_close_matches

from msgspec import Struct
from msgspec.structs import replace

from preflight.engine import AnyCheck
from preflight.model.errors import InputError
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Finding, Outcome, Verdict


class Policy(Struct, frozen=True, kw_only=True):
    """`only` and `skip` hold ids or stages; `severity` says what a violation of an id is worth."""

    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    severity: dict[str, Outcome] = {}

    def apply(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """All of them: what nobody wants is shown as left out, unless what is wanted is blocked by it."""
        weighed = [self._weighed(finding) for finding in findings]
        roots = {each.blocked_by for each in weighed if each.outcome is Outcome.BLOCKED and not self._unwanted(each)}
        return tuple(self._kept(finding, roots) for finding in weighed)

    def _kept(self, finding: Finding, roots: Collection[str | None]) -> Finding:
        reason = self._unwanted(finding)
        if not reason or (finding.id in roots and finding.outcome in (Outcome.FAIL, Outcome.ERROR)):
            return finding
        verdict = Verdict(outcome=Outcome.NOT_APPLICABLE, summary=reason, cause=Cause.SKIPPED)
        return replace(finding, verdict=verdict, blocked_by=None, seconds=0.0)

    def _unwanted(self, finding: Finding) -> str:
        """Why it is to be left out; empty where it is not."""
        names = {finding.id, finding.stage}
        if by := sorted(names.intersection(self.skip)):
            return f"skipped by --skip {by[0]}"
        if self.only and not names.intersection(self.only):
            return f"skipped by --only {' '.join(self.only)}"
        return ""

    def _weighed(self, finding: Finding) -> Finding:
        worth = self.severity.get(finding.id)
        if worth is None or finding.outcome not in (Outcome.WARN, Outcome.FAIL):
            return finding
        return replace(finding, verdict=replace(finding.verdict, outcome=worth))


def require_known(policy: Policy, checks: Iterable[AnyCheck]) -> None:
    """Raises `InputError` for a name that the catalogue does not have."""
    ids = [check.id for check in checks]
    stages = [str(stage) for stage in Stage]
    for name in (*policy.only, *policy.skip):
        if name not in ids + stages:
            raise InputError(_unknown(name, ids + stages))
    for name in policy.severity:
        if name not in ids:
            raise InputError(_unknown(name, ids))


def _unknown(name: str, known: list[str]) -> str:
    """The name itself is not quoted: it may be a URL in the wrong place."""
    close = get_close_matches(name, known, n=1)
    hint = f"did you mean {close[0]}?" if close else "`preflight checks` lists them."
    return f"--only, --skip and --severity name checks (or stages), and one of the names is neither; {hint}"
