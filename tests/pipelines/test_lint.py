"""What the linters of each platform say of our files: nothing. And that they would say something."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.servers.catalogue import REPOSITORY

TOOLS: Final = Path(sys.executable).parent
ACTION: Final = REPOSITORY / "action.yml"
EXAMPLES: Final = sorted((REPOSITORY / "examples" / "github").glob("*.yml"))
WORKFLOWS: Final = sorted((REPOSITORY / ".github" / "workflows").glob("*.yml"))
GITLAB: Final = [REPOSITORY / "gitlab/preflight.yml", REPOSITORY / "examples/gitlab/.gitlab-ci.yml"]
COMPOSE: Final = [REPOSITORY / "examples/docker-compose/docker-compose.override.yml"]
PLACEHOLDER: Final = "your-organisation/preflight@0000000000000000000000000000000000000000"
STYLE: Final = """{extends: default, rules: {
    line-length: {max: 120}, document-start: disable, truthy: {check-keys: false},
    comments: {min-spaces-from-content: 1}}}"""


def complaints(tool: str, *arguments: object) -> str:
    ended = subprocess.run(
        [TOOLS / tool, *map(str, arguments)], capture_output=True, text=True, timeout=60, check=False
    )
    return ended.stdout + ended.stderr if ended.returncode else ""


def actionlint(folder: Path, action: str, *workflows: str) -> str:
    """Of the workflows, in a repository that has the action at its top, so that its inputs are known."""
    for parent in (".git", ".github/workflows"):
        (folder / parent).mkdir(parents=True, exist_ok=True)
    (folder / "action.yml").write_text(action, encoding="utf-8")
    files = [folder / f".github/workflows/{number}.yml" for number in range(len(workflows))]
    for file, text in zip(files, workflows, strict=True):
        file.write_text(text.replace(PLACEHOLDER, "./"), encoding="utf-8")
    return complaints("actionlint", "-no-color", "-shellcheck", TOOLS / "shellcheck", *files)


def as_workflow(action: str) -> str:
    """A workflow of the action's steps: actionlint does not look into actions."""
    read: dict[str, Any] = yaml.safe_load(action)
    inputs = {name: {"type": "string", "default": each["default"]} for name, each in read["inputs"].items()}
    job = {"runs-on": "ubuntu-24.04", "steps": read["runs"]["steps"]}
    return yaml.safe_dump({"on": {"workflow_call": {"inputs": inputs}}, "jobs": {"action": job}}, width=1000)


def test_actionlint(tmp_path: Path) -> None:
    """Every expression, every input of the action, and with shellcheck every script."""
    action = ACTION.read_text(encoding="utf-8")
    workflows = [each.read_text(encoding="utf-8") for each in (*WORKFLOWS, *EXAMPLES)]
    assert sum(PLACEHOLDER in each for each in workflows) == len(EXAMPLES) > 0
    assert actionlint(tmp_path, action, as_workflow(action), *workflows) == ""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("inputs.fail-on ||", "inputs.failon ||", '"failon" is not defined'),
        ("steps.check.outputs.reports != ''", "steps.checked.outputs.reports != ''", '"checked" is not defined'),
        ('rm -f "$REPORTS"/', "rm -f $REPORTS/", "SC2086"),
    ],
)
def test_actionlint_would_find(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    action = ACTION.read_text(encoding="utf-8")
    assert old in action
    assert complaint in actionlint(tmp_path, action, as_workflow(action.replace(old, new)))


def test_actionlint_knows_our_inputs(tmp_path: Path) -> None:
    example = EXAMPLES[0].read_text(encoding="utf-8").replace("  values:", "  valeus:")
    assert '"valeus" is not defined in action' in actionlint(tmp_path, ACTION.read_text(encoding="utf-8"), example)


def test_zizmor() -> None:
    assert complaints("zizmor", "--offline", "--no-progress", ACTION, *EXAMPLES, *WORKFLOWS) == ""


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('echo "reports=$REPORTS"', 'echo "reports=${{ inputs.reports }}"', "template-injection"),
        ("@043fb46d1a93c77aae656e7c1c64a875d1fc6a0a", "@v7", "unpinned-uses"),
    ],
)
def test_zizmor_would_find(tmp_path: Path, old: str, new: str, complaint: str) -> None:
    action = ACTION.read_text(encoding="utf-8")
    assert old in action
    (tmp_path / "action.yml").write_text(action.replace(old, new), encoding="utf-8")
    assert complaint in complaints("zizmor", "--offline", "--no-progress", tmp_path / "action.yml")


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-actions", [ACTION]),
        ("vendor.github-workflows", [*WORKFLOWS, *EXAMPLES]),
        ("vendor.gitlab-ci", GITLAB),
        ("vendor.compose-spec", COMPOSE),
    ],
)
def test_schema(schema: str, files: list[Path]) -> None:
    """By the schema that the platform publishes."""
    transform = ["--data-transform", "gitlab-ci"] if schema == "vendor.gitlab-ci" else []
    assert files
    assert complaints("check-jsonschema", "--builtin-schema", schema, *transform, *files) == ""


def test_yamllint() -> None:
    assert complaints("yamllint", "--strict", "-d", STYLE, ACTION, *EXAMPLES, *GITLAB, *COMPOSE) == ""
