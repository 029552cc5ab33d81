"""The patches of several findings as one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from msgspec import Struct

from preflight.chart.merge import merged
from preflight.model.finding import Finding, Outcome
from preflight.model.secret import MASK


class Cures(Struct, frozen=True, kw_only=True):
    """Values to merge over the installation's own, and what they cure."""

    values: dict[str, Any] = {}
    cured: tuple[str, ...] = ()
    """Ids of checks."""
    masked: tuple[str, ...] = ()
    """The ids of those whose patch needs a password, which only a person can put in."""

    def and_of(self, findings: Iterable[Finding]) -> Cures:
        """With the patches of these as well; where two disagree, the later one holds."""
        values, cured, masked = self.values, [*self.cured], [*self.masked]
        for each in findings:
            patch = each.verdict.patch
            if not patch or each.outcome not in {Outcome.WARN, Outcome.FAIL}:
                continue
            if MASK in str(patch):
                masked.append(each.id)
            else:
                values = merged(values, patch)
                cured.append(each.id)
        return Cures(values=values, cured=tuple(dict.fromkeys(cured)), masked=tuple(dict.fromkeys(masked)))
