"""How many pods may come, and how many connections each may open: the same by values and by manifests."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.chart.scale import count
from preflight.model.components import WORKLOADS
from preflight.model.installation import Component, Feature
from tests.chart.cases import (
    NAMES,
    components,
    from_manifests,
    from_values,
    manifests_of,
    objects_of,
    stream,
    values_of,
)

REDIS: Final = {"redis": {"external": {"enabled": True, "connectionUrl": "redis://cache.example.com:6379/0"}}}
CASE: Final = "features-and-deployments"
ON: Final = {"enabled": True}
QUEUE: Final = "langsmith-queue"


def declared(**values: Any) -> dict[str, Component]:
    return components(from_values(REDIS | values))


def demand(found: dict[str, Component], feature: Feature) -> int:
    """As the check on connections counts it."""
    counted = [each for each in found.values() if feature in each.features and each.connections is not None]
    assert all(each.replicas is not None for each in counted)
    return sum((each.replicas or 0) * (each.connections or 0) for each in counted)


@pytest.mark.parametrize("case", NAMES)
def test_the_demand_of_what_helm_rendered(case: str) -> None:
    """One queue, and a listener where there are deployments; the agents do not say what they need."""
    expected = {Feature.LANGSMITH: 500 if case == CASE else 250}
    for plan in (from_values(values_of(case)), from_manifests(manifests_of(case))):
        found = components(plan)
        assert {each: demand(found, each) for each in Feature} == dict.fromkeys(Feature, 0) | expected
        assert all(each.replicas is not None for each in found.values())


def test_the_pods_of_what_helm_rendered() -> None:
    """The chart's own numbers, as the manifests have them; a Job is one pod."""
    found = components(from_manifests(manifests_of(CASE)))
    several = {name: each.replicas for name, each in found.items() if each.replicas != 1}
    assert several == {"backend": 2, "platformBackend": 3, "ingestQueue": 3}
    assert {name for name, each in found.items() if each.connections == 250} == {"queue", "listener"}


@pytest.mark.parametrize("workload", [each for each in WORKLOADS if each.pods.most], ids=lambda each: each.name)
def test_the_number_of_every_workload(workload: Any) -> None:
    """Under the key that its template reads, and no other."""
    everything: dict[str, Any] = {
        **dict.fromkeys(("agentGateway", "presidioAnalyzer", "fleet"), ON),
        "config": {"deployment": ON},
    }
    of_agent = workload.feature.is_agent
    for key, is_read in (("replicas", not of_agent), ("replicaCount", of_agent)):
        found = declared(**deep(everything, at(f"{workload.pod}.{key}", 7)))
        assert found[workload.name].replicas == (7 if is_read else workload.pods.number)


def test_a_number_that_nothing_changes() -> None:
    """The trigger server may run once only, and Jobs do."""
    found = declared(fleet=ON, fleetTriggerServer={"deployment": {"replicas": 7}, "autoscaling": ON})
    assert found["fleetTriggerServer"].replicas == 1
    assert declared(backend={"migrations": {"replicas": 7}})["backend.migrations"].replicas == 1


@pytest.mark.parametrize(
    ("autoscaling", "pods"),
    [
        ({}, 4),
        ({"hpa": ON}, 10),
        ({"hpa": {"maxReplicas": 30}}, 4),
        ({"hpa": ON | {"maxReplicas": 30}}, 30),
        ({"hpa": ON | {"maxReplicas": "30"}}, 30),
        ({"hpa": ON | {"maxReplicas": "a few"}}, None),
        ({"hpa": ON | {"maxReplicas": 2}}, 2),
        ({"keda": ON}, 10),
        ({"keda": ON | {"maxReplicaCount": 30}}, 30),
        ({"keda": ON | {"maxReplicas": 30}}, 10),
        ({"hpa": ON | {"maxReplicas": 20}, "keda": ON | {"maxReplicaCount": 30}}, 30),
        ({"hpa": ON | {"maxReplicas": 20}, "keda": {"enabled": False, "maxReplicaCount": 30}}, 20),
        ({"hpa": {"enabled": None}}, 4),
        ({"enabled": True, "maxReplicas": 30}, 4),
    ],
)
def test_autoscaling_of_a_service(autoscaling: dict[str, Any], pods: int | None) -> None:
    """In parts: the flat form of older charts does nothing."""
    queue = {"deployment": {"replicas": 4}, "autoscaling": autoscaling}
    assert declared(queue=queue)["queue"].replicas == pods


