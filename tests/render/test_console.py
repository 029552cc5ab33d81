"""What a person sees: snapshots, colour, and texts that would take the terminal over."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.model.finding import TargetSummary, Verdict, failed, not_applicable, passed, warned
from preflight.model.style import Style
from preflight.model.target import Mode
from preflight.render.console import render
from tests.render.hostile import HOSTILE, MARKUP, everywhere
from tests.render.reports import ALL, FAILING, HEALTHY, MIXED, URL, VALUES, WORKLOADS, finding, report
from tests.render.snapshots import CASES, FOLDER, kept, shown

PLAIN = Style(width=100)


def test_every_snapshot_is_of_a_case() -> None:
    """None is left behind by a case that is gone."""
    assert {path.name for path in FOLDER.iterdir()} == {kept(*case).name for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=".".join)
def test_snapshot(case: tuple[str, str]) -> None:
    """The whole text, as it was reviewed; `python -m tests.render.snapshots` writes them anew."""
    assert shown(*case) == kept(*case).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ALL)
def test_colour_is_never_alone(name: str) -> None:
    """With colour there are escapes, without none, and the text is the same."""
    colored = render(ALL[name], Style(width=100, color=True))
    plain = render(ALL[name], PLAIN)
    assert "\x1b[" in colored
    assert "\x1b" not in plain
    without = re.sub(r"\x1b\[[0-9;]*m", "", colored)
    assert [line.rstrip() for line in without.split("\n")] == plain.split("\n")


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("verbosity", [-1, 0, 1])
def test_lines_fit(name: str, width: int, verbosity: int) -> None:
    """No line is wider than the terminal, nor ends in a space; the last one is the verdict."""
    lines = render(ALL[name], Style(width=width, verbosity=verbosity)).split("\n")
    *body, verdict, end = lines
    assert end == ""
    assert all(len(line) <= width and line == line.rstrip() for line in body)
    assert "in 1.8 s" in verdict or "could not check" in verdict


def test_ascii_is_ascii() -> None:
    """Outside UTF-8 every sign has a word, and what the data holds is escaped."""
    shown_text = render(everywhere("caf\u00e9 \u2192"), Style(width=100, unicode=False))
    assert shown_text.isascii()
    assert "caf\\xe9 \\u2192" in shown_text
    assert all(word in shown_text for word in ("[FAIL]", "[WARN]", "[PASS]", "[SKIP]"))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("unicode", [True, False])
def test_nothing_in_the_data_commands_the_terminal(text: str, unicode: bool) -> None:
    """Escapes, carriage returns, bells and bidirectional overrides are shown as what they are."""
    shown_text = render(everywhere(text), Style(width=100, verbosity=1, unicode=unicode))
    commands = [sign for sign in shown_text if unicodedata.category(sign) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]
    assert set(commands) <= {"\n"}
    assert ascii(text)[1:-1] in shown_text


@pytest.mark.parametrize("text", MARKUP)
def test_data_is_no_markup(text: str) -> None:
    """Brackets, colons and braces are shown as they are."""
    assert f"config.url: {text}" in render(everywhere(text), Style(width=100, verbosity=1))


@pytest.mark.parametrize("text", ["ok\n\n9 passed, in 0.1 s", "a\nb"])
def test_a_line_break_forges_no_line(text: str) -> None:
    """What follows a line break in the data stands indented under its finding, never in the first column."""
    forged = report(finding("config.url", passed(text)), finding("server.version", failed(text, text), text))
    [_, *body, verdict, end] = render(forged, Style(width=100, verbosity=1)).split("\n")
    assert [line for line in body if line and not line.startswith(" ")] == []
    assert (verdict, end) == ("1 passed, 1 failed, in 1.8 s", "")


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=40), st.booleans(), st.booleans(), st.sampled_from([-1, 0, 1]))
def test_any_text_can_be_shown(text: str, color: bool, unicode: bool, verbosity: int) -> None:
    """Nothing raises, and no escape but ours comes out."""
    shown_text = render(everywhere(text), Style(width=80, color=color, unicode=unicode, verbosity=verbosity))
    ours = re.sub(r"\x1b\[[0-9;]*m", "", shown_text) if color else shown_text
    assert not {unicodedata.category(sign) for sign in ours if sign != "\n"} & {"Cc", "Cf", "Cs"}
    assert shown_text.encode()


def test_quiet_shows_what_is_not_in_order() -> None:
    """A pass is silent, a failure is not."""
    assert "redis-py and go-redis" not in render(HEALTHY, Style(width=80, verbosity=-1))
    assert "another name" in render(FAILING, Style(width=80, verbosity=-1))


def test_verbose_shows_every_pass() -> None:
    """Each by its id, with what does not apply."""
    text = render(HEALTHY, Style(width=120, verbosity=1))
    assert all(each.id in text for each in HEALTHY.findings)


def test_verbose_shows_every_finding() -> None:
    """What `-v` promises: blocked ones too."""
    text = render(FAILING, Style(width=120, verbosity=1))
    assert all(each.id in text for each in FAILING.findings)


def test_many_nodes_that_say_the_same_are_counted() -> None:
    """A hundred nodes of one version are one entry."""
    alike = [finding("server.version", warned("Valkey 9.1.0", "Prefer 8."), f"node-{each}:1") for each in range(100)]
    text = render(report(*alike), PLAIN)
    assert text.count("Valkey 9.1.0") == 1
    assert "node-0:1, node-1:1, node-2:1, node-3:1, node-4:1 and 95 more" in text
    assert "100 warnings" in text


def test_evidence_of_several_nodes_is_not_lost() -> None:
    """The server's own words stand below, also where two nodes said them."""
    verdict = failed("refused", "Do.", details={"evidence": "connection reset by peer"})
    text = render(report(*(finding("tcp.connects", verdict, name) for name in ("a:1", "b:1"))), PLAIN)
    assert "connection reset by peer" in text


