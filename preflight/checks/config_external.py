"""The external Redis is switched on.

The chart looks at redis.external only where `enabled` is true. An existing Secret is the exception: the pods then read
it, while the chart's own Redis runs beside it unused.

Why: Without the switch the chart deploys a Redis of its own and drops the connection string without a word: LangSmith
works, and not on the server that was meant.

Fix: Set redis.external.enabled: true beside the connection string, or remove the connection string.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#configuration
"""

from __future__ import annotations

from preflight.model.check import Check, per_installation
from preflight.model.evidence import Stage
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature, Installation
from preflight.model.target import Target
from preflight.uri.patch import below


def judge(target: Target, installation: Installation) -> Verdict:
    root = target.feature.root
    if not installation.from_values or target.feature is Feature.JUICEFS:
        return not_applicable("no values were given")
    if target.switched_on:
        return passed(f"{root}.enabled: true")
    so = "deploys a Redis of its own" + (" and ignores this one" if target.place.inline else ", which nobody uses")
    return failed(
        f"{root}.enabled is not true: the chart {so}",
        f"Set {root}.enabled: true.",
        patch=below(target, enabled=True),
    )


CHECK = Check(
    stage=Stage.CONFIG,
    name="external",
    title="The external Redis is switched on",
    reads=per_installation,
    judge=judge,
)
