"""The command line: defaults from the environment, and messages that give nothing away."""

from __future__ import annotations

import argparse
import re
import subprocess
import sys

import pytest

from preflight.cli.arguments import flags, parser, sources
from preflight.model.errors import InputError

URL = "redis://:tops3cret@cache:6379/0"
ONCE = (
    ("--username", "username"),
    ("--password-file", "password_file"),
    ("--ca-file", "ca_file"),
    ("--client-cert", "client_cert"),
    ("--client-key", "client_key"),
    ("--timeout", "timeout"),
    ("--token-timeout", "token_timeout"),
    ("--deadline", "deadline"),
    ("--iam", "iam"),
    ("--aws-cache-name", "aws_cache_name"),
    ("--aws-region", "aws_region"),
    ("--aws-service", "aws_service"),
    ("--azure-authority", "azure_authority"),
    ("--azure-scope", "azure_scope"),
    ("--color", "color"),
    ("--fail-on", "fail_on"),
    ("--patch", "patch"),
    ("--wait", "wait"),
    ("--save-evidence", "save_evidence"),
    ("--junit-warnings", "junit_warnings"),
    ("--chart-version", "chart_version"),
)
REPEATED = tuple((f"--{name}", name) for name in ("only", "skip", "severity", "output"))
SWITCHES = (
    ("--quiet", "quiet"),
    ("--verbose", "verbose"),
    ("--cluster-safe-mode", "cluster_safe_mode"),
    ("--upgrade", "upgrade"),
    ("--exit-zero", "exit_zero"),
    ("--tls", "tls"),
    ("--aws-serverless", "aws_serverless"),
)
VALUES = {"color": ("always", "never"), "fail_on": ("warn", "fail"), "junit_warnings": ("failure", "pass")}


def parsed(*argv: str, **environ: str) -> argparse.Namespace:
    return parser(environ).parse_args(["check", *argv])


def variable(option: str) -> str:
    return "PREFLIGHT_" + option.lstrip("-").replace("-", "_").upper()


@pytest.mark.parametrize(("option", "name"), ONCE)
def test_an_option(option: str, name: str) -> None:
    """Its variable is its default, and the command line wins."""
    one, other = VALUES.get(name, ("one", "other"))
    assert getattr(parsed(**{variable(option): one}), name) == one
    assert getattr(parsed(option, other, **{variable(option): one}), name) == other


@pytest.mark.parametrize(("option", "name"), [*ONCE, *REPEATED])
def test_an_empty_variable_says_nothing(option: str, name: str) -> None:
    """Pipelines set what they have nothing for to nothing."""
    assert getattr(parsed(**{variable(option): ""}), name) == getattr(parsed(), name)


@pytest.mark.parametrize(("option", "name"), REPEATED)
def test_a_repeated_option(option: str, name: str) -> None:
    """Its variable holds several, and whatever the command line gives replaces them all."""
    assert getattr(parsed(), name) == []
    assert getattr(parsed(**{variable(option): "a b\nc"}), name) == ["a", "b", "c"]
    assert getattr(parsed(option, "x", option, "y"), name) == ["x", "y"]
    assert getattr(parsed(option, "x", option, "y", **{variable(option): "a b"}), name) == ["x", "y"]


@pytest.mark.parametrize(("option", "name"), SWITCHES)
def test_a_switch(option: str, name: str) -> None:
    """On by itself or by 1, true and yes; off by its opposite."""
    assert not getattr(parsed(), name)
    assert getattr(parsed(option), name) is True
    for value in ("1", "true", "TRUE", "yes", "on"):
        assert getattr(parsed(**{variable(option): value}), name) is True
    for value in ("0", "false", "no", "off"):
        assert getattr(parsed(**{variable(option): value}), name) is False
    assert getattr(parsed(option, **{variable(option): "0"}), name) is True


def test_tls_is_left_open() -> None:
    """Neither on nor off unless it is said."""
    assert parsed().tls is None
    assert parsed(PREFLIGHT_TLS="").tls is None
    assert parsed("--no-tls", PREFLIGHT_TLS="1").tls is False


def test_a_switch_that_is_none_is_unusable() -> None:
    """A word that says neither is refused: it never means the opposite in silence."""
    with pytest.raises(InputError, match="PREFLIGHT_TLS"):
        parsed(PREFLIGHT_TLS="maybe")


SOURCES = {
    "--node": "repeat",
    "--nodes": "",
    "--values": "repeat",
    "--set": "repeat",
    "--release": "modifier",
    "--manifests": "repeat",
    "--env-file": "",
    "--secret": "repeat modifier",
    "--kube": "switch modifier",
    "--kube-context": "modifier",
    "--namespace": "modifier",
}
"""The options of the sources, and what they are beside."""