LONG = "rediss://app:***@" + "a" * 90 + ".cache.example.com:6380/0"


def test_long_words_are_folded() -> None:
    """A value that is wider than the terminal can still be copied whole."""
    text = render(
        report(finding("config.url", failed("x", f"Write {LONG}", details={"evidence": LONG}))), Style(width=80)
    )
    assert "".join(text.split()).count(LONG) == 2


@pytest.mark.parametrize("verdict", [passed(LONG), failed(LONG, "x"), failed("x", "x", details={"evidence": LONG})])
def test_long_words_are_folded_wherever_they_stand(verdict: Verdict) -> None:
    """A URL, a host name of a cloud, an IPv6 address among the dead ones."""
    assert LONG in "".join(render(report(finding("config.url", verdict)), Style(width=80)).split())


def test_targets_are_apart() -> None:
    """Each under its own heading, with its own findings."""
    head, _, tail = render(MIXED, PLAIN).partition("preflight · fleet · ")
    assert "topology.mode" in head
    assert "topology.mode" not in tail
    assert "redis://fleet:6379/0" in tail
    assert head.startswith(f"preflight · langsmith · standalone · {URL}\n")


def test_a_target_with_nothing_to_say_is_not_named() -> None:
    """A quiet report of several is about those that are not in order."""
    text = render(VALUES, Style(width=100, verbosity=-1))
    assert "preflight · langsmith · " in text
    assert "fleet" not in text


def test_who_uses_it() -> None:
    """A few workloads under the heading, and all of them in a verbose report."""
    few, everyone = render(VALUES, PLAIN), render(VALUES, Style(width=100, verbosity=1))
    assert f"used by {', '.join(WORKLOADS[:5])} and 2 more" in " ".join(few.split())
    assert [each for each in WORKLOADS[5:] if each in few] == []
    assert [each for each in WORKLOADS if each not in everyone.replace("\n", "")] == []
    assert "used by" not in render(HEALTHY, PLAIN)


@pytest.mark.parametrize("text", ["ok\n\n9 passed, in 0.1 s", "a\nb"])
def test_a_workload_forges_no_line(text: str) -> None:
    """Manifests are nobody's but the person's, and yet the first column is ours."""
    summary = TargetSummary(name="langsmith", mode=Mode.STANDALONE, endpoints=(), shown=URL, used_by=(text,))
    forged = render(report(finding("config.url", passed("x")), targets=(summary,)), PLAIN)
    lines = [line for line in forged.splitlines() if line and not line.startswith(" ")]
    assert len(lines) == 3


def test_a_key_of_a_secret_is_no_node() -> None:
    """What a finding on the configuration is about is called so; a node is a node."""
    about = render(VALUES, PLAIN)
    assert re.search(r"about +langsmith-tls/ca\.crt", about)
    assert re.search(r"node +redis\.example\.com:6380", render(FAILING, PLAIN))


@pytest.mark.parametrize("findings", [(), (finding("topology.slots", not_applicable("no cluster")),)])
def test_a_verdict_on_nothing(findings: tuple[object, ...]) -> None:
    """A report in which nothing was checked says so."""
    last = render(report(*findings), PLAIN).splitlines()[-1]  # type: ignore[arg-type]
    assert last == "nothing was checked, in 1.8 s"


def test_several_patches_stand_together_once_more() -> None:
    """As one, to be copied; one that only a person can complete is not among them, and a single one stands alone."""
    tls = finding("config.tls", failed("off", "Switch it on.", patch={"redis": {"tls": True}}))
    safe = finding("config.safe-mode", warned("ignored", "Remove it.", patch={"redis": {"safe": False}}))
    masked = finding("topology.mode", failed("wrong", "Change it.", patch={"redis": {"password": "***"}}))
    shown = render(report(tls, safe, masked), PLAIN)
    assert "values that cure config.tls, config.safe-mode" in shown
    assert " redis:\n   tls: true\n   safe: false\n" in shown
    assert "values that cure" not in render(report(tls, masked), PLAIN)
