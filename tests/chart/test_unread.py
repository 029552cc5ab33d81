"""Keys that the chart never looks at, and the one that was meant; nothing secret is shown."""

from __future__ import annotations

from typing import Any, Final

import pytest

from preflight.chart.unread import found, unread
from preflight.model.finding import Outcome
from preflight.model.installation import UnreadValue
from preflight.run import lint
from tests.chart.cases import FOLDER, NAMES, complaints, from_values, installation, values_of

SENTINEL: Final = "hunter2-Tr0ub4dor"
REDIS: Final = {"redis": {"external": {"enabled": True, "connectionUrl": "redis://cache.example.com:6379/0"}}}


def at(path: str, value: object) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        # The agents' name for the provider, and LangSmith's (trap T6).
        ("redis.external.iamProvider", "redis.external.iamAuthProvider"),
        ("fleet.redis.external.iamAuthProvider", "fleet.redis.external.iamProvider"),
        ("engineInsightsAgent.redis.external.iamAuthProvider", "engineInsightsAgent.redis.external.iamProvider"),
        ("polly.redis.external.iamAuthProvider", "polly.redis.external.iamProvider"),
        # One level too high or too low.
        ("redis.external.tlsEnabled", "redis.external.cluster.tlsEnabled"),
        ("redis.external.nodeUris", "redis.external.cluster.nodeUris"),
        ("redis.external.cluster.clusterSafeMode", "redis.external.clusterSafeMode"),
        # Misspelt.
        ("redis.external.connectionURL", "redis.external.connectionUrl"),
        ("redis.external.conectionUrl", "redis.external.connectionUrl"),
        ("redis.external.existingSecret", "redis.external.existingSecretName"),
        ("redis.external.enable", "redis.external.enabled"),
        ("redis.external.cluster.nodeURIs", "redis.external.cluster.nodeUris"),
        ("redis.external.cluster.nodeUri", "redis.external.cluster.nodeUris"),
        ("redis.external.cluster.tlsenabled", "redis.external.cluster.tlsEnabled"),
        ("redis.external.clientCert.secret", ""),
        ("redis.external.clientCert.certSecretkey", "redis.external.clientCert.certSecretKey"),
        ("config.customCa.secretname", "config.customCa.secretName"),
        ("polly.redis.external.connectionURL", "polly.redis.external.connectionUrl"),
        # Like nothing that there is, or what the agents do not have.
        ("redis.external.host", ""),
        ("redis.external.password", ""),
        ("polly.redis.external.clusterSafeMode", ""),
        ("fleet.redis.external.cluster", ""),
    ],
)
def test_a_key_that_is_not_read(path: str, meant: str) -> None:
    assert unread(at(path, 1)) == (UnreadValue(path=path, meant=meant),)


@pytest.mark.parametrize(
    ("path", "meant"),
    [
        *(
            (f"{each}.podSecurityContext", f"{each}.deployment.podSecurityContext")
            for each in (
                "backend",
                "hostBackend",
                "listener",
                "platformBackend",
                "playground",
                "queue",
                "ingestQueue",
                "polly.queue",
                "fleet.apiServer",
            )
        ),
        *(
            (f"backend.{each}.fsGroup", f"backend.{each}.podSecurityContext.fsGroup")
            for each in ("migrations", "clickhouseMigrations", "authBootstrap", "e2eTest", "backfillCheck")
        ),
        pytest.param(
            "e2eTest.podSecurityContext", "backend.e2eTest.podSecurityContext"
        ),
    ],
)  # fmt: skip
def test_a_security_context_that_is_not_read(path: str, meant: str) -> None:
    """The keys of the chart's own example for client certificates (trap T4)."""
    assert unread(at(path, {"fsGroup": 1000})) == (UnreadValue(path=path, meant=meant),)


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"redis": "text", "config": ["a"], "polly": 3, "backend": None},
        {"redis": {"external": "text"}, "backend": {"migrations": True}},
        {"redis": {"statefulSet": {"resources": {}}, "containerPort": 6379, "name": "redis"}},
        {"postgres": {"external": {"anything": 1}}, "anything": 2},
        {"config": {"customCa": {"secretName": "a", "secretKey": "b"}}},
        {"backend": {"deployment": {"podSecurityContext": {"fsGroup": 1}}, "migrations": {"podSecurityContext": {}}}},
        {
            "redis": {
                "external": {
                    "enabled": True,
                    "connectionUrl": "",
                    "connectionUrlSecretKey": "",
                    "existingSecretName": "",
                    "iamAuthProvider": "",
                    "clientCert": {"secretName": "", "certSecretKey": "", "keySecretKey": ""},
                    "clusterSafeMode": True,
                    "cluster": {
                        "enabled": True,
                        "nodeUris": [],
                        "nodeUrisSecretKey": "",
                        "password": "",
                        "passwordSecretKey": "",
                        "tlsEnabled": True,
                    },
                }
            }
        },
        *(
            {
                each: {
                    "redis": {
                        "external": dict.fromkeys(("enabled", "connectionUrl", "existingSecretName", "iamProvider"))
                    }
                }
            }
            for each in ("fleet", "engineInsightsAgent", "polly")
        ),
    ],
)
def test_what_is_read_or_not_ours_to_judge(values: dict[str, Any]) -> None:
    assert unread(values) == ()


