"""The page for a ticket, read back by a parser of Markdown: nothing that others said is markup, a link or a mention."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from preflight.model.finding import Finding, Outcome, Report, Verdict, failed, not_applicable, passed
from preflight.model.printable import printable, shortened
from preflight.model.style import Style
from preflight.render.markdown import LIMIT, OPEN, render
from tests.render.hostile import HOSTILE, MARKUP, everywhere
from tests.render.reports import ALL, FAILING, HEALTHY, MIXED, PATCH, UNUSABLE, URL, VALUES, finding, report

PARSER = MarkdownIt("commonmark").enable(["table", "strikethrough"])
OURS = {"heading", "paragraph", "bullet_list", "list_item", "table", "thead", "tbody", "tr", "th", "td", "inline"}
INLINE = {"text", "code_inline", "strong_open", "strong_close"}
AUTOMATIC = re.compile(
    r"[@#<>\[\]*_~$\\^{}&]|://|www\.|:[\w+-]+:|\b[0-9a-f]{7,40}\b|\b[A-Za-z]+-\d|\w\.\w*[^\W\d]", re.ASCII
)
"""What GitHub or a ticket system turns into something else where it stands in plain text."""

ATTACKS = [
    *("@octocat", "#123", "org/repo#1", "GH-7", "a@b.example", "http://evil.example", "www.evil.example", "deadbeef"),
    *("<script>alert(1)</script>", "<!--", "-->", "</details>", "<img src=x>", "&lt;", "&#124;", "$x$", "$`x`$"),
    *("|", "a|b", "\\|", "\\\\|", "`|`", "| a | b |\n|---|---|", "||", " | ", "a | b_", "_|  |_"),
    *("`", "``", "```", "`a", "a`", "`a`b_", "`a``b`", "``a`", "`a` `b`", "`` ` ``", "`` `", "```\n# x\n```", "~~~"),
    *("# x", "1. x", "1) x", "1.", "12) a", "1.5 x", "- x", "+ x", "* x", "***", "---", "===", "> x", "    x", "\tx"),
    *("**x**", "_x_", "~~x~~", "![x](http://evil)", "[x](http://evil)", "[x]: http://evil", "<http://evil>", ":x:"),
    *("a\n\n## passed", "a\n- b", "a\\", "\\", "x" * 10_000, "`" * 10_000, "a | " * 3_000, " ", "a\u00a0b"),
]


def bare(text: str) -> str:
    """Backticks are set aside, as ours and theirs look alike, and so are spaces: HTML knows only one."""
    return " ".join(text.replace("`", "").split())


def flat(text: str) -> str:
    return bare(printable(" ".join(shortened(text).split())))


def visible(inline: Token) -> str:
    return bare("".join(each.content for each in inline.children or ()))


def parsed(of: Report, style: Style | None = None) -> list[Token]:
    """Only the blocks that are ours, nothing inline but words and code, and nothing in words that links itself."""
    tokens = PARSER.parse(render(of, style or Style()))
    for token in tokens:
        if token.type == "html_block":
            assert token.content.strip() in ("<details>\n<summary>All checks</summary>", "</details>")
        else:
            assert token.type == "fence" or re.sub("_(open|close)$", "", token.type) in OURS
        if token.type == "fence":
            assert token.info in ("", "yaml")
        for each in token.children or ():
            assert each.type in INLINE
        loose = "".join(each.content if each.type == "text" else "`" for each in token.children or ())
        assert not AUTOMATIC.search(loose)
    return tokens


def inlines(tokens: list[Token], kind: str) -> list[str]:
    return [visible(each) for before, each in pairwise(tokens) if before.type == f"{kind}_open"]


def rows(of: Report) -> list[list[str]]:
    """The cells of the table, without its head."""
    cells = inlines(parsed(of), "td")
    assert len(cells) % 5 == 0
    return [cells[at : at + 5] for at in range(0, len(cells), 5)]


def row(each: Finding) -> list[str]:
    return [each.outcome.value, flat(each.target), flat(each.id), flat(each.subject), flat(each.verdict.summary)]


def told(of: Report) -> list[list[str]]:
    """The rows without the glyphs of the outcomes."""
    return [[mark.split(" ", 1)[1], *others] for mark, *others in rows(of)]


@pytest.mark.parametrize("name", ALL)
def test_tells_the_outcome_of_each(name: str) -> None:
    """A row for each finding, in the order of the ladder, and the verdict at the top."""
    assert told(ALL[name]) == [row(each) for each in ALL[name].findings]
    assert inlines(parsed(ALL[name]), "heading")[0].endswith(f" {ALL[name].outcome}")


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP, *ATTACKS])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_text_of_others_is_markup(text: str, unicode: bool) -> None:
    """Wherever it stands it can be read, and it is nothing else."""
    of = everywhere(text)
    assert [others for _, *others in rows(of)] == [row(each)[1:] for each in of.findings]
    tokens = parsed(of, Style(unicode=unicode))
    assert [yaml.safe_load(each.content) for each in tokens if each.info == "yaml"] == [{"key": text}]
    assert len(inlines(tokens, "heading")) == 4
    parsed(report(error=text))


@given(st.text(st.characters(), max_size=40) | st.text("`|\\ a1.)(-_*<>@#:\n", max_size=20))
def test_any_text_is_only_text(text: str) -> None:
    """Also where it is made of the very signs that mean something."""
    of = everywhere(text)
    assert [others for _, *others in rows(of)] == [row(each)[1:] for each in of.findings]
    assert len(inlines(parsed(of), "heading")) == 4


def test_every_text_of_a_finding_can_be_read() -> None:
    """Summary, where, evidence, what to do and the values, below a heading of its own."""
    tokens = parsed(FAILING)
    assert inlines(tokens, "heading")[2] == "✘ fail tls.hostname"
    shown = [visible(each) for each in tokens if each.type == "inline"]
    failing = FAILING.findings[2]
    assert "about: redis.example.com:6380" in shown
    assert f"Fix: {failing.verdict.remedy}" in shown
    assert all(f"{name}: {value}" in shown for name, value in failing.verdict.details.items())
    [values] = [each for each in parsed(MIXED) if each.type == "fence"]
    assert yaml.safe_load(values.content) == PATCH


def test_a_policy_keeps_its_lines() -> None:
    """To be copied as it is."""
    policy = '{\n  "Effect": "Allow",\n\n  "```": "x"\n}'
    [fence] = [
        each
        for each in parsed(report(finding("a.b", failed("x", "y", details={"policy": policy}))))
        if each.type == "fence"
    ]
    assert fence.content == f"{policy}\n"


def test_targets_are_apart() -> None:
    """Each with its mode and its connection string, what is loud below its own heading, the worst first."""
    assert inlines(parsed(MIXED), "heading") == [
        "preflight: ! error",
        f"langsmith · standalone · {URL}",
        "! error server.clock",
        "✘ fail topology.mode",
        "⚠ warn server.version",
        f"fleet · standalone · {URL}",
    ]
    assert inlines(parsed(VALUES), "heading")[-1] == "fleet · standalone · redis://fleet:6379/1"


def test_all_is_well() -> None:
    """A heading for the target, and the table."""
    assert inlines(parsed(HEALTHY), "heading") == ["preflight: ✔ pass", f"langsmith · standalone · {URL}"]


def test_nothing_was_checked() -> None:
    """A sentence says why, and there is no table."""
    tokens = parsed(UNUSABLE)
    assert inlines(tokens, "paragraph") == ["preflight could not check anything: there is nothing to check"]
    assert rows(UNUSABLE) == []


def test_words_stay_words() -> None:
    """Only what is no plain word is code, and a command that we write as code is code as a whole."""
    text = "Store it (the key) without: `openssl pkey -in a.key`, then redis-py's 9.1 reads tls.crt."
    of = report(finding("config.url", passed(text)))
    assert "Store it (the key) without: `openssl pkey -in a.key`, then redis-py's 9.1 reads `tls.crt`." in render(
        of, Style()
    )


@pytest.mark.parametrize("count", [OPEN, OPEN + 1])
def test_a_long_table_is_folded_up(count: int) -> None:
    """And still is a table."""
    of = report(*(finding("a.b", passed("x"), f"n:{each}") for each in range(count)))
    assert ("<details>" in render(of, Style())) == (count > OPEN)
    assert len(rows(of)) == count


def test_ascii() -> None:
    """The outcome has a word in any case."""
    text = render(MIXED, Style(unicode=False))
    assert text.isascii()
    assert "| warn | `langsmith` | `server.version` | `a:1` |" in text


@pytest.mark.parametrize("name", ALL)
def test_is_the_same_every_time(name: str) -> None:
    """And of any width and colour."""
    assert render(ALL[name], Style()) == render(ALL[name], Style(width=60, color=True, verbosity=1))


def test_what_is_of_least_interest_is_left_out_first() -> None:
    """A page that is too long is not shown at all: it says how many rows are missing, and keeps what is wrong."""
    good = [finding("a.good", passed("x" * 500), f"n:{each}") for each in range(2_000)]
    unneeded = [finding("a.unneeded", not_applicable("x" * 500), f"n:{each}") for each in range(500)]
    bad = [finding("a.bad", failed("x" * 500, "y"), f"n:{each}") for each in range(50)]
    lost = Verdict(outcome=Outcome.BLOCKED, summary="x")
    blocked = [finding("a.blocked", lost, f"n:{each}", blocked_by="a.bad") for each in range(50)]
    text = render(report(*good, *unneeded, *bad, *blocked), Style())
    assert LIMIT * 0.95 < len(text.encode()) <= LIMIT
    kept = Counter(re.findall(r"^\| . [\w-]+ \| `langsmith` \| `a\.(\w+)`", text, re.MULTILINE))
    assert (kept["bad"], kept["blocked"], kept["unneeded"]) == (50, 50, 0)
    assert 0 < kept["good"] < 2_000
    assert f"\n{2_500 - kept['good']} of 2600 rows did not find room, the least interesting ones.\n" in text


def test_never_too_long() -> None:
    """Whatever it is that is long, in signs of four bytes; the verdict stands at the top."""
    wide = "\U0001f600" * 600
    of = report(*(finding("a.b", failed(f"{each}{wide}", wide), f"n:{each}") for each in range(900)))
    text = render(of, Style())
    assert LIMIT * 0.95 < len(text.encode()) <= LIMIT
    assert text.startswith("## preflight: ✘ fail\n\n900 failed, in ")
    assert re.search(r"^\d+ sections did not find room\.$", text, re.MULTILINE)
    assert len(render(report(error=wide * 1_000), Style()).encode()) <= LIMIT
