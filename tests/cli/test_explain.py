"""The catalogue on the terminal, from the checks' own docstrings."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.cli.explain import causes_of, explained
from preflight.cli.main import main
from preflight.engine import AnyCheck
from preflight.model.causes import WORDS
from preflight.model.evidence import Cause, Stage
from preflight.model.remedies import HELM
from preflight.model.target import Mode
from preflight.run import catalogue
from tests.integration.commandline import inside, preflight

CHECKS = catalogue()
HEADINGS = ["What it means", "Why LangSmith needs it", "How to fix it", "Causes", "Read on"]

each_check = pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.id)


def test_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a check: id and claim."""
    assert main(["checks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [check.id for check in CHECKS]
    assert all(line.endswith(check.title) for line, check in zip(lines, CHECKS, strict=True))


@each_check
def test_explain(check: AnyCheck) -> None:
    """What it means, why it matters, how to fix it and where, each cause with its remedy, and a link: in this order."""
    ended, said, causes = inside("explain", check.id), explained(check), causes_of(check)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith(f"{check.id}: {check.title}\n\n")
    headings = [line for line in ended.stdout.splitlines()[1:] if line and not line.startswith(" ")]
    assert headings == [each for each in HEADINGS if causes or each != "Causes"]
    told = [said.claim, *said.meaning, said.why, said.fix, *(f"- {name}: {text}" for name, text in said.at.items())]
    told += [text for name, summary, remedy in causes for text in (f"{name}: {summary}", remedy)] + [*said.links]
    rest = ended.stdout
    for text in told:
        _, found, rest = rest.partition(f"  {text}\n")
        assert found, text
    assert {name for name, _, _ in causes} == check.claims
    assert "{" not in ended.stdout.replace("{preflight:<run>}", "")


def _fields(cause: Cause) -> set[str]:
    """What the remedy leaves to the target's mode to say."""
    named = {field for _, field, _, _ in string.Formatter().parse(WORDS[cause].remedy)}
    return {field for field in HELM[Mode.CLUSTER] if field in named}


@pytest.mark.parametrize("cause", [cause for cause in Cause if _fields(cause)])
def test_explain_names_the_helm_values_of_both_modes(cause: Cause) -> None:
    """It is asked without a target: what to set is said for a URL and for a node list."""
    [check] = [each for each in CHECKS if cause in each.claims]
    [remedy] = [remedy for name, _, remedy in causes_of(check) if name == cause]
    for mode in Mode:
        assert [field for field in _fields(cause) if HELM[mode][field] not in remedy] == []


@pytest.mark.parametrize(("columns", "width"), [("40", 40), ("63", 63), ("", 100), ("1", 40)])
def test_explain_fits_the_terminal(columns: str, width: int) -> None:
    """As wide as the terminal, 100 where nobody knows; the same words at any width, and only a long one sticks out."""
    ended = preflight("explain", "tls.hostname", environ={"COLUMNS": columns})
    lines = ended.stdout.splitlines()
    assert [line for line in lines[1:] if len(line) > width and " " in line.strip()] == []
    assert max(len(line) for line in lines if "https://" not in line) > width * 0.8
    assert ended.stdout.split() == inside("explain", "tls.hostname").stdout.split()


@pytest.mark.parametrize("stage", Stage)
def test_explain_a_stage(stage: Stage) -> None:
    """Its checks with their claims, and no others."""
    ended = inside("explain", stage)
    assert ended.returncode == 0
    lines = [line.split("  ", 1) for line in ended.stdout.splitlines() if "  " in line]
    assert [(name, claim.strip()) for name, claim in lines] == [
        (check.id, check.title) for check in CHECKS if check.stage is stage
    ]


def test_explain_takes_capitals() -> None:
    assert inside("explain", " TLS.Hostname").stdout == inside("explain", "tls.hostname").stdout
    assert inside("explain", "TLS").stdout == inside("explain", "tls").stdout


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [
        ("server.verson", "did you mean server.version?"),
        ("hostname", "did you mean tls.hostname?"),
        ("topolgy", "did you mean topology?"),
        ("connect-timeout", "did you mean tcp.connects?"),
        ("zzz", "lists them"),
        ("", "lists them"),
    ],
)
def test_explain_unknown(wanted: str, hint: str) -> None:
    """The nearest that there is, by a cause's name its check, on standard error."""
    ended = inside("explain", wanted)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert hint in ended.stderr


def test_explain_quotes_nothing() -> None:
    """A URL in the wrong place is not repeated."""
    ended = inside("explain", "redis://:tops3cret@cache")
    assert ended.returncode == 2
    assert "tops3cret" not in ended.stdout + ended.stderr


@given(st.text().filter(lambda text: not text.startswith("-")))
def test_explain_answers_whatever_is_asked(wanted: str) -> None:
    """One line that holds nothing of it, unless it is the name of a check or stage."""
    ended = inside("explain", wanted)
    if ended.returncode:
        assert (ended.returncode, ended.stderr.count("\n")) == (2, 1)
        assert ended.stderr.isascii()
