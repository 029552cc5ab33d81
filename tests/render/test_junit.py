"""The XML for pipelines, read back by another library, and by a schema stricter than any reader."""

from __future__ import annotations

import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import cast
from xml.etree import ElementTree as ET

import junitparser
import pytest
import xmlschema
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.model.digest import last_line
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome, Report, TargetSummary, Verdict, failed, not_applicable, passed, warned
from preflight.model.printable import printable
from preflight.model.style import Style
from preflight.model.target import Mode
from preflight.render.junit import render
from tests.render.hostile import HOSTILE, MARKUP, everywhere
from tests.render.reports import ALL, FAILING, HEALTHY, MIXED, PATCH, UNUSABLE, URL, finding, report

SCHEMA = xmlschema.XMLSchema10(Path(__file__).with_name("junit.xsd"))
XML = ["]]>", "<![CDATA[", "<script>", "&amp;", "&#0;", "\"'>", "<!--", "\ufffe\uffff", "x" * 10_000, "a\nb\tc", " "]
PROVED = (Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.WARN)
SKIPPED = Verdict(outcome=Outcome.NOT_APPLICABLE, summary="skipped by --skip tls", cause=Cause.SKIPPED)
TEXT = st.text(st.characters(), max_size=10)
VERDICTS = st.builds(Verdict, outcome=st.sampled_from(Outcome), summary=TEXT, cause=st.sampled_from([None, Cause.BUG]))
FINDINGS = st.builds(
    finding,
    st.sampled_from(["config.url", "dns.resolves", "tls.hostname"]),
    st.just(SKIPPED) | VERDICTS,
    st.text(st.characters(), max_size=3),
    target=st.sampled_from(["langsmith", "fleet", "preflight", "\x00"]),
)
REPORTS = st.lists(FINDINGS, max_size=12).map(lambda findings: report(*findings))


def suites(of: Report, *, warn_fails: bool = False, unicode: bool = True) -> list[junitparser.TestSuite]:
    """As a reader has them, valid by the schema, each count equal to what is inside."""
    data = render(of, Style(warn_fails=warn_fails, unicode=unicode)).encode("utf-8" if unicode else "ascii")
    SCHEMA.validate(ET.fromstring(data))  # noqa: S314 - our own
    read = junitparser.JUnitXml.fromstring(data)
    found = list(cast("list[junitparser.TestSuite]", read))
    for suite in found:
        assert counts(suite) == counted(list(suite))
    assert counts(read) == counted([case for suite in found for case in suite])
    return found


def counts(of: junitparser.TestSuite | junitparser.JUnitXml) -> tuple[int, ...]:
    return (of.tests, of.failures, of.errors, of.skipped)


def counted(cases: list[junitparser.TestCase]) -> tuple[int, ...]:
    kinds = Counter(type(each) for case in cases for each in case.result)
    return (len(cases), kinds[junitparser.Failure], kinds[junitparser.Error], kinds[junitparser.Skipped])


def properties(of: junitparser.TestSuite) -> dict[str, str]:
    return {each.name: each.value for each in of.properties()}  # type: ignore[no-untyped-call]


def outcome(case: junitparser.TestCase) -> Outcome:
    """What the case says by the format's own means."""
    match case.result:
        case []:
            return Outcome.WARN if (case.system_out or "").startswith("WARN: ") else Outcome.PASS
        case [junitparser.Failure() as failure]:
            return Outcome.WARN if failure.type == "warning" else Outcome.FAIL
        case [junitparser.Error()]:
            return Outcome.ERROR
        case [junitparser.Skipped(message=str(message))] if re.match("not applicable:|skipped by ", message):
            return Outcome.NOT_APPLICABLE
        case _:
            return Outcome.BLOCKED


def only(of: Report, *, warn_fails: bool = False) -> junitparser.TestCase:
    [[case]] = suites(of, warn_fails=warn_fails)
    return case


