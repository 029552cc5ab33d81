"""The options of workload identity: what they mean, what they go with, and that no bad value is repeated."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from preflight.cli import given
from preflight.cli.arguments import parser
from preflight.cli.main import main
from preflight.model.errors import InputError
from preflight.model.identity import ENTRA_SCOPE, AwsIam, AzureIam, GcpIam, Identity, Provider
from preflight.model.limits import Limits
from preflight.model.target import Plan, Target
from tests.integration.commandline import inside

URL = "rediss://app@cache:6379/0"
GROUP = "rediss://app@master.my-rg.abc123.use1.cache.amazonaws.com:6379/0"
BAD = "redis://:tops3cret@elsewhere"
CLUSTER = """
redis:
  external:
    enabled: true
    iamAuthProvider: {iam}
    cluster: {{enabled: true, nodeUris: ["redis://clustercfg.my-rg.abc123.use1.cache.amazonaws.com:6379"]}}
"""
STANDALONE = """
redis: {{external: {{enabled: true, iamAuthProvider: {iam}, connectionUrl: "rediss://app@cache:6379/0"}}}}
"""
FLEET = """
fleet:
  enabled: true
  redis: {external: {enabled: true, iamProvider: aws, connectionUrl: "rediss://fleet@fleet-cache:6379/0"}}
"""
POD = """
kind: Deployment
metadata: {name: langsmith-backend}
spec: {template: {spec: {containers: [{env: [
  {name: REDIS_DATABASE_URI, value: "rediss://app@cache:6379/0"}, {name: REDIS_IAM_AUTH_PROVIDER, value: aws}]}]}}}
"""
CLUSTER_POD = """
kind: Deployment
metadata: {name: langsmith-backend}
spec: {template: {spec: {containers: [{env: [
  {name: REDIS_CLUSTER_ENABLED, value: "true"}, {name: REDIS_IAM_AUTH_PROVIDER, value: aws},
  {name: REDIS_CLUSTER_DATABASE_URIS, value: '["redis://a:6379"]'}]}]}}}
"""

Write = Callable[[str], str]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Put a text into a file; its path."""

    def written(text: str) -> str:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.yaml"
        file.write_text(text)
        return str(file)

    return written


def plan(*argv: str, **environ: str) -> Plan:
    return given.plan(parser(environ).parse_args(["check", *argv]), environ)


def target(*argv: str, **environ: str) -> Target:
    [only] = plan(*argv, **environ).targets
    return only


def variable(option: str) -> str:
    return "PREFLIGHT_" + option.lstrip("-").replace("-", "_").upper()


@pytest.mark.parametrize("provider", Provider)
def test_the_provider(provider: str) -> None:
    """The three that LangSmith has names for; the user of the URL is the identity, and there is no password."""
    for found in (target(URL, "--iam", provider), target(URL, PREFLIGHT_IAM=provider)):
        assert (found.iam, found.username, found.login) == (provider, "app", None)
    nodes = target("--node", "redis://a:1", "--iam", provider, "--username", "app")
    assert (nodes.iam, nodes.username, nodes.login) == (provider, "app", None)


def test_without_a_provider() -> None:
    """Other options of workload identity ask for none, and an empty variable is as good as none."""
    for found in (target(URL), target(URL, PREFLIGHT_IAM=""), target(URL, "--aws-cache-name", "mine")):
        assert (found.iam, found.identity, found.username) == ("", None, "")


def test_the_command_line_wins() -> None:
    """Over the variable of the same name."""
    assert target(URL, "--iam", "azure", PREFLIGHT_IAM="aws").iam == "azure"
    found = target(URL, "--iam", "aws", "--aws-region", "eu-west-1", PREFLIGHT_AWS_REGION="us-east-1")
    assert isinstance(found.identity, AwsIam)
    assert found.identity.region == "eu-west-1"


DERIVED = AwsIam(cache_name="my-rg", region_hint="us-east-1", service="elasticache", serverless=False)


@pytest.mark.parametrize(
    ("option", "value", "field", "expected"),
    [
        ("--aws-cache-name", "Other-1", "cache_name", "other-1"),
        ("--aws-region", "eu-west-1", "region", "eu-west-1"),
        ("--aws-service", "memorydb", "service", "memorydb"),
        ("--aws-service", "elasticache", "service", "elasticache"),
    ],
)
def test_what_aws_is_told(option: str, value: str, field: str, expected: str) -> None:
    """One by one, by the option or by its variable, over what the host name tells."""
    for found in (
        target(GROUP, "--iam", "aws", option, value),
        target(GROUP, "--iam", "aws", **{variable(option): value}),
    ):
        assert isinstance(found.identity, AwsIam)
        assert getattr(found.identity, field) == expected
        others = {name: getattr(found.identity, name) for name in AwsIam.__struct_fields__ if name != field}
        assert others == {name: getattr(DERIVED, name) for name in others}


