"""From Helm values to a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from preflight.chart.declared import installation
from preflight.chart.documents import mapping
from preflight.chart.flags import RELEASE, SET, VALUES
from preflight.chart.from_values import wirings
from preflight.chart.given import refuse_credentials, secrets_given
from preflight.chart.merge import merged, settled
from preflight.chart.strvals import assigned
from preflight.chart.values import read_values
from preflight.chart.wiring import resolved
from preflight.model.errors import InputError
from preflight.model.source import Request
from preflight.model.target import Plan

_SWITCHES: Final = {"enabled", "create"}

LONGEST: Final = 1024 * 1024
"""Characters of one file: Kubernetes would not store the release of a larger one."""


def plan_of_values(request: Request) -> Plan:
    """Every external Redis of the installation. Raises `InputError`, also where there is none."""
    tree = _tree(request)
    values = read_values(tree)
    release = next(iter(request.texts(RELEASE)), "langsmith")
    secrets = secrets_given(request)
    found = tuple(wirings(values, release, secrets))
    refuse_credentials(request, found)
    targets = tuple(resolved(wiring, secrets, request.around) for wiring in found)
    if not targets:
        raise InputError(
            "These values use no external Redis: redis.external.enabled is not true, and neither is that of a feature. "
            f"The chart will deploy its own, and there is nothing to check.{_hint(tree)}"
        )
    return Plan(targets=targets, installations=(installation(tree, values, release, request.chart_version),))


def _hint(tree: Mapping[str, Any]) -> str:
    inner = tree.get("langsmith")
    is_umbrella = isinstance(inner, Mapping) and "redis" in inner
    return " If they are an umbrella chart's, give what stands below `langsmith:`." if is_umbrella else ""


def _tree(request: Request) -> dict[str, Any]:
    files = request.texts(VALUES)
    tree: dict[str, Any] = {}
    for number, file in enumerate(files, 1):
        what = "the values file" if len(files) == 1 else f"values file {number}"
        tree = merged(tree, mapping(request.read(file, what), what, LONGEST))
    for expression in request.texts(SET):
        tree = assigned(expression, tree)
    return settled(_switched(merged(tree, request.overlay)))


def _switched(tree: Mapping[str, Any]) -> dict[str, Any]:
    """With null as Helm has it, which drops the chart's own default: a switch without a value is off."""
    off = {name: False for name, value in tree.items() if value is None and name in _SWITCHES}
    return {
        name: _switched(value) if isinstance(value, Mapping) else value for name, value in tree.items()
    } | off  # fmt: skip
