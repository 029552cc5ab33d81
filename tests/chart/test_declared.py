"""What the values say around the targets: which workloads will connect, with what identity, and what they mount."""

from __future__ import annotations

from typing import Any, Final

import pytest

from preflight.chart.declared import as_label
from preflight.model.components import WORKLOADS, workload_named
from preflight.model.installation import Component, Feature
from tests.chart.cases import components, from_values, installation

REDIS: Final = {"redis": {"external": {"enabled": True, "connectionUrl": "redis://cache.example.com:6379/0"}}}
ALWAYS: Final = {"backend", "queue", "platformBackend", "backend.authBootstrap"}
BY_DEFAULT: Final = ALWAYS | {
    "ingestQueue",
    "engineInsightsAgent.apiServer",
    "engineInsightsAgent.queue",
    "polly.apiServer",
    "polly.queue",
    "backend.migrations",
    "backend.clickhouseMigrations",
    "backend.backfillCheck",
}
INSIGHTS: Final = {"engineInsightsAgent.apiServer", "engineInsightsAgent.queue"}
POLLY: Final = {"polly.apiServer", "polly.queue"}
FLEET: Final = {"fleet.apiServer", "fleet.queue", "fleetToolServer", "fleetTriggerServer"}
HELPERS: Final = {"fleetToolServer", "fleetTriggerServer"}
OFF: Final = {"enabled": False}
ON: Final = {"enabled": True}


def declared(**values: Any) -> dict[str, Component]:
    return components(from_values(REDIS | values))


@pytest.mark.parametrize(
    ("values", "more", "less"),
    [
        ({}, set(), set()),
        ({"ingestQueue": OFF}, set(), {"ingestQueue"}),
        ({"ingestQueue": ON}, set(), set()),
        ({"config": {"deployment": ON}}, {"hostBackend", "listener"}, set()),
        ({"config": {"deployment": OFF}}, set(), set()),
        ({"hostBackend": ON}, {"hostBackend"}, set()),
        ({"config": {"deployment": ON}, "hostBackend": OFF}, {"hostBackend", "listener"}, set()),
        ({"listener": ON}, set(), set()),
        ({"agentGateway": ON}, {"agentGateway"}, set()),
        ({"presidioAnalyzer": ON}, {"presidioAnalyzer"}, set()),
        ({"fleet": ON}, FLEET, set()),
        ({"fleet": OFF}, set(), set()),
        ({"config": {"agentBuilder": ON}}, HELPERS, set()),
        ({"fleet": ON, "fleetToolServer": OFF}, FLEET - {"fleetToolServer"}, set()),
        ({"fleet": ON, "fleetTriggerServer": OFF}, FLEET - {"fleetTriggerServer"}, set()),
        ({"fleetToolServer": ON}, set(), set()),
        ({"insights": OFF}, set(), INSIGHTS),
        ({"insights": OFF, "engine": ON}, set(), set()),
        ({"engine": OFF}, set(), set()),
        ({"polly": OFF}, set(), POLLY),
        ({"backend": {"migrations": OFF}}, set(), {"backend.migrations"}),
        ({"backend": {"clickhouseMigrations": OFF}}, set(), {"backend.clickhouseMigrations"}),
        ({"backend": {"backfillCheck": OFF}}, set(), {"backend.backfillCheck"}),
        ({"backend": {"authBootstrap": OFF}}, set(), set()),
        ({"config": {"basicAuth": ON}}, {"backend.e2eTest"}, set()),
        ({"config": {"basicAuth": ON}, "backend": {"e2eTest": OFF}}, set(), set()),
        ({"backend": {"e2eTest": ON}}, set(), set()),
        ({"queue": OFF, "platformBackend": OFF, "backend": OFF}, set(), set()),
    ],
)
def test_which_are_rendered(values: dict[str, Any], more: set[str], less: set[str]) -> None:
    """Each under the switch that its template looks at."""
    assert declared(**values).keys() == (BY_DEFAULT | more) - less


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"ingestQueue": {"enabled": None}}, "ingestQueue"),
        ({"polly": {"enabled": None}}, "polly.queue"),
        ({"backend": {"migrations": {"enabled": None}}}, "backend.migrations"),
    ],
)
def test_a_null_switches_off(values: dict[str, Any], name: str) -> None:
    assert name not in declared(**values)


def test_whose_redis_they_receive() -> None:
    """Everything receives LangSmith's own, an agent's pods its own too."""
    everything = {
        "fleet": ON,
        "config": {"deployment": ON, "basicAuth": ON},
        "agentGateway": ON,
        "presidioAnalyzer": ON,
    }
    found = declared(**everything)
    assert found.keys() == {each.name for each in WORKLOADS}
    both = {name: each.features[1] for name, each in found.items() if len(each.features) > 1}
    assert both == {
        "fleet.apiServer": Feature.FLEET,
        "fleet.queue": Feature.FLEET,
        "engineInsightsAgent.apiServer": Feature.INSIGHTS,
        "engineInsightsAgent.queue": Feature.INSIGHTS,
        "polly.apiServer": Feature.POLLY,
        "polly.queue": Feature.POLLY,
    }
    assert {each.features[0] for each in found.values()} == {Feature.LANGSMITH}
    documented = {name for name, each in found.items() if each.documented}
    assert documented == {"backend", "queue", "platformBackend", "hostBackend", "ingestQueue"}


