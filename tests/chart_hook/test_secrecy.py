"""Passwords are in the one Secret and nowhere else, and what is missing is told by preflight, not by a stuck pod."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any, Final

import msgspec
import pytest

from preflight.chart.delivered import VARIABLE, Delivery, Key
from tests.chart import cases
from tests.chart_hook.installations import ALL, COMPONENTS, EVERYTHING, RENDERED, Values, redis
from tests.chart_hook.render import Document, container, jobs, objects, of_kind, plain_env, pod, render, rendered

PASSWORD: Final = "hunter2-p@ss/word"
URL: Final = f"rediss://app:{PASSWORD}@private.example.com:6380/0"
NODE: Final = "redis://private-node.example.com:6379"
INLINE: Final = [redis(connectionUrl=URL), redis(cluster={"enabled": True, "nodeUris": [NODE], "password": PASSWORD})]
KEPT: Final = redis(existingSecretName="kept")
NODES: Final = {"enabled": True, "nodeUrisSecretKey": "n", "passwordSecretKey": "p"}
CA: Final = {"config": {"customCa": {"secretName": "ca", "secretKey": "bundle"}}}
PAIR: Final = {"clientCert": {"secretName": "pair"}}


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield str(key)
            yield from texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from texts(each)
    else:
        yield str(value)


@pytest.mark.parametrize("upgrade", [False, True], ids=["install", "upgrade"])
@pytest.mark.parametrize("umbrella", [False, True], ids=["alone", "umbrella"])
@pytest.mark.parametrize("own", [{}, COMPONENTS, {"hook": False}], ids=["single", "perComponent", "plain"])
@pytest.mark.parametrize("values", INLINE, ids=["standalone", "cluster"])
def test_only_in_the_secret(values: Values, own: Values, *, umbrella: bool, upgrade: bool) -> None:
    files = rendered(values | own, umbrella=umbrella, upgrade=upgrade)
    holding = [path for path, text in files.items() if any(word in text for word in hidden())]
    assert [path.rpartition("/")[2] for path in holding] == ["secret.yaml"]
    [secret] = of_kind(render(values | own, umbrella=umbrella, upgrade=upgrade), "Secret")
    assert not any(word in text for word in hidden() for text in texts({**secret, "data": {}}))


def hidden() -> list[str]:
    """The secrets as text, as JSON and as base64 has them, at any offset."""
    plain = [PASSWORD, URL, NODE, "private"]
    coded = [base64.b64encode(f"{pad}{word}".encode()).decode()[4:-4] for word in plain[:3] for pad in ("", "x", "xx")]
    return plain + coded


@pytest.mark.parametrize("values", INLINE, ids=["standalone", "cluster"])
def test_what_the_secret_holds(values: Values) -> None:
    [secret] = of_kind(render(values), "Secret")
    data = {key: base64.b64decode(text).decode() for key, text in secret["data"].items()}
    if "connectionUrl" in values["redis"]["external"]:
        assert data == {"connection_url": URL}
    else:
        assert data == {"redis_cluster_node_uris": json.dumps([NODE]), "redis_cluster_password": PASSWORD}


def test_keys_of_the_secret() -> None:
    """By LangSmith's own names for them."""
    values = redis(connectionUrl=URL, connectionUrlSecretKey="mine")
    documents = render(values)
    [secret] = of_kind(documents, "Secret")
    [key] = [each["valueFrom"]["secretKeyRef"] for each in container(jobs(documents)[""])["env"] if "valueFrom" in each]
    assert list(secret["data"]) == ["mine"]
    assert key == {"name": secret["metadata"]["name"], "key": "mine", "optional": True}


@pytest.mark.parametrize(
    ("external", "disabled", "name"),
    [
        ({"connectionUrl": URL}, False, "langsmith-preflight-redis"),
        ({"connectionUrl": URL, "existingSecretName": "kept"}, False, "kept"),
        ({"connectionUrl": URL}, True, "langsmith-redis"),
        ({"existingSecretName": "kept"}, True, "kept"),
    ],
)
def test_which_secret(external: Values, name: str, *, disabled: bool) -> None:
    """One that exists is used as it is; LangSmith's own name is never taken."""
    values = {"redis": {"external": {"enabled": True} | external, "disableSecretCreation": disabled}}
    documents = render(values)
    [used] = {each["valueFrom"]["secretKeyRef"]["name"] for each in container(jobs(documents)[""])["env"][1:2]}
    assert used == name
    made = [each["metadata"]["name"] for each in of_kind(documents, "Secret")]
    assert made == ([name] if name.endswith("preflight-redis") else [])


