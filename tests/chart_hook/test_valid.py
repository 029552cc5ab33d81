"""Whatever values are given, a cluster takes what comes out."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from tests.chart_hook.installations import ALL, COMPONENTS, EVERYTHING, RENDERED, Values
from tests.chart_hook.kubernetes import VERSIONS, schemas, valid
from tests.chart_hook.render import CHART, container, helm, jobs, objects, pod, render

NAME: Final = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")


@pytest.mark.parametrize("umbrella", [False, True], ids=["alone", "umbrella"])
@pytest.mark.parametrize("upgrade", [False, True], ids=["install", "upgrade"])
@pytest.mark.parametrize("own", [{}, COMPONENTS, {"hook": False}], ids=["single", "perComponent", "plain"])
@pytest.mark.parametrize("values", ALL.values(), ids=ALL)
def test_rendered(values: Values, own: Values, *, upgrade: bool, umbrella: bool) -> None:
    """For the oldest and the newest Kubernetes, and where their schemas are silent."""
    documents = render(values | own, upgrade=upgrade, umbrella=umbrella)
    assert jobs(documents)
    valid(documents, (VERSIONS[0], VERSIONS[-1]))
    named = [(each["kind"], each["metadata"]["namespace"], each["metadata"]["name"]) for each in objects(documents)]
    assert len(set(named)) == len(named)
    for _, namespace, name in named:
        assert namespace == values.get("namespace", "langsmith")
        assert NAME.fullmatch(name)
        assert len(name) <= 63
    for job in jobs(documents).values():
        consistent(job)


def consistent(job: dict[str, Any]) -> None:
    """What the API server checks and the schemas do not."""
    main, spec = container(job), pod(job)
    variables = [each["name"] for each in main["env"]]
    mounted = [each["mountPath"].rstrip("/") for each in main["volumeMounts"]]
    volumes = [each["name"] for each in spec["volumes"]]
    for names in (variables, mounted, volumes):
        assert len(set(names)) == len(names)
    assert {each["name"] for each in main["volumeMounts"]} <= set(volumes)
    assert spec["restartPolicy"] == "Never"
    codes = [rule["onExitCodes"] for rule in job["spec"]["podFailurePolicy"]["rules"] if "onExitCodes" in rule]
    assert {rule["containerName"] for rule in codes} == {main["name"]}
    for labels in (job["metadata"]["labels"], job["spec"]["template"]["metadata"]["labels"]):
        assert all(len(value) <= 63 for value in labels.values())


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version(version: str) -> None:
    """With every key of ours in use."""
    for own in ({}, COMPONENTS):
        valid(render(EVERYTHING | own), (version,))


@pytest.mark.parametrize("own", [{}, COMPONENTS, {"hook": False}], ids=["single", "perComponent", "plain"])
@pytest.mark.parametrize("values", [*RENDERED.values(), EVERYTHING], ids=[*RENDERED, "everything"])
def test_lint(values: Values, own: Values) -> None:
    """An icon is all that it misses."""
    told = helm().lint(CHART, values | own, strict=True, kube_version="v1.26.0")
    assert [each["error"] for each in told["messages"]] == ["icon is recommended"]


def test_what_validation_is_worth() -> None:
    """It does refuse a field that Kubernetes does not know."""
    [document] = [each for each in render(RENDERED["standalone-inline"]) if each["kind"] == "Job"]
    document["spec"]["template"]["spec"]["retries"] = 3
    with pytest.raises(schemas().ValidationError):
        valid([document], VERSIONS[-1:])
