"""The `.env` file of a Docker installation, as python-dotenv reads it."""

from __future__ import annotations

from preflight.model.source import Flag, Request, Source
from preflight.model.target import Plan

ENV_FILE = Flag(name="--env-file", metavar="FILE", help="the .env file of a Docker installation")


def read(request: Request) -> Plan | None:
    given = request.texts(ENV_FILE)
    if not given:
        return None
    # Whoever gives a URL need not wait for it.
    from preflight.chart.plan_of_environment import plan_of_env_file  # noqa: PLC0415

    return plan_of_env_file(request, request.read(given[0], "the --env-file"))


SOURCE = Source(flags=(ENV_FILE,), read=read)
