"""The files in examples/ that use the chart."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.chart_hook.installations import Values
from tests.chart_hook.kubernetes import VERSIONS, valid
from tests.chart_hook.render import UMBRELLA, helm, jobs, make_umbrella, pod, render
from tests.servers.catalogue import REPOSITORY

JOB: Final = REPOSITORY / "examples" / "job.yaml"
VALUES: Final = sorted((REPOSITORY / "examples" / "values").glob("*.yaml"))


@pytest.mark.parametrize("path", VALUES, ids=lambda path: path.stem)
def test_values(path: Path) -> None:
    values: Values = yaml.safe_load(path.read_text())
    made = jobs(render(values))
    assert len(made) == (4 if "serviceAccounts" in values else 1)


def test_group_of_the_client_key() -> None:
    [mutual] = [path for path in VALUES if path.stem == "mutual-tls"]
    [job] = jobs(render(yaml.safe_load(mutual.read_text()))).values()
    assert pod(job)["securityContext"]["fsGroup"] == 1000


def test_umbrella(tmp_path: Path) -> None:
    """Its values give preflight all that LangSmith gets, and are written once."""
    make_umbrella(tmp_path, (UMBRELLA / "values.yaml").read_text())
    with helm().Chart.load(tmp_path) as chart:
        files = chart.render({}, name="langsmith", namespace="langsmith", is_install=True, is_upgrade=False)
    rendered = [each for text in files.values() for each in yaml.safe_load_all(text) if isinstance(each, dict)]
    values: dict[str, Any] = yaml.safe_load((UMBRELLA / "values.yaml").read_text())
    assert jobs(rendered) == jobs(render(values["langsmith"]))
    assert values["preflight"].items() >= values["langsmith"].items()


def test_dependencies_of_the_umbrella() -> None:
    """Ours is the chart in this repository; the condition is its switch."""
    chart = yaml.safe_load((UMBRELLA / "Chart.yaml").read_text())
    [ours] = [each for each in chart["dependencies"] if each["name"] == "langsmith-preflight"]
    folder = (UMBRELLA / ours["repository"].removeprefix("file://")).resolve()
    assert yaml.safe_load((folder / "Chart.yaml").read_text())["name"] == ours["name"]
    assert ours["condition"] == f"{ours['alias']}.enabled"


def test_job_is_up_to_date() -> None:
    """`make manifests` writes it."""
    helm()
    assert JOB.read_text() == import_module("docs.manifests").manifest()


def test_job_for_those_without_helm() -> None:
    """Nothing in it is about Helm, and every supported Kubernetes takes it."""
    job = yaml.safe_load(JOB.read_text())
    for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
        assert not any("helm" in f"{name}{text}".lower() for name, text in metadata["labels"].items())
        assert "annotations" not in metadata
    valid([job], VERSIONS)
