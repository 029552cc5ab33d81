"""Runs our composite action as GitHub's runner does: its own steps as they stand, other actions only written down."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from tests.integration.commandline import surroundings
from tests.pipelines.expressions import Contexts, filled, runs
from tests.servers.catalogue import REPOSITORY

ACTION: Final[Mapping[str, Any]] = yaml.safe_load((REPOSITORY / "action.yml").read_text(encoding="utf-8"))
SECONDS: Final = 180


@dataclass
class Job:
    """One job, in which the action is used once; `env` is the job's own."""

    folder: Path
    inputs: Mapping[str, str]
    env: Mapping[str, str] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    """Ids of steps whose work was done before."""

    status: int = 0
    log: str = ""
    used: dict[str, dict[str, str]] = field(default_factory=dict)
    """What other actions were given, by the id of the step."""

    def __post_init__(self) -> None:
        unknown = self.inputs.keys() - ACTION["inputs"].keys()
        assert not unknown, f"the action has no input {unknown}"
        for folder in (self.workspace, self.temp, self.folder / "commands"):
            folder.mkdir(parents=True, exist_ok=True)
        self._outputs: dict[str, dict[str, str]] = {each["id"]: {} for each in ACTION["runs"]["steps"]}

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"

    @property
    def temp(self) -> Path:
        return self.folder / "temp"

    @property
    def summary(self) -> str:
        file = self._command_file("GITHUB_STEP_SUMMARY", "check")
        return file.read_text(encoding="utf-8") if file.exists() else ""

    @property
    def outputs(self) -> dict[str, str]:
        return {name: filled(each["value"], self.contexts) for name, each in ACTION["outputs"].items()}

    @property
    def contexts(self) -> Contexts:
        defaults = {name: each.get("default", "") for name, each in ACTION["inputs"].items()}
        steps = {f"steps.{name}.outputs": given for name, given in self._outputs.items()}
        return {"inputs": defaults | dict(self.inputs), "env": self.env, "runner": {"temp": str(self.temp)}, **steps}

    def run(self) -> Job:
        for step in ACTION["runs"]["steps"]:
            if runs(step.get("if"), self.contexts, failed=self.status != 0) and step["id"] not in self.without:
                self._do(step)
        return self

    def _do(self, step: Mapping[str, Any]) -> None:
        if "uses" in step:
            given = {name: filled(value, self.contexts) for name, value in step["with"].items()}
            self.used[step["id"]] = given
            self._outputs[step["id"]] = {"python-path": sys.executable} if step["id"] == "python" else {}
            return
        process = self.started(step)
        out, _ = process.communicate(timeout=SECONDS)
        self.ended(step, process.returncode, out)

    def started(self, step: Mapping[str, Any]) -> subprocess.Popen[str]:
        assert step["shell"] == "bash"
        script = self.folder / "commands" / f"{step['id']}.sh"
        script.write_text(filled(step["run"], self.contexts), encoding="utf-8")
        return subprocess.Popen(
            ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", str(script)],  # noqa: S607 - as the runner finds it
            cwd=self.workspace / filled(step.get("working-directory", "."), self.contexts),
            env=self._environment(step),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            start_new_session=True,
        )  # fmt: skip

    def ended(self, step: Mapping[str, Any], status: int, log: str) -> None:
        self.status, self.log = self.status or status, self.log + log
        file = self._command_file("GITHUB_OUTPUT", step["id"])
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        assert all("=" in line and "<<" not in line for line in lines), lines
        self._outputs[step["id"]] = dict(line.split("=", 1) for line in lines)

    def _command_file(self, name: str, step: str) -> Path:
        return self.folder / "commands" / f"{name}-{step}"

    def _environment(self, step: Mapping[str, Any]) -> dict[str, str]:
        files = {name: str(self._command_file(name, step["id"])) for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
        given = {name: filled(value, self.contexts) for name, value in step.get("env", {}).items()}
        around = {
            "GITHUB_ACTIONS": "true",
            "GITHUB_WORKSPACE": str(self.workspace),
            "GITHUB_ACTION_PATH": str(REPOSITORY),
            "RUNNER_TEMP": str(self.temp),
            "PATH": os.environ["PATH"],
        }
        return surroundings({**around, **files, **self.env, **given})


def step(name: str) -> Mapping[str, Any]:
    return next(each for each in ACTION["runs"]["steps"] if each["id"] == name)


def installed(folder: Path, env: Mapping[str, str] | None = None, /, **inputs: str) -> Job:
    """A job whose preflight is there already, from our own environment; an input's `-` is a `_` here."""
    given = {name.replace("_", "-"): text for name, text in inputs.items()}
    made = Job(folder, given, env or {}, without=("install",))
    python = made.temp / "preflight" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o755)
    return made