@pytest.mark.parametrize(
    ("autoscaling", "gateway", "agent"),
    [
        ({}, 4, 4),
        (ON, 5, 5),
        (ON | {"maxReplicas": 30}, 30, 30),
        (ON | {"maxReplicas": 30, "keda": ON}, 30, 30),
        ({"maxReplicas": 30, "keda": ON}, 4, 4),
        ({"hpa": ON | {"maxReplicas": 30}}, 4, 4),
        (ON | {"maxReplicas": 30, "createHpa": False}, 1, 30),
    ],
)
def test_autoscaling_of_the_others(autoscaling: dict[str, Any], gateway: int, agent: int) -> None:
    """Directly; a gateway without an HPA is left to somebody else's, and starts as one pod."""
    found = declared(
        agentGateway=ON | {"deployment": {"replicas": 4}, "autoscaling": autoscaling},
        fleet=ON | {"queue": {"deployment": {"replicaCount": 4}, "autoscaling": autoscaling}},
    )
    assert (found["agentGateway"].replicas, found["fleet.queue"].replicas) == (gateway, agent)


@pytest.mark.parametrize(
    ("environment", "connections"),
    [
        ([], None),
        ([{"name": "REDIS_MAX_CONNECTIONS", "value": "40"}], 40),
        ([{"name": "REDIS_MAX_CONNECTIONS", "value": 40}], 40),
        ([{"name": "REDIS_MAX_CONNECTIONS", "value": "40"}, {"name": "REDIS_MAX_CONNECTIONS", "value": "50"}], 50),
        ([{"name": "REDIS_MAX_CONNECTIONS", "value": "many"}], None),
        ([{"name": "REDIS_MAX_CONNECTIONS", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}], None),
        ([{"name": "OTHER", "value": "40"}, "text", None], None),
    ],
)
def test_connections(environment: list[Any], connections: int | None) -> None:
    """The template says it of two workloads; of the others, whoever adds the variable."""
    found = declared(backend={"deployment": {"extraEnv": environment}}, config={"deployment": ON})
    assert found["backend"].connections == connections
    assert {name: each.connections for name, each in found.items() if each.connections == 250} == {
        "queue": 250,
        "listener": 250,
    }


def rendered(spec: dict[str, Any], *others: dict[str, Any], kind: str = "Deployment") -> Component:
    """The queue of a release, with this in its spec, and other objects beside it."""
    queue = deployment()
    without = {name: value for name, value in queue["spec"].items() if name != "replicas"}
    [found] = components(from_manifests(stream(queue | {"kind": kind, "spec": without | spec}, *others))).values()
    return found


@cache
def deployment() -> dict[str, Any]:
    """As Helm rendered it."""
    named = [each for each in objects_of("standalone-inline") if each["metadata"]["name"] == QUEUE]
    return next(each for each in named if each["kind"] == "Deployment")


def scaler(most: object = 30, target: str = QUEUE, namespace: str = "langsmith", **reference: str) -> dict[str, Any]:
    metadata = {"name": "x"} | ({"namespace": namespace} if namespace else {})
    spec = {"scaleTargetRef": {"kind": "Deployment", "name": target} | reference, "maxReplicas": most}
    return {"kind": "HorizontalPodAutoscaler", "metadata": metadata, "spec": spec}


def keda(**spec: Any) -> dict[str, Any]:
    metadata = {"name": "x", "namespace": "langsmith"}
    return {"kind": "ScaledObject", "metadata": metadata, "spec": {"scaleTargetRef": {"name": QUEUE}} | spec}


