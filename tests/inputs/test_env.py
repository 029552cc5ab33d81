"""The environment of a LangSmith pod, variable by variable."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.inputs.env import SOURCE, read
from preflight.model.errors import InputError
from preflight.model.installation import Feature
from preflight.model.remedies import terms
from preflight.model.secret import Secret
from preflight.model.target import Mode, Password, Target, Tls
from tests.inputs.requests import request

URL = "redis://:tops3cret@cache:6379/2"
NODES = '["redis://a:7000", "redis://b:7000?ssl_check_hostname=false"]'
ALONE = {"REDIS_DATABASE_URI": URL}
CLUSTER = {"REDIS_CLUSTER_ENABLED": "true", "REDIS_CLUSTER_DATABASE_URIS": NODES}
BOTH = ALONE | CLUSTER


def target_of(environ: dict[str, str], **around: Any) -> Target:
    plan = read(request(environ=environ, **around))
    assert plan
    [target] = plan.targets
    return target


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"REDIS_CLUSTER_PASSWORD": "x"},
        {"SSL_CERT_FILE": "/ca.pem"},
        {"REDIS_IAM_AUTH_PROVIDER": "aws"},
        {"REDIS_URI": URL},
    ],
)
def test_not_the_environment_of_a_pod(environ: dict[str, str]) -> None:
    """Without one of the three that say where, there is nothing to check; REDIS_URI is many an application's."""
    assert read(request(environ=environ)) is None
    assert SOURCE.fallback


@pytest.mark.parametrize(
    ("environ", "mode", "endpoints"),
    [
        (ALONE, Mode.STANDALONE, ["cache:6379"]),
        (CLUSTER, Mode.CLUSTER, ["a:7000", "b:7000"]),
        (BOTH, Mode.CLUSTER, ["a:7000", "b:7000"]),
        (BOTH | {"REDIS_CLUSTER_ENABLED": "false"}, Mode.STANDALONE, ["cache:6379"]),
        (BOTH | {"REDIS_CLUSTER_ENABLED": ""}, Mode.STANDALONE, ["cache:6379"]),
        (BOTH | {"REDIS_CLUSTER_ENABLED": " True "}, Mode.CLUSTER, ["a:7000", "b:7000"]),
        (BOTH | {"REDIS_CLUSTER_ENABLED": "1"}, Mode.CLUSTER, ["a:7000", "b:7000"]),
        (BOTH | {"REDIS_CLUSTER_ENABLED": "0"}, Mode.STANDALONE, ["cache:6379"]),
    ],
)
def test_which_target(environ: dict[str, str], mode: Mode, endpoints: list[str]) -> None:
    """REDIS_CLUSTER_ENABLED decides, and it is off unless it is set."""
    target = target_of(environ)
    assert (target.mode, [str(each) for each in target.endpoints]) == (mode, endpoints)


@pytest.mark.parametrize(
    "environ",
    [
        {"REDIS_CLUSTER_ENABLED": "true"},
        {"REDIS_CLUSTER_ENABLED": "true", "REDIS_DATABASE_URI": URL},
        {"REDIS_CLUSTER_ENABLED": "false"},
        {"REDIS_DATABASE_URI": ""},
        {"REDIS_CLUSTER_DATABASE_URIS": NODES},
        CLUSTER | {"REDIS_CLUSTER_DATABASE_URIS": "redis://a:7000"},
    ],
)
def test_what_would_not_start_is_a_finding(environ: dict[str, str]) -> None:
    """A variable that is missing, empty or wrong leaves nothing to dial, and is reported."""
    assert target_of(environ).declaration.fatal


@pytest.mark.parametrize(
    ("more", "login"),
    [
        ({}, None),
        ({"REDIS_CLUSTER_PASSWORD": ""}, None),
        ({"REDIS_CLUSTER_PASSWORD": "hunter22"}, Password(password=Secret("hunter22"))),
        ({"REDIS_CLUSTER_PASSWORD": " hunter22\n"}, Password(password=Secret(" hunter22\n"))),
    ],
)
def test_cluster_password(more: dict[str, str], login: Password | None) -> None:
    """As it is, with every blank: the pods would send it so."""
    assert target_of(CLUSTER | more).login == login


def test_cluster_password_is_no_standalone_password() -> None:
    """The URL says it for a standalone server."""
    assert target_of(ALONE | {"REDIS_CLUSTER_PASSWORD": "hunter22"}).login == Password(password=Secret("tops3cret"))


@pytest.mark.parametrize(("value", "on"), [(None, True), ("", True), ("true", True), ("false", False), ("0", False)])
def test_cluster_tls(value: str | None, on: bool) -> None:
    """On unless it is said to be off."""
    more = {} if value is None else {"REDIS_CLUSTER_USE_SSL_CONNECTION": value}
    assert target_of(CLUSTER | more).tls == (Tls() if on else None)


