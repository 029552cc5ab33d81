"""The five cases that Helm rendered, and what a person would give preflight of them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from preflight.inputs import helm_values, manifests
from preflight.model.errors import InputError
from preflight.model.finding import Outcome
from preflight.model.installation import Component, Installation
from preflight.model.source import Fetch, Request
from preflight.model.target import Plan, Surroundings, Target
from preflight.run import lint

FOLDER: Final = Path(__file__).with_name("langsmith")
NAMES: Final = tuple(sorted(path.name.partition(".")[0] for path in FOLDER.glob("*.values.yaml")))

IDENTITY: Final = "11111111-2222-3333-4444-555555555555"
IAM_URL: Final = f"rediss://{IDENTITY}@cache.example.com:6380/0"

KEPT: Final[dict[str, dict[str, str]]] = {
    "redis-secret": {"connection_url": IAM_URL},
    "insights-redis": {"redis_connection_url": IAM_URL},
}
"""The Secrets that two of the cases name and that the chart does not make, without certificates."""


def values_of(case: str) -> str:
    return (FOLDER / f"{case}.values.yaml").read_text("utf-8")


def manifests_of(case: str) -> str:
    return (FOLDER / f"{case}.manifests.yaml").read_text("utf-8")


def objects_of(case: str) -> list[dict[str, Any]]:
    return list(yaml.safe_load_all(manifests_of(case)))


def stream(*objects: object) -> str:
    return yaml.safe_dump_all(objects)


def secret(name: str, **data: str) -> dict[str, Any]:
    """As the cluster holds it; `__` stands for the point in a key."""
    encoded = {key.replace("__", "."): base64.b64encode(text.encode()).decode() for key, text in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "type": "Opaque", "metadata": {"name": name}, "data": encoded}


def kept(*extra: Mapping[str, Any]) -> str:
    return stream(*(secret(name, **data) for name, data in KEPT.items()), *extra)


def request(files: Mapping[str, str], *options: tuple[str, str], chart_version: str = "") -> Request:
    """Each option is `values`, `set`, `secret`... and its text; a file is one of `files`."""

    def read(path: str, what: str) -> str:
        if path not in files:
            raise InputError(f"cannot read {what}: No such file or directory")
        return files[path]

    def connect(_: str | None, __: str | None) -> Fetch:
        raise AssertionError("no cluster was mentioned")

    grouped: dict[str, tuple[str, ...]] = {}
    for name, text in options:
        grouped[name] = (*grouped.get(name, ()), text)
    return Request(
        options=grouped, environ={}, read=read, around=Surroundings(), connect=connect, chart_version=chart_version,
        mounted=files.__contains__,
    )  # fmt: skip


def from_values(*texts: str | Mapping[str, Any], secrets: str = "", **options: str) -> Plan:
    """The plan of one or more values files, as text or as a tree; `options` are `set`, `release`, `chart_version`."""
    written = [text if isinstance(text, str) else json.dumps(text) for text in texts]
    return _plan("values", written, secrets, options)


def from_manifests(*texts: str, secrets: str = "", **options: str) -> Plan:
    return _plan("manifests", texts, secrets, options)


def _plan(source: str, texts: Iterable[str], secrets: str, options: dict[str, str]) -> Plan:
    files = {f"{number}.yaml": text for number, text in enumerate(texts)}
    given = [(source, name) for name in files]
    if secrets:
        files["secrets.yaml"] = secrets
        given.append(("secret", "secrets.yaml"))
    chart_version = options.pop("chart_version", "")
    asked = request(files, *given, *options.items(), chart_version=chart_version)
    plan = helm_values.read(asked) if source == "values" else manifests.read(asked)
    assert plan is not None
    return plan


def targets(plan: Plan) -> dict[str, Target]:
    return {target.name: target for target in plan.targets}


def installation(plan: Plan) -> Installation:
    [only] = plan.installations
    return only


def components(plan: Plan) -> dict[str, Component]:
    """By name, of a plan with one installation."""
    found = installation(plan).components
    by_name = {each.name: each for each in found}
    assert len(by_name) == len(found)
    return by_name


def complaints(plan: Plan) -> set[tuple[str, str, Outcome]]:
    """Target, id and outcome of what `lint` neither passes nor takes for inapplicable."""
    fine = {Outcome.PASS, Outcome.NOT_APPLICABLE}
    return {(each.target, each.id, each.outcome) for each in lint(plan).findings if each.outcome not in fine}
