"""What Helm makes of our chart, alone or as a dependency beside LangSmith's in an umbrella chart."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import yaml

from tests.servers.catalogue import REPOSITORY, ServerMissingError

CHART: Final = REPOSITORY / "chart"
UMBRELLA: Final = REPOSITORY / "examples" / "umbrella"

Document = dict[str, Any]

# What stands in for LangSmith's chart in an umbrella: Helm wants it there, its own objects are no matter here.
_LANGSMITH: Final = "apiVersion: v2\nname: langsmith\nversion: 0.16.11\n"


def helm() -> Any:
    """Helm itself, or the advice how to get it."""
    try:
        import helm_python  # noqa: PLC0415 - without it, only these tests cannot run
    except ImportError:
        raise ServerMissingError("Helm is not installed: `make test`, or `pip install helm-python-sdk`") from None
    return helm_python


def render(
    values: Mapping[str, Any],
    release: str = "langsmith",
    namespace: str = "langsmith",
    *,
    upgrade: bool = False,
    umbrella: bool = False,
) -> list[Document]:
    """The documents as Helm takes them: a List is one of them."""
    files = rendered(values, release, namespace, upgrade=upgrade, umbrella=umbrella)
    texts = (text for path, text in files.items() if path.endswith(".yaml"))
    return [document for text in texts for document in yaml.load_all(text, yaml.CSafeLoader) if document]


def rendered(
    values: Mapping[str, Any],
    release: str = "langsmith",
    namespace: str = "langsmith",
    *,
    upgrade: bool = False,
    umbrella: bool = False,
) -> dict[str, str]:
    """The text of every template by its path, NOTES.txt among them."""
    given = deepcopy(dict(values))
    options = {"name": release, "namespace": namespace, "is_install": not upgrade, "is_upgrade": upgrade}
    if not umbrella:
        return _rendered(CHART, given, options)
    with tempfile.TemporaryDirectory() as folder:
        make_umbrella(Path(folder))
        return _rendered(Path(folder), {"langsmith": given, "preflight": given | {"enabled": True}}, options)


def make_umbrella(folder: Path, values: str = "") -> None:
    """The example's Chart.yaml with both of its dependencies in place, and these values."""
    (folder / "Chart.yaml").write_bytes((UMBRELLA / "Chart.yaml").read_bytes())
    (folder / "values.yaml").write_text(values)
    shutil.copytree(CHART, folder / "charts" / "langsmith-preflight")
    (folder / "charts" / "langsmith").mkdir()
    (folder / "charts" / "langsmith" / "Chart.yaml").write_text(_LANGSMITH)


def _rendered(chart: Path, values: dict[str, Any], options: dict[str, Any]) -> dict[str, str]:
    """Rendering changes a chart that is loaded, so each is loaded anew."""
    revision = 7 if options["is_upgrade"] else 1
    with helm().Chart.load(chart) as loaded:
        files: dict[str, str] = loaded.render(values, revision=revision, **options)
    return files


def objects(documents: Iterable[Document]) -> list[Document]:
    """The objects that the cluster gets: the items of a List in its place."""
    return [each for one in documents for each in (one["items"] if one["kind"] == "List" else [one])]


def of_kind(documents: Iterable[Document], kind: str) -> list[Document]:
    return [each for each in objects(documents) if each["kind"] == kind]


def jobs(documents: Iterable[Document]) -> dict[str, Document]:
    """By the components that their names end with; a lone Job's is empty."""
    found = of_kind(documents, "Job")
    by_end = {job["metadata"]["name"].partition("-preflight")[2].lstrip("-"): job for job in found}
    assert len(by_end) == len(found)
    return by_end


def pod(job: Document) -> Document:
    spec: Document = job["spec"]["template"]["spec"]
    return spec


def container(job: Document) -> Document:
    [only] = pod(job)["containers"]
    assert isinstance(only, dict)
    return only


def plain_env(job: Document) -> dict[str, str]:
    """The variables that are written out."""
    return {each["name"]: each["value"] for each in container(job)["env"] if "value" in each}