@pytest.mark.parametrize("case", NAMES)
def test_the_cases_hold_nothing_unread(case: str) -> None:
    assert (FOLDER / f"{case}.values.yaml").exists()
    assert installation(from_values(values_of(case))).unread == ()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (True, "true"),
        (False, "false"),
        ("aws", "aws"),
        ("Azure", "Azure"),
        (SENTINEL, ""),
        (f"aws {SENTINEL}", ""),
        (12345678, ""),
        ([SENTINEL], ""),
        ({"a": SENTINEL}, ""),
    ],
)
def test_what_is_shown_of_a_value(value: object, text: str) -> None:
    """Any other text may be a password in the wrong place."""
    [one] = unread(at("redis.external.password", value))
    assert one.text == text
    plan = from_values(REDIS, at("redis.external.password", value))
    assert ("langsmith", "config.values", Outcome.WARN) in complaints(plan)
    assert SENTINEL not in repr(lint(plan))


def test_what_is_shown_of_a_key() -> None:
    """A forgotten `connectionUrl:` makes the URL a key, if a port follows a blank."""
    plan = from_values(REDIS, {"redis": {"external": {f"redis://:{SENTINEL}@cache.example.com": 6379}}})
    assert SENTINEL not in repr(lint(plan))


def test_every_one_is_told() -> None:
    """In the order of the values' parts."""
    tree = {
        "redis": {"external": {"host": "a", "port": 1, "cluster": {"nodes": []}}},
        "queue": {"podSecurityContext": {}},
    }
    assert [each.path for each in unread(tree)] == [
        "redis.external.host",
        "redis.external.port",
        "redis.external.cluster.nodes",
        "queue.podSecurityContext",
    ]


@pytest.mark.parametrize(
    ("tree", "path", "expected"),
    [
        ({"a": {"b": {"c": 1}}}, "a.b", {"c": 1}),
        ({"a": {"b": {"c": 1}}}, "a.b.c", None),
        ({"a": {"b": {"c": 1}}}, "a.x", None),
        ({"a": "text"}, "a.b", None),
        ({"a": [{"b": {}}]}, "a.b", None),
        ({}, "a", None),
    ],
)
def test_found(tree: dict[str, Any], path: str, expected: object) -> None:
    """Only a mapping counts."""
    assert found(tree, path) == expected


def test_the_other_s_name_for_the_provider() -> None:
    """It fails where it stands, with the cure."""
    plan = from_values(REDIS, {"redis": {"external": {"iamProvider": "aws"}}})
    [finding] = [each for each in lint(plan).findings if each.id == "config.iam"]
    assert finding.outcome is Outcome.FAIL
    assert finding.verdict.patch == {"redis": {"external": {"iamAuthProvider": "aws", "iamProvider": None}}}
