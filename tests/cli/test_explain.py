"""The catalogue on the terminal, from the checks' own docstrings."""

from __future__ import annotations

import pytest

from preflight.cli.main import main
from preflight.engine import AnyCheck
from preflight.run import catalogue


def test_checks(capsys: pytest.CaptureFixture[str]) -> None:
    """One line a check: id and claim."""
    assert main(["checks"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == [check.id for check in catalogue()]
    assert all(line.endswith(check.title) for line, check in zip(lines, catalogue(), strict=True))


@pytest.mark.parametrize("check", catalogue(), ids=lambda check: check.id)
def test_explain(check: AnyCheck, capsys: pytest.CaptureFixture[str]) -> None:
    """What it claims, why it matters, how to fix it, and each cause with its remedy."""
    assert main(["explain", check.id]) == 0
    text = capsys.readouterr().out
    assert text.startswith(f"{check.id}: {check.title}\n\n")
    assert "\n\nTo " in text
    assert all(f"\n  {cause}: " in text for cause in check.claims)
    assert "{" not in text.replace("{preflight:<run>}", "")


@pytest.mark.parametrize(
    ("wanted", "hint"),
    [("server.verson", "did you mean server.version?"), ("zzz", "lists them"), ("", "lists them")],
)
def test_explain_unknown(wanted: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The nearest that there is, on standard error."""
    assert main(["explain", wanted]) == 2
    out, err = capsys.readouterr()
    assert (out, hint in err) == ("", True)


def test_explain_quotes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    """A URL in the wrong place is not repeated."""
    assert main(["explain", "redis://:tops3cret@cache"]) == 2
    assert "tops3cret" not in capsys.readouterr().err
