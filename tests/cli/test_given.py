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
from preflight.model.installation import Flaw
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.target import Mode, Password, Tls
from tests.integration.commandline import preflight

POD = {"REDIS_DATABASE_URI": "redis://pod:6379/0"}
NODES = '["redis://a:7000"]'
VALUES = "redis: {external: {enabled: true, connectionUrl: redis://values:6379/0}}"
KEPT = "redis: {external: {enabled: true, existingSecretName: mine}}"
SECRET = "kind: Secret\nmetadata: {name: mine}\nstringData: {connection_url: redis://secret:6379/0}"
MANIFESTS = """
kind: Deployment
metadata: {name: langsmith-backend}
spec: {template: {spec: {containers: [{env: [{name: REDIS_DATABASE_URI, value: redis://manifest:6379/0}]}]}}}
"""
FILES = {"v": VALUES, "kept": KEPT, "s": SECRET, "m": MANIFESTS, "e": "REDIS_DATABASE_URI=redis://docker:6379/0"}


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


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values, a Secret, manifests and an environment, each in a file of one letter in the current folder."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    ("argv", "environ", "expected"),
    [
        (["--values", "v"], POD, ["values:6379"]),
        (["--values", "v", "--set", "redis.external.connectionUrl=redis://set:1"], {}, ["set:1"]),
        (["--set", "redis.external.enabled=true,redis.external.connectionUrl=redis://set:1"], {}, ["set:1"]),
        (["--values", "v", "--values", "kept", "--secret", "s"], {}, ["secret:6379"]),
        (["--manifests", "m"], POD, ["manifest:6379"]),
        (["--env-file", "e"], POD, ["docker:6379"]),
        ([], {"PREFLIGHT_VALUES": "v"}, ["values:6379"]),
        ([], {"PREFLIGHT_VALUES": "v kept", "PREFLIGHT_SECRET": "s"}, ["secret:6379"]),
        (["--values", "kept"], {"PREFLIGHT_SECRET": "s"}, ["secret:6379"]),
        (["--values", "v"], {"PREFLIGHT_VALUES": "kept"}, ["values:6379"]),
        ([], {"PREFLIGHT_MANIFESTS": "m"} | POD, ["manifest:6379"]),
        ([], {"PREFLIGHT_ENV_FILE": "e"} | POD, ["docker:6379"]),
        (["redis://cache"], {"PREFLIGHT_VALUES": "v"}, ["cache:6379"]),
        (["redis://cache"], {"PREFLIGHT_VALUES": "missing", "PREFLIGHT_SET": "x"}, ["cache:6379"]),
        (["--node", "redis://a:1"], {"PREFLIGHT_MANIFESTS": "m"}, ["a:1"]),
        (["--values", "v"], {"PREFLIGHT_URL": "redis://other"}, ["values:6379"]),
        (["--manifests", "m"], {"PREFLIGHT_VALUES": "v"}, ["manifest:6379"]),
        (["--env-file", "e"], {"PREFLIGHT_VALUES": "v"}, ["docker:6379"]),
    ],
)
def test_one_source_of_files(argv: list[str], environ: dict[str, str], expected: list[str]) -> None:
    """A source of the environment gives way to one of the command line; what goes with it still counts."""
    assert endpoints(*argv, environ=environ) == expected


