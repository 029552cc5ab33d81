"""From the environment of a pod, or from the file that stands in for it under Docker, to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from io import StringIO

from preflight.chart.delivered import Delivery, delivery
from preflight.chart.environment import AGENT_URL, CLUSTER, FILES, NODES, URL, literal, wirings
from preflight.chart.wiring import resolved
from preflight.model.errors import InputError
from preflight.model.installation import Feature
from preflight.model.source import Request
from preflight.model.target import Mode, Plan


def plan_of_environment(request: Request) -> Plan | None:
    """What a LangSmith pod is told; None where this is none."""
    # A lone REDIS_URI is many an application's; LangSmith's agents have it beside LangSmith's own.
    if not any(name in request.environ for name in (URL, NODES, CLUSTER)):
        return None
    return _plan(request, request.environ, placed=False)


def plan_of_env_file(request: Request, text: str) -> Plan:
    """Raises `InputError` where the file sets nothing of Redis."""
    # python-dotenv is wanted here alone.
    from dotenv import dotenv_values  # noqa: PLC0415

    said = dotenv_values(stream=StringIO(text))
    environ = {name: value for name, value in said.items() if value is not None}
    if not any(name in environ for name in (URL, NODES, CLUSTER, AGENT_URL)):
        raise InputError(f"The --env-file sets none of {URL}, {NODES}, {CLUSTER} and {AGENT_URL}.")
    return _plan(request, environ, placed=True)


def _plan(request: Request, environ: Mapping[str, str], *, placed: bool) -> Plan:
    sent = Delivery() if placed else delivery(environ)
    files = {
        name: sent.material(variable, environ[variable], request.mounted)
        for name, variable in FILES.items()
        if environ.get(variable)
    }
    said = sent.settings(environ) if sent.keys else literal(environ, placed=placed)
    found = list(wirings(said, files, Feature.AGENT))
    if request.around.tls is not None and found[0].mode is Mode.STANDALONE:
        raise InputError(f"--tls and --no-tls are for node lists; {URL} says it by its scheme, redis or rediss.")
    return Plan(targets=tuple(resolved(wiring, sent.secrets(environ), request.around) for wiring in found))