@pytest.mark.parametrize("name", [name for name in ALL if name != "unusable"])
@pytest.mark.parametrize("warn_fails", [True, False])
def test_tells_the_outcome_of_each(name: str, warn_fails: bool) -> None:
    """By its suite and its name."""
    wanted = [
        (each.target, f"{each.id} [{each.subject}]" if each.subject else each.id, each.outcome)
        for each in ALL[name].findings
    ]
    told = [
        (suite.name, case.name, outcome(case))
        for suite in suites(ALL[name], warn_fails=warn_fails)
        for case in suite
    ]  # fmt: skip
    assert sorted(told) == sorted(wanted)


@given(REPORTS, st.booleans(), st.booleans())
def test_any_report_can_be_read(of: Report, warn_fails: bool, unicode: bool) -> None:
    """One case for each finding, with its outcome, and red exactly where the run is not good."""
    told = suites(of, warn_fails=warn_fails, unicode=unicode)
    cases = [outcome(case) for suite in told for case in suite if case.classname != "preflight.run"]
    places = [each.name for each in of.targets]
    assert cases == [each.outcome for each in sorted(of.findings, key=lambda each: places.index(each.target))]
    red = any(suite.failures + suite.errors for suite in told)
    assert red == (of.outcome not in PROVED or (warn_fails and of.count(Outcome.WARN) > 0))


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP, *XML])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_text_of_others_is_markup(text: str, unicode: bool) -> None:
    """It is read back as it would be printed; a sign that XML forbids is made visible."""
    [suite] = suites(everywhere(text), unicode=unicode)
    [failure] = [case for case in suite if outcome(case) is Outcome.FAIL]
    assert (failure.result[0].text or "").startswith(printable(text))


def test_a_failure() -> None:
    """What is so, and in the text the evidence, what to do and the values that would do it."""
    verdict = replace(failed("old", "Upgrade.", patch=PATCH, details={"seen": "5.0"}), cause=Cause.REFUSED)
    case = only(report(finding("server.version", verdict, "a:1", seconds=0.0214)))
    [failure] = case.result
    assert (case.classname, case.name, case.time) == ("preflight.server", "server.version [a:1]", 0.021)
    assert (failure.message, failure.type) == ("old", "refused")
    assert failure.text.startswith("old\nseen: 5.0\nchange: Upgrade.\nvalues:\nredis:\n  external:\n")
    assert only(report(finding("a.b", failed("x", "y")))).result[0].type == "fail"


def test_what_is_left_out_says_why() -> None:
    """The blocker, what makes it not apply, or who said so."""
    blocked = Verdict(outcome=Outcome.BLOCKED, summary="x")
    of = report(
        finding("config.url", passed("x")),
        finding("tls.handshake", not_applicable("TLS is off")),
        finding("tls.hostname", SKIPPED),
        finding("auth.accepted", blocked, blocked_by="tcp.connects"),
        finding("auth.user", failed("x", "y")),
    )
    [[_, *cases, _]] = suites(of)
    messages = [case.result[0].message for case in cases]
    assert messages == ["not applicable: TLS is off", "skipped by --skip tls", "blocked by tcp.connects"]


def test_a_warning_passes_or_fails() -> None:
    """As the reader of the report wants it."""
    warning = report(finding("server.version", warned("newer", "Prefer 8.")))
    assert only(warning).is_passed
    assert only(warning).system_out == "WARN: newer\nchange: Prefer 8."
    [failure] = only(warning, warn_fails=True).result
    assert isinstance(failure, junitparser.Failure)
    assert (failure.message, failure.type) == ("newer", "warning")


@pytest.mark.parametrize(
    "nothing",
    [
        UNUSABLE,
        report(),
        report(error="]]>\x00"),
        report(finding("a.b", Verdict(outcome=Outcome.BLOCKED, summary="x"), blocked_by="deadline")),
        report(finding("a.b", SKIPPED)),
        report(finding("a.b", passed("x")), error="x"),
        report(finding("a.b", failed("x", "y")), error="x"),
    ],
)
def test_a_run_that_proved_nothing_is_not_green(nothing: Report) -> None:
    """Nor empty: one case in error says what happened."""
    *_, last = suites(nothing)
    [case] = last
    [error] = case.result
    assert isinstance(error, junitparser.Error)
    assert error.message == printable(last_line(nothing))
    assert len(suites(UNUSABLE)) == 1


