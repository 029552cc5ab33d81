"""The values that the LangSmith chart will be installed with, merged as Helm merges them."""

from __future__ import annotations

from preflight.chart.flags import RELEASE, SET, SHARED, VALUES
from preflight.model.source import Request, Source
from preflight.model.target import Plan


def read(request: Request) -> Plan | None:
    if not request.texts(VALUES) and not request.texts(SET):
        return None
    # Whoever gives a URL need not wait for what reads a chart.
    from preflight.chart.plan_of_values import plan_of_values  # noqa: PLC0415

    return plan_of_values(request)


SOURCE = Source(flags=(VALUES, SET, RELEASE, *SHARED), read=read)
