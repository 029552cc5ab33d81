"""What a workflow of GitHub gets beside the report."""

from __future__ import annotations

from pathlib import Path

import pytest

from preflight.cli.main import main

URL = "redis://app:tops%233cret%25@cache:6379/0"
PASSWORD = "tops#3cret%"


@pytest.fixture(autouse=True)
def workflow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)


def test_secrets_are_masked_first(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Each as the runner unescapes it, before any other line; then they are nowhere."""
    monkeypatch.setenv("PREFLIGHT_URL", URL)
    assert main(["lint", "-o", "github"]) == 0
    lines = capsys.readouterr().out.splitlines()
    masks = [line for line in lines if line.startswith("::add-mask::")]
    assert lines[: len(masks)] == masks
    assert {mask.removeprefix("::add-mask::").replace("%25", "%") for mask in masks} >= {PASSWORD, URL}
    assert "3cret" not in "".join(lines[len(masks) :])


@pytest.mark.parametrize(
    ("actions", "argv"),
    [("", ["-o", "github"]), ("true", []), ("true", ["-o", "json"]), ("true", ["-o", "github=report.txt"])],
)
def test_no_mask_elsewhere(
    actions: str, argv: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Only the runner swallows such a line; in any other log it would be the leak."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GITHUB_ACTIONS", actions)
    monkeypatch.setenv("PREFLIGHT_URL", URL)
    main(["lint", *argv])
    out, err = capsys.readouterr()
    assert "add-mask" not in out + err
    assert "3cret" not in out + err
    assert all("3cret" not in each.read_text(encoding="utf-8") for each in tmp_path.iterdir())


def test_short_secrets_are_not_masked(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """The runner would mask every `abc` of every log of the job."""
    monkeypatch.setenv("PREFLIGHT_URL", "redis://:abc@cache:6379/0")
    main(["lint", "-o", "github"])
    assert "::add-mask::abc" not in capsys.readouterr().out.splitlines()


def test_the_summary_of_the_job(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Appended to what other steps wrote, without a secret; with the format github alone."""
    summary = tmp_path / "summary.md"
    summary.write_text("before\n", encoding="utf-8")
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
    main(["lint", URL, "-o", "json=/dev/null"])
    assert summary.read_text(encoding="utf-8") == "before\n"
    main(["lint", URL, "-o", "github"])
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n")
    assert "config.url" in text
    assert "3cret" not in text


def test_a_summary_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The annotations are there, and the status says that something is not."""
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path))
    assert main(["lint", "redis://cache:6379", "-o", "github"]) == 4
    out, err = capsys.readouterr()
    assert "3 passed" in out
    assert "cannot write to the summary of the job: Is a directory. The verdict: 3 passed" in err


def test_unusable_input_is_an_annotation(capsys: pytest.CaptureFixture[str]) -> None:
    """A workflow that only reads annotations sees why."""
    assert main(["lint", "-o", "github"]) == 2
    assert capsys.readouterr().out.startswith("::error title=preflight::")
