"""Files that are not what they should be: exit status 2, one line that quotes nothing, never a traceback."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

from tests.chart.cases import manifests_of, objects_of, secret, stream, values_of
from tests.integration.commandline import Ended, document, inside, preflight

SENTINEL: Final = "hunter2-Tr0ub4dor"
GOOD: Final = f'redis: {{external: {{enabled: true, connectionUrl: "redis://:{SENTINEL}@cache.example.com:6379/0"}}}}\n'
NO_REDIS: Final = "no external Redis"
NOT_ONE: Final = "No workload in these manifests"

Given = Callable[[str | bytes], str]


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """Writes a file; its path."""
    paths = (tmp_path / f"{number}.yaml" for number in range(9))

    def write(content: str | bytes) -> str:
        path = next(paths)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


def refused(ended: Ended) -> str:
    """The message: one line for a person, and nothing else."""
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr.startswith("preflight: ")
    assert ended.stderr.count("\n") == 1
    assert SENTINEL not in ended.stderr
    return ended.stderr.removeprefix("preflight: ").rstrip("\n")


def refused_twice(*arguments: str) -> str:
    """The same with `-o json`, which has the message in its document."""
    message = refused(inside("lint", *arguments))
    ended = inside("lint", *arguments, "-o", "json")
    report = document(ended)
    assert (ended.returncode, report["outcome"], report["error"], report["findings"]) == (2, "error", message, [])
    assert SENTINEL not in ended.stdout + ended.stderr
    return message


def bomb(depth: int = 30) -> str:
    levels = [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, depth)]
    return "\n".join([f"a0: &a0 [{SENTINEL}]", *levels, GOOD])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (f"redis: [{SENTINEL}", "is not YAML"),
        (f"redis: {{external: '{SENTINEL}", "is not YAML"),
        (f"redis:\n\texternal: {SENTINEL}\n", "a tab stands where only spaces may (line 2, column 1)"),
        (f"%{SENTINEL}\n---\n{GOOD}", "is not YAML"),
        (f"- {SENTINEL}\n", "must be a mapping, and is a list"),
        (f"{SENTINEL}\n", "must be a mapping, and is text"),
        ("42\n", "must be a mapping, and is a number"),
        (f"{GOOD}---\n{GOOD}", "holds more than one YAML document"),
        (bomb(), "repeats too much by aliases"),
        ("&a " + "[" * 200 + SENTINEL + "]" * 200, "nests more than"),
        (GOOD + f"a: *{SENTINEL}\n", "has an alias without an anchor"),
        (GOOD + f"a: !vault {SENTINEL}\n", "has a value with a tag"),
        (GOOD + f"# {SENTINEL}\n" * 600_000, "characters long"),
        (GOOD + f"# {SENTINEL}\n" * 900_000, "larger than"),
        (bytes(range(256)) + SENTINEL.encode(), "is not UTF-8 text"),
        (GOOD.encode("utf-16"), "is not UTF-8 text"),
        (f"redis: {SENTINEL}\0\n", "control character"),
        (f"redis: \x1b[31m{SENTINEL}\n", "control character"),
        (f"redis: {{external: {{connectionUrl: {{{{ .Values.{SENTINEL} }}}} }}}}\n", "a mapping or a list for a key"),
    ],
    ids=lambda value: value if isinstance(value, str) and len(value) < 60 and "\n" not in value else "",
)
def test_values_that_are_none(given: Given, content: str | bytes, words: str) -> None:
    assert words in refused_twice("--values", given(content))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", NO_REDIS),
        ("# nothing\n", NO_REDIS),
        ("---\n...\n", NO_REDIS),
        ("redis: null\n", NO_REDIS),
        ("redis: {external: {enabled: false}}\n", NO_REDIS),
        (f"postgres: {{external: {{connectionUrl: {SENTINEL}}}}}\n", NO_REDIS),
        (f"polly: {{enabled: false, redis: {{external: {{enabled: true, connectionUrl: {SENTINEL}}}}}}}\n", NO_REDIS),
        (f"fleet: {{redis: {{external: {{enabled: true, connectionUrl: {SENTINEL}}}}}}}\n", NO_REDIS),
    ],
)
def test_values_without_an_external_redis(given: Given, content: str, words: str) -> None:
    """Nothing to check is no pass."""
    assert words in refused_twice("--values", given(content))


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"redis": {"external": SENTINEL}}, "Expected object, got str - at $.redis.external"),
        ({"redis": SENTINEL}, "Expected object, got str - at $.redis"),
        ({"redis": [SENTINEL]}, "Expected object, got array - at $.redis"),
        ({"redis": {"external": {"enabled": SENTINEL}}}, "Expected bool, got str - at $.redis.external.enabled"),
        ({"redis": {"external": {"enabled": 1}}}, "Expected bool, got int - at $.redis.external.enabled"),
        ({"redis": {"external": {"connectionUrl": 6379}}}, "Expected str, got int - at $.redis.external.connectionUrl"),
        ({"redis": {"external": {"connectionUrl": [SENTINEL]}}}, "got array - at $.redis.external.connectionUrl"),
        ({"redis": {"external": {"existingSecretName": {SENTINEL: 1}}}}, "at $.redis.external.existingSecretName"),
        ({"redis": {"external": {"iamAuthProvider": True}}}, "at $.redis.external.iamAuthProvider"),
        ({"redis": {"external": {"clusterSafeMode": SENTINEL}}}, "at $.redis.external.clusterSafeMode"),
        ({"redis": {"external": {"clientCert": SENTINEL}}}, "at $.redis.external.clientCert"),
        ({"redis": {"external": {"clientCert": {"secretName": 7}}}}, "at $.redis.external.clientCert.secretName"),
        ({"redis": {"external": {"cluster": SENTINEL}}}, "at $.redis.external.cluster"),
        ({"redis": {"external": {"cluster": {"enabled": SENTINEL}}}}, "at $.redis.external.cluster.enabled"),
        ({"redis": {"external": {"cluster": {"tlsEnabled": SENTINEL}}}}, "at $.redis.external.cluster.tlsEnabled"),
        ({"redis": {"external": {"cluster": {"password": 12345}}}}, "at $.redis.external.cluster.password"),
        (
            {"redis": {"external": {"cluster": {"nodeUris": f"redis://:{SENTINEL}@a:6379"}}}},
            "Expected array, got str - at $.redis.external.cluster.nodeUris",
        ),
        (
            {"redis": {"external": {"cluster": {"nodeUris": [{SENTINEL: 1}]}}}},
            "Expected str, got object - at $.redis.external.cluster.nodeUris[0]",
        ),
        ({"redis": {"disableSecretCreation": SENTINEL}}, "at $.redis.disableSecretCreation"),
        ({"config": {"customCa": SENTINEL}}, "at $.config.customCa"),
        ({"config": {"customCa": {"secretKey": 3}}}, "at $.config.customCa.secretKey"),
        ({"config": {"deployment": {"enabled": SENTINEL}}}, "at $.config.deployment.enabled"),
        ({"commonPodSecurityContext": [SENTINEL]}, "at $.commonPodSecurityContext"),
        ({"backend": {"serviceAccount": {"annotations": SENTINEL}}}, "at $.backend.serviceAccount.annotations"),
        ({"backend": {"serviceAccount": {"annotations": {SENTINEL: 1}}}}, "at $.backend.serviceAccount.annotations"),
        ({"queue": {"deployment": {"labels": [SENTINEL]}}}, "at $.queue.deployment.labels"),
        ({"backend": {"migrations": {"enabled": SENTINEL}}}, "at $.backend.migrations.enabled"),
        ({"polly": {"enabled": SENTINEL}}, "at $.polly.enabled"),
        ({"fleet": {"redis": {"external": {"enabled": SENTINEL}}}}, "at $.fleet.redis.external.enabled"),
        ({"sandboxes": {"juicefs": {"redis": {"metaURL": 1}}}}, "at $.sandboxes.juicefs.redis.metaURL"),
        ({"fullnameOverride": 7}, "at $.fullnameOverride"),
    ],
    ids=lambda value: value[-60:] if isinstance(value, str) else "",
)
def test_values_of_the_wrong_type(given: Given, values: dict[str, Any], words: str) -> None:
    """The path is told, the value is not."""
    message = refused_twice("--values", given(GOOD), "--values", given(json.dumps(values)))
    assert message.startswith("The values cannot be read: Expected ")
    assert words in message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds no object of kind Secret"),
        (stream({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": SENTINEL}}), "no object of kind Secret"),
        (f"[{SENTINEL}]", "no object of kind Secret"),
        (SENTINEL, "no object of kind Secret"),
        (stream({"kind": "List", "items": []}), "no object of kind Secret"),
        (stream({"kind": "Secret", "data": {"connection_url": SENTINEL}}), "a Secret without metadata.name"),
        (stream({"kind": "Secret", "metadata": {"name": ""}}), "a Secret without metadata.name"),
        (stream({"kind": "Secret", "metadata": [SENTINEL]}), "a Secret without metadata.name"),
        (stream({"kind": "List", "items": [{"kind": "Secret"}]}), "a Secret without metadata.name"),
        (stream(secret("redis-secret") | {"data": [SENTINEL]}), "data of Secret redis-secret must be a mapping"),
        (stream(secret("redis-secret") | {"stringData": SENTINEL}), "stringData of Secret redis-secret must be"),
        (f"kind: Secret\nmetadata: {{name: redis-secret\ndata: {SENTINEL}", "the --secret file is not YAML"),
        (bytes(range(256)), "is not UTF-8 text"),
    ],
)
@pytest.mark.parametrize("source", ["values", "manifests"])
def test_secret_file(given: Given, source: str, content: str | bytes, words: str) -> None:
    text = values_of("azure-enterprise") if source == "values" else manifests_of("azure-enterprise")
    assert words in refused_twice(f"--{source}", given(text), "--secret", given(content))


def pod(**spec: Any) -> str:
    owner = {"kind": "Deployment", "metadata": {"name": "queue"}}
    return stream(*objects_of("standalone-inline"), owner | {"spec": {"template": {"spec": spec}}})


def mapped(data: object) -> str:
    """A container whose environment comes from a ConfigMap with this `data`."""
    container = {"name": "queue", "envFrom": [{"configMapRef": {"name": "redis"}}]}
    return (
        pod(containers=[container])
        + "---\n"
        + stream({"kind": "ConfigMap", "metadata": {"name": "redis"}, "data": data})
    )


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", NOT_ONE),
        ("---\n---\n# nothing\n", NOT_ONE),
        (stream({"kind": "Deployment"}), NOT_ONE),
        (stream({"kind": "List", "items": []}), NOT_ONE),
        (values_of("standalone-inline"), NOT_ONE),
        (f"- {SENTINEL}\n", "a document that is no Kubernetes object"),
        (f"{SENTINEL}\n", "a document that is no Kubernetes object"),
        (stream({"kind": "List", "items": [SENTINEL]}), "a document that is no Kubernetes object"),
        (manifests_of("standalone-inline") + f"\n---\n{SENTINEL}: [", "the manifests file is not YAML"),
        (stream({"kind": "Deployment", "metadata": SENTINEL}), "the metadata of a Deployment cannot be read"),
        (stream({"kind": "Service", "metadata": {"name": [SENTINEL]}}), "the metadata of a Service cannot be read"),
        (pod(containers=SENTINEL), "Deployment queue cannot be read: Expected array"),
        (pod(containers=[SENTINEL]), "$.spec.containers[0]"),
        (pod(containers=[{"env": [{"name": "REDIS_URI", "value": 6379}]}]), "$.spec.containers[0].env[0].value"),
        (pod(containers=[{"env": {"REDIS_URI": SENTINEL}}]), "$.spec.containers[0].env"),
        (pod(containers=[{"env": [{"valueFrom": {"secretKeyRef": SENTINEL}}]}]), "secretKeyRef"),
        (pod(initContainers={SENTINEL: 1}), "$.spec.initContainers"),
        (pod(volumes=[{"secret": SENTINEL}]), "$.spec.volumes[0].secret"),
        (pod(securityContext={"fsGroup": SENTINEL}), "$.spec.securityContext.fsGroup"),
        (pod(serviceAccountName=7), "$.spec.serviceAccountName"),
        (stream({"kind": "Secret", "data": {"connection_url": SENTINEL}}), "a Secret without metadata.name"),
        (stream({"kind": {SENTINEL: 1}}), NOT_ONE),
    ],
)
def test_manifests(given: Given, content: str, words: str) -> None:
    assert words in refused_twice("--manifests", given(content))


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--username", SENTINEL), "--username does not go with values or manifests"),
        (("--tls",), "--tls does not go with values or manifests"),
        (("--no-tls",), "--tls does not go with values or manifests"),
        (("--cluster-safe-mode",), "--cluster-safe-mode does not go with values or manifests"),
        (("--chart-version", f"{SENTINEL} 1"), "--chart-version takes a version"),
        (("--chart-version", "latest"), "--chart-version takes a version"),
        (("--node", "redis://a:6379"), "Give one source"),
        (("redis://a:6379",), "Give one source"),
    ],
)
@pytest.mark.parametrize("source", ["values", "manifests"])
def test_options_that_do_not_go_with_files(given: Given, source: str, arguments: tuple[str, ...], words: str) -> None:
    text = GOOD if source == "values" else manifests_of("standalone-inline")
    assert words in refused_twice(f"--{source}", given(text), *arguments)


@pytest.mark.parametrize("source", ["values", "manifests"])
def test_password_file(given: Given, source: str) -> None:
    """The files say how the pods log in."""
    text = GOOD if source == "values" else manifests_of("standalone-inline")
    told = refused_twice(f"--{source}", given(text), "--password-file", given(SENTINEL))
    assert "--password-file does not go with values or manifests" in told


def test_two_sources(given: Given) -> None:
    arguments = ("--values", given(GOOD), "--manifests", given(manifests_of("standalone-inline")))
    assert "Give one source" in refused_twice(*arguments)


@pytest.mark.parametrize("name", ["--secret", "--release"])
def test_options_that_need_a_source(given: Given, name: str) -> None:
    told = refused_twice(name, given(stream(secret("redis-secret", connection_url=SENTINEL))))
    assert f"{name} goes with --values or --manifests" in told


@pytest.mark.parametrize("name", ["--secret", "--release"])
def test_options_that_do_not_go_with_a_url(given: Given, name: str) -> None:
    told = refused_twice("redis://cache.example.com:6379/0", name, given(stream(secret("redis-secret"))))
    assert name in told


@pytest.mark.parametrize("others", [("--secret", "-"), ("--values", "-"), ("--password-file", "-")])
def test_standard_input_twice(others: tuple[str, ...]) -> None:
    """It can be read once only."""
    assert "standard input (-) can be only one of" in refused_twice("--values", "-", *others)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Its name is not told: people put the secret itself there."""
    path = str(tmp_path / SENTINEL)
    assert "No such file" in refused_twice("--values", path)
    assert "No such file" in refused_twice("--manifests", path)
    assert "No such file" in refused_twice("--values", str(tmp_path / SENTINEL), "--secret", path)


def test_the_sentinel_is_there_to_be_hidden() -> None:
    """What is good goes through, from standard input too; the password is masked."""
    ended = preflight("lint", "--values", "-", "-o", "json", "-v", stdin=GOOD.encode())
    assert (ended.returncode, document(ended)["targets"][0]["shown"]) == (0, "redis://:***@cache.example.com:6379/0")
    assert SENTINEL not in ended.stdout + ended.stderr


def test_the_values_of_an_umbrella_chart(given: Given) -> None:
    """They stand one level lower, which nobody reads here; the message says so."""
    values = "langsmith: {redis: {external: {enabled: true, connectionUrl: 'redis://cache'}}}"
    assert "give what stands below `langsmith:`" in refused_twice("--values", given(values))
