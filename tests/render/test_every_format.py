"""Every format over the same reports: the same outcome of every check, nothing malformed, and nobody obeyed."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from importlib import import_module
from typing import Final
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from preflight import plugins
from preflight import render as formats
from preflight.model.digest import LOUD, last_line
from preflight.model.finding import Finding, Outcome, Report, TargetSummary, Verdict
from preflight.model.printable import one_line
from preflight.model.style import Style
from preflight.model.target import Mode
from preflight.render.json import schema
from preflight.render.termination import LIMIT
from tests.render.hostile import ATTACKS, everywhere
from tests.render.portraits import SIXTY
from tests.render.reports import ALL, report

Told = set[tuple[str, str, str]]
"""Target, id and outcome."""

FORMATS: Final = plugins.names(formats)
REPORTS: Final = ALL | {"sixty": SIXTY}
VALIDATOR: Final = jsonschema.Draft202012Validator(json.loads(schema()))


def shown(name: str, of: Report, **style: object) -> str:
    text: str = import_module(f"preflight.render.{name}").render(of, Style(**style))  # type: ignore[arg-type]
    return text


def of_json(of: Report) -> Told:
    read = json.loads(shown("json", of))
    VALIDATOR.validate(read)
    return {(each["target"], each["id"], each["outcome"]) for each in read["findings"]}


def of_junit(of: Report) -> Told:
    root = ET.fromstring(shown("junit", of))  # noqa: S314 - our own
    return {
        (suite.attrib["name"], case.attrib["name"].partition(" ")[0], _of_case(case))
        for suite in root
        for case in suite.findall("testcase")
        if case.attrib["classname"] != "preflight.run"
    }


def _of_case(case: ET.Element) -> str:
    skipped = case.find("skipped")
    if skipped is not None:
        return "blocked" if skipped.attrib["message"].startswith("blocked by ") else "not-applicable"
    kinds = {"failure": "fail", "error": "error", "system-out": "warn"}
    return next((kinds[each.tag] for each in case), "pass")


def of_markdown(of: Report) -> Told:
    told: Told = set()
    cells: list[str] = []
    for token in MarkdownIt("commonmark").enable("table").parse(shown("markdown", of)):
        if token.type == "tr_open":
            cells = []
        elif token.type == "inline":
            cells.append(token.content.replace("`", ""))
        elif token.type == "tr_close" and cells[0] != "outcome":
            told.add((cells[1], cells[2], cells[0].partition(" ")[2]))
    return told


def of_html(of: Report) -> Told:
    told: Told = set()

    class Page(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            row = dict(attrs)
            if tag == "tr" and "data-id" in row:
                told.add((row["data-target"] or "", row["data-id"] or "", row["data-outcome"] or ""))

    Page().feed(shown("html", of))
    return told


def of_console(of: Report) -> Told:
    """By its signs: what stands behind `preflight · ` is the target, and an id begins its line."""
    words = {"PASS": "pass", "N/A": "not-applicable", "WARN": "warn", "SKIP": "blocked", "FAIL": "fail", "ERR": "error"}
    told, target = set(), ""
    for line in shown("console", of, verbosity=1, unicode=False, width=300).split("\n"):
        if heading := re.match(r"preflight - (\S+) - ", line):
            target = heading[1]
        if found := re.match(r"  \[(\S+?)\] +\w+ +([a-z]+\.[\w-]+): ", line):
            told.add((target, found[2], words[found[1]]))
    return told


READERS: Final[dict[str, Callable[[Report], Told]]] = {
    "json": of_json, "junit": of_junit, "markdown": of_markdown, "html": of_html, "console": of_console,
}  # fmt: skip
BRIEF: Final = {
    "short": r"^(ERROR|FAIL|WARN) ([a-z]+\.[\w-]+)",
    "termination": r"^(ERROR|FAIL|WARN) ([a-z]+\.[\w-]+)",
    "github": r"^::(error|warning) title=([a-z]+\.[\w-]+)::",
}
"""The formats that tell only what somebody should read, and how they begin."""


def told_by(findings: tuple[Finding, ...]) -> Told:
    return {(each.target, each.id, each.outcome.value) for each in findings}


def test_every_format_is_compared() -> None:
    """A new one must say here how it is read."""
    assert set(FORMATS) == {*READERS, *BRIEF}


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("form", READERS)
def test_all_tell_the_same(form: str, name: str) -> None:
    """Check by check: what one calls a failure no other calls a pass, and none is left out."""
    assert READERS[form](REPORTS[name]) == told_by(REPORTS[name].findings)


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("form", BRIEF)
def test_the_brief_ones_leave_out_no_problem(form: str, name: str) -> None:
    """Every failure, fault and warning, and nothing else."""
    kinds = {"error": "error", "fail": "error", "warn": "warning"} if form == "github" else {}
    wanted = {
        (kinds.get(each.outcome.value, each.outcome.value), each.id)
        for each in REPORTS[name].findings
        if each.outcome in LOUD
    }
    found = re.findall(BRIEF[form], shown(form, REPORTS[name]), re.MULTILINE)
    assert {(kind.lower(), name) for kind, name in found} == wanted


@pytest.mark.parametrize("outcome", Outcome)
def test_each_outcome(outcome: Outcome) -> None:
    """Alone in a report, among two targets, it is told alike by all that tell everything."""
    one = Finding(
        id="tcp.connects", title="x", target="fleet", subject="a:1", verdict=Verdict(outcome=outcome, summary="x"),
        blocked_by="dns.resolves" if outcome is Outcome.BLOCKED else None,
    )  # fmt: skip
    of = report(*ALL["healthy"].findings, one)
    for form, read in READERS.items():
        assert read(of) == told_by(of.findings), form


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_nobody_is_obeyed(form: str, text: str) -> None:
    """It can be written as UTF-8, and holds nothing that a terminal or a runner would act upon."""
    page = shown(form, everywhere(text))
    page.encode()
    assert all(each.isprintable() or each == "\n" for each in page)
    commands = [line for line in page.split("\n") if line.lstrip().startswith("::")]
    assert all(re.match(r"::(error|warning) title=[\w.-]+::", line) for line in commands)
    assert form == "github" or not commands
    assert not re.search(r"##\w*\[", page)


@pytest.mark.parametrize("text", ATTACKS, ids=range(len(ATTACKS)))
def test_an_attack_changes_no_outcome(text: str) -> None:
    """Where it stands in every text of others, the outcomes are read as they are."""
    wanted = {(id_, outcome) for _, id_, outcome in told_by(everywhere(text).findings)}
    for form in ("json", "junit", "markdown", "html"):
        assert {(id_, outcome) for _, id_, outcome in READERS[form](everywhere(text))} == wanted, form


@settings(max_examples=60)
@given(st.text(max_size=60) | st.binary(max_size=40).map(lambda raw: raw.decode(errors="surrogateescape")))
def test_any_text(text: str) -> None:
    """No format breaks, whatever a server sends."""
    of = everywhere(text)
    for form in FORMATS:
        page = shown(form, of)
        page.encode()
        assert all(each.isprintable() or each == "\n" for each in page), form
    assert of_json(of) == {(each.target, each.id, each.outcome.value) for each in of.findings}
    ET.fromstring(shown("junit", of))  # noqa: S314 - our own


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", REPORTS)
def test_the_verdict_is_told(form: str, name: str) -> None:
    """In the same words wherever there are words."""
    page = shown(form, REPORTS[name])
    if form == "json":
        assert json.loads(page)["outcome"] == REPORTS[name].outcome
    elif form == "junit":
        root = ET.fromstring(page)  # noqa: S314 - our own
        assert (int(root.attrib["failures"]) + int(root.attrib["errors"]) > 0) is (
            REPORTS[name].outcome in (Outcome.FAIL, Outcome.ERROR)
        )
    else:
        assert one_line(last_line(REPORTS[name])) in re.sub("[`\\\\]", "", page).replace("&#39;", "'")


def test_nothing_is_empty_and_the_message_is_short() -> None:
    """A report of no target, of an empty one, and one with a finding of a target that is not listed."""
    lone = TargetSummary(name="langsmith", mode=Mode.STANDALONE, endpoints=(), shown="")
    for of in (report(), report(targets=(lone,)), report(*ALL["failing"].findings, targets=())):
        for form in FORMATS:
            assert shown(form, of).strip(), form
    assert len(shown("termination", SIXTY).encode()) <= LIMIT