def references(value: Any) -> Iterator[tuple[str, Document]]:
    """Everything in a pod that names a Secret or a ConfigMap."""
    for key, each in value.items() if isinstance(value, dict) else enumerate(value):
        if key in {"secret", "configMap", "secretKeyRef", "configMapKeyRef"}:
            yield key, each
        if isinstance(each, (dict, list)):
            yield from references(each)


@pytest.mark.parametrize("own", [{}, COMPONENTS, {"hook": False}], ids=["single", "perComponent", "plain"])
@pytest.mark.parametrize("values", ALL.values(), ids=ALL)
def test_no_pod_waits(values: Values, own: Values) -> None:
    """Before a first install none of them need be there."""
    for job in jobs(render(values | own)).values():
        found = list(references(pod(job)))
        assert found
        assert all(reference["optional"] is True for _, reference in found)


def test_every_kind_of_reference() -> None:
    """`everything` has one of each, so that the test above sees them."""
    kinds = {kind for kind, _ in references(pod(jobs(render(EVERYTHING))[""]))}
    assert kinds == {"secret", "configMap", "secretKeyRef", "configMapKeyRef"}


def delivered(values: Values) -> Delivery | None:
    """As preflight in the pod will read it."""
    text = plain_env(jobs(render(values))[""]).get(VARIABLE)
    return msgspec.json.decode(text, type=Delivery) if text is not None else None


@pytest.mark.parametrize(
    ("values", "keys"),
    [
        (KEPT, {"REDIS_DATABASE_URI": Key(secret="kept", key="connection_url")}),
        (
            redis(existingSecretName="kept", cluster=NODES),
            {
                "REDIS_CLUSTER_DATABASE_URIS": Key(secret="kept", key="n"),
                "REDIS_CLUSTER_PASSWORD": Key(secret="kept", key="p"),
            },
        ),
        (
            KEPT | {"config": {"disableSecretCreation": True}},
            {"REDIS_DATABASE_URI": Key(secret="kept", key="connection_url", optional=True)},
        ),
        (redis(connectionUrl=URL) | CA, {"SSL_CERT_FILE": Key(secret="ca", key="bundle")}),
        (
            redis(connectionUrl=URL, **PAIR),
            {
                "REDIS_TLS_CLIENT_CERT_PATH": Key(secret="pair", key="tls.crt"),
                "REDIS_TLS_CLIENT_KEY_PATH": Key(secret="pair", key="tls.key"),
            },
        ),
    ],
)
def test_what_should_come(values: Values, keys: dict[str, Key]) -> None:
    """Of the Secrets that we do not make; whether LangSmith's pods can do without is LangSmith's word."""
    assert delivered(values) == Delivery(namespace="langsmith", keys=keys)


@pytest.mark.parametrize("values", INLINE, ids=["standalone", "cluster"])
def test_nothing_should_come(values: Values) -> None:
    assert delivered(values) is None


def test_where_it_should_come_from() -> None:
    found = delivered(KEPT | {"namespace": "apps"})
    assert found is not None
    assert found.namespace == "apps"


@pytest.mark.parametrize("case", RENDERED)
def test_told_as_langsmith_refers_to_it(case: str) -> None:
    """Secret, key and `optional` are those of LangSmith's own reference, where the Secret is not of its making."""
    found = delivered(RENDERED[case]) or Delivery()
    made = {each["metadata"]["name"] for each in of_kind(cases.objects_of(case), "Secret")}
    [backend] = [each for each in cases.objects_of(case) if is_backend(each)]
    for variable in container(backend)["env"]:
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if variable["name"] in found.keys:
            key = found.keys[variable["name"]]
            assert reference is None or reference == {"name": key.secret, "key": key.key, "optional": key.optional}
        elif reference and variable["name"].startswith("REDIS_"):
            assert reference["name"] in made


def is_backend(document: Document) -> bool:
    return (document["kind"], document["metadata"]["name"]) == ("Deployment", "langsmith-backend")


def test_objects_are_few() -> None:
    """No role, no binding: it needs no rights in the cluster."""
    for values in ALL.values():
        for own in ({}, COMPONENTS):
            assert {each["kind"] for each in objects(render(values | own))} <= {"Secret", "ServiceAccount", "Job"}
