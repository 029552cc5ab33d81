"""The termination message: the verdict first, the worst next, and never too long."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.digest import LOUD, last_line
from preflight.model.finding import Report, Verdict, failed, passed
from preflight.model.style import Style
from preflight.render.termination import LIMIT, render
from tests.render.hostile import HOSTILE, MARKUP, everywhere
from tests.render.reports import ALL, FAILING, HEALTHY, MIXED, UNUSABLE, finding, report

LAYOUTS = ["a\n\n9 passed, in 0.1 s", "::set-output name=x::y", "a\n::error::x", "##[add-mask]x", "x" * 10_000]


def many(summary: str, count: int) -> Report:
    """So many findings, none like another."""
    return report(*(finding("server.version", failed(f"{each} {summary}", summary)) for each in range(count)))


@pytest.mark.parametrize("name", ALL)
def test_the_verdict_is_first(name: str) -> None:
    """Where no cut reaches it; it is all there is where all is well."""
    assert render(ALL[name], Style()).splitlines()[0] == last_line(ALL[name])


@pytest.mark.parametrize("quiet", [HEALTHY, UNUSABLE])
def test_nothing_but_the_verdict(quiet: Report) -> None:
    """Where all is well, and where nothing was checked."""
    assert render(quiet, Style()) == f"{last_line(quiet)}\n"


@pytest.mark.parametrize("name", ALL)
def test_tells_the_outcome_of_each_that_is_loud(name: str) -> None:
    """By the word and the id at the beginning of a line, the worst first."""
    wanted = {(each.outcome.upper(), each.id) for each in ALL[name].findings if each.outcome in LOUD}
    told = [tuple(line.replace(":", " ").split()[:2]) for line in render(ALL[name], Style()).splitlines()[1:]]
    assert set(told) == wanted
    words = [word for word, _ in told]
    assert words == sorted(words, key=["ERROR", "FAIL", "WARN"].index)


def test_a_line() -> None:
    """What is so, where, and what to do; the target where there are several."""
    _, line = render(FAILING, Style()).splitlines()
    assert line.startswith("FAIL tls.hostname redis.example.com:6380: the certificate is for another name; fix: Use a ")
    assert "WARN server.version a:1, b:1 (langsmith): Valkey 9.1.0" in render(MIXED, Style())


@pytest.mark.parametrize("text", [*HOSTILE, *MARKUP, *LAYOUTS])
def test_no_text_of_others_makes_a_line_or_a_command(text: str) -> None:
    """One line each, which begins with our own word."""
    shown = render(everywhere(text), Style())
    assert [line.split(" ")[0] for line in shown.splitlines()] == ["1", "FAIL", "WARN"]
    assert "##[" not in shown


@given(st.text(st.characters()), st.integers(0, 60), st.integers(0, 400))
def test_never_too_long(text: str, count: int, times: int) -> None:
    """Whole characters, no control but the line break, the verdict whole, and as much as there is room for."""
    of = many(text * times, count) if count else report(error=text * times)
    shown = render(of, Style())
    size = len(shown.encode())
    assert size <= LIMIT
    assert not {unicodedata.category(sign) for sign in shown if sign != "\n"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert shown.endswith("\n")
    if count:
        assert shown.splitlines()[0] == last_line(of)
        assert size > LIMIT - 8 or len(shown.splitlines()) == count + 1


@pytest.mark.parametrize("sign", ["a", "\u00e9", "\u6f22", "\U0001f600"])
def test_is_cut_at_a_character(sign: str) -> None:
    """Of one byte or four, wherever the limit falls."""
    for shift in range(4):
        shown = render(many("b" * shift + sign * 250, 40), Style())
        assert LIMIT - 8 < len(shown.encode()) <= LIMIT
        assert shown.endswith("...\n")
        assert set(shown) <= set(render(many("b" * shift + sign, 40), Style())) | set("0123456789.\n")


def test_a_message_of_just_the_limit_is_whole() -> None:
    """One byte more, and it is cut."""
    just = 1 + LIMIT - len(render(report(error="e"), Style()))
    assert render(report(error="e" * just), Style()).endswith("ee\n")
    assert render(report(error="e" * (just + 1)), Style()).endswith("e...\n")


def test_what_passed_is_not_told() -> None:
    """Nor what was blocked: the verdict counts it."""
    blocked = finding("auth.accepted", Verdict(outcome=FAILING.findings[-1].outcome, summary="x"), blocked_by="a.b")
    assert render(report(finding("config.url", passed("x")), blocked), Style()).count("\n") == 1
