"""The output of `helm template`: what the pods will really get."""

from __future__ import annotations

from preflight.chart.flags import MANIFESTS, SHARED
from preflight.model.source import Request, Source
from preflight.model.target import Plan


def read(request: Request) -> Plan | None:
    if not request.texts(MANIFESTS):
        return None
    # Whoever gives a URL need not wait for what reads a chart.
    from preflight.chart.plan_of_manifests import plan_of_manifests  # noqa: PLC0415

    return plan_of_manifests(request)


SOURCE = Source(flags=(MANIFESTS, *SHARED), read=read)
