"""From arguments to a plan, limits and a policy."""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from preflight.cli import given
from preflight.cli.arguments import parser
from preflight.model.errors import InputError
from preflight.model.finding import Outcome
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.target import Mode, Password, Tls

POD = {"REDIS_DATABASE_URI": "redis://pod:6379/0"}
NODES = '["redis://a:7000"]'


def parsed(*argv: str) -> argparse.Namespace:
    return parser({}).parse_args(["check", *argv])


def endpoints(*argv: str, environ: dict[str, str] | None = None) -> list[str]:
    return [str(each) for target in given.plan(parsed(*argv), environ or {}).targets for each in target.endpoints]


@pytest.mark.parametrize(
    ("argv", "environ", "expected"),
    [
        (["redis://cache"], {}, ["cache:6379"]),
        (["redis://cache"], POD, ["cache:6379"]),
        (["--node", "redis://a:1", "--node", "redis://b:2"], POD, ["a:1", "b:2"]),
        (["--nodes", NODES], POD, ["a:7000"]),
        ([], POD, ["pod:6379"]),
        ([], POD | {"PREFLIGHT_URL": "redis://cache"}, ["cache:6379"]),
        ([], {"PREFLIGHT_NODE": "redis://a:1 redis://b:2"}, ["a:1", "b:2"]),
        ([], {"PREFLIGHT_NODES": NODES}, ["a:7000"]),
        (["redis://cache"], {"PREFLIGHT_URL": "redis://other"}, ["cache:6379"]),
        (["redis://cache"], {"PREFLIGHT_NODES": NODES}, ["cache:6379"]),
        (["--node", "redis://c:3"], {"PREFLIGHT_NODE": "redis://a:1"}, ["c:3"]),
        (["--node", "redis://c:3"], {"PREFLIGHT_URL": "redis://other"}, ["c:3"]),
        (["--nodes", NODES], {"PREFLIGHT_NODE": "redis://a:1"}, ["a:7000"]),
    ],
)
def test_one_source(argv: list[str], environ: dict[str, str], expected: list[str]) -> None:
    """What the command line names, else what PREFLIGHT_* names, else the environment of a pod."""
    assert endpoints(*argv, environ=environ) == expected


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        ([], "nothing to check"),
        (["redis://cache", "--node", "redis://a:1"], "one source"),
        (["redis://cache", "--nodes", NODES], "one source"),
        (["--node", "redis://a:1", "--nodes", NODES], "not by both"),
        (["redis://cache", "--no-tls"], "scheme"),
        (["--node", "redis://a:1", "--username", "x", "redis://cache"], "one source"),
        (["--nodes", "no-such-file.json"], "No such file"),
        (["--nodes", "no\0file"], "no file name"),
        (["redis://cache", "--password-file", "no-such-file"], "No such file"),
    ],
)
def test_unusable(argv: list[str], words: str) -> None:
    """Nothing to check, too much, or a file that cannot be read."""
    with pytest.raises(InputError, match=words):
        given.plan(parsed(*argv), {})


def test_surroundings(tmp_path: Path) -> None:
    """Every option reaches the target; the password is read from its file, without the last line break."""
    (tmp_path / "password").write_bytes(b"tops3cret \n")
    files = {"ca_file": "/ca.pem", "client_cert": "/c.pem", "client_key": "/k.pem"}
    options = [f"--{name.replace('_', '-')}={path}" for name, path in files.items()]
    options += [f"--password-file={tmp_path / 'password'}", "--username=app", "--cluster-safe-mode"]
    [target] = given.plan(parsed("--node", "redis://a:1", *options), {}).targets
    assert target.login == Password(username="app", password=Secret("tops3cret "))
    assert (target.mode, target.tls, target.safe_mode) == (Mode.CLUSTER, Tls(**files), True)


@pytest.mark.parametrize(("content", "words"), [(b"", "is empty"), (b"\n", "is empty"), (b"\xff\xfe", "not UTF-8")])
def test_password_files_that_hold_none(tmp_path: Path, content: bytes, words: str) -> None:
    """An empty or binary file is not taken for no password."""
    (tmp_path / "password").write_bytes(content)
    with pytest.raises(InputError, match=words):
        given.plan(parsed("redis://cache", f"--password-file={tmp_path / 'password'}"), {})


def test_a_folder_is_no_password_file(tmp_path: Path) -> None:
    """The system's own words, and not the path, which may be a password in the wrong place."""
    with pytest.raises(InputError) as caught:
        given.plan(parsed("redis://cache", "--password-file", str(tmp_path)), {})
    assert tmp_path.name not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("5", 5.0), ("5s", 5.0), ("0.5", 0.5), ("500ms", 0.5), ("2m", 120.0), ("1.5m", 90.0), ("999999", 999999.0)],
)
def test_durations(text: str, seconds: float) -> None:
    """Seconds, or with a unit."""
    limits = given.limits(parsed("--timeout", text, "--deadline", text))
    assert (limits.step, limits.deadline) == (seconds, seconds)


@pytest.mark.parametrize("text", ["", "0", "0ms", "0.0", "-1", "5h", "5 s", "1e3", "inf", "nan", "s", "1.", "\u0665"])
@pytest.mark.parametrize("option", ["--timeout", "--deadline"])
def test_durations_that_are_none(option: str, text: str) -> None:
    """The option is named."""
    with pytest.raises(InputError, match=option):
        given.limits(parsed(f"{option}={text}"))


def test_default_limits() -> None:
    """Those of the library."""
    assert given.limits(parsed()) == Limits()


def test_policy() -> None:
    """Repeated options, and levels by name."""
    policy = given.policy(
        parsed("--only=server", "--only=config.url", "--skip=server.clock", "--severity=server.version=fail")
    )
    assert (policy.only, policy.skip) == (("server", "config.url"), ("server.clock",))
    assert policy.severity == {"server.version": Outcome.FAIL}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--only", "server.verson"], "server.version"),
        (["--skip", "nonsense"], "preflight checks"),
        (["--severity", "server.verson=warn"], "server.version"),
        (["--severity", "server=warn"], "server"),
        (["--severity", "server.version"], "ID=warn or ID=fail"),
        (["--severity", "server.version=error"], "ID=warn or ID=fail"),
        (["--severity", "server.version="], "ID=warn or ID=fail"),
    ],
)
def test_policies_that_are_none(argv: list[str], words: str) -> None:
    """An unknown id or level is refused, with what would do."""
    with pytest.raises(InputError, match=words):
        given.policy(parsed(*argv))


@pytest.mark.parametrize("ask", [lambda: given.text_of("\0", "it"), lambda: given.text_of("/no/such", "it")])
def test_texts_that_cannot_be_read(ask: Callable[[], str]) -> None:
    """By what they are for, not by their path."""
    with pytest.raises(InputError, match="cannot read it: "):
        ask()


def test_standard_input() -> None:
    """`-` is read as bytes, whatever the terminal's encoding."""
    before = sys.stdin
    sys.stdin = io.TextIOWrapper(io.BytesIO("redis://:tøps3cret@cache\n".encode()), encoding="ascii")
    try:
        [target] = given.plan(parsed("-"), {}).targets
    finally:
        sys.stdin = before
    assert target.login == Password(password=Secret("tøps3cret"))
