"""What a workflow of GitHub is told beside the annotations: what to mask, and the summary of the job."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

from preflight.cli.outputs import Output
from preflight.cli.stdout import say
from preflight.model.finding import Report
from preflight.model.style import Style
from preflight.model.target import Plan

_SHORTEST: Final = 4
"""Characters: masking fewer would leave nothing of the log to read."""


def mask(plan: Plan, wanted: Sequence[Output], environ: Mapping[str, str]) -> None:
    """To the runner alone, which swallows the line: before anything else is said, and for later steps as well."""
    if environ.get("GITHUB_ACTIONS") == "true" and Output("github", None) in wanted:
        say("".join(f"::add-mask::{line}\n" for line in dict.fromkeys(_lines(plan))))


def _lines(plan: Plan) -> Iterator[str]:
    """The runner masks line by line."""
    for target in plan.targets:
        for secret in target.secrets:
            for line in secret.reveal().splitlines():
                if len(line.strip()) >= _SHORTEST:
                    yield line.replace("%", "%25").encode(errors="replace").decode()


def summarize(report: Report, style: Style, environ: Mapping[str, str]) -> None:
    """Appended to the summary of the job, where there is one. Raises `OSError`."""
    if path := environ.get("GITHUB_STEP_SUMMARY"):
        from preflight.render.markdown import render  # noqa: PLC0415 - only a workflow needs it

        with Path(path).open("a", encoding="utf-8", errors="backslashreplace") as file:
            file.write(render(report, style))
