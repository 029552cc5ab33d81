"""One page for people who would rather look than read: it needs no network, no script, and can be printed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import groupby
from typing import Any, Final, NamedTuple

import yaml
from jinja2 import Environment, PackageLoader, StrictUndefined, Template
from markupsafe import Markup

from preflight.chart.cures import Cures
from preflight.drawing.ladder import Behind, Rung, behind, rung, rungs
from preflight.drawing.latency import figures, histogram
from preflight.drawing.lifetime import lifetime, remaining, standing
from preflight.drawing.topology import Dot, Group, groups, node_count, roles, slot_map
from preflight.model.digest import GLYPHS, MANY, alike, last_line, merged, more, worst_first
from preflight.model.evidence import Stage
from preflight.model.finding import Finding, Outcome, Report, TargetSummary
from preflight.model.portrait import Chain
from preflight.model.printable import LONGEST, printable, shortened
from preflight.model.style import Style

_HEADLINES: Final = {
    Outcome.PASS: "Nothing stands in the way",
    Outcome.NOT_APPLICABLE: "Nothing applied",
    Outcome.WARN: "It works, but read the warnings",
    Outcome.BLOCKED: "It could not be told",
    Outcome.FAIL: "This will not work yet",
    Outcome.ERROR: "preflight broke on the way",
}

_SAID: Final = {
    Outcome.PASS: "passed",
    Outcome.NOT_APPLICABLE: "not applicable",
    Outcome.WARN: "warned",
    Outcome.BLOCKED: "blocked",
    Outcome.FAIL: "failed",
    Outcome.ERROR: "broke",
}
_MARKS: Final = {each.value: (GLYPHS[each], word) for each, word in _SAID.items()}
_MARKS["unchecked"] = ("·", "not checked")

_BAD: Final = (Outcome.ERROR, Outcome.FAIL)

_CARDS: Final = 12
"""So many shards are shown with the names of their nodes; of more, the names stand in a list."""

_DRAWN: Final = 3
"""So many certificate chains are drawn; more stand in a list."""

_SHORT: Final = 60
"""Rows that are shown without being asked for."""

_BRIEF: Final = 160
"""Characters of a summary beside a picture; all of it stands below."""


class Loud(NamedTuple):
    """What somebody should read, once for all the nodes that it is said of."""

    anchor: str
    together: list[Finding]
    behind: Behind | None
    """What it blocks; None where it is no root."""

    @property
    def first(self) -> Finding:
        return self.together[0]

    @property
    def names(self) -> list[str]:
        return [each.subject for each in self.together if each.subject]

    @property
    def noun(self) -> str:
        if self.first.stage == Stage.CONFIG:
            return "about"
        return "node" if len(self.names) == 1 else "nodes"

    @property
    def details(self) -> dict[str, str]:
        return merged(self.together)

    @property
    def differing(self) -> bool:
        """Its nodes have evidence of their own."""
        return any(each.verdict.details != self.first.verdict.details for each in self.together)

    @property
    def patch(self) -> str:
        return _yaml(self.first.verdict.patch) if self.first.verdict.patch else ""


class Section(NamedTuple):
    """One target and what was found on it."""

    anchor: str
    target: TargetSummary
    findings: list[Finding]
    loud: list[Loud]
    anchors: dict[int, str]
    """A finding's identity -> where it is shown in full."""

    @property
    def outcome(self) -> Outcome:
        return Report(tool="", started_at="", seconds=0, findings=tuple(self.findings)).outcome

    @property
    def groups(self) -> list[Group]:
        """Empty where no server was asked, nor any sought."""
        portrait = self.target.portrait
        asked = any(each.stage == Stage.SERVER and each.outcome is not Outcome.BLOCKED for each in self.findings)
        return list(groups(self.target)) if asked or portrait.shards or portrait.unreached else []

    @property
    def chains(self) -> list[Chain]:
        """The one that ends first, first."""
        return sorted(
            self.target.portrait.chains, key=lambda each: min((one.not_after for one in each.certificates), default="")
        )


