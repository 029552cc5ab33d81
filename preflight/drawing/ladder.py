"""The ladder of one target: which rungs hold, which one broke, and what is behind it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from preflight.drawing.svg import add, picture, written
from preflight.model.digest import LOUD, alike, roots
from preflight.model.evidence import Stage
from preflight.model.finding import Finding, Outcome

_WIDTH: Final = 64
_HEIGHT: Final = 32

# Told apart by their shape: whole, sagging, broken in two, half there, dotted, a stub at each rail.
_SHAPES: Final = {
    "pass": "M4 16H60",
    "warn": "M4 13H22L32 23L42 13H60",
    "fail": "M4 13L25 21L22 27M60 13L40 19L43 26",
    "error": "M4 13L25 21L22 27M60 13L40 19L43 26",
    "partly": "M4 16H32",
    "blocked": "M10 16H58",
    "not-applicable": "M4 16H14M50 16H60",
    "unchecked": "M4 16H14M50 16H60",
}


class Rung(NamedTuple):
    stage: str
    state: str
    """The outcome; `partly` where only some of it is blocked, `unchecked` where there is none."""
    counts: dict[Outcome, int]
    """Of what was not left out, the worst first, and last what does not apply."""
    skipped: int
    loud: list[list[Finding]]
    """What somebody should read, alike ones together."""
    blockers: str
    """What blocks the blocked ones."""

    @property
    def svg(self) -> str:
        """The rung alone: the rails are as long as the text beside it."""
        svg = picture(_WIDTH, _HEIGHT)
        add(svg, "path", d=_SHAPES[self.state], class_=f"rung-{self.state}")
        if self.state == "partly":
            add(svg, "path", d="M42 16H58", class_="rung-blocked")
        return written(svg)


class Behind(NamedTuple):
    """What a root cause blocks."""

    checks: int
    stages: list[str]


def rungs(findings: Sequence[Finding]) -> Iterator[Rung]:
    """All of them, in order, also those on which nothing was checked."""
    for stage in Stage:
        yield rung(stage, [each for each in findings if each.stage == stage])


def behind(findings: Sequence[Finding]) -> dict[str, Behind]:
    """Root cause -> what it blocks, of the findings of one target."""
    blocked: dict[str, list[Finding]] = {}
    for each in findings:
        if each.outcome is Outcome.BLOCKED and each.blocked_by:
            blocked.setdefault(each.blocked_by, []).append(each)
    return {root: Behind(len(each), list(dict.fromkeys(one.stage for one in each))) for root, each in blocked.items()}


def rung(stage: str, findings: Sequence[Finding]) -> Rung:
    wanted = [each for each in findings if not each.skipped]
    counted = Counter(each.outcome for each in wanted)
    applicable = set(counted) - {Outcome.NOT_APPLICABLE} or set(counted)
    worst = max(applicable, key=lambda each: each.rank, default=None)
    return Rung(
        stage=str(stage),
        state=_state(worst, counted),
        counts={each: counted[each] for each in sorted(counted, key=_importance)},
        skipped=len(findings) - len(wanted),
        loud=list(alike(each for each in wanted if each.outcome in LOUD)),
        blockers=roots(each for each in wanted if each.outcome is Outcome.BLOCKED),
    )


def _importance(outcome: Outcome) -> tuple[bool, int]:
    return outcome is Outcome.NOT_APPLICABLE, -outcome.rank


def _state(worst: Outcome | None, counted: Counter[Outcome]) -> str:
    if worst is Outcome.BLOCKED and (counted[Outcome.PASS] or counted[Outcome.WARN]):
        return "partly"
    return worst.value if worst else "unchecked"
