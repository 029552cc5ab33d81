"""The variables of a LangSmith pod as wirings, before any Secret is looked up."""

from __future__ import annotations

from typing import Final

import pytest

from preflight.chart.environment import Environment, literal, wirings
from preflight.chart.secrets import Reference
from preflight.chart.wiring import Said, Wiring
from preflight.model.errors import InputError
from preflight.model.installation import Feature, Purpose
from preflight.model.secret import Secret
from preflight.model.target import Mode

URL: Final = "redis://:tops3cret@cache:6379/0"
LIST: Final = '["redis://node-0:6379"]'
CLUSTER: Final = {"REDIS_CLUSTER_ENABLED": "true", "REDIS_CLUSTER_DATABASE_URIS": LIST}
KEPT: Final = Reference(secret="mine", key="connection_url")
FILES: Final = {"ca": "/ca.pem", "client_cert": "/tls.crt", "client_key": "/tls.key"}


def of(environ: dict[str, str], agent: Feature = Feature.AGENT) -> list[Wiring]:
    return list(wirings(literal(environ, placed=False), FILES, agent))


def only(environ: dict[str, str]) -> Wiring:
    [wiring] = of(environ)
    return wiring


@pytest.mark.parametrize(("placed", "place"), [(True, "REDIS_DATABASE_URI"), (False, "")])
def test_where_it_is_said(placed: bool, place: str) -> None:
    """In a `.env` file the variable is what a person changes; in a pod the chart's values are."""
    environ = literal({"REDIS_DATABASE_URI": URL}, placed=placed)
    assert environ["REDIS_DATABASE_URI"] == Said(text=Secret(URL), place=place)
    assert "tops3cret" not in repr(environ)


@pytest.mark.parametrize(
    ("environ", "names"),
    [
        ({}, []),
        ({"REDIS_CLUSTER_PASSWORD": "x", "SSL_CERT_FILE": "/ca.pem"}, []),
        ({"REDIS_DATABASE_URI": URL}, ["langsmith"]),
        ({"REDIS_URI": URL}, ["polly"]),
        (CLUSTER | {"REDIS_URI": URL}, ["langsmith", "polly"]),
        ({"REDIS_CLUSTER_ENABLED": "false"}, ["langsmith"]),
    ],
)
def test_whose_environment(environ: dict[str, str], names: list[str]) -> None:
    """LangSmith's own, that of an agent, or both."""
    assert [each.name for each in of(environ, Feature.POLLY)] == names


@pytest.mark.parametrize(
    ("environ", "mode", "purpose", "address"),
    [
        ({"REDIS_DATABASE_URI": URL}, Mode.STANDALONE, Purpose.URL, URL),
        (CLUSTER, Mode.CLUSTER, Purpose.NODES, LIST),
        (CLUSTER | {"REDIS_CLUSTER_ENABLED": "false", "REDIS_DATABASE_URI": URL}, Mode.STANDALONE, Purpose.URL, URL),
        ({"REDIS_CLUSTER_ENABLED": "true", "REDIS_DATABASE_URI": URL}, Mode.CLUSTER, Purpose.NODES, ""),
        ({"REDIS_CLUSTER_DATABASE_URIS": LIST}, Mode.STANDALONE, Purpose.URL, ""),
    ],
)
def test_the_mode(environ: dict[str, str], mode: Mode, purpose: Purpose, address: str) -> None:
    """The switch alone decides which variable is read; one that is missing counts as empty."""
    wiring = only(environ)
    assert (wiring.mode, wiring.purpose, wiring.address) == (mode, purpose, Said(text=Secret(address)))


def test_a_cluster() -> None:
    """All of its variables, and the files."""
    more = {
        "REDIS_CLUSTER_PASSWORD": " tops3cret ",
        "REDIS_CLUSTER_USE_SSL_CONNECTION": "false",
        "REDIS_CLUSTER_SAFE_MODE": "true",
        "REDIS_IAM_AUTH_PROVIDER": "aws",
    }
    wiring = only(CLUSTER | more)
    assert wiring.password == Said(text=Secret(" tops3cret "))
    assert (wiring.tls, wiring.safe_mode, wiring.iam) == (False, True, "aws")
    assert (wiring.ca, wiring.client_cert, wiring.client_key) == tuple(FILES.values())


def test_a_url_has_its_password_in_itself() -> None:
    assert only({"REDIS_DATABASE_URI": URL, "REDIS_CLUSTER_PASSWORD": "x"}).password is None


def test_an_agent() -> None:
    """It has a URL and a provider of its own, and is given no client certificate."""
    environ = {
        "REDIS_DATABASE_URI": URL,
        "REDIS_IAM_AUTH_PROVIDER": "aws",
        "REDIS_URI": "redis://agents:6379/1",
        "AGENT_REDIS_IAM_AUTH_PROVIDER": "gcp",
    }
    main, agent = of(environ, Feature.FLEET)
    assert (main.feature, main.iam, main.client_cert) == (Feature.LANGSMITH, "aws", "/tls.crt")
    assert (agent.feature, agent.iam, agent.mode) == (Feature.FLEET, "gcp", Mode.STANDALONE)
    assert agent.address == Said(text=Secret("redis://agents:6379/1"))
    assert (agent.ca, agent.client_cert, agent.client_key) == ("/ca.pem", None, None)


def test_variables_out_of_secrets() -> None:
    """They stay references until they are looked up; a switch out of one is left at its default."""
    environ: Environment = {
        "REDIS_CLUSTER_ENABLED": Said(text=Secret("true")),
        "REDIS_CLUSTER_DATABASE_URIS": KEPT,
        "REDIS_CLUSTER_PASSWORD": KEPT,
        "REDIS_CLUSTER_USE_SSL_CONNECTION": KEPT,
    }
    [wiring] = wirings(environ, {}, Feature.AGENT)
    assert (wiring.address, wiring.password, wiring.tls) == (KEPT, KEPT, True)


@pytest.mark.parametrize("value", ["true", "True", " TRUE ", "1", "yes"])
@pytest.mark.parametrize("name", ["REDIS_CLUSTER_USE_SSL_CONNECTION", "REDIS_CLUSTER_SAFE_MODE"])
def test_switches(name: str, value: str) -> None:
    """On by a word for it, off by another, and at the chart's default where nothing is said."""

    def switches(text: str) -> tuple[bool, bool]:
        wiring = only(CLUSTER | {name: text})
        return wiring.tls, wiring.safe_mode

    place = ["REDIS_CLUSTER_USE_SSL_CONNECTION", "REDIS_CLUSTER_SAFE_MODE"].index(name)
    assert switches(value)[place] is True
    assert [switches(text)[place] for text in ("false", "False", " 0", "no")] == [False] * 4
    assert switches("") == switches("  ") == (True, False)


@pytest.mark.parametrize(
    "name", ["REDIS_CLUSTER_ENABLED", "REDIS_CLUSTER_USE_SSL_CONNECTION", "REDIS_CLUSTER_SAFE_MODE"]
)
def test_switches_that_are_none(name: str) -> None:
    """By name and without the text: it may be a password in the wrong line."""
    with pytest.raises(InputError) as caught:
        of(CLUSTER | {name: "tops3cret"})
    assert str(caught.value) == f"{name} must be true or false."
