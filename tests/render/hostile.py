"""Texts that would take over whatever shows them, and a report that is full of one."""

from __future__ import annotations

from typing import Final

from preflight.model.finding import Outcome, Report, TargetSummary, Verdict, failed, not_applicable, passed, warned
from preflight.model.target import Mode
from tests.render.reports import finding, report

HOSTILE: Final = [
    "\x1b[31mred\x1b[0m",
    "\x1b]0;title\x07",
    "\x9b31m",
    "a\rb",
    "a\x08b",
    "\x00",
    "\u202egnp.exe",
    "\u2066hidden\u2069",
    "\u2028line",
    "\ud800",
    "\x7f",
]
MARKUP: Final = ["[red]x[/red]", "[link=http://evil]x[/link]", "[/]", "[bold", ":smile:", "{0}", "%s"]

ATTACKS: Final = [
    *HOSTILE,
    *MARKUP,
    *(
        "]]>",
        "<![CDATA[x]]>",
        "<script>alert(1)</script>",
        "</style>",
        "&lt;b&gt;",
        '" onclick="x',
        "--><b>",
        "<?xml?>",
    ),
    *("::set-output name=a::b", "::add-mask::x", "##[error]x", "a\n::error::x", "| a | b |", "```", "\\", "</details>"),
    *("x" * 10_000, "\u202e" * 1_000, "\ud800\udfff", "\ufffe\uffff", "\u0085", "\ufeff"),
    b"caf\xe9 \xff\xfe".decode(errors="surrogateescape"),
]
"""What a server, a file or a person may have put into a text, bytes that are no UTF-8 among them."""


def everywhere(text: str) -> Report:
    """A report with the text wherever a server, a file or a person could have put it."""
    details = {"evidence": text, text or "empty": "value"}
    return report(
        finding("config.url", passed(text)),
        finding("server.version", failed(text, text, details=details, patch={"key": text}), text),
        finding("server.role", warned(text, text), text),
        finding("server.clock", not_applicable(text), text),
        finding("auth.accepted", Verdict(outcome=Outcome.BLOCKED, summary=text), text, blocked_by="config.url"),
        targets=(
            TargetSummary(name="langsmith", mode=Mode.STANDALONE, endpoints=(text,), shown=text, used_by=(text,)),
        ),
    )