@pytest.mark.parametrize(
    ("argv", "environ", "expected"),
    [
        ((), {}, False),
        (("--aws-serverless",), {}, True),
        (("--no-aws-serverless",), {}, False),
        ((), {"PREFLIGHT_AWS_SERVERLESS": "yes"}, True),
        ((), {"PREFLIGHT_AWS_SERVERLESS": "0"}, False),
        (("--no-aws-serverless",), {"PREFLIGHT_AWS_SERVERLESS": "1"}, False),
        ((), {"PREFLIGHT_AWS_SERVERLESS": ""}, False),
    ],
)
def test_serverless(argv: tuple[str, ...], environ: dict[str, str], expected: bool) -> None:
    """On or off, or else as the host name says."""
    found = target(GROUP, "--iam", "aws", *argv, **environ).identity
    assert isinstance(found, AwsIam)
    assert found.serverless is expected
    unknown = target(URL, "--iam", "aws", *argv, **environ).identity
    assert isinstance(unknown, AwsIam)
    assert unknown.serverless is (expected if argv or any(environ.values()) else None)


@pytest.mark.parametrize(
    ("argv", "environ", "expected"),
    [
        ((), {}, AzureIam(scope=ENTRA_SCOPE)),
        (
            ("--azure-authority", "https://login.microsoftonline.us", "--azure-scope", "https://r.example/.default"),
            {},
            AzureIam(scope="https://r.example/.default", authority="https://login.microsoftonline.us"),
        ),
        (
            (),
            {"PREFLIGHT_AZURE_AUTHORITY": "https://a.example", "PREFLIGHT_AZURE_SCOPE": "x/.default"},
            AzureIam(scope="x/.default", authority="https://a.example"),
        ),
        ((), {"PREFLIGHT_AZURE_AUTHORITY": "", "PREFLIGHT_AZURE_SCOPE": ""}, AzureIam()),
    ],
)
def test_what_azure_is_told(argv: tuple[str, ...], environ: dict[str, str], expected: Identity) -> None:
    """A sovereign cloud's authority and scope; without them the public cloud's."""
    assert target(URL, "--iam", "azure", *argv, **environ).identity == expected


def test_google_is_told_nothing() -> None:
    """The options of the others are not for it."""
    assert target(URL, "--iam", "gcp", "--aws-cache-name", "mine", "--azure-scope", "x").identity == GcpIam()


def limits(*argv: str, **environ: str) -> Limits:
    return given.limits(parser(environ).parse_args(["check", URL, *argv]))


def test_the_time_for_a_token() -> None:
    """It has a limit of its own, which no other moves."""
    assert limits() == Limits()
    assert limits("--token-timeout", "2.5") == Limits(token=2.5)
    assert limits("--token-timeout=500ms", PREFLIGHT_TOKEN_TIMEOUT="9") == Limits(token=0.5)
    assert limits(PREFLIGHT_TOKEN_TIMEOUT="2m") == Limits(token=120.0)
    assert limits("--timeout", "1") == Limits(step=1.0)


ASKS = {
    "--iam": ["AWS", "aws ", "xyzzy", "azure,xyzzy", BAD],
    "--aws-service": ["xyzzy", "ElastiCache", "memorydb-xyzzy", BAD],
    "--aws-cache-name": ["my_xyzzy", "a.xyzzy", "a/xyzzy", "a?xyzzy", "xyzzy ", "xyzzyä", "xyzzy\n", BAD],
    "--aws-region": ["eu west xyzzy", "xyzzy/", "xyzzy\n", BAD],
    "--token-timeout": ["0", "-1", "xyzzy", "1h", "1e3", "٣", BAD],
}


def test_an_empty_value_on_the_line() -> None:
    """A variable may be empty and says nothing then; on the command line it is a mistake."""
    ended = inside("check", "rediss://app@127.0.0.1:1/0", "--iam", "aws", "--token-timeout=")
    assert (ended.returncode, "--token-timeout takes" in ended.stderr) == (2, True)


