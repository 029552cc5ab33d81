"""A page for a ticket, and for the summary of a job on GitHub.

Whatever could be markup, a link or a mention stands in a code span, where no dialect of Markdown looks for any.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

from preflight.model.digest import GLYPHS, alike, last_line, merged, subjects, worst_first
from preflight.model.finding import Finding, Outcome, Report, TargetSummary
from preflight.model.printable import one_line, printable, shortened
from preflight.model.style import Style

LIMIT: Final = 1_000_000
"""Bytes of UTF-8; GitHub takes 1,048,576 of a step, and nothing at all of more."""

OPEN: Final = 20
"""So many rows are shown at once; a longer table is folded up."""

_NOTES: Final = 1_000
"""Bytes kept free for what is said about the rest."""

_HEAD: Final = "| outcome | target | check | about | summary |\n|---|---|---|---|---|"

_WORDS: Final = re.compile(r"(?:`[^`]+`|[^ ])+")
_COMMAND: Final = re.compile(r"(?P<before>[\"'(]*)`(?P<code>[^`]+)`(?P<after>[\"').,;:!?]*)")
_PLAIN: Final = re.compile(
    r"[\"'(]*(?![0-9a-f]{7})(?:[^\W\d_]+(?:['-][^\W\d_]+)*|\d+(?:\.\d+)*)[\"').,;:!?]*"
)  # Seven hexadecimal digits may be a commit.
_ITEM: Final = re.compile(r"^(\d+)([.)])(?=\s|$)")
_RUN: Final = re.compile("`+")


class Part(NamedTuple):
    text: str
    interest: int
    """The lowest stay longest where not all of it finds room."""
    row: bool = False


def render(report: Report, style: Style) -> str:
    verdict = f"## preflight: {_mark(report.outcome, style)}\n\n{_prose(last_line(report))}"
    sections = [Part(verdict, 0), *_sections(report, style)]
    rows = list(_rows(report.findings, style))
    kept = _fitting([*sections, *rows])
    text = [part.text for part in kept if not part.row]
    if left := len(sections) - len(text):
        text.append(f"{left} sections did not find room.")
    if rows:
        text.append(_table([part.text for part in kept if part.row], len(rows)))
    return "\n\n".join(text) + "\n"


def _fitting(parts: Sequence[Part]) -> list[Part]:
    """In their order; what is of least interest goes first."""
    room, kept = LIMIT - _NOTES, set[int]()
    for index in sorted(range(len(parts)), key=lambda index: parts[index].interest):
        room -= len(parts[index].text.encode()) + 2
        if room < 0:
            break
        kept.add(index)
    return [part for index, part in enumerate(parts) if index in kept]


def _sections(report: Report, style: Style) -> Iterator[Part]:
    """Each target, and below it what somebody should read, in full."""
    summaries = {each.name: each for each in report.targets}
    for name in dict.fromkeys([*summaries, *(each.target for each in report.findings)]):
        yield Part(_header(name, summaries.get(name), style), 0)
        found = [each for each in report.findings if each.target == name]
        for together in alike(worst_first(found)):
            yield Part("\n\n".join(_block(together, style)), 2)


def _header(name: str, target: TargetSummary | None, style: Style) -> str:
    facts = [_code(name), target.mode.value, _code(target.shown)] if target else [_code(name)]
    return f"### {(' · ' if style.unicode else ' - ').join(facts)}"


def _block(together: Sequence[Finding], style: Style) -> Iterator[str]:
    """What is so, the evidence, what to do."""
    first = together[0]
    yield f"#### {_mark(first.outcome, style)} {_code(first.id)}"
    yield _prose(first.verdict.summary)
    about = [f"- about: {_code(nodes)}"] if (nodes := subjects(together)) else []
    if details := [*about, *(_detail(name, value) for name, value in merged(together).items())]:
        yield "\n".join(details)
    if remedy := first.verdict.remedy:
        yield f"**Fix:** {_prose(remedy)}"
    if first.verdict.patch:
        yield _fenced(_yaml(first.verdict.patch), "yaml")


def _detail(name: str, value: str) -> str:
    """A value of several lines, such as a policy, keeps them."""
    if "\n" not in value.strip():
        return f"- {_code(name)}: {_code(value)}"
    block = _fenced(printable(shortened(value)))
    return f"- {_code(name)}:\n\n" + "\n".join(f"  {line}" for line in block.split("\n")) + "\n"


def _rows(findings: Sequence[Finding], style: Style) -> Iterator[Part]:
    for each in findings:
        cells = (
            _mark(each.outcome, style), _code(each.target), _code(each.id), _code(each.subject),
            _prose(each.verdict.summary),
        )  # fmt: skip
        interest = {Outcome.BLOCKED: 3, Outcome.PASS: 4, Outcome.NOT_APPLICABLE: 5}.get(each.outcome, 1)
        yield Part(f"| {' | '.join(cells)} |", interest, row=True)


def _table(rows: Sequence[str], all_of_them: int) -> str:
    table = "\n".join((_HEAD, *rows))
    if len(rows) > OPEN:
        table = f"<details>\n<summary>All checks</summary>\n\n{table}\n\n</details>"
    if left := all_of_them - len(rows):
        table += f"\n\n{left} of {all_of_them} rows did not find room, the least interesting ones."
    return table


def _mark(outcome: Outcome, style: Style) -> str:
    return f"{GLYPHS[outcome]} {outcome}" if style.unicode else outcome.value


def _yaml(patch: dict[str, Any]) -> str:
    import yaml  # noqa: PLC0415 - a healthy server needs no patch

    return printable(yaml.safe_dump(patch, sort_keys=False).rstrip())


def _fenced(text: str, language: str = "") -> str:
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def _code(text: str) -> str:
    return _span(one_line(shortened(text)))


def _prose(text: str) -> str:
    """Words as they are, and in code spans whatever is not plainly a word; a number at the beginning lists nothing."""
    return _ITEM.sub(r"\1\\\2", " ".join(_pieces(_WORDS.findall(one_line(shortened(text))))))


def _pieces(words: Sequence[str]) -> Iterator[str]:
    for of, group in groupby(words, key=_read_as):
        match of:
            case "plain":
                yield from group
            case "command":
                yield from (_COMMAND.sub(_respanned, word) for word in group)
            case _:
                run = " ".join(group)
                inner = run.rstrip(",.;:") or run
                yield _span(inner) + run[len(inner) :]


def _read_as(word: str) -> Literal["plain", "command", "code"]:
    """Our own remedies put commands between backticks already."""
    if _PLAIN.fullmatch(word):
        return "plain"
    return "command" if _COMMAND.fullmatch(word) else "code"


def _respanned(found: re.Match[str]) -> str:
    return found["before"] + _span(found["code"]) + found["after"]


def _span(text: str) -> str:
    """Code; a bar stands outside of it, as an entity, since a table is cut at bars before code is looked for."""
    return "&#124;".join(_delimited(piece) for piece in text.split("|"))


def _delimited(text: str) -> str:
    """A space at both ends is dropped by every reader, and parts a backtick of the text from ours."""
    if not text:
        return ""
    mark = "`" * (_longest_run(text) + 1)
    room = " " if "`" in text[0] + text[-1] or text[0] == text[-1] == " " else ""
    return f"{mark}{room}{text}{room}{mark}"


def _longest_run(text: str) -> int:
    return max(map(len, _RUN.findall(text)), default=0)
