"""run(plan) = assess(gather(plan)): the one place where effects and judgement meet."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from preflight import checks, plugins
from preflight.engine import AnyCheck, assess
from preflight.model.check import Check
from preflight.model.evidence import Cause, Evidence, Stage, TargetEvidence, Unreached
from preflight.model.finding import Report, TargetSummary
from preflight.model.limits import Limits
from preflight.model.portrait import portrait_of
from preflight.policy import Policy
from preflight.scrub import Scrubber
from preflight.version import __version__

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable, Sequence

    from preflight.model.secret import Secret
    from preflight.model.target import Plan
    from preflight.probes.node import Observer

TOOL = f"preflight {__version__}"


@cache
def catalogue() -> tuple[AnyCheck, ...]:
    """Every check, in the order of the ladder; in a stage, first those that may break it."""
    found = [check for check in plugins.offers(checks, "CHECK") if isinstance(check, Check)]
    return tuple(sorted(found, key=lambda check: (check.stage.rank, not check.gate, not check.claims, check.name)))


async def observe(
    plan: Plan, limits: Limits, stop: asyncio.Event | None = None, observer: Observer | None = None
) -> Evidence:
    """What the network shows of the plan's targets, free of secrets. Partial once `stop` is set."""
    # redis-py and asyncio cost more than the rest together; `--help` and `lint` do without.
    from preflight.probes.gather import gather, unobserved  # noqa: PLC0415

    evidence, learned = await gather(plan, limits, stop, observer or unobserved)
    return scrubber(plan, learned).record(evidence)


def unobserved(plan: Plan) -> Evidence:
    """Evidence of the configuration alone: no network was used."""
    rest = Unreached(stage=Stage.FILES, cause=Cause.NOT_ASKED)
    targets = tuple(
        TargetEvidence(
            target=target,
            files=rest,
            nodes=(),
            topology=rest,
            rehearsal=rest,
            token=rest,
        )
        for target in plan.targets
    )
    evidence = Evidence(started_at=now(), seconds=0.0, targets=targets, installations=plan.installations)
    return scrubber(plan).record(evidence)


def lint(plan: Plan, policy: Policy | None = None) -> Report:
    """The findings on the configuration alone; no network is used."""
    return judge(unobserved(plan), policy, [each for each in catalogue() if each.stage is Stage.CONFIG])


def judge(evidence: Evidence, policy: Policy | None = None, checks: Sequence[AnyCheck] | None = None) -> Report:
    """Pure: the same evidence gives the same report."""
    return Report(
        tool=TOOL,
        started_at=evidence.started_at,
        seconds=evidence.seconds,
        targets=tuple(map(_summary, evidence.targets)),
        findings=(policy or Policy()).apply(assess(evidence, checks or catalogue())),
        stopped_by=evidence.stopped_by,
        tries=evidence.tries,
        seen_from=evidence.seen_from,
    )


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def scrubber(plan: Plan, learned: Iterable[Secret] = ()) -> Scrubber:
    return Scrubber((*(secret for target in plan.targets for secret in target.secrets), *learned))


def _summary(each: TargetEvidence) -> TargetSummary:
    target = each.target
    return TargetSummary(
        name=target.name,
        mode=target.mode,
        endpoints=tuple(map(str, target.endpoints)),
        shown=target.declaration.shown,
        used_by=target.used_by,
        portrait=portrait_of(each),
    )
