"""`preflight explain ID` and `preflight checks`: the catalogue, from the checks' own docstrings."""

from __future__ import annotations

import argparse
import inspect
import re
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import partial
from importlib import import_module
from typing import Final, NamedTuple

from preflight.cli.stdout import say
from preflight.engine import AnyCheck
from preflight.model.causes import WORDS
from preflight.model.clouds import ANY
from preflight.model.errors import InputError
from preflight.model.evidence import Cause, Stage
from preflight.model.remedies import HELM
from preflight.model.target import Mode
from preflight.run import catalogue

# The Helm values of both modes, where they differ.
_EITHER = {
    name: f"{value} (for a cluster: {HELM[Mode.CLUSTER][name]})" for name, value in HELM[Mode.STANDALONE].items()
}

_PAGE = """# Checks

Every check has a stable id, `stage.name`. This page is made from the checks' own docstrings by `make docs`;
`preflight explain ID` prints the same text offline, and `preflight explain STAGE` lists the checks of a stage.

"""

_MEANING: Final = "What it means"
_WHY: Final = "Why LangSmith needs it"
_FIX: Final = "How to fix it"
_CAUSES: Final = "Causes"
_READ: Final = "Read on"

_WIDTH: Final = 100
"""Where no terminal says how wide it is."""

_NARROWEST: Final = 40


class Explanation(NamedTuple):
    """What the docstring of a check's module says."""

    claim: str
    meaning: tuple[str, ...]
    why: str
    fix: str
    at: dict[str, str]
    """What is to be said of one provider, by its name."""
    links: tuple[str, ...]


def explain(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    name = arguments.id.strip().lower()
    found = {check.id: check for check in catalogue()}
    if name in found:
        say(_as_text(found[name], _width()))
    elif name in set(Stage):
        say(_of_stage(Stage(name)))
    else:
        raise InputError(f"there is no such check; {_nearest(name)}")
    return 0


def checks(arguments: argparse.Namespace, _: Mapping[str, str]) -> int:
    say(as_markdown() if arguments.markdown else _listed(catalogue()))
    return 0


def as_markdown() -> str:
    return _PAGE + "\n".join(_section(check) for check in catalogue())


def text_of(check: AnyCheck) -> str:
    """The docstring of the check's module."""
    name = check.id.replace(".", "_").replace("-", "_")
    return inspect.cleandoc(import_module(f"preflight.checks.{name}").__doc__ or "")


def explained(check: AnyCheck) -> Explanation:
    """Its parts: the claim, what it means, then `Why:`, `Fix:` with a line for each provider, and `Read:`."""
    head, *labelled = re.split(r"\n\n(Why|Fix|Read): ", text_of(check))
    parts = dict(zip(labelled[::2], labelled[1::2], strict=True))
    claim, *meaning = map(_joined, head.split("\n\n"))
    fix, *lines = map(_joined, parts["Fix"].split("\n- "))
    at = {name: text for name, _, text in (line.partition(": ") for line in lines)}
    return Explanation(claim, tuple(meaning), _joined(parts["Why"]), fix, at, tuple(parts["Read"].split()))


def causes_of(check: AnyCheck) -> list[tuple[str, str, str]]:
    """Every cause that this check reports as its own: name, what is so, what to do."""
    own = [cause for cause in Cause if cause in check.claims]
    return [(cause, WORDS[cause].summary, WORDS[cause].remedy.format_map(_EITHER | ANY)) for cause in own]


def _nearest(name: str) -> str:
    """A check by its id, a stage, or the check that reports a cause of this name."""
    known = {str(stage): str(stage) for stage in Stage}
    for check in catalogue():
        known |= dict.fromkeys((check.id, *check.claims), check.id)
    close = get_close_matches(name, known, n=1)
    return f"did you mean {known[close[0]]}?" if close else "`preflight checks` lists them."


def _of_stage(stage: Stage) -> str:
    own = [check for check in catalogue() if check.stage is stage]
    count = f"{len(own)} check{'' if len(own) == 1 else 's'}"
    return f"{stage}: {count}\n\n{_listed(own)}\n`preflight explain ID` says what one means and how to fix it.\n"


def _listed(some: Iterable[AnyCheck]) -> str:
    rows = [(check.id, check.title) for check in some]
    width = max(len(name) for name, _ in rows)
    return "".join(f"{name:<{width}}  {title}\n" for name, title in rows)


def _as_text(check: AnyCheck, width: int) -> str:
    said, shown = explained(check), partial(_wrapped, width=width)
    parts = {
        _MEANING: "\n\n".join(shown(each) for each in (said.claim, *said.meaning)),
        _WHY: shown(said.why),
        _FIX: "\n".join([shown(said.fix), *(shown(f"- {name}: {text}", hang=4) for name, text in said.at.items())]),
        _CAUSES: "\n\n".join(
            f"{shown(f'{name}: {summary}', hang=4)}\n{shown(remedy, indent=4, hang=4)}"
            for name, summary, remedy in causes_of(check)
        ),
        _READ: "\n".join(f"  {link}" for link in said.links),
    }
    told = "\n\n".join(f"{heading}\n{text}" for heading, text in parts.items() if text)
    return f"{check.id}: {check.title}\n\n{told}\n"


def _wrapped(text: str, *, width: int, indent: int = 2, hang: int = 2) -> str:
    """Whole words only, so that what is copied from it is what was written."""
    return textwrap.fill(
        text, width, initial_indent=" " * indent, subsequent_indent=" " * hang,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _width() -> int:
    return max(shutil.get_terminal_size((_WIDTH, 0)).columns, _NARROWEST)


def _joined(text: str) -> str:
    return " ".join(text.split())


def _section(check: AnyCheck) -> str:
    said = explained(check)
    paragraphs = (
        f"## {check.id}",
        f"**{check.title}**",
        *map(_escaped, (said.claim, *said.meaning)),
        f"**{_WHY}:** {_escaped(said.why)}",
        f"**{_FIX}:** {_escaped(said.fix)}",
        "\n".join(f"- **{name}:** {_escaped(text)}" for name, text in said.at.items()),
        _table(causes_of(check)),
        f"**{_READ}:** " + ", ".join(f"<{link}>" for link in said.links),
    )
    return "\n\n".join(filter(None, paragraphs)) + "\n"


def _table(causes: list[tuple[str, str, str]]) -> str:
    rows = [("cause", "what is so", "what to do"), ("---", "---", "---"), *causes]
    cells = [" | ".join(_escaped(cell).replace("|", r"\|") for cell in row) for row in rows]
    return "\n".join(f"| {row} |" for row in cells) if causes else ""


def _escaped(text: str) -> str:
    """A placeholder in angle brackets would pass for HTML; in code it does not."""
    return re.sub(r"(`[^`]*`)|<", lambda found: found[1] or "&lt;", text)
