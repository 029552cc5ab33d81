"""Whole commands, as far as they go without a network."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from preflight import __version__
from preflight.cli.main import main
from preflight.render.json import schema

VALIDATOR = jsonschema.Draft202012Validator(json.loads(schema()))


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine that runs the tests."""
    for name in [each for each in os.environ if each.startswith(("PREFLIGHT_", "REDIS_"))]:
        monkeypatch.delenv(name)


def document(text: str) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(text)
    VALIDATOR.validate(read)
    return read


@pytest.mark.parametrize(
    ("url", "status", "words"),
    [
        ("redis://cache:6379/0", 0, "3 passed"),
        ("redis://cache:6379/0?password=tops3cret", 0, "1 warning"),
        ("", 1, "the URL is empty"),
        ("cache:6379", 1, "has no scheme"),
        ("http://cache:6379", 1, "must be redis:// or rediss://"),
        ("redis://host:port", 1, "placeholder"),
        ("redis://<node_url>:6379", 1, "placeholder"),
        ("redis://cache:0", 1, "no such port"),
        ("redis://cache:70000", 1, "no such port"),
        ("redis://cache/notanumber", 1, "database is not a plain number"),
        ("redis://:tops/3cret@cache/0", 1, "redis://:***@cache:6379/0"),
        ("redis://:tops 3cret@cache/0", 1, "redis://:***@cache:6379/0"),
        ("redis://a:1,b:2", 1, "more than one host"),
        ("valkey://cache", 1, "redis://cache:6379/0"),
        ("redis://cache\0:6379", 1, "control character"),
        ("x" * 1_000_000, 1, "longer than"),
    ],
)
def test_lint_url(url: str, status: int, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Bad input is a finding and never a traceback, and good input passes."""
    assert main(["lint", url]) == status
    out, err = capsys.readouterr()
    assert words in out
    assert "3cret" not in out + err
    assert "Traceback" not in out + err


@pytest.mark.parametrize(
    ("nodes", "status", "words"),
    [
        ('["redis://a:7000"]', 0, "redis://a:7000"),
        ('["redis://a"]', 0, "6379 is taken"),
        ("[redis://a:7000]", 1, "not JSON"),
        ('["rediss://a:7000"]', 1, "tlsEnabled"),
        ('["redis://:tops3cret@a:7000"]', 1, "it holds a password"),
    ],
)
@pytest.mark.parametrize("form", ["console", "json"])
def test_lint_nodes(nodes: str, status: int, words: str, form: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for a node list, in each format."""
    assert main(["lint", "--nodes", nodes, "-o", form]) == status
    out = capsys.readouterr().out
    assert words in out
    assert "tops3cret" not in out
    assert form == "console" or document(out)["targets"][0]["mode"] == "cluster"


@pytest.mark.parametrize("argv", [["--node", "redis://h\udcff:7000"], ["redis://:\udcff@h"], ["redis://h\ud800"]])
def test_arguments_that_are_no_text(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Bytes that are no UTF-8 reach Python as lone surrogates, which no document can hold."""
    assert main(["lint", *argv, "-o", "json"]) in (0, 1)
    assert document(capsys.readouterr().out)["findings"]


def test_lint_looks_at_the_configuration_only(capsys: pytest.CaptureFixture[str]) -> None:
    """No other stage is reported, not even as blocked."""
    main(["lint", "redis://cache", "-o", "json"])
    assert {each["id"].split(".")[0] for each in document(capsys.readouterr().out)["findings"]} == {"config"}


def test_check_with_nothing_to_dial(capsys: pytest.CaptureFixture[str]) -> None:
    """A whole run that needs no network: one root cause, and everything else blocked by it."""
    assert main(["check", "redis://cache:0", "-o", "json"]) == 1
    read = document(capsys.readouterr().out)
    assert [each["id"] for each in read["findings"] if each["outcome"] == "fail"] == ["config.url"]
    assert {each["blocked_by"] for each in read["findings"]} == {None, "config.url"}


@pytest.mark.parametrize(
    ("argv", "status"),
    [
        (["redis://cache?password=x"], 0),
        (["redis://cache?password=x", "--fail-on", "warn"], 3),
        (["redis://cache?password=x", "--severity", "config.clients=fail"], 1),
        (["redis://cache/x", "--severity", "config.url=warn", "--only", "config.url"], 0),
        (["redis://cache/x", "--skip", "config"], 4),
        (["redis://cache/x", "--only", "config.clients"], 1),
        (["redis://cache", "--only", "config.nodes"], 4),
    ],
)
def test_what_counts(argv: list[str], status: int) -> None:
    """Policies change the exit status, and nothing checked is no success."""
    assert main(["lint", *argv]) == status


UNUSABLE = [
    ([], "nothing to check"),
    (["redis://cache", "--node", "redis://a:1"], "one source"),
    (["redis://cache", "--only", "zzz"], "preflight checks"),
    (["redis://cache", "--severity", "x"], "--severity"),
    (["--nodes", ":tops3cret@file"], "cannot read"),
    (["--values", ":tops3cret@file"], "cannot read the values file"),
    (["--secret", ":tops3cret@file"], "--secret goes with --values or --manifests"),
    (["--env-file", "/dev/null"], "sets none of REDIS_DATABASE_URI"),
    (["redis://cache", "--chart-version", "tops3cret"], "takes a version"),
]


@pytest.mark.parametrize("command", ["check", "lint"])
@pytest.mark.parametrize(("argv", "words"), UNUSABLE)
def test_unusable_input(command: str, argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Exit status 2, a sentence on standard error, nothing on standard output."""
    assert main([command, *argv]) == 2
    out, err = capsys.readouterr()
    assert (out, err.startswith("preflight: "), words in err) == ("", True, True)
    assert "tops3cret" not in err


@pytest.mark.parametrize(("argv", "words"), UNUSABLE)
def test_unusable_input_is_a_document_too(argv: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A program that was promised a document gets one."""
    assert main(["lint", *argv, "-o", "json"]) == 2
    out, err = capsys.readouterr()
    read = document(out)
    assert (read["outcome"], read["findings"], words in read["error"], words in err) == ("error", [], True, True)
    assert "tops3cret" not in out


def test_unusable_input_is_a_document_in_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also where it was to go into a file, by option or by environment."""
    assert main(["lint", "-o", f"json={tmp_path / 'r.json'}", "-o", "console"]) == 2
    assert document((tmp_path / "r.json").read_text(encoding="utf-8"))["error"]
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (["-o", "json", "-o", "console"], "only one format"),
        (["-o", "j"], "the formats are console"),
        (["-o", "json="], "no file"),
    ],
)
def test_unusable_outputs(given: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    """They are found before anything is looked at, and nothing is written."""
    assert main(["lint", "redis://cache", *given]) == 2
    out, err = capsys.readouterr()
    assert (out, words in err) == ("", True)


def test_settings_from_the_environment(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """PREFLIGHT_URL and PREFLIGHT_OUTPUT are read, and the command line wins over both."""
    monkeypatch.setenv("PREFLIGHT_URL", "redis://:tops3cret@one:6379/0")
    monkeypatch.setenv("PREFLIGHT_OUTPUT", "json")
    assert main(["lint"]) == 0
    assert document(capsys.readouterr().out)["targets"][0]["endpoints"] == ["one:6379"]
    assert main(["lint", "redis://other", "-o", "console"]) == 0
    assert "redis://other:6379/0" in capsys.readouterr().out


def test_nodes_win_over_a_url_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is on the command line replaces what the environment says."""
    monkeypatch.setenv("PREFLIGHT_URL", "redis://one:6379/0")
    assert main(["lint", "--node", "redis://a:7000"]) == 0


@pytest.mark.parametrize(("name", "value"), [("PREFLIGHT_FAIL_ON", "Warn"), ("PREFLIGHT_COLOR", "maybe")])
def test_choices_of_the_environment(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A word that is no choice is unusable, as it is on the command line."""
    monkeypatch.setenv(name, value)
    assert main(["lint", "redis://cache"]) == 2


def test_the_environment_of_a_pod(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Without a source, it is what is checked."""
    monkeypatch.setenv("REDIS_DATABASE_URI", "redis://:tops3cret@pod:6379/0")
    assert main(["lint"]) == 0
    out = capsys.readouterr().out
    assert "redis://:***@pod:6379/0" in out


def test_an_env_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The one in LangSmith's documentation is a placeholder, which is a finding; one that says a URL passes."""
    file = tmp_path / ".env"
    file.write_text('REDIS_DATABASE_URI="Your connection url"\n', encoding="utf-8")
    assert main(["lint", "--env-file", str(file)]) == 1
    assert "the URL still holds a placeholder" in capsys.readouterr().out
    file.write_text("export REDIS_DATABASE_URI='redis://:tops3cret@docker:6379/0' # ours\n", encoding="utf-8")
    assert main(["lint", "--env-file", str(file)]) == 0
    assert "redis://:***@docker:6379/0" in capsys.readouterr().out


def test_color_and_verbosity(capsys: pytest.CaptureFixture[str]) -> None:
    """Flags reach the renderer."""
    main(["lint", "redis://cache", "--color", "always"])
    assert "\x1b[" in capsys.readouterr().out
    main(["lint", "redis://cache", "-v"])
    assert "config.clients: " in capsys.readouterr().out
    main(["lint", "redis://cache", "-q"])
    assert "config" not in capsys.readouterr().out


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    """The tool's own."""
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert (stopped.value.code, capsys.readouterr().out) == (0, f"preflight {__version__}\n")


ADVISORY = [
    (["lint", "redis://cache/x"], 1),
    (["lint", "redis://cache?password=x", "--fail-on", "warn"], 3),
    (["lint", "redis://cache", "--only", "config.nodes"], 4),
    (["lint"], 2),
    (["lint", "--bogus"], 2),
    (["judge", "/no/such/file"], 2),
    (["lint", "redis://cache"], 0),
]


@pytest.mark.parametrize(("argv", "status"), ADVISORY)
def test_a_hook_that_may_only_tell(
    argv: list[str], status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """--exit-zero changes the status and not a word, whatever is found or wrong with the command line."""
    assert main(argv) == status
    told = capsys.readouterr()
    assert main([*argv, "--exit-zero"]) == 0
    assert _timeless(capsys.readouterr()) == _timeless(told)
    monkeypatch.setenv("PREFLIGHT_EXIT_ZERO", "true")
    assert main(argv) == 0


def _timeless(told: Any) -> list[str]:
    """Without the usage, which names the command, and times."""
    lines = [*told.out.splitlines(), *told.err.splitlines()]
    return [re.sub(r"[\d.]+ m?s", "", line) for line in lines if not line.startswith(("usage: ", " "))]


def test_a_word_that_says_neither(monkeypatch: pytest.MonkeyPatch) -> None:
    """It does not make a failure pass."""
    monkeypatch.setenv("PREFLIGHT_EXIT_ZERO", "maybe")
    assert main(["lint", "redis://cache"]) == 2
