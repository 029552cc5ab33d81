"""`preflight explain ID` and `preflight checks`: the catalogue, from the checks' own docstrings."""

from __future__ import annotations

import argparse
import inspect
import sys
from difflib import get_close_matches
from importlib import import_module

from preflight.engine import AnyCheck
from preflight.model.causes import WORDS
from preflight.model.clouds import ANY
from preflight.model.errors import InputError
from preflight.model.evidence import Cause
from preflight.model.remedies import HELM
from preflight.model.target import Mode
from preflight.run import catalogue

# The Helm values of both modes, where they differ.
_EITHER = {
    name: f"{value} (for a cluster: {HELM[Mode.CLUSTER][name]})" for name, value in HELM[Mode.STANDALONE].items()
}

_PAGE = """# Checks

Every check has a stable id, `stage.name`. This page is made from the checks' own docstrings by `make docs`;
`preflight explain ID` prints the same text offline.

"""


def explain(arguments: argparse.Namespace) -> int:
    ids = [check.id for check in catalogue()]
    if arguments.id not in ids:
        close = get_close_matches(arguments.id, ids, n=1)
        hint = f"did you mean {close[0]}?" if close else "`preflight checks` lists them."
        raise InputError(f"there is no such check; {hint}")
    check = next(check for check in catalogue() if check.id == arguments.id)
    causes = "".join(f"\n  {name}: {summary}\n    {remedy}\n" for name, summary, remedy in causes_of(check))
    heading = f"{check.id}: {check.title}\n\n{text_of(check)}\n"
    sys.stdout.write(heading + (f"\nCauses\n{causes}" if causes else ""))
    return 0


def checks(arguments: argparse.Namespace) -> int:
    sys.stdout.write(as_markdown() if arguments.markdown else _listing())
    return 0


def as_markdown() -> str:
    return _PAGE + "\n".join(_section(check) for check in catalogue())


def text_of(check: AnyCheck) -> str:
    """The docstring of the check's module: what it claims, why it matters, how to fix it."""
    name = check.id.replace(".", "_").replace("-", "_")
    return inspect.cleandoc(import_module(f"preflight.checks.{name}").__doc__ or "")


def causes_of(check: AnyCheck) -> list[tuple[str, str, str]]:
    """Every cause that this check reports as its own: name, what is so, what to do."""
    own = [cause for cause in Cause if cause in check.claims]
    return [(cause, WORDS[cause].summary, WORDS[cause].remedy.format_map(_EITHER | ANY)) for cause in own]


def _listing() -> str:
    width = max(len(check.id) for check in catalogue())
    return "".join(f"{check.id:<{width}}  {check.title}\n" for check in catalogue())


def _section(check: AnyCheck) -> str:
    rows = [f"| {name} | {summary} | {remedy} |" for name, summary, remedy in causes_of(check)]
    table = "\n| cause | what is so | what to do |\n|---|---|---|\n" + "\n".join(rows) + "\n" if rows else ""
    return f"## {check.id}\n\n**{check.title}**\n\n{text_of(check)}\n{table}"
