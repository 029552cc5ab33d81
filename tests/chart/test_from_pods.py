"""Targets and components out of manifests, whatever form the stream has and wherever a variable comes from."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from preflight.model.errors import InputError
from preflight.model.finding import Outcome
from preflight.model.installation import Feature
from preflight.model.target import Mode, Target, Tls
from preflight.run import lint
from tests.chart.cases import (
    components,
    from_manifests,
    installation,
    manifests_of,
    objects_of,
    secret,
    stream,
    targets,
)

URL: Final = "redis://cache.example.com:6379/3"
TEMPLATED: Final = {"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Job"}
CASE: Final = "standalone-inline"


def reference(name: str, key: str, **more: Any) -> dict[str, Any]:
    return {"valueFrom": {"secretKeyRef": {"name": name, "key": key} | more}}


def env(**variables: Any) -> list[dict[str, Any]]:
    return [
        {"name": name} | (value if isinstance(value, dict) else {"value": value}) for name, value in variables.items()
    ]


def workload(name: str, kind: str = "Deployment", *, release: str = "ls", **spec: Any) -> dict[str, Any]:
    """Its pods as `spec` says; a variable is enough for a container."""
    template: dict[str, Any] = {"metadata": spec.pop("metadata", {}), "spec": spec}
    metadata = {"name": name, "labels": {"app.kubernetes.io/instance": release}}
    if kind == "Pod":
        return {"kind": kind, "metadata": metadata, "spec": spec}
    inner = {"template": template}
    return {
        "kind": kind,
        "metadata": metadata,
        "spec": {"jobTemplate": {"spec": inner}} if kind == "CronJob" else inner,
    }


def pod(*variables: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "main", "env": list(variables)} | more


def queue(*variables: dict[str, Any], **container: Any) -> dict[str, Any]:
    return workload("ls-queue", containers=[pod(*variables, **container)])


def one(*objects: object, **options: str) -> Target:
    [target] = from_manifests(stream(*objects), **options).targets
    return target


def hosts(target: Target) -> list[str]:
    return [str(each) for each in target.endpoints]


@pytest.mark.parametrize("kind", sorted(TEMPLATED | {"CronJob", "Pod"}))
@pytest.mark.parametrize("place", ["containers", "initContainers"])
def test_every_kind_of_workload(kind: str, place: str) -> None:
    """Whatever runs pods, and each of their containers."""
    spec: dict[str, Any] = {place: [pod(), pod(*env(REDIS_DATABASE_URI=URL))]}
    target = one(workload("ls-queue", kind, **spec))
    assert (hosts(target), target.db, target.used_by) == (["cache.example.com:6379"], 3, (f"{kind}/ls-queue",))


def test_one_pod_counts_once() -> None:
    """However many of its containers are given the same."""
    containers = [pod(*env(REDIS_DATABASE_URI=URL)), pod(*env(REDIS_DATABASE_URI=URL))]
    assert one(workload("ls-queue", containers=containers)).used_by == ("Deployment/ls-queue",)


@pytest.mark.parametrize(
    ("container", "objects"),
    [
        (pod(*env(REDIS_DATABASE_URI=URL)), []),
        (pod(*env(REDIS_DATABASE_URI=reference("mine", "url"))), [secret("mine", url=URL)]),
        (
            pod(*env(REDIS_DATABASE_URI={"valueFrom": {"configMapKeyRef": {"name": "ls-config", "key": "url"}}})),
            [{"kind": "ConfigMap", "metadata": {"name": "ls-config"}, "data": {"url": URL}}],
        ),
        (
            pod(envFrom=[{"configMapRef": {"name": "ls-config"}}]),
            [{"kind": "ConfigMap", "metadata": {"name": "ls-config"}, "data": {"REDIS_DATABASE_URI": URL}}],
        ),
        (
            pod(envFrom=[{"prefix": "REDIS_", "configMapRef": {"name": "ls-config"}}]),
            [{"kind": "ConfigMap", "metadata": {"name": "ls-config"}, "data": {"DATABASE_URI": URL}}],
        ),
        (
            pod(*env(REDIS_DATABASE_URI=URL), envFrom=[{"configMapRef": {"name": "ls-config"}}]),
            [{"kind": "ConfigMap", "metadata": {"name": "ls-config"}, "data": {"REDIS_DATABASE_URI": "redis://other"}}],
        ),
        (
            pod(*env(A="b"), *env(REDIS_DATABASE_URI="redis://other"), *env(REDIS_DATABASE_URI=URL)),
            [],
        ),
        (
            pod(
                *env(REDIS_DATABASE_URI=URL), envFrom=[{"secretRef": {"name": "gone"}}, {"configMapRef": {"name": "x"}}]
            ),
            [{"kind": "ConfigMap", "metadata": {"name": "x"}}],
        ),
    ],
    ids=["literal", "secret", "configMapKeyRef", "envFrom", "prefix", "env-over-envFrom", "last", "others-unknown"],
)
def test_where_a_variable_comes_from(container: dict[str, Any], objects: list[dict[str, Any]]) -> None:
    target = one(workload("ls-queue", containers=[container]), *objects)
    assert (hosts(target), target.db) == (["cache.example.com:6379"], 3)


def test_env_from_a_secret() -> None:
    container = pod(envFrom=[{"secretRef": {"name": "mine"}}])
    assert hosts(one(workload("ls-queue", containers=[container]), secret("mine", REDIS_DATABASE_URI=URL)))


def test_cluster_by_literals() -> None:
    nodes = '["redis://a.example.com:7000"]'
    told = env(
        REDIS_CLUSTER_ENABLED="true", REDIS_CLUSTER_DATABASE_URIS=nodes, REDIS_CLUSTER_USE_SSL_CONNECTION="false"
    )
    target = one(queue(*told))
    assert (target.mode, hosts(target), target.tls) == (Mode.CLUSTER, ["a.example.com:7000"], None)


def test_another_environment_is_another_target() -> None:
    """One workload with an extraEnv of its own; each target names those that it is told to."""
    plan = from_manifests(
        stream(
            workload("ls-queue", containers=[pod(*env(REDIS_DATABASE_URI=URL))]),
            workload("ls-backend", containers=[pod(*env(REDIS_DATABASE_URI=URL))]),
            workload("ls-listener", containers=[pod(*env(REDIS_DATABASE_URI="redis://other.example.com:6379/0"))]),
        )
    )
    users = {target.name: (hosts(target), target.used_by) for target in plan.targets}
    assert users == {
        "langsmith": (["cache.example.com:6379"], ("Deployment/ls-queue", "Deployment/ls-backend")),
        "langsmith-2": (["other.example.com:6379"], ("Deployment/ls-listener",)),
    }
    assert {each.installation for each in plan.targets} == {"ls"}


def wrapped(objects: list[dict[str, Any]]) -> str:
    inner = {"apiVersion": "v1", "kind": "List", "items": objects[3:]}
    return stream({"apiVersion": "v1", "kind": "List", "items": [*objects[:3], inner]})


def strange(objects: list[dict[str, Any]]) -> str:
    definition = {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "lgps.apps.langchain.ai"},
        "spec": {"versions": [{"schema": {"openAPIV3Schema": {"properties": {"spec": {"type": "object"}}}}}]},
    }
    other = {"apiVersion": "keda.sh/v1alpha1", "kind": "ScaledObject", "metadata": {"name": "q"}, "spec": ["anything"]}
    nameless = {"kind": "Ingress", "spec": {"template": {"spec": "no pod"}}}
    return stream(definition, other, nameless, {}, *objects)


@pytest.mark.parametrize(
    "text",
    [
        stream(*objects_of(CASE)),
        "---\n".join(json.dumps(each) + "\n" for each in objects_of(CASE)),
        json.dumps({"kind": "List", "items": objects_of(CASE)}, indent=2),
        wrapped(objects_of(CASE)),
        strange(objects_of(CASE)),
        "# Source: a\n---\n---\n# nothing\n---\n"
        + manifests_of(CASE).replace("---\n", "---\n# Source: b\n")
        + "\n---\n",
        "\ufeff" + manifests_of(CASE).replace("\n", "\r\n"),
        stream(*reversed(objects_of(CASE))),
    ],
    ids=["plain", "json", "json-list", "list-in-list", "unknown-kinds", "empty-documents", "windows", "reversed"],
)
def test_forms_of_a_stream(text: str) -> None:
    """The order and the form of the objects change nothing but the order of the workloads."""
    expected, found = (targets(from_manifests(each))["langsmith"] for each in (manifests_of(CASE), text))
    assert sorted(found.used_by) == sorted(expected.used_by)
    assert (found.endpoints, found.tls, found.login, found.secrets, found.keys, found.place) == (
        expected.endpoints, expected.tls, expected.login, expected.secrets, expected.keys, expected.place,
    )  # fmt: skip


def test_one_release_in_several_files() -> None:
    """As `helm template --output-dir` leaves it: one file for each template."""
    whole = from_manifests(manifests_of(CASE))
    parts = from_manifests(*(stream(each) for each in objects_of(CASE)))
    assert targets(parts) == targets(whole)
    assert parts.installations == whole.installations


IN_CLUSTER: Final = "redis://langsmith-redis.langsmith.svc.cluster.local:6379"


@pytest.mark.parametrize(
    "objects",
    [
        [secret("langsmith-redis", connection_url=IN_CLUSTER)],
        [
            secret("langsmith-redis", connection_url=IN_CLUSTER),
            {"kind": "Service", "metadata": {"name": "langsmith-redis"}},
        ],
        [
            secret("langsmith-redis", connection_url="redis://cache.langsmith.svc:6379"),
            {"kind": "Service", "metadata": {"name": "cache"}},
        ],
    ],
    ids=["by-name", "with-service", "service-of-another-name"],
)
def test_the_chart_s_own_redis(objects: list[dict[str, Any]]) -> None:
    """It is deployed with the release: there is nothing to check before."""
    told = env(REDIS_DATABASE_URI=reference("langsmith-redis", "connection_url"))
    with pytest.raises(InputError, match="external Redis"):
        from_manifests(stream(queue(*told), *objects))


def test_the_chart_s_own_redis_for_an_agent_only() -> None:
    """The external one beside it stays a target."""
    told = env(REDIS_DATABASE_URI=URL, REDIS_URI=reference("ls-standalone-polly-redis", "redis_connection_url"))
    own = secret("ls-standalone-polly-redis", redis_connection_url="redis://ls-standalone-polly-redis.x.svc:6379")
    plan = from_manifests(stream(workload("ls-standalone-polly-queue", containers=[pod(*told)]), own))
    assert list(targets(plan)) == ["langsmith"]


def test_a_service_and_a_host_of_the_same_first_label() -> None:
    told = env(REDIS_DATABASE_URI=reference("mine", "url"))
    service = {"kind": "Service", "metadata": {"name": "langsmith-redis"}}
    made = secret("mine", url="rediss://langsmith-redis.abc123.use1.cache.amazonaws.com:6379")
    assert hosts(one(queue(*told), service, made)) == ["langsmith-redis.abc123.use1.cache.amazonaws.com:6379"]


@pytest.mark.parametrize("objects", [[], [queue(*env(A="b", REDIS_MAX_CONNECTIONS="250"))], [secret("a", b="c")]])
def test_nothing_of_redis(objects: list[dict[str, Any]]) -> None:
    with pytest.raises(InputError, match="No workload in these manifests"):
        from_manifests(stream(*objects))


@pytest.mark.parametrize("value", ["", "redis://cache.example.com:6379/0\n", '["redis://a:6379"]'])
def test_a_bad_value_in_the_chart_s_own_secret(value: str) -> None:
    """It follows from the values, where it is found; here it is found too."""
    told = env(REDIS_DATABASE_URI=reference("langsmith-redis", "connection_url"))
    report = lint(from_manifests(stream(queue(*told), secret("langsmith-redis", connection_url=value))))
    failed = {each.id for each in report.findings if each.outcome is Outcome.FAIL}
    assert failed & {"config.url", "config.secret"}


MOUNT: Final = {"name": "certs", "mountPath": "/etc/redis/certs"}
SINGLE: Final = {"name": "ca", "mountPath": "/etc/ssl/certs/mine.crt", "subPath": "ca-certificates.crt"}


def volume(name: str, of: str, **items: str) -> dict[str, Any]:
    listed = [{"key": key.replace("__", "."), "path": path} for key, path in items.items()]
    return {"name": name, "secret": {"secretName": of} | ({"items": listed} if items else {})}


@pytest.mark.parametrize(
    ("variable", "path", "mount", "volumes", "key"),
    [
        ("SSL_CERT_FILE", "/etc/ssl/certs/mine.crt", SINGLE, volume("ca", "ca", k="ca-certificates.crt"), "ca/k"),
        ("SSL_CERT_FILE", "/etc/ssl/certs/mine.crt", SINGLE, volume("ca", "ca"), "ca/ca-certificates.crt"),
        ("SSL_CERT_FILE", "/etc/redis/certs/ca.crt", MOUNT, volume("certs", "tls"), "tls/ca.crt"),
        ("SSL_CERT_FILE", "/etc/redis/certs/ca.crt", MOUNT, volume("certs", "tls", mine="ca.crt"), "tls/mine"),
        (
            "SSL_CERT_FILE", "/etc/redis/certs/ca.crt", MOUNT | {"mountPath": "/etc/redis/certs/"},
            volume("certs", "tls"), "tls/ca.crt",
        ),
        ("SSL_CERT_FILE", "/etc/redis/certs-2/ca.crt", MOUNT, volume("certs", "tls"), ""),
        ("SSL_CERT_FILE", "/etc/ssl/certs/other.crt", SINGLE, volume("ca", "ca"), ""),
        ("SSL_CERT_FILE", "/etc/ssl/certs/mine.crt", SINGLE, {"name": "ca", "configMap": {"name": "ca"}}, ""),
        ("SSL_CERT_FILE", "/etc/ssl/certs/mine.crt", SINGLE, volume("other", "ca"), ""),
        ("SSL_CERT_FILE", "", MOUNT, volume("certs", "tls"), ""),
    ],
)  # fmt: skip
def test_mounted_files(variable: str, path: str, mount: dict[str, Any], volumes: dict[str, Any], key: str) -> None:
    """By subPath as the chart mounts a CA, or as a directory."""
    told = env(REDIS_DATABASE_URI="rediss://cache.example.com", **{variable: path})
    target = one(workload("ls-queue", containers=[pod(*told, volumeMounts=[mount])], volumes=[volumes]))
    assert [f"{each.secret}/{each.key}" for each in target.keys] == ([key] if key else [])
    assert target.tls == Tls()


def test_juicefs() -> None:
    """The metadata engine's URL is mounted, and no variable; the Job that formats the volume is not asked."""
    job, host = (
        workload(f"ls-{name}", kind, containers=[pod()], volumes=[volume("juicefs-config", "fs")])
        for name, kind in (("juicefs-format", "Job"), ("sandbox-host", "DaemonSet"))
    )
    target = one(job, host, secret("fs", metaurl="redis://fs.example.com:6379/1"))
    assert (target.name, target.feature, hosts(target)) == ("juicefs", Feature.JUICEFS, ["fs.example.com:6379"])
    assert (target.db, target.used_by, target.installation) == (1, ("DaemonSet/ls-sandbox-host",), "ls")


