"""What is pasted into a chat: what is wrong, and nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.digest import LOUD, last_line
from preflight.model.finding import failed, passed, warned
from preflight.model.style import Style
from preflight.render.short import render
from tests.render.hostile import HOSTILE, everywhere
from tests.render.reports import ALL, FAILING, HEALTHY, MIXED, UNUSABLE, finding, report

LAYOUTS = ["a\n\n9 passed, in 0.1 s", "::set-output name=x::y", "a\n::error::x", "##[add-mask]x", "x" * 10_000]


def heads(text: str) -> list[str]:
    """The first line of each block."""
    return [line for line in text.splitlines()[:-1] if not line.startswith("  ")]


@pytest.mark.parametrize("name", ALL)
def test_the_last_line_is_the_verdict(name: str) -> None:
    """As in every format."""
    assert render(ALL[name], Style()).splitlines()[-1] == last_line(ALL[name])


@pytest.mark.parametrize("quiet", [HEALTHY, UNUSABLE, report(finding("config.url", passed("x")))])
def test_nothing_but_the_last_line(quiet: object) -> None:
    """Where all is well, and where nothing was checked."""
    assert render(quiet, Style()).count("\n") == 1  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ALL)
def test_tells_the_outcome_of_each_that_is_loud(name: str) -> None:
    """By the word and the id at the beginning of a line, the worst first; of the others nothing."""
    wanted = {(each.outcome.upper(), each.id) for each in ALL[name].findings if each.outcome in LOUD}
    told = [(line.split()[0], line.split()[1].removesuffix(":")) for line in heads(render(ALL[name], Style()))]
    assert set(told) == wanted
    assert len(told) == len(wanted)
    words = [word for word, _ in told]
    assert words == sorted(words, key=["ERROR", "FAIL", "WARN"].index)


def test_a_block() -> None:
    """What is so and where, the evidence, what to do."""
    head, evidence, fix, _ = render(FAILING, Style()).splitlines()
    assert head == "FAIL tls.hostname redis.example.com:6380: the certificate is for another name"
    assert evidence.startswith("  dialled: redis.example.com; names: *.prod.example.net, ")
    assert fix.startswith("  fix: Use a host name that the certificate lists")


def test_the_target_is_named_where_there_are_several() -> None:
    """And nodes that say the same stand together."""
    assert "WARN server.version a:1, b:1 (langsmith): Valkey" in render(MIXED, Style())
    assert "(langsmith)" not in render(FAILING, Style())


def test_many_nodes_are_counted() -> None:
    """A hundred of one version are one block."""
    of_all = [finding("server.version", warned("old", "Upgrade."), f"node-{each}:1") for each in range(100)]
    text = render(report(*of_all), Style())
    assert text.startswith("WARN server.version node-0:1, node-1:1, node-2:1, node-3:1, node-4:1 and 95 more: old\n")
    assert text.count("\n") == 3


@pytest.mark.parametrize("text", [*HOSTILE, *LAYOUTS])
def test_no_text_of_others_makes_a_line_or_a_command(text: str) -> None:
    """A block is three lines, whatever a server says; each begins with our own word."""
    lines = render(everywhere(text), Style()).splitlines()
    assert [line.split(" ")[0] or line[:6] for line in lines[:-1]] == ["FAIL", "  evid", "  fix:", "WARN", "  fix:"]
    assert "##[" not in "".join(lines)


@given(st.text(st.characters()), st.booleans())
def test_any_text(text: str, error: bool) -> None:
    """Only line breaks of ours, and nothing that a terminal obeys."""
    shown = render(report(error=text) if error else everywhere(text), Style())
    assert not {unicodedata.category(sign) for sign in shown if sign != "\n"} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert shown.encode()
    assert len(shown.splitlines()) == 1 or shown.splitlines()[-1] == last_line(everywhere(text))


def test_long_texts_are_cut() -> None:
    """And say how much there is more."""
    text = render(report(finding("server.version", failed("x" * 10_000, "y" * 10_000))), Style())
    assert "(9,400 more characters)" in text
    assert len(text) < 1_500