def test_options_of_the_sources() -> None:
    """Each once, also where two sources share it; and which say by themselves where the configuration is."""
    named = [each for each in flags() if each.name != "url"]
    assert sorted(each.name for each in named) == sorted(SOURCES)
    assert len([each for source in sources() for each in source.flags]) > len(flags())
    for each in named:
        kind = SOURCES[each.name].split()
        assert (each.repeat, each.switch, each.names_source) == (
            "repeat" in kind,
            "switch" in kind,
            "modifier" not in kind,
        )


def test_sources_have_no_default() -> None:
    """The environment names a source only where the command line names none, which is not argparse's to know."""
    settings = {variable(option): "1" for option in ("url", *SOURCES)}
    arguments = vars(parsed(**settings))
    for option, kind in SOURCES.items():
        assert arguments[option.lstrip("-").replace("-", "_")] == ([] if "repeat" in kind else None)
    assert arguments["url"] is None


def test_sources_on_the_command_line() -> None:
    """Once, repeated, or as a switch."""
    arguments = parsed("redis://a", "--node", "redis://x", "--node", "redis://y", "--nodes", "[]")
    assert (arguments.url, arguments.node, arguments.nodes) == ("redis://a", ["redis://x", "redis://y"], "[]")
    arguments = parsed("--values", "a", "--values", "b", "--kube", "--kube-context", "c")
    assert (arguments.values, arguments.kube, arguments.kube_context) == (["a", "b"], "true", "c")


def test_help_names_every_option() -> None:
    """Each option of `check` is one of the tables above."""
    tables = {option for option, _ in (*ONCE, *REPEATED, *SWITCHES)} | {
        "--no-tls",
        "--no-aws-serverless",
        "--help",
        *SOURCES,
    }
    [commands] = [each for each in parser({})._actions if isinstance(each.choices, dict)]  # noqa: SLF001 - argparse's
    text = commands.choices["check"].format_help()  # type: ignore[index]
    told = set(re.findall(r"(?<![\w'-])--[a-z-]+", text))
    assert tables == told


@pytest.mark.parametrize(
    "argv",
    [
        [URL],
        ["check", URL, URL],
        ["check", URL, "tops3cret"],
        ["check", "redis://:my", "tops3cret", "pass@cache"],
        ["check", "--password", "tops3cret"],
        ["check", "--password=tops3cret"],
        ["check", "--pass", "tops3cret", URL],
        ["check", "--color", URL],
        ["check", "--fail-on", "redis://:a'tops3cret'b@cache"],
        ["redis://:a'tops3cret'b@cache"],
        ["redis://:a b\ntops3cret b@cache"],
        ["check", f"--unknown={URL}"],
        ["check", URL, "--unknown", "tops3cret"],
        ["explain", "a", "tops3cret"],
        ["checks", "tops3cret"],
        ["tops3cret"],
        ["check", "--tls=tops3cret"],
        ["checks", "--markdown=tops3cret"],
        ["check", "-qtops3cret"],
        ["check", "--kube=tops3cret"],
        ["lint", "--values", "a", "--timeout", "tops3cret"],
        ["check", URL, "--password", "-tops3cret"],
        [],
    ],
)
def test_errors_quote_no_value(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Unusable arguments are a message, the usage on standard error, and no password anywhere."""
    with pytest.raises(InputError) as refused:
        parser({}).parse_args(argv)
    out, err = capsys.readouterr()
    assert (out, err.startswith("usage: ")) == ("", True)
    assert str(refused.value)
    assert "tops3cret" not in err + str(refused.value)


def test_an_unknown_option_is_named() -> None:
    """Options are no secrets: a slip can be seen."""
    with pytest.raises(InputError, match="--ca-flie"):
        parsed("redis://a", "--ca-flie", "x")


def test_no_option_can_be_shortened() -> None:
    """`--password x` is not `--password-file x`."""
    with pytest.raises(InputError):
        parsed("--pass", "x")


def test_help_waits_for_nothing_heavy() -> None:
    """`--help` imports neither redis-py nor asyncio nor rich nor what reads charts."""
    code = (
        "import sys, contextlib\n"
        "from preflight.cli.main import main\n"
        "with contextlib.suppress(SystemExit): main(['check', '--help'])\n"
        "sys.exit(','.join({'redis', 'asyncio', 'rich', 'yaml', 'dotenv', 'kubernetes'} & set(sys.modules)) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "redis:// or rediss://" in ran.stdout
