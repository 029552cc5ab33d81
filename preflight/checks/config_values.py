"""The chart reads every value that is set under redis.external.

Each key in the values is compared with those that the chart's templates look at.

Why: Helm takes a value that no template looks at without a word: a misspelt key, or one that belongs elsewhere, as
`tlsEnabled` beside `cluster` and not in it. The setting then simply does not reach the pods.

Fix: Move the value to the key that the chart reads, or remove it.

Read: https://github.com/langchain-ai/helm/blob/main/charts/langsmith/values.yaml
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

from preflight.chart.merge import merged
from preflight.model.check import Check, per_installation
from preflight.model.evidence import Stage
from preflight.model.finding import Patch, Verdict, not_applicable, passed, warned
from preflight.model.installation import Feature, Installation, UnreadValue
from preflight.model.target import Target
from preflight.uri.patch import at


def judge(target: Target, installation: Installation) -> Verdict:
    if not installation.from_values or target.feature is Feature.JUICEFS:
        return not_applicable("no values were given")
    unread = list(of_target(target, installation.unread))
    if not unread:
        return passed("every key is one that the chart reads")
    return warned(
        f"the chart does not read {', '.join(each.path for each in unread)}",
        "Move the value to the key that the chart reads, or remove it.",
        patch=_patch(unread),
        details={each.path: f"meant may be {each.meant}" for each in unread if each.meant},
    )


def of_target(target: Target, unread: Iterable[UnreadValue]) -> Iterable[UnreadValue]:
    """Those that stand where this target is described; what has a check of its own is left to it."""
    shared = ("config.customCa.",) if target.feature is Feature.LANGSMITH else ()
    roots = (f"{target.feature.root}.", *shared)
    for each in unread:
        is_iam = each.path.lower().endswith(("iamprovider", "iamauthprovider"))
        if each.path.startswith(roots) and not is_iam:
            yield each


def _patch(unread: Iterable[UnreadValue]) -> Patch:
    """Each moved to where it is read; none where a value is not ours to show."""
    moved: list[dict[str, Any]] = []
    for each in unread:
        if not each.meant or not each.text:
            return None
        value = each.text == "true" if each.text in {"true", "false"} else each.text
        moved += [at(each.meant, value), at(each.path, None)]
    return reduce(merged, moved)


CHECK = Check(
    stage=Stage.CONFIG,
    name="values",
    title="The chart reads every value that is set",
    reads=per_installation,
    judge=judge,
)