@pytest.mark.usefixtures("files")
def test_secrets_from_a_cluster_only_when_it_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """PREFLIGHT_KUBE=false is no wish for it; true is, and here there is no cluster."""
    for name in ("KUBECONFIG", "KUBERNETES_SERVICE_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(Path.cwd()))
    [target] = given.plan(parsed("--values", "kept"), {"PREFLIGHT_KUBE": "false"}).targets
    assert [each.flaw for each in target.keys] == [Flaw.NOT_GIVEN]
    with pytest.raises(InputError, match="kubeconfig"):
        given.plan(parsed("--values", "kept"), {"PREFLIGHT_KUBE": "true"})
    with pytest.raises(InputError, match="PREFLIGHT_KUBE must be true or false"):
        given.plan(parsed("--values", "kept"), {"PREFLIGHT_KUBE": "maybe"})


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("argv", [["--values", "v"], ["--manifests", "m"], ["redis://cache"], ["--env-file", "e"], []])
def test_the_charts_version(argv: list[str]) -> None:
    """It goes with every source; where it is no version, it is refused and not quoted."""
    plan = given.plan(parsed(*argv, "--chart-version", "0.16.11"), POD)
    assert [each.chart_version for each in plan.installations] == ["0.16.11"]
    with pytest.raises(InputError) as caught:
        given.plan(parsed(*argv, "--chart-version", "tops3cret"), POD)
    assert str(caught.value) == "--chart-version takes a version, as 0.16.11 or 0.17.0-rc.12."


MODIFIERS = {
    "--release": ["x"], "--secret": ["s"], "--kube": [], "--kube-context": ["x"], "--namespace": ["x"],
}  # fmt: skip


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("option", MODIFIERS)
@pytest.mark.parametrize("environ", [{}, POD])
def test_a_modifier_alone(option: str, environ: dict[str, str]) -> None:
    """It is named, whether the command line says it or the environment."""
    variable = f"PREFLIGHT_{option.lstrip('-').replace('-', '_').upper()}"
    for argv, more in (([option, *MODIFIERS[option]], {}), ([], {variable: "true"})):
        with pytest.raises(InputError, match=rf"^{option} goes with --values or --manifests, and neither is given\.$"):
            given.plan(parsed(*argv), environ | more)


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "argv",
    [
        ["--values", "v", "--manifests", "m"],
        ["--values", "v", "redis://cache"],
        ["--values", "v", "--node", "redis://a:1"],
        ["--manifests", "m", "--env-file", "e"],
        ["--set", "redis.external.enabled=true,redis.external.connectionUrl=redis://a:1", "redis://cache"],
    ],
)
def test_two_sources(argv: list[str]) -> None:
    """Nobody can say which of them is meant."""
    with pytest.raises(InputError, match="one source"):
        given.plan(parsed(*argv), {})


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize("source", [["--values", "v"], ["--manifests", "m"]])
@pytest.mark.parametrize(
    ("argv", "option"),
    [
        (["--username", "app"], "--username"),
        (["--password-file", "s"], "--password-file"),
        (["--tls"], "--tls"),
        (["--no-tls"], "--tls"),
        (["--cluster-safe-mode"], "--cluster-safe-mode"),
    ],
)
def test_what_the_files_say_themselves(source: list[str], argv: list[str], option: str) -> None:
    """Another login than the pods' would check another configuration than theirs."""
    with pytest.raises(InputError, match=f"^{option} does not go with values or manifests"):
        given.plan(parsed(*source, *argv), {})


@pytest.mark.parametrize(
    "argv",
    [
        ["-", "--password-file", "-"],
        ["--values", "-", "--password-file", "-"],
        ["--values", "-", "--secret", "-"],
        ["--values", "-", "--values", "-"],
        ["--manifests", "-", "--secret", "-"],
    ],
)
def test_standard_input_is_one_thing(argv: list[str]) -> None:
    """It is not read before that is clear."""
    with pytest.raises(InputError, match="standard input"):
        given.plan(parsed(*argv), {})


@pytest.mark.parametrize(
    ("argv", "environ"),
    [
        (["--nodes", "-", "--password-file", "-"], {}),
        (["--env-file", "-", "--password-file", "-"], {}),
        ([], {"PREFLIGHT_VALUES": "-", "PREFLIGHT_SECRET": "-"}),
        ([], {"PREFLIGHT_URL": "-", "PREFLIGHT_PASSWORD_FILE": "-"}),
    ],
)
def test_standard_input_is_one_thing_everywhere(argv: list[str], environ: dict[str, str]) -> None:
    """Also for the other options, and where the environment names it."""
    sentence = "standard input (-) can be only one of the URL, the password and the files"
    argv = ["lint", *argv]
    ended = preflight(*argv, stdin=b'["redis://a:7000"]', environ=environ)
    assert (ended.returncode, sentence in ended.stderr) == (2, True)


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
        (["--values", "no-such-file"], "cannot read the values file: No such file"),
        (["--manifests", "no-such-file"], "cannot read the manifests file: No such file"),
        (["--env-file", "no-such-file"], "cannot read the --env-file: No such file"),
        (["--set", "x=1"], "use no external Redis"),
        (["--set", "redis.external.enabled=true", "--secret", "no-such-file"], "cannot read --secret: No such file"),
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


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(
    "argv",
    [["redis://cache"], ["redis://"], ["--node", "redis://a:1"], ["--values", "v"], ["--manifests", "m"], []],
)
def test_upgrade(argv: list[str]) -> None:
    """Nothing that any source says itself, so that it goes with each; off unless it is said."""
    for more, environ, expected in (
        (["--upgrade"], {}, True),
        ([], {"PREFLIGHT_UPGRADE": "true"}, True),
        ([], {"PREFLIGHT_UPGRADE": "false"}, False),
        ([], {}, False),
    ):
        arguments = parser(environ).parse_args(["check", *argv, *more])
        [target] = given.plan(arguments, POD).targets
        assert target.upgrade is expected


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