@pytest.mark.parametrize(
    ("name", "target"),
    [
        ("ls-standalone-fleet-queue", "fleet"),
        ("ls-standalone-fleet-api-server", "fleet"),
        ("ls-standalone-insights-queue", "insights"),
        ("ls-standalone-polly-api-server", "polly"),
        ("ls-queue", "agent"),
        ("anything", "agent"),
    ],
)
def test_whose_agent_it_is(name: str, target: str) -> None:
    """The workload's name tells it, or nothing does."""
    told = env(REDIS_URI=URL, AGENT_REDIS_IAM_AUTH_PROVIDER="azure")
    found = one(workload(name, containers=[pod(*told)]))
    assert (found.name, found.iam) == (target, "azure")


def test_chart_version() -> None:
    """Of whichever object has the chart's label; what is no version is none."""
    owner = queue(*env(REDIS_DATABASE_URI=URL))
    for label, version in (
        ("langsmith-0.16.11", "0.16.11"),
        ("langsmith-0.17.0-rc.12", "0.17.0-rc.12"),
        ("langsmith-0.16.11_build.5", "0.16.11+build.5"),
        ("langgraph-dataplane-0.2.22", ""),
        ("langsmith", ""),
    ):
        owner["metadata"]["labels"]["helm.sh/chart"] = label
        assert installation(from_manifests(stream(owner))).chart_version == version