def test_names_are_one_of_a_kind() -> None:
    """Also those that only look alike when they are printed."""
    of = report(*(finding("a.b", passed("x"), subject) for subject in ("n", "n", "\x1b", "\\x1b", "n (2)")))
    [suite] = suites(of)
    names = [case.name for case in suite]
    assert names == ["a.b [n]", "a.b [n] (2)", "a.b [\\x1b]", "a.b [\\x1b] (2)", "a.b [n (2)]"]


def test_a_target_of_our_own_name() -> None:
    """Does not share its suite with what is said of the run."""
    blocked = finding("a.b", Verdict(outcome=Outcome.BLOCKED, summary="x"), target="preflight")
    assert [suite.name for suite in suites(report(blocked))] == ["preflight", "preflight (2)"]


def test_where_and_when() -> None:
    """A suite says by what, against what and from where it was measured, in UTC without a zone."""
    target = TargetSummary(name="langsmith", mode=Mode.CLUSTER, endpoints=("a:1", "b:1"), shown=URL)
    facts = {"targets": (target,), "tries": 3, "stopped_by": "deadline", "started_at": "2026-01-02T03:04:05.678+02:00"}
    facts |= {"seen_from": "pod-1"}
    [suite] = suites(report(finding("a.b", passed("x")), **facts))
    assert properties(suite) == {
        "tool": "preflight 0.1.0",
        "mode": "cluster",
        "endpoints": "a:1, b:1",
        "shown": URL,
        "tries": "3",
        "stopped_by": "deadline",
    }
    assert (suite.hostname, suite.timestamp, suite.time) == ("pod-1", "2026-01-02T01:04:05", 1.84)


def test_of_one_try() -> None:
    """What did not happen is not told, and the machine has a name in any case."""
    [suite] = suites(HEALTHY)
    assert list(properties(suite)) == ["tool", "mode", "endpoints", "shown"]
    assert (suite.hostname, suite.timestamp) == ("localhost", "2026-01-02T03:04:05")


@pytest.mark.parametrize("moment", ["", "yesterday", "2026-99-99T00:00:00", "0001-01-01T00:00:00+05:00", "\x00"])
def test_no_moment_is_no_timestamp(moment: str) -> None:
    """Evidence of others can claim any."""
    [suite] = suites(report(finding("a.b", passed("x")), started_at=moment))
    assert suite.timestamp is None


@pytest.mark.parametrize("name", ALL)
def test_is_the_same_every_time(name: str) -> None:
    """And of any width and colour."""
    assert render(ALL[name], Style()) == render(ALL[name], Style(width=60, color=True, verbosity=1))


def test_targets_are_apart() -> None:
    """Each in its own suite, with its own findings, in the order of the ladder."""
    ids = {
        target: [each.id for each in group] for target, group in groupby(MIXED.findings, key=lambda each: each.target)
    }
    assert {suite.name: [case.name.split()[0] for case in suite] for suite in suites(MIXED)} == ids


def test_the_schema_is_strict() -> None:
    """A wrong order, a name given twice, a count left out, or an unknown attribute is refused."""
    good = render(FAILING, Style())
    case = re.search("<testcase.*?/>", good)
    assert case
    SCHEMA.validate(ET.fromstring(good))  # noqa: S314 - our own
    for bad in (
        good.replace(case[0], case[0] * 2),
        good.replace('errors="0" ', "", 1),
        good.replace("<testcase", '<testcase colour="red"', 1),
        good.replace(case[0], "").replace("<properties>", f"{case[0]}<properties>"),
        good.replace("2026-01-02T03:04:05", "2026-01-02T03:04:05Z"),
        good.replace("<failure ", "<skipped message=''/><failure "),
    ):
        assert bad != good
        assert not SCHEMA.is_valid(ET.fromstring(bad))  # noqa: S314 - our own
