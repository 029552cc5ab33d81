"""A pod of the Helm hook: what came out of Secrets, and what should have."""

from __future__ import annotations

import json
from typing import Any

import pytest

from preflight import run
from preflight.chart.delivered import VARIABLE, Delivery, delivery
from preflight.chart.plan_of_environment import plan_of_environment
from preflight.model.errors import InputError
from preflight.model.finding import Finding, Outcome
from preflight.model.target import Plan
from tests.inputs.requests import request

URL = "rediss://:tops3cret@cache:6380/0"
STANDALONE = {"REDIS_CLUSTER_ENABLED": "false"}
CLUSTER = {"REDIS_CLUSTER_ENABLED": "true", "REDIS_CLUSTER_USE_SSL_CONNECTION": "true"}
OF_URL = {"REDIS_DATABASE_URI": {"secret": "mine", "key": "connection_url"}}
OF_CLUSTER = {
    "REDIS_CLUSTER_DATABASE_URIS": {"secret": "mine", "key": "uris"},
    "REDIS_CLUSTER_PASSWORD": {"secret": "mine", "key": "password"},
}
FILES = {
    "SSL_CERT_FILE": "/etc/ssl/certs/ca.crt",
    "REDIS_TLS_CLIENT_CERT_PATH": "/etc/redis/certs/client.crt",
    "REDIS_TLS_CLIENT_KEY_PATH": "/etc/redis/certs/client.key",
}
OF_FILES = {
    "SSL_CERT_FILE": {"secret": "ca", "key": "ca.crt"},
    "REDIS_TLS_CLIENT_CERT_PATH": {"secret": "pair", "key": "tls.crt"},
    "REDIS_TLS_CLIENT_KEY_PATH": {"secret": "pair", "key": "tls.key"},
}


def plan(environ: dict[str, str], keys: dict[str, Any], mounted: tuple[str, ...] = ()) -> Plan:
    told = {VARIABLE: json.dumps({"namespace": "prod", "keys": keys})}
    found = plan_of_environment(request(environ=environ | told, files=dict.fromkeys(mounted, "")))
    assert found
    return found


def secrets(of: Plan) -> dict[str, Finding]:
    return {each.subject: each for each in run.lint(of).findings if each.id == "config.secret"}


def test_what_came_is_used() -> None:
    """As if it had been written there, and told by its key."""
    made = plan(STANDALONE | {"REDIS_DATABASE_URI": URL}, OF_URL)
    [target] = made.targets
    assert (str(target.endpoints[0]), target.withheld) == ("cache:6380", False)
    assert secrets(made)["mine/connection_url"].outcome is Outcome.PASS
    assert "tops3cret" not in repr(made)


@pytest.mark.parametrize("text", [f"{URL}\n", "cmVkaXNzOi8vOnRvcHMzY3JldEBjYWNoZTo2MzgwLzA="])
def test_what_came_is_judged(text: str) -> None:
    """A newline or a second base64 is the Secret's, and is told as that."""
    found = secrets(plan(STANDALONE | {"REDIS_DATABASE_URI": text}, OF_URL))["mine/connection_url"]
    assert found.outcome is Outcome.FAIL


@pytest.mark.parametrize(("environ", "keys"), [(STANDALONE, OF_URL), (CLUSTER, OF_CLUSTER)])
def test_nothing_came(environ: dict[str, str], keys: dict[str, Any]) -> None:
    """The pod started because its references are optional: it tells which Secret is missing, and where."""
    made = plan(environ, keys)
    assert made.targets[0].withheld
    found = secrets(made)
    assert set(found) == {f"mine/{each['key']}" for each in keys.values()}
    for each in found.values():
        assert each.outcome is Outcome.FAIL
        assert "in namespace prod there is no such Secret" in each.verdict.summary


def test_one_key_of_two_came() -> None:
    """The Secret is there, so it is the key that is missing: the trap of a cluster without a password."""
    found = secrets(plan(CLUSTER | {"REDIS_CLUSTER_DATABASE_URIS": '["redis://a:1"]'}, OF_CLUSTER))
    assert found["mine/uris"].outcome is Outcome.PASS
    assert found["mine/password"].verdict.summary.startswith("Secret mine has no key password")


def test_an_optional_key_may_be_missing() -> None:
    """Under config.disableSecretCreation LangSmith's own pods start without it."""
    keys = OF_CLUSTER | {"REDIS_CLUSTER_PASSWORD": OF_CLUSTER["REDIS_CLUSTER_PASSWORD"] | {"optional": True}}
    made = plan(CLUSTER | {"REDIS_CLUSTER_DATABASE_URIS": '["redis://a:1"]'}, keys)
    assert secrets(made)["mine/password"].outcome is Outcome.PASS
    assert not made.targets[0].withheld


def test_files_that_came_are_paths() -> None:
    """They are read where the pods read them."""
    made = plan(STANDALONE | {"REDIS_DATABASE_URI": URL} | FILES, OF_URL | OF_FILES, mounted=tuple(FILES.values()))
    tls = made.targets[0].tls
    assert tls
    assert (tls.ca_file, tls.client_cert, tls.client_key) == tuple(FILES.values())
    assert set(secrets(made)) == {"mine/connection_url"}


def test_files_that_did_not_come() -> None:
    """Each is told by the key that should have been mounted."""
    found = secrets(plan(STANDALONE | {"REDIS_DATABASE_URI": URL} | FILES, OF_URL | OF_FILES))
    failed = {name for name, each in found.items() if each.outcome is Outcome.FAIL}
    assert failed == {"ca/ca.crt", "pair/tls.crt", "pair/tls.key"}


def test_a_place_without_a_secret_stays() -> None:
    """Values of the chart are no Secret's: what is wrong with them is told of the values."""
    made = plan(STANDALONE | {"REDIS_DATABASE_URI": "redis://cache:x"}, OF_FILES)
    assert [each.id for each in run.lint(made).findings if each.outcome is Outcome.FAIL] == ["config.url"]
    assert made.targets[0].place.inline


def test_without_the_variable() -> None:
    """It is a pod of LangSmith's, or none at all."""
    assert delivery({}) == delivery({VARIABLE: ""}) == Delivery()


@pytest.mark.parametrize(
    "text",
    ["{", "[]", "x", '{"keys": []}', '{"keys": {"A": "tops3cret"}}', '{"kyes": {}}', "[" * 100_000, '{"a":"\ud800"}'],
)
def test_what_cannot_be_read(text: str) -> None:
    """A sentence, and nothing of the text."""
    with pytest.raises(InputError, match=VARIABLE) as refused:
        delivery({VARIABLE: text})
    assert "tops3cret" not in str(refused.value)