@pytest.mark.parametrize(("option", "value"), [(name, value) for name, values in ASKS.items() for value in values])
def test_a_value_that_is_none(
    option: str, value: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the option and by its variable it ends the run with status 2, names the option and repeats nothing."""
    nowhere = "rediss://app@127.0.0.1:1/0"
    ended = inside("check", nowhere, "--iam", "aws", f"{option}={value}")
    monkeypatch.setenv(variable(option), value)
    status = main(["check", nowhere, *(() if option == "--iam" else ("--iam", "aws"))])
    out, err = capsys.readouterr()
    for code, told in ((ended.returncode, ended.stdout + ended.stderr), (status, out + err)):
        assert (code, option in told) == (2, True)
        assert not [each for each in ("tops3cret", "elsewhere", "xyzzy") if each in told]


def test_a_switch_that_is_none() -> None:
    """Neither on nor off."""
    with pytest.raises(InputError, match=r"^PREFLIGHT_AWS_SERVERLESS must be true or false\.$"):
        target(URL, PREFLIGHT_AWS_SERVERLESS="tops3cret")


@pytest.mark.parametrize("option", ["--iam", "--aws-cache-name", "--aws-region", "--azure-scope", "--token-timeout"])
def test_an_option_without_its_value(option: str) -> None:
    """The next option is not taken for it."""
    ended = inside("check", URL, option, "--verbose")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert f"argument {option}: expected one argument" in ended.stderr


def test_lint_asks_for_no_token() -> None:
    """It has the options that say what is configured, and none that says how long to wait."""
    ended = inside("lint", GROUP, "--iam", "aws", "--aws-region", "eu-west-1", "-v")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "config.iam" in ended.stdout
    assert "token.obtained" not in ended.stdout
    ended = inside("lint", GROUP, "--token-timeout", "5")
    assert (ended.returncode, "--token-timeout" in ended.stderr) == (2, True)


@pytest.mark.parametrize("text", [STANDALONE.format(iam="aws"), CLUSTER.format(iam="aws"), FLEET])
def test_the_values_name_the_provider(write: Write, text: str) -> None:
    """What the chart will read is not overruled."""
    file = write(text)
    for argv, environ in (
        (("--values", file, "--iam", "gcp"), {}),
        (("--values", file, "--iam", "aws"), {}),
        (("--values", file), {"PREFLIGHT_IAM": "aws"}),
    ):
        with pytest.raises(InputError, match=r"^--iam does not go with values or manifests"):
            plan(*argv, **environ)


def test_manifests_name_the_provider(write: Write) -> None:
    """So do the pods."""
    with pytest.raises(InputError, match=r"^--iam does not go with values or manifests"):
        plan("--manifests", write(POD), "--iam", "aws")


@pytest.mark.parametrize(
    "text",
    [
        STANDALONE.format(iam="aws"),
        STANDALONE.format(iam='""'),
        CLUSTER.format(iam='""'),
        FLEET,
        STANDALONE.format(iam="aws") + FLEET,
    ],
)
def test_the_values_name_the_user(write: Write, text: str) -> None:
    """A URL has its own, and without workload identity a cluster has none."""
    with pytest.raises(InputError, match=r"^--username does not go with values or manifests"):
        plan("--values", write(text), "--username", "app")


@pytest.mark.parametrize("iam", ["aws", "azure", "gcp", "AWS"])
def test_a_cluster_has_no_place_for_the_user(write: Write, iam: str) -> None:
    """So it may be given beside the values and the manifests, where workload identity wants one."""
    found = target("--values", write(CLUSTER.format(iam=iam)), "--username", "app")
    assert (found.iam, found.username, found.login) == (iam, "app", None)
    found = target("--manifests", write(CLUSTER_POD), "--username", "app")
    assert (found.iam, found.username) == ("aws", "app")
    with pytest.raises(InputError, match=r"^--username does not go with"):
        plan("--manifests", write(POD), "--username", "app")


def test_the_user_of_a_cluster_is_no_agent_s(write: Write) -> None:
    """Fleet's URL says whom its pods log in as."""
    found = plan("--values", write(CLUSTER.format(iam="aws") + FLEET), "--username", "app").targets
    assert {each.name: each.username for each in found} == {"langsmith": "app", "fleet": "fleet"}


def test_what_no_values_say(write: Write) -> None:
    """The cache's name, its region and its kind are nowhere in the chart, and so may be given beside it."""
    argv = ("--aws-cache-name", "mine", "--aws-region", "eu-west-1", "--aws-service", "memorydb", "--aws-serverless")
    found = target("--values", write(STANDALONE.format(iam="aws")), *argv).identity
    assert found == AwsIam(cache_name="mine", region="eu-west-1", service="memorydb", serverless=True)
    found = target("--values", write(STANDALONE.format(iam="azure")), "--azure-scope", "x/.default").identity
    assert found == AzureIam(scope="x/.default")


def test_an_environment_names_the_provider_as_well() -> None:
    """There the command line wins, as with its password."""
    pod = {"REDIS_DATABASE_URI": URL, "REDIS_IAM_AUTH_PROVIDER": "azure"}
    assert target(**pod).identity == AzureIam()
    assert target("--iam", "gcp", **pod).identity == GcpIam()


def test_a_password_beside_it(write: Write) -> None:
    """It is kept, so that the report can say that one of the two goes."""
    found = target(URL, "--iam", "aws", "--password-file", write("tops3cret"))
    assert found.login
    assert found.login.password.reveal() == "tops3cret"
    ended = inside("lint", URL, "--iam", "aws", "--password-file", write("tops3cret"), "-v")
    assert (ended.returncode, "a password is configured beside workload identity" in ended.stdout) == (1, True)
    assert "tops3cret" not in ended.stdout + ended.stderr
