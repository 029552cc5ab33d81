"""Annotations, read back as the runner of a workflow reads its log."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.digest import LOUD, last_line
from preflight.model.finding import Finding, Outcome, Report, Verdict, failed, not_applicable, passed, warned
from preflight.model.printable import printable
from preflight.model.style import Style
from preflight.render.github import LONGEST, MOST, render
from tests.render.hostile import HOSTILE, MARKUP, everywhere
from tests.render.reports import ALL, FAILING, HEALTHY, MIXED, finding, report

COMMANDS = {
    *("add-mask", "add-matcher", "add-path", "debug", "echo", "endgroup", "error", "group", "notice", "remove-matcher"),
    *("save-state", "set-env", "set-output", "stop-commands", "warning"),
}
ATTACKS = [
    "::set-output name=x::y",
    " ::add-mask::x",
    "a\n::error::x",
    "a\r\n::set-env name=PATH::x",
    "##[add-mask]x",
    "100%0A::error::x",
    "%25",
    "a,title=b::c",
    "x" * 10_000,
]
TEXT = st.text(st.characters()) | st.text("%:,;=] \n\r025ACD", max_size=12)


class Command(NamedTuple):
    name: str
    properties: dict[str, str]
    data: str


def unescaped(text: str, codes: dict[str, str]) -> str:
    for code, sign in codes.items():
        text = text.replace(code, sign)
    return text


def command(line: str) -> Command | None:
    """The runner's own grammar, old and new; whatever is no command is only logged."""
    line = line.lstrip()
    if found := re.match(r"::(.*?)::(.*)\Z", line, re.DOTALL):
        name, _, given_properties = found[1].partition(" ")
        if name in COMMANDS:
            pairs = (each.split("=", 1) for each in given_properties.strip().split(",") if "=" in each)
            codes = {"%0D": "\r", "%0A": "\n"}
            properties = {pair[0]: unescaped(pair[1], codes | {"%3A": ":", "%2C": ",", "%25": "%"}) for pair in pairs}
            return Command(name, properties, unescaped(found[2], codes | {"%25": "%"}))
    if (found := re.search(r"##\[([^\] ]*)[^\]]*\](.*)", line)) and found[1] in COMMANDS:
        return Command(f"##{found[1]}", {}, found[2])
    return None


def annotated(of: Report) -> list[Command]:
    """Every line but the last is an annotation, and the last one is none."""
    *lines, last, end = render(of, Style()).split("\n")
    assert end == ""
    assert command(last) is None
    found = [each for each in map(command, lines) if each]
    assert len(found) == len(lines)
    assert {each.name for each in found} <= {"error", "warning"}
    assert all(set(each.properties) == {"title"} for each in found)
    return found


def kind(outcome: Outcome) -> str:
    return "warning" if outcome is Outcome.WARN else "error"


@pytest.mark.parametrize("name", ALL)
def test_the_last_line_is_the_verdict(name: str) -> None:
    """As in every format."""
    assert render(ALL[name], Style()).splitlines()[-1] == last_line(ALL[name])


@pytest.mark.parametrize("name", [name for name in ALL if name != "unusable"])
def test_tells_the_outcome_of_each_that_is_loud(name: str) -> None:
    """Failures and what is broken are errors; of the others there is nothing."""
    wanted = {(kind(each.outcome), each.id) for each in ALL[name].findings if each.outcome in LOUD}
    assert {(each.name, each.properties["title"]) for each in annotated(ALL[name])} == wanted


def test_a_message() -> None:
    """What is so, where, the evidence, what to do; the target where there are several."""
    [only] = annotated(FAILING)
    summary, about, dialled, names, fix = only.data.split("\n")
    assert only.properties == {"title": "tls.hostname"}
    assert summary == "the certificate is for another name"
    assert about == "about: redis.example.com:6380"
    assert dialled == "dialled: redis.example.com"
    assert names.startswith("names: *.prod.example.net, ")
    assert fix.startswith("fix: Use a host name that the certificate lists")
    assert "\ntarget: langsmith\nabout: a:1, b:1\n" in annotated(MIXED)[-1].data


def test_nothing_to_annotate() -> None:
    """Only the verdict, where all is well."""
    assert annotated(HEALTHY) == []


@pytest.mark.parametrize(
    "nothing",
    [
        report(error="no such file: a,b: 100%\nc"),
        report(),
        report(finding("a.b", passed("x")), error="x"),
        report(finding("a.b", failed("x", "y")), error="x"),
        report(finding("a.b", Verdict(outcome=Outcome.BLOCKED, summary="x"), blocked_by="deadline")),
    ],
)
def test_a_run_that_proved_nothing_is_one_error(nothing: Report) -> None:
    """A red job is never without a reason."""
    [only] = annotated(nothing)
    assert (only.name, only.data) == ("error", last_line(nothing))


def test_what_does_not_apply_is_no_error() -> None:
    """Nor is it a warning."""
    assert annotated(report(finding("a.b", not_applicable("no cluster")))) == []


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP, *ATTACKS])
def test_no_text_of_others_is_a_command(text: str) -> None:
    """Two annotations, whatever a server says, and what it said can be read in them."""
    first, second = annotated(everywhere(text))
    assert [first.name, second.name] == ["error", "warning"]
    assert first.data.startswith(printable(text[:LONGEST]))
    assert annotated(report(error=text))[0].data.startswith("preflight could not check anything: ")


@given(TEXT, TEXT, TEXT)
def test_the_runner_reads_what_was_written(summary: str, remedy: str, name: str) -> None:
    """Escaping is undone by unescaping, in properties and in data."""
    [only] = annotated(report(finding(f"server.{name}", failed(summary, remedy))))
    assert only.properties["title"] == printable(f"server.{name}").rstrip(" ")
    assert only.data == printable(summary) + (f"\nfix: {printable(remedy)}" if remedy else "")


def test_long_texts_are_cut() -> None:
    """Each of them, and each says how much there is more."""
    details = {"evidence": "z" * 10_000}
    [only] = annotated(report(finding("a.b", failed("x" * 10_000, "y" * 10_000, details=details), "w" * 10_000)))
    assert only.data.count(" more characters)") == 4
    assert len(only.data) < 4 * LONGEST + 200


def numbered(count: int, verdict: str) -> list[Finding]:
    """None like another, two of each."""
    make = failed if verdict == "error" else warned
    return [finding("a.b", make(f"{each // 2}", "Do."), f"{each}:1", target="fleet") for each in range(2 * count)]


@given(st.integers(0, 40), st.integers(0, 40))
def test_no_more_than_github_shows(errors: int, warnings: int) -> None:
    """Ten of a kind; the last says how many findings there are more, and none is lost."""
    found = annotated(report(HEALTHY.findings[0], *numbered(errors, "error"), *numbered(warnings, "warning")))
    for of_kind, count in (("error", errors), ("warning", warnings)):
        shown = [each for each in found if each.name == of_kind]
        assert len(shown) == min(count, MOST)
        if count > MOST:
            assert shown[-1].data == f"{2 * (count - MOST + 1)} more: a.b"
            assert [each.data[0] for each in shown[:-1]] == [*"012345678"]


def test_the_worst_is_shown_first() -> None:
    """What is broken comes before what failed, whatever the order of the ladder."""
    broken = finding("z.z", Verdict(outcome=Outcome.ERROR, summary="broken"))
    assert annotated(report(*numbered(12, "error"), broken))[0].properties["title"] == "z.z"