def test_chart_version_of_a_private_build() -> None:
    """Any SemVer may stand there."""
    text = manifests_of("cluster-inline").replace("langsmith-0.17.0-rc.12", "langsmith-0.17.0-pr123")
    assert not [each for each in lint(from_manifests(text)).findings if each.outcome is Outcome.ERROR]


@pytest.mark.parametrize(
    ("objects", "annotations"),
    [
        ([], None),
        ([{"kind": "ServiceAccount", "metadata": {"name": "other", "annotations": {"a": "b"}}}], None),
        ([{"kind": "ServiceAccount", "metadata": {"name": "sa"}}], {}),
        ([{"kind": "ServiceAccount", "metadata": {"name": "sa", "annotations": {"a": "b"}}}], {"a": "b"}),
    ],
)
def test_component(objects: list[dict[str, Any]], annotations: dict[str, str] | None) -> None:
    """Its service account, if the stream has that; the labels and fsGroup of its pods."""
    metadata = {"labels": {"quoted": "true", "bare": True, "number": 1}}
    owner = workload(
        "ls-platform-backend", containers=[pod(*env(REDIS_DATABASE_URI=URL))], metadata=metadata,
        serviceAccountName="sa", securityContext={"fsGroup": 2000, "runAsUser": 5},
    )  # fmt: skip
    found = components(from_manifests(stream(owner, *objects)))["platformBackend"]
    assert found.annotations == annotations
    assert found.labels == {"quoted": "true", "bare": "!true", "number": "!1"}
    assert (found.fs_group, found.documented, found.workload) == (2000, True, "Deployment/ls-platform-backend")
    assert (found.service_account, found.labels_path) == (
        "platformBackend.serviceAccount",
        "platformBackend.deployment.labels",
    )


def test_component_that_the_chart_does_not_know() -> None:
    """It is named as it is, and no values key is made up for it; what receives nothing is none."""
    told = pod(*env(REDIS_DATABASE_URI=URL))
    plan = from_manifests(stream(workload("mine", "CronJob", containers=[told]), workload("idle", containers=[pod()])))
    [found] = installation(plan).components
    assert (found.name, found.workload, found.documented) == ("mine", "CronJob/mine", False)
    assert (found.service_account, found.labels_path, found.fs_group) == ("", "", None)