class Part(NamedTuple):
    """All that was checked on one rung, check by check."""

    rung: Rung
    checks: list[list[Finding]]

    @property
    def opened(self) -> bool:
        """Somebody should look, and it is not too long to be looked at."""
        return bool(self.rung.loud) and sum(map(len, self.checks)) <= _SHORT


def render(report: Report, _: Style) -> str:
    sections = list(_sections(report))
    loud = [each for section in sections for each in section.loud]
    first = _first(loud)
    page = _page().render(
        report=report,
        sections=sections,
        verdict=last_line(report),
        headline=_headline(report),
        first=first,
        beside=[each for each in loud if each.first.outcome in _BAD and each not in first],
        cures=_together(report),
        marks=_MARKS,
    )
    # The same bytes in every encoding: the page says which one it is in, and a redirected output may have another.
    return page.encode("ascii", "xmlcharrefreplace").decode()


def _sections(report: Report) -> Iterator[Section]:
    for number, target in enumerate(report.targets, 1):
        findings = [each for each in report.findings if each.target == target.name]
        blocks = behind(findings)
        loud = [
            Loud(f"finding-{number}-{place}", together, blocks.get(together[0].id))
            for place, together in enumerate(alike(worst_first(findings)), 1)
        ]
        anchors = {id(one): each.anchor for each in loud for one in each.together}
        yield Section(f"target-{number}", target, findings, loud, anchors)


def _headline(report: Report) -> str:
    if report.error or not report.findings:
        return "Nothing was checked"
    return _HEADLINES[report.outcome]


def _first(loud: Sequence[Loud]) -> list[Loud]:
    """What to read first: the root causes; where nothing is blocked, the worst."""
    roots = [each for each in loud if each.behind]
    return roots or [each for each in loud if each.first.outcome in _BAD] or list(loud)


def _together(report: Report) -> Cures | None:
    """One set of values for all the findings that have one, where they are several."""
    cures = Cures().and_of(report.findings)
    several = [each for each in report.findings if each.id in cures.cured and each.verdict.patch]
    return cures if len(several) > 1 else None


@cache
def _page() -> Template:
    """Everything that it is given is made printable and escaped, whatever the template does with it."""
    environment = Environment(
        loader=PackageLoader("preflight.render", "."),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(_WORDS)
    return environment.get_template("html.jinja")


def _finalize(value: object) -> object:
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _parts(findings: Sequence[Finding]) -> Iterator[Part]:
    """As they stand in the report."""
    for stage, group in groupby(findings, key=lambda each: each.stage):
        of_stage = list(group)
        checks = groupby(of_stage, key=lambda each: (each.id, each.title))
        yield Part(rung(stage, of_stage), [list(each) for _, each in checks])


def _time(finding: Finding) -> str:
    return f"{finding.seconds * 1000:.0f} ms" if finding.seconds >= 0.0005 else ""  # noqa: PLR2004 - rounds to 1


def _yaml(patch: dict[str, Any]) -> str:
    return yaml.safe_dump(patch, sort_keys=False).rstrip()


_WORDS: Final = {
    "BRIEF": _BRIEF,
    "CARDS": _CARDS,
    "DRAWN": _DRAWN,
    "Dot": Dot,
    "LONGEST": LONGEST,
    "MANY": MANY,
    "drawn": Markup,  # written from a tree, in which text stays text
    "dump": _yaml,
    "figures": figures,
    "histogram": histogram,
    "identity": id,
    "lifetime": lifetime,
    "more": more,
    "node_count": node_count,
    "parts": _parts,
    "remaining": remaining,
    "roles": roles,
    "rungs": rungs,
    "shortened": shortened,
    "slot_map": slot_map,
    "standing": standing,
    "time": _time,
}
"""What the template calls."""