@pytest.mark.parametrize("workload", WORKLOADS, ids=lambda each: each.name)
def test_objects_of_each(workload: Any) -> None:
    """The name of an object tells which it is, whatever the release is called."""
    for release in ("langsmith", "queue", "my-backend", "prod-langsmith"):
        assert workload_named(f"{release}-{workload.suffix}") == workload
    assert workload_named("frontend") is None


@pytest.mark.parametrize(
    ("name", "account", "pod"),
    [
        ("backend", "backend.serviceAccount", "backend.deployment"),
        ("platformBackend", "platformBackend.serviceAccount", "platformBackend.deployment"),
        ("polly.queue", "polly.queue.serviceAccount", "polly.queue.deployment"),
        ("backend.migrations", "backend.serviceAccount", "backend.migrations"),
        ("backend.authBootstrap", "backend.serviceAccount", "backend.authBootstrap"),
    ],
)
def test_where_they_are_described(name: str, account: str, pod: str) -> None:
    """Jobs have the backend's service account and labels of their own."""
    values = at(f"{account}.annotations", {"a": "b"}) | {}
    merged = deep(values, at(f"{pod}.labels", {"team": "x"}))
    found = declared(**merged)[name]
    assert (found.service_account, found.labels_path) == (account, f"{pod}.labels")
    assert (found.annotations, found.labels) == ({"a": "b"}, {"team": "x"})


def at(path: str, value: object) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def deep(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    shared = {key: deep(one[key], other[key]) for key in one.keys() & other.keys()}
    return one | other | shared


def test_service_account_that_is_made_elsewhere() -> None:
    """Nothing can be said of its annotations."""
    account = {"create": False, "name": "mine", "annotations": {"a": "b"}}
    found = declared(backend={"serviceAccount": account})
    assert found["backend"].annotations is None
    assert found["backend.migrations"].annotations is None
    assert found["queue"].annotations == {}


@pytest.mark.parametrize(
    ("values", "group"),
    [
        ({}, None),
        ({"commonPodSecurityContext": {"fsGroup": 1000}}, 1000),
        ({"commonPodSecurityContext": {"runAsUser": 1000}}, None),
        ({"backend": {"deployment": {"podSecurityContext": {"fsGroup": 7}}}}, 7),
        (
            {
                "commonPodSecurityContext": {"fsGroup": 1000},
                "backend": {"deployment": {"podSecurityContext": {"fsGroup": 7}}},
            },
            7,
        ),
        (
            {
                "commonPodSecurityContext": {"fsGroup": 1000},
                "backend": {"deployment": {"podSecurityContext": {"runAsUser": 7}}},
            },
            1000,
        ),
        ({"backend": {"podSecurityContext": {"fsGroup": 7}}}, None),
        ({"queue": {"deployment": {"podSecurityContext": {"fsGroup": 7}}}}, None),
        ({"commonPodSecurityContext": {"fsGroup": "1000"}}, None),
    ],
)
def test_fs_group(values: dict[str, Any], group: int | None) -> None:
    """A component's own key wins, key by key; text is no group."""
    assert declared(**values)["backend"].fs_group == group


def test_fs_group_of_a_job() -> None:
    """A Job's security context stands beside its switch."""
    found = declared(backend={"migrations": {"podSecurityContext": {"fsGroup": 5}}})
    assert (found["backend.migrations"].fs_group, found["backend"].fs_group) == (5, None)


@pytest.mark.parametrize(
    ("value", "label"),
    [
        ("true", "true"),
        ("", ""),
        (True, "!true"),
        (False, "!false"),
        (1, "!1"),
        (1.5, "!1.5"),
        (["a"], '!["a"]'),
        ({"a": 1}, '!{"a":1}'),
    ],
)
def test_labels(value: object, label: str) -> None:
    """Kubernetes takes strings only: another value is marked as what it is."""
    assert as_label(value) == label
    found = declared(queue={"deployment": {"labels": {"azure.workload.identity/use": value}}})
    assert found["queue"].labels == {"azure.workload.identity/use": label}


@pytest.mark.parametrize(
    ("ca", "lone"),
    [
        ({}, ""),
        ({"secretName": "ca", "secretKey": "ca.crt"}, ""),
        ({"secretName": "ca"}, "secretName"),
        ({"secretKey": "ca.crt"}, "secretKey"),
        ({"secretName": "ca", "secretKey": ""}, "secretName"),
        ({"secretName": "ca", "secretKey": None}, "secretName"),
    ],
)
def test_custom_ca(ca: dict[str, Any], lone: str) -> None:
    """Neither half does anything without the other."""
    found = installation(from_values(REDIS | {"config": {"customCa": ca}}))
    assert found.lone_custom_ca == lone


@pytest.mark.parametrize(
    ("cert", "mounted"), [({}, False), ({"secretName": "p"}, True), ({"certSecretKey": "c"}, False)]
)
def test_client_certificate(cert: dict[str, str], mounted: bool) -> None:
    external = REDIS["redis"]["external"] | {"clientCert": cert}
    plan = from_values({"redis": {"external": external}})
    assert installation(plan).client_certificate is mounted
    assert {each.mounts_client_certificate for each in components(plan).values()} == {mounted}


def test_the_release() -> None:
    """It names the installation, and patches can be said as values."""
    found = installation(from_values(REDIS, release="prod", chart_version="0.16.11"))
    assert (found.name, found.chart_version, found.from_values) == ("prod", "0.16.11", True)
    assert installation(from_values(REDIS)).name == "langsmith"
