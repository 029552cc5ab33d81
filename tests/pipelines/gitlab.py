"""Runs a job of our GitLab template as GitLab's runner does: its script as it stands, by the shell of the image."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import yaml

from tests.integration.commandline import surroundings
from tests.servers.catalogue import REPOSITORY

Document = Mapping[str, Any]

TEMPLATE: Final[Document] = yaml.safe_load((REPOSITORY / "gitlab" / "preflight.yml").read_text(encoding="utf-8"))
EXAMPLE: Final[Document] = yaml.safe_load((REPOSITORY / "examples/gitlab/.gitlab-ci.yml").read_text(encoding="utf-8"))
KEPT_APART: Final = ("include",)


def merged(base: Any, over: Any) -> Any:
    """As `include` and `extends` merge: mappings into one another, anything else is replaced."""
    if not isinstance(base, Mapping) or not isinstance(over, Mapping):
        return over
    return {**base, **{name: merged(base.get(name), each) for name, each in over.items()}}


def job(pipeline: Document, name: str) -> Document:
    """The job with what it extends."""
    own = pipeline[name]
    base = job(pipeline, own["extends"]) if "extends" in own else {}
    found: Document = merged(base, {key: each for key, each in own.items() if key != "extends"})
    return found


def script(of: Document) -> str:
    """What the runner hands to the shell."""
    return "set -e\n" + "\n".join((*of.get("before_script", ()), *of["script"])) + "\n"


def run(pipeline: Document, name: str, folder: Path, variables: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """In the project's folder; `variables` are those of the project's settings."""
    return subprocess.run(
        ["sh"],  # noqa: S607 - as the runner finds it
        input=script(job(pipeline, name)), cwd=folder, env=surroundings({**pipeline["variables"], **variables}),
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=180, check=False,
    )  # fmt: skip
