"""The document for programs, and its schema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.model.evidence import Cause
from preflight.model.finding import Outcome, Report, Verdict, failed
from preflight.model.style import Style
from preflight.render.json import SCHEMA_VERSION, Document, render, schema
from preflight.run import catalogue
from tests.render.reports import ALL, FAILING, MIXED, PATCH, UNUSABLE, VALUES, WORKLOADS, finding, report

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))
FIELDS = {
    *("id", "target", "subject", "outcome", "title", "summary", "cause", "remedy", "patch", "details"),
    *("blocked_by", "docs", "seconds"),
}


def document(of: Report) -> dict[str, Any]:
    """The document as a program would read it, valid by the schema."""
    text = render(of, Style())
    assert text.endswith("}\n")
    read: dict[str, Any] = json.loads(text)
    VALIDATOR.validate(read)
    return read


def test_schema_is_one() -> None:
    """It is itself valid, and refuses what is none of ours."""
    jsonschema.Draft202012Validator.check_schema(json.loads(schema()))
    assert not VALIDATOR.is_valid({})
    assert not VALIDATOR.is_valid(document(FAILING) | {"outcome": "fine"})
    assert not VALIDATOR.is_valid({**document(FAILING), "findings": [{"id": "x"}]})


@pytest.mark.parametrize("name", ALL)
def test_every_document_is_valid(name: str) -> None:
    """Healthy, failing, of several targets, or only an error; and it can be read back as what it was."""
    read = document(ALL[name])
    assert msgspec.json.decode(json.dumps(read), type=Document).outcome is ALL[name].outcome
    assert read["schema_version"] == SCHEMA_VERSION
    assert read["counts"] == {str(each): ALL[name].count(each) for each in Outcome}


@pytest.mark.parametrize("outcome", Outcome)
@pytest.mark.parametrize("cause", [None, Cause.BUG, Cause.REFUSED])
def test_every_outcome(outcome: Outcome, cause: Cause | None) -> None:
    """By its public name, with or without a cause."""
    [found] = document(report(finding("a.b", Verdict(outcome=outcome, summary="x", cause=cause))))["findings"]
    assert (found["outcome"], found["cause"]) == (outcome.value, cause and cause.value)


def test_names_of_outcomes_are_public() -> None:
    """Programs compare with these."""
    assert [str(each) for each in Outcome] == ["pass", "not-applicable", "warn", "blocked", "fail", "error"]


def test_a_finding() -> None:
    """Every field is there, also where it is empty."""
    wanted = finding(
        "server.version", failed("old", "Upgrade.", patch=PATCH, details={"evidence": "x"}), "a:1", seconds=0.5
    )
    [found] = document(report(wanted))["findings"]
    assert found == {
        "id": "server.version",
        "target": "langsmith",
        "subject": "a:1",
        "outcome": "fail",
        "title": "Title of server.version",
        "summary": "old",
        "cause": None,
        "remedy": "Upgrade.",
        "patch": PATCH,
        "details": {"evidence": "x"},
        "blocked_by": None,
        "docs": "docs/checks.md#serverversion",
        "seconds": 0.5,
    }
    assert all(set(each) == FIELDS for each in document(MIXED)["findings"])


def test_blocked_findings_name_their_root() -> None:
    """A program can tell symptoms from the cause."""
    blocked = [each for each in document(FAILING)["findings"] if each["outcome"] == "blocked"]
    assert {each["blocked_by"] for each in blocked} == {"tls.hostname"}


def test_targets() -> None:
    """Several targets, in their order, redacted."""
    read = document(MIXED)
    assert [each["name"] for each in read["targets"]] == ["langsmith", "fleet"]
    assert read["targets"][0]["endpoints"] == ["redis.example.com:6380"]
    assert (read["stopped_by"], read["outcome"]) == ("deadline", "error")


def test_who_uses_a_target() -> None:
    """Every workload, and nobody where the source does not tell."""
    users = [each["used_by"] for each in document(VALUES)["targets"]]
    assert users == [list(WORKLOADS), ["Deployment/langsmith-standalone-fleet-queue"]]
    assert [each["used_by"] for each in document(MIXED)["targets"]] == [[], []]


def test_an_error_is_a_document() -> None:
    """One document, also where nothing could be checked."""
    read = document(UNUSABLE)
    assert (read["outcome"], read["error"], read["findings"]) == ("error", "there is nothing to check", [])


def test_links_to_the_page_of_checks() -> None:
    """The anchor is the one that the heading `## stage.name` gets."""
    for check in catalogue():
        [found] = document(report(finding(check.id, failed("x", "y"))))["findings"]
        assert found["docs"] == f"docs/checks.md#{check.id.replace('.', '')}"


@settings(deadline=None, max_examples=60)
@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(text: str) -> None:
    """What went in comes out, whatever a server said."""
    read = document(report(finding("a.b", failed(text, text, details={text: text}), text), error=text))
    [found] = read["findings"]
    assert found["summary"] == found["remedy"] == found["subject"] == read["error"] == text
    assert found["details"] == {text: text}
