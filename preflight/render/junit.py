"""JUnit's XML, for pipelines: a suite per target, a case per check and subject."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from preflight.model.digest import last_line, proves_nothing
from preflight.model.finding import Finding, Outcome, Report, TargetSummary
from preflight.model.printable import one_line, printable, shortened
from preflight.model.style import Style

_COUNTED: Final = {"failures": "failure", "errors": "error", "skipped": "skipped"}

_NOWHERE: Final = "localhost"
"""What the format wants where the machine is not known."""


def render(report: Report, style: Style) -> str:
    root = Element("testsuites", name="preflight")
    root.extend(_suites(report, style))
    root.attrib |= _counts(root) | {"time": _seconds(report.seconds)}
    indent(root)
    encoding = "utf-8" if style.unicode else "us-ascii"
    data: bytes = tostring(root, encoding, xml_declaration=True)
    return data.decode(encoding) + "\n"


def _suites(report: Report, style: Style) -> Iterator[Element]:
    """A suite for each target that has findings; what proved nothing is never green."""
    summaries = {each.name: each for each in report.targets}
    targets = list(dict.fromkeys(each.target for each in report.findings))
    *names, own = _unique([*targets, "preflight"])
    for target, name in zip(targets, names, strict=True):
        findings = [each for each in report.findings if each.target == target]
        yield _suite(name, _cases(findings, style), report, summaries.get(target))
    if proves_nothing(report):
        case = Element("testcase", classname="preflight.run", name="run", time=_seconds(report.seconds))
        _add(case, "error", last_line(report), "error", last_line(report))
        yield _suite(own, [case], report, None)


def _suite(name: str, cases: Iterable[Element], report: Report, target: TargetSummary | None) -> Element:
    """Its time is the run's: all targets are looked at at once."""
    suite = Element("testsuite", name=name, time=_seconds(report.seconds))
    if moment := _moment(report.started_at):
        suite.set("timestamp", moment)
    suite.set("hostname", one_line(report.seen_from) or _NOWHERE)
    properties = SubElement(suite, "properties")
    for key, value in _properties(report, target):
        SubElement(properties, "property", name=key, value=one_line(value))
    suite.extend(cases)
    suite.attrib |= _counts(suite)
    return suite


def _properties(report: Report, target: TargetSummary | None) -> Iterator[tuple[str, str]]:
    yield "tool", report.tool
    if target:
        yield "mode", target.mode
        yield "endpoints", ", ".join(target.endpoints)
        yield "shown", target.shown
    if report.tries > 1:
        yield "tries", str(report.tries)
    if report.stopped_by:
        yield "stopped_by", report.stopped_by


def _cases(findings: Sequence[Finding], style: Style) -> Iterator[Element]:
    wanted = [f"{each.id} [{each.subject}]" if each.subject else each.id for each in findings]
    for finding, name in zip(findings, _unique(wanted), strict=True):
        yield _case(finding, name, style)


def _case(finding: Finding, name: str, style: Style) -> Element:
    verdict = finding.verdict
    stage = f"preflight.{one_line(finding.stage)}"
    case = Element("testcase", classname=stage, name=name, time=_seconds(finding.seconds))
    match finding.outcome:
        case Outcome.FAIL:
            _add(case, "failure", verdict.summary, verdict.cause or "fail", _told(finding))
        case Outcome.ERROR:
            _add(case, "error", verdict.summary, verdict.cause or "error", _told(finding))
        case Outcome.WARN if style.warn_fails:
            _add(case, "failure", verdict.summary, "warning", _told(finding))
        case Outcome.WARN:
            SubElement(case, "system-out").text = printable(f"WARN: {_told(finding)}")
        case Outcome.BLOCKED:
            blocker = f"blocked by {finding.blocked_by}" if finding.blocked_by else verdict.summary
            SubElement(case, "skipped", message=one_line(shortened(blocker)))
        case Outcome.NOT_APPLICABLE:
            reason = verdict.summary if finding.skipped else f"not applicable: {verdict.summary}"
            SubElement(case, "skipped", message=one_line(shortened(reason)))
    return case


def _told(finding: Finding) -> str:
    """All of it, which the attributes have no room for."""
    verdict = finding.verdict
    lines = [verdict.summary, *(f"{name}: {value}" for name, value in verdict.details.items())]
    if verdict.remedy:
        lines.append(f"change: {verdict.remedy}")
    if verdict.patch:
        import yaml  # noqa: PLC0415 - a healthy server needs no patch

        lines.append("values:\n" + yaml.safe_dump(verdict.patch, sort_keys=False).rstrip())
    return "\n".join(lines)


def _add(case: Element, tag: str, message: str, kind: str, text: str) -> None:
    SubElement(case, tag, message=one_line(shortened(message)), type=kind).text = printable(text)


def _counts(of: Element) -> dict[str, str]:
    """Counted in what is written, so that they cannot differ from it."""
    found = {name: sum(1 for _ in of.iter(tag)) for name, tag in {"tests": "testcase", **_COUNTED}.items()}
    return {name: str(count) for name, count in found.items()}


def _unique(names: Iterable[str]) -> Iterator[str]:
    """Readers take cases of one name for one case."""
    given: set[str] = set()
    for each in names:
        wanted = name = one_line(shortened(each)) or "(no name)"
        number = 1
        while name in given:
            number += 1
            name = f"{wanted} ({number})"
        given.add(name)
        yield name


def _moment(started_at: str) -> str:
    """In UTC and without its zone, as the format has it; empty where it is no moment."""
    try:
        moment = datetime.fromisoformat(started_at)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).replace(tzinfo=None).isoformat(timespec="seconds")
    except (ValueError, OverflowError):
        return ""


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f}"
