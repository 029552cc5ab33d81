"""The environment that the LangSmith chart gives its pods, when nothing else is named."""

from __future__ import annotations

from preflight.model.source import Request, Source
from preflight.model.target import Plan


def read(request: Request) -> Plan | None:
    # `--help` need not wait for it.
    from preflight.chart.plan_of_environment import plan_of_environment  # noqa: PLC0415

    return plan_of_environment(request)


SOURCE = Source(flags=(), read=read, fallback=True)