def test_cluster_tls_is_nothing_to_a_url() -> None:
    """A URL says it by its scheme."""
    off = {"REDIS_CLUSTER_USE_SSL_CONNECTION": "false"}
    assert target_of({"REDIS_DATABASE_URI": "rediss://cache"} | off).tls == Tls()
    assert target_of(ALONE | {"REDIS_CLUSTER_USE_SSL_CONNECTION": "true"}).tls is None


@pytest.mark.parametrize("environ", [{"REDIS_DATABASE_URI": "rediss://cache"}, CLUSTER])
def test_files(environ: dict[str, str]) -> None:
    """The CA bundle and the client pair, in either mode; an empty variable is none."""
    files = {
        "SSL_CERT_FILE": "/ca.pem",
        "REDIS_TLS_CLIENT_CERT_PATH": "/tls.crt",
        "REDIS_TLS_CLIENT_KEY_PATH": "/tls.key",
    }
    assert target_of(environ | files).tls == Tls(ca_file="/ca.pem", client_cert="/tls.crt", client_key="/tls.key")
    assert target_of(environ | dict.fromkeys(files, "")).tls == Tls()


@pytest.mark.parametrize(("value", "on"), [("true", True), ("false", False), ("", False)])
@pytest.mark.parametrize("environ", [ALONE, CLUSTER])
def test_safe_mode(environ: dict[str, str], value: str, on: bool) -> None:
    """Off unless it is set."""
    assert target_of(environ | {"REDIS_CLUSTER_SAFE_MODE": value}).safe_mode is on


@pytest.mark.parametrize(
    "name", ["REDIS_CLUSTER_ENABLED", "REDIS_CLUSTER_USE_SSL_CONNECTION", "REDIS_CLUSTER_SAFE_MODE"]
)
def test_a_switch_that_is_none(name: str) -> None:
    """It is unusable input: nobody knows what the pods would make of it."""
    with pytest.raises(InputError, match=name):
        target_of(CLUSTER | {name: "maybe"})


@pytest.mark.parametrize("provider", ["aws", "AWS", "nonsense", ""])
@pytest.mark.parametrize("environ", [{"REDIS_DATABASE_URI": "rediss://app@cache:6379/0"}, CLUSTER])
def test_workload_identity(environ: dict[str, str], provider: str) -> None:
    """The provider as it is written, whatever config.iam will say of it; the login is then a token's."""
    target = target_of(environ | {"REDIS_IAM_AUTH_PROVIDER": provider})
    assert target.iam == provider
    assert target.endpoints
    assert not (target.iam and target.login)


def test_the_identity_is_shown() -> None:
    """It is a user name, and no secret."""
    target = target_of({"REDIS_DATABASE_URI": "rediss://app@cache:6379/0", "REDIS_IAM_AUTH_PROVIDER": "aws"})
    assert (target.username, target.declaration.shown) == ("app", "rediss://app@cache:6379/0")


def test_the_pod_of_an_agent() -> None:
    """It has LangSmith's Redis, and one of its own."""
    plan = read(request(environ=ALONE | {"REDIS_URI": "redis://agents:6379/1"}))
    assert plan
    assert [(each.name, each.feature, each.db) for each in plan.targets] == [
        ("langsmith", Feature.LANGSMITH, 2),
        ("agent", Feature.AGENT, 1),
    ]


@pytest.mark.parametrize("environ", [ALONE, CLUSTER])
def test_remedies_name_the_values(environ: dict[str, str]) -> None:
    """A pod has its environment from the chart: it is there that a person changes it."""
    assert terms(target_of(environ))["address"].startswith("redis.external.")


@pytest.mark.parametrize("tls", [True, False])
def test_tls_is_the_scheme_s(tls: bool) -> None:
    """An option that would contradict the scheme is refused, with the variable that says it."""
    with pytest.raises(InputError, match="REDIS_DATABASE_URI says it by its scheme"):
        target_of(ALONE, tls=tls)


def test_the_command_line_wins() -> None:
    """What is given by option replaces the variable."""
    environ = CLUSTER | {
        "REDIS_CLUSTER_PASSWORD": "hunter22",
        "REDIS_CLUSTER_USE_SSL_CONNECTION": "false",
        "SSL_CERT_FILE": "/ca.pem",
        "REDIS_TLS_CLIENT_CERT_PATH": "/tls.crt",
        "REDIS_TLS_CLIENT_KEY_PATH": "/tls.key",
    }
    given = {"ca_file": "/mine.pem", "client_cert": "/mine.crt", "client_key": "/mine.key"}
    target = target_of(environ, tls=True, username="app", password=Secret("tops3cret"), safe_mode=True, **given)
    assert target.tls == Tls(**given)
    assert target.login == Password(username="app", password=Secret("tops3cret"))
    assert target.safe_mode
    assert target_of(CLUSTER, tls=False).tls is None
