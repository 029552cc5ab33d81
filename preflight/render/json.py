"""One JSON document, for programs; its schema is published as `report.schema.json`."""

from __future__ import annotations

import json
from typing import Any

import msgspec

from preflight.model.evidence import Cause
from preflight.model.finding import Finding, Outcome, Report
from preflight.model.portrait import Portrait
from preflight.model.printable import harmless_json
from preflight.model.style import Style
from preflight.model.target import Mode

SCHEMA_VERSION = 1


class TargetDocument(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    mode: Mode
    endpoints: tuple[str, ...]
    shown: str
    used_by: tuple[str, ...]
    portrait: Portrait


class FindingDocument(msgspec.Struct, frozen=True, kw_only=True):
    id: str
    target: str
    subject: str
    outcome: Outcome
    title: str
    summary: str
    cause: Cause | None
    remedy: str | None
    patch: dict[str, Any] | None
    details: dict[str, str]
    blocked_by: str | None
    docs: str
    seconds: float


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A report of preflight. Fields are only ever added."""

    schema_version: int
    tool: str
    outcome: Outcome
    started_at: str
    seconds: float
    counts: dict[str, int]
    targets: tuple[TargetDocument, ...]
    findings: tuple[FindingDocument, ...]
    stopped_by: str | None
    error: str | None
    tries: int
    seen_from: str


def render(report: Report, _: Style) -> str:
    # Not msgspec's own encoder: it breaks on half a character, which others may have put into a text.
    text = json.dumps(msgspec.to_builtins(document(report)), ensure_ascii=False, indent=2)
    return harmless_json(text) + "\n"


def schema(document: type[msgspec.Struct] = Document) -> str:
    """The JSON Schema of every document of this kind, by default of those that `render` writes."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return msgspec.json.format(msgspec.json.encode(dialect | msgspec.json.schema(document))).decode() + "\n"


def document(report: Report) -> Document:
    return Document(
        schema_version=SCHEMA_VERSION,
        tool=report.tool,
        outcome=report.outcome,
        started_at=report.started_at,
        seconds=report.seconds,
        counts={str(outcome): report.count(outcome) for outcome in Outcome},
        targets=tuple(
            TargetDocument(
                name=each.name,
                mode=each.mode,
                endpoints=each.endpoints,
                shown=each.shown,
                used_by=each.used_by,
                portrait=each.portrait,
            )
            for each in report.targets
        ),
        findings=tuple(map(_finding, report.findings)),
        stopped_by=report.stopped_by,
        error=report.error,
        tries=report.tries,
        seen_from=report.seen_from,
    )


def _finding(finding: Finding) -> FindingDocument:
    verdict = finding.verdict
    return FindingDocument(
        id=finding.id,
        target=finding.target,
        subject=finding.subject,
        outcome=verdict.outcome,
        title=finding.title,
        summary=verdict.summary,
        cause=verdict.cause,
        remedy=verdict.remedy,
        patch=verdict.patch,
        details=verdict.details,
        blocked_by=finding.blocked_by,
        docs=f"docs/checks.md#{finding.id.replace('.', '')}",
        seconds=finding.seconds,
    )
