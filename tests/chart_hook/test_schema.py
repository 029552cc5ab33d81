"""Values that the chart refuses, and the defaults that it shares with LangSmith's."""

from __future__ import annotations

from typing import Any, Final

import msgspec
import pytest
import yaml

from preflight.chart.values import Values as Known
from preflight.chart.values import read_values
from preflight.model.components import WORKLOADS
from preflight.version import __version__
from tests.chart_hook.installations import ALL, Values, redis
from tests.chart_hook.render import CHART, helm, render

KEPT: Final = redis(existingSecretName="kept")


def defaults() -> Values:
    found: Values = yaml.safe_load((CHART / "values.yaml").read_text())
    return found


@pytest.mark.parametrize(
    ("values", "place"),
    [
        ({"serviceAccounts": "each"}, "/serviceAccounts"),
        ({"serviceAccount": {"creat": True}}, "/serviceAccount"),
        ({"image": {"version": "1"}}, "/image"),
        ({"image": {"digest": "abc"}}, "/image/digest"),
        ({"image": {"pullPolicy": "Sometimes"}}, "/image/pullPolicy"),
        ({"failOnError": "false"}, "/failOnError"),
        ({"hook": "false"}, "/hook"),
        ({"args": "check"}, "/args"),
        ({"args": []}, "/args"),
        ({"args": ["check", 5]}, "/args/1"),
        ({"deadlineSeconds": "240"}, "/deadlineSeconds"),
        ({"deadlineSeconds": 0}, "/deadlineSeconds"),
        ({"resources": {"limit": {}}}, "/resources"),
        ({"imagePullSecrets": ["pull"]}, "/imagePullSecrets/0"),
        ({"extraEnv": {"A": "b"}}, "/extraEnv"),
        ({"podLabels": {"a": True}}, "/podLabels/a"),
        ({"tolerations": {}}, "/tolerations"),
        ({"automountServiceAccountToken": "no"}, "/automountServiceAccountToken"),
        ({"commonEnv": [{"value": "x"}]}, "/commonEnv/0"),
        ({"commonVolumeMounts": [{"name": "x"}]}, "/commonVolumeMounts/0"),
        ({"commonPodSecurityContext": []}, "/commonPodSecurityContext"),
        ({"config": {"customCa": {"secretName": 5}}}, "/config/customCa/secretName"),
        ({"config": {"disableSecretCreation": "true"}}, "/config/disableSecretCreation"),
        ({"queue": {"deployment": {"labels": {"azure.workload.identity/use": True}}}}, "/queue/deployment/labels"),
        ({"listener": {"serviceAccount": {"annotations": {"a": 1}}}}, "/listener/serviceAccount/annotations/a"),
        ({"fleetToolServer": {"enabled": "x"}}, "/fleetToolServer/enabled"),
        (redis(connectionUrl=["x"]), "/redis/external/connectionUrl"),
        (redis(connectionUrlSecretKey=""), "/redis/external/connectionUrlSecretKey"),
        (redis(clusterSafeMode="true"), "/redis/external/clusterSafeMode"),
        (redis(cluster={"nodeUris": "redis://n:1"}), "/redis/external/cluster/nodeUris"),
        (redis(cluster={"nodeUris": [{"host": "n"}]}), "/redis/external/cluster/nodeUris/0"),
        (redis(cluster={"tlsEnabled": "false"}), "/redis/external/cluster/tlsEnabled"),
        (redis(clientCert={"secretName": True}), "/redis/external/clientCert/secretName"),
    ],
)
@pytest.mark.parametrize("umbrella", [False, True], ids=["alone", "umbrella"])
def test_refused(values: Values, place: str, *, umbrella: bool) -> None:
    """With the place of the value."""
    with pytest.raises(helm().HelmValuesError) as caught:
        render(KEPT | values, umbrella=umbrella)
    assert place in str(caught.value)


def test_switch_is_a_boolean() -> None:
    """A text, even "false", would be true to a template."""
    with pytest.raises(helm().HelmValuesError, match="/enabled"):
        render(KEPT | {"enabled": "false"})


def test_a_refusal_repeats_no_password() -> None:
    with pytest.raises(helm().HelmValuesError) as caught:
        render(redis(cluster={"password": 8675309, "nodeUris": "redis://u:tops3cret@n:1"}))
    assert "/redis/external/cluster/password" in str(caught.value)
    assert "8675309" not in str(caught.value)
    assert "tops3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "values",
    [
        {"ingress": {"enabled": True}},
        {"redis": {"external": {"enabled": True, "future": 1}, "statefulSet": {"resources": {}}}},
        {"backend": {"autoscaling": {"hpa": {"enabled": True}}, "deployment": {"replicas": 3}}},
        {"config": {"settings": {"redisRunsExpirySeconds": 3600}}},
        {"global": {"team": "x"}},
        {"queue": {"serviceAccount": {"automountServiceAccountToken": False}}},
    ],
)
def test_taken(values: Values) -> None:
    """Whatever else LangSmith's values hold is none of our business."""
    assert render(KEPT | values)


@pytest.mark.parametrize("values", ALL.values(), ids=ALL)
def test_schema_alone(values: Values) -> None:
    with helm().Chart.load(CHART) as chart:
        chart.validate_schema(values)


@pytest.mark.parametrize("umbrella", [False, True], ids=["alone", "umbrella"])
def test_nulls(*, umbrella: bool) -> None:
    """Helm takes the default away, and nothing stands in its place."""
    nulls = {"commonEnv": None, "commonDnsConfig": None, "resources": None, "podSecurityContext": None}
    deployment = {"backend": {"deployment": None, "serviceAccount": None}}
    assert render(KEPT | nulls | deployment, umbrella=umbrella)


def plain(known: Any) -> Any:
    return msgspec.to_builtins(known)


def shared(one: Any, other: Any) -> Any:
    """`one` without the keys that `other` does not have."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {key: shared(each, other[key]) for key, each in one.items() if key in other}
    return one


def test_defaults_are_langsmiths() -> None:
    """Those that preflight itself reads values with."""
    ours, known = defaults(), plain(Known())
    for key in ("redis", "config", "nameOverride", "fullnameOverride", "commonPodSecurityContext"):
        assert shared(known[key], ours[key]) == unset_as_false(shared(ours[key], known[key]), known[key])
    assert shared(plain(read_values(ours))["redis"], known["redis"]) == known["redis"]


def unset_as_false(ours: Any, known: Any) -> Any:
    """A switch that the chart has off is one that preflight may know as unset."""
    if isinstance(ours, dict):
        return {key: unset_as_false(each, known[key]) for key, each in ours.items()}
    return None if known is None and ours is False else ours


def test_names_of_the_components() -> None:
    """They end the names of LangSmith's objects, and so of its accounts."""
    ours = defaults()
    own = [each for each in WORKLOADS if each.pod == f"{each.name}.deployment" and "." not in each.name]
    services = {each.name: each.suffix for each in own}
    assert {key: ours[key]["name"] for key in services} == services


def test_versions() -> None:
    """The image that the chart starts is this preflight."""
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert chart["appVersion"] == __version__
    assert chart["kubeVersion"].startswith(">=1.26")


def test_no_registry_in_an_image() -> None:
    """Where images come from is the installation's to say."""
    assert "." not in defaults()["image"]["repository"]