@pytest.mark.parametrize(
    ("spec", "others", "pods"),
    [
        ({}, (), 1),
        ({"replicas": 4}, (), 4),
        ({"replicas": 0}, (), 0),
        ({"replicas": None}, (), 1),
        ({"replicas": "four"}, (), None),
        ({"replicas": 4}, (scaler(),), 30),
        ({}, (scaler(namespace=""),), 30),
        ({"replicas": 4}, (scaler(namespace="other"),), 4),
        ({"replicas": 4}, (scaler(target="langsmith-backend"),), 4),
        ({"replicas": 4}, (scaler(kind="StatefulSet"),), 4),
        ({"replicas": 4}, (scaler(None),), None),
        ({}, (scaler(20), scaler(30)), 30),
        ({}, (keda(maxReplicaCount=30),), 30),
        ({}, (keda(),), 100),
        ({}, (keda(maxReplicaCount=30, scaleTargetRef={"kind": "Rollout", "name": QUEUE}),), 1),
        ({}, ({"kind": "HorizontalPodAutoscaler", "metadata": {"name": "x"}, "spec": "text"},), 1),
        ({}, ({"kind": "ScaledObject", "metadata": {"name": "x"}},), 1),
    ],
)
def test_pods_of_manifests(spec: dict[str, Any], others: tuple[dict[str, Any], ...], pods: int | None) -> None:
    """The workload's own number, unless an autoscaler of its namespace looks after it."""
    assert rendered(spec, *others).replicas == pods


@pytest.mark.parametrize(
    ("kind", "spec", "pods"),
    [
        ("StatefulSet", {"replicas": 4}, 4),
        ("ReplicaSet", {"replicas": 4}, 4),
        ("Rollout", {"replicas": 4}, 4),
        ("DaemonSet", {"replicas": 4}, None),
        ("Job", {"replicas": 4}, 1),
        ("Job", {"parallelism": 4}, 4),
    ],
)
def test_kinds(kind: str, spec: dict[str, Any], pods: int | None) -> None:
    """What the number is called; nobody knows on how many nodes a DaemonSet runs."""
    found = rendered(spec, kind=kind)
    assert (found.replicas, found.connections, found.workload) == (pods, 250, f"{kind}/{QUEUE}")


def test_a_rollout_and_its_autoscaler() -> None:
    """`queue.rollout.enabled` makes a Rollout of Argo in place of the Deployment."""
    assert rendered({}, scaler(kind="Rollout"), kind="Rollout").replicas == 30


def containers(*variables: list[dict[str, Any]]) -> dict[str, Any]:
    url = {"name": "REDIS_DATABASE_URI", "value": "redis://cache.example.com:6379"}
    return {"template": {"spec": {"containers": [{"name": "c", "env": [url, *each]} for each in variables]}}}


@pytest.mark.parametrize(
    ("spec", "connections"),
    [
        (containers([]), None),
        (containers([{"name": "REDIS_MAX_CONNECTIONS", "value": "40"}]), 40),
        (containers([{"name": "REDIS_MAX_CONNECTIONS", "value": "40"}], []), 40),
        (containers(*[[{"name": "REDIS_MAX_CONNECTIONS", "value": "40"}]] * 2), 80),
        (containers([{"name": "REDIS_MAX_CONNECTIONS", "value": "many"}]), None),
        (
            containers([{"name": "REDIS_MAX_CONNECTIONS", "valueFrom": {"secretKeyRef": {"name": "s", "key": "k"}}}]),
            None,
        ),
    ],
)
def test_connections_of_manifests(spec: dict[str, Any], connections: int | None) -> None:
    """Of all containers of a pod together, as far as they say it."""
    assert rendered(spec).connections == connections


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (0, 0),
        (3.0, 3),
        ("3", 3),
        (" 3 ", 3),
        (-1, None),
        (-1.0, None),
        (3.5, None),
        (True, None),
        ("3.0", None),
        ("", None),
        ("\u0663", None),
        ("1" * 10, None),
        (float("inf"), None),
        (float("nan"), None),
        (None, None),
        ([3], None),
    ],
)
def test_count(value: object, number: int | None) -> None:
    assert count(value) == number


@given(st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()))
def test_no_value_breaks_it(value: object) -> None:
    """A number of pods, or nothing."""
    found = count(value)
    assert found is None or found >= 0


def at(path: str, value: object) -> dict[str, Any]:
    for key in reversed(path.split(".")):
        value = {key: value}
    assert isinstance(value, dict)
    return value


def deep(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    shared = {key: deep(one[key], other[key]) for key in one.keys() & other.keys()}
    return one | other | shared
