"""`check --values` against real servers: every kind of target, and patches that cure what was found."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.commandline import document, inside
from tests.kube.api_server import Reply, api_server, status
from tests.kube.kubeconfigs import kubeconfig, write
from tests.servers.certificates import Authority
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.process import running
from tests.servers.terminator import terminated

OFF = {"insights": {"enabled": False}, "polly": {"enabled": False}}
PASSWORD = "p@ss/w:rd+1"

Written = Callable[..., str]


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Writes a file of YAML documents; its path."""

    def write(name: str, *documents: Any) -> str:
        path = tmp_path / name
        path.write_text(yaml.safe_dump_all(documents))
        return str(path)

    return write


def external(**values: Any) -> dict[str, Any]:
    return OFF | {"redis": {"external": {"enabled": True} | values}}


def secret(name: str, **data: str) -> dict[str, Any]:
    encoded = {key.replace("__", "."): base64.b64encode(text.encode()).decode() for key, text in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}


def found(*arguments: str) -> tuple[int, dict[tuple[str, str], dict[str, Any]]]:
    """The exit status, and by target and id what is neither a pass nor not applicable."""
    ended = inside("check", "-o", "json", "--timeout", "2", *arguments)
    findings = document(ended)["findings"]
    loud = [each for each in findings if each["outcome"] not in {"pass", "not-applicable"}]
    return ended.returncode, {(each["target"], each["id"]): each for each in loud}


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0", "valkey-8.1"])
def test_standalone(server_pool: ServerPool, written: Written, key: str) -> None:
    url = server_pool.get(key, password=PASSWORD).url(database=3)
    assert found("--values", written("values.yaml", external(connectionUrl=url))) == (0, {})


def test_the_url_in_a_secret(server_pool: ServerPool, written: Written) -> None:
    values = written("values.yaml", external(existingSecretName="mine", connectionUrlSecretKey="url"))
    given = written("secret.yaml", secret("mine", url=server_pool.get("redis-7.0", password=PASSWORD).url()))
    assert found("--values", values, "--secret", given) == (0, {})


def test_a_cluster(cluster_pool: ClusterPool, written: Written) -> None:
    """The password stands beside the nodes, raw."""
    nodes = cluster_pool.get("valkey-8.1", password=PASSWORD).nodes
    uris = [f"redis://{node.host}:{node.port}" for node in nodes]
    cluster = {"enabled": True, "nodeUris": uris, "password": PASSWORD, "tlsEnabled": False}
    assert found("--values", written("values.yaml", external(cluster=cluster))) == (0, {})


def test_a_cluster_from_a_secret(cluster_pool: ClusterPool, written: Written) -> None:
    nodes = cluster_pool.get("redis-7.0", password=PASSWORD).nodes
    uris = json.dumps([f"redis://{node.host}:{node.port}" for node in nodes])
    cluster = {"enabled": True, "tlsEnabled": False}
    values = written("values.yaml", external(existingSecretName="mine", cluster=cluster))
    given = secret("mine", redis_cluster_node_uris=uris, redis_cluster_password=PASSWORD)
    assert found("--values", values, "--secret", written("secret.yaml", given)) == (0, {})


def test_mutual_tls(server_pool: ServerPool, certificates: Authority, written: Written) -> None:
    """CA, certificate and key come out of Secrets; the bundle without public roots is worth a warning."""
    own = certificates.client()
    tls = NativeTls(
        certificate=certificates.server(), ca_file=certificates.ca_file, clients="yes", client=certificates.client()
    )  # fmt: skip
    pair = {"tls__crt": own.cert_file.read_text(), "tls__key": own.key_file.read_text()}
    values = external(connectionUrl=server_pool.get("redis-7.0", tls=tls).url(), clientCert={"secretName": "pair"})
    more = {
        "config": {"customCa": {"secretName": "ca", "secretKey": "ca.crt"}},
        "commonPodSecurityContext": {"fsGroup": 1000},
    }
    given = written("secrets.yaml", secret("ca", ca__crt=certificates.ca_file.read_text()), secret("pair", **pair))
    status, loud = found("--values", written("values.yaml", values | more), "--secret", given)
    assert (status, set(loud)) == (0, {("langsmith", "files.ca")})
    without = values | more | external(connectionUrl=values["redis"]["external"]["connectionUrl"])
    status, loud = found("--values", written("values.yaml", without), "--secret", given)
    assert loud["langsmith", "tls.handshake"]["cause"] == "client-certificate-required"


def test_two_features_of_which_one_is_down(server_pool: ServerPool, written: Written) -> None:
    """They are judged side by side: one failure leaves the other's findings as they are."""
    with running("redis-6.2") as gone:
        lost = gone.url()
    values = external(connectionUrl=server_pool.get("redis-7.0").url()) | {
        "fleet": {"enabled": True, "redis": {"external": {"enabled": True, "connectionUrl": lost}}}
    }
    status, loud = found("--values", written("values.yaml", values))
    assert status == 1
    assert {target for target, _ in loud} == {"fleet"}
    assert loud["fleet", "tcp.connects"]["cause"] == "refused"
    assert {each["blocked_by"] for each in loud.values() if each["outcome"] == "blocked"} == {"tcp.connects"}


def test_a_feature_that_is_off_is_not_dialled(server_pool: ServerPool, written: Written) -> None:
    nowhere = {"redis": {"external": {"enabled": True, "connectionUrl": "redis://nowhere.invalid:6379"}}}
    values = external(connectionUrl=server_pool.get("redis-7.0").url()) | {"polly": {"enabled": False} | nowhere}
    assert found("--values", written("values.yaml", values)) == (0, {})


def test_sandboxes_must_not_evict(written: Written) -> None:
    """The same policy is a warning for LangSmith and a failure for JuiceFS."""
    with running("redis-7.0") as server:
        with server.client() as client:
            client.config_set("maxmemory-policy", "allkeys-lru")
            client.config_set("maxmemory", 8 * 2**30)
        sandboxes = {"enabled": True, "juicefs": {"redis": {"metaURL": server.url(database=1)}}}
        values = external(connectionUrl=server.url()) | {"sandboxes": sandboxes}
        status, loud = found("--values", written("values.yaml", values))
    outcomes = {key: each["outcome"] for key, each in loud.items()}
    expected = {("langsmith", "capacity.eviction"): "warn", ("juicefs", "capacity.eviction"): "fail"}
    assert (status, outcomes) == (1, expected)


def test_sandboxes_on_a_cluster(cluster_pool: ClusterPool, written: Written) -> None:
    """JuiceFS finds out by itself: every node is dialled, and the number is a prefix and no database."""
    made = cluster_pool.get("redis-7.0")
    metadata = {"redis": {"metaURL": made.nodes[0].url(database=1)}}
    values = written("values.yaml", OFF | {"sandboxes": {"enabled": True, "juicefs": metadata}})
    ended = inside("check", "-o", "json", "--values", values)
    findings = document(ended)["findings"]
    reached = {each["subject"] for each in findings if each["id"] == "auth.accepted" and each["outcome"] == "pass"}
    assert reached == {f"{node.host}:{node.port}" for node in made.nodes}
    written_to = {each["id"]: each["outcome"] for each in findings if each["id"].startswith("commands.")}
    assert (ended.returncode, set(written_to.values())) == (0, {"pass", "not-applicable"})
    assert {written_to[f"commands.{each}"] for each in ("write", "transaction", "cross-slot")} == {"pass"}


def cured(written: Written, tmp_path: Path, values: Any, *more: str) -> tuple[set[tuple[str, str]], str]:
    """What was wrong before, and the path of the patch; with the patch nothing is wrong any more."""
    given, patch = written("values.yaml", values), str(tmp_path / "patch.yaml")
    _, before = found("--values", given, "--patch", patch, *more)
    status, after = found("--values", given, "--values", patch, *more)
    assert (status, after) == (0, {})
    return {key for key, each in before.items() if each["outcome"] != "blocked"}, patch


def test_the_patch_for_a_cluster_behind_a_url(cluster_pool: ClusterPool, written: Written, tmp_path: Path) -> None:
    url = cluster_pool.get("redis-7.0").nodes[0].url()
    before, _ = cured(written, tmp_path, external(connectionUrl=url))
    assert before == {("langsmith", "topology.mode")}


def test_the_patch_for_a_standalone_server_in_a_node_list(
    server_pool: ServerPool, written: Written, tmp_path: Path
) -> None:
    """Helm keeps the node list; nothing reads it any more."""
    server = server_pool.get("valkey-8.1")
    uris = [f"redis://{server.host}:{server.port}"]
    before, _ = cured(written, tmp_path, external(cluster={"enabled": True, "nodeUris": uris, "tlsEnabled": False}))
    assert before == {("langsmith", "topology.mode")}


def test_the_patch_for_tls_that_is_on_by_default(cluster_pool: ClusterPool, written: Written, tmp_path: Path) -> None:
    """The most usual mistake with clusters: tlsEnabled is true unless it is said."""
    nodes = cluster_pool.get("redis-7.0").nodes
    uris = [f"redis://{node.host}:{node.port}" for node in nodes]
    before, _ = cured(written, tmp_path, external(cluster={"enabled": True, "nodeUris": uris}))
    assert before == {("langsmith", "tls.handshake")}


def test_the_patch_for_plaintext_on_a_tls_port(
    server_pool: ServerPool, certificates: Authority, native_tls: NativeTls, written: Written, tmp_path: Path
) -> None:
    url = server_pool.get("redis-7.0", tls=native_tls).url().replace("rediss://", "redis://")
    before, _ = cured(written, tmp_path, external(connectionUrl=url), "--ca-file", str(certificates.ca_file))
    assert before == {("langsmith", "auth.accepted")}


def test_the_patch_for_plaintext_before_a_terminator(
    server_pool: ServerPool, certificates: Authority, written: Written, tmp_path: Path
) -> None:
    """TLS by something else than the server, as clouds do it."""
    server = server_pool.get("valkey-8.1")
    with terminated(server, certificates.server()) as front:
        values = external(connectionUrl=f"redis://127.0.0.1:{front.port}/0")
        before, _ = cured(written, tmp_path, values, "--ca-file", str(certificates.ca_file))
    assert before == {("langsmith", "auth.accepted")}


def test_the_patch_for_a_database_that_does_not_exist(
    server_pool: ServerPool, written: Written, tmp_path: Path
) -> None:
    values = external(connectionUrl=server_pool.get("redis-6.2").url(database=99))
    before, _ = cured(written, tmp_path, values)
    assert before == {("langsmith", "capacity.database")}


def test_the_patch_for_a_password_that_nobody_asks_for(
    server_pool: ServerPool, written: Written, tmp_path: Path
) -> None:
    values = external(connectionUrl=server_pool.get("redis-7.0").url(password="left-over"))
    before, _ = cured(written, tmp_path, values)
    assert before == {("langsmith", "auth.accepted")}


def test_the_patch_for_features_that_share_a_database(
    server_pool: ServerPool, written: Written, tmp_path: Path
) -> None:
    """Each gets a number of its own."""
    url = server_pool.get("redis-7.0").url(database=0)
    feature = {"enabled": True, "redis": {"external": {"enabled": True, "connectionUrl": url}}}
    values = external(connectionUrl=url) | {"fleet": feature, "polly": feature}
    before, patch = cured(written, tmp_path, values)
    assert before == {(target, "config.dedicated") for target in ("langsmith", "fleet", "polly")}
    patched = yaml.safe_load(Path(patch).read_text())
    assert patched["fleet"]["redis"]["external"]["connectionUrl"].endswith("/1")
    assert patched["polly"]["redis"]["external"]["connectionUrl"].endswith("/2")


def test_a_patch_that_needs_the_password_is_shown_and_not_written(
    cluster_pool: ClusterPool, written: Written, tmp_path: Path
) -> None:
    url = cluster_pool.get("redis-7.0", password=PASSWORD).nodes[0].url()
    patch = tmp_path / "patch.yaml"
    ended = inside("check", "--values", written("values.yaml", external(connectionUrl=url)), "--patch", str(patch))
    assert "password: '***'" in ended.stdout
    assert "topology.mode" in ended.stderr
    assert yaml.safe_load(patch.read_text()) == {}
    assert PASSWORD not in ended.stdout + ended.stderr + patch.read_text()


def test_a_secret_from_the_cluster(
    server_pool: ServerPool, written: Written, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fetched by name from the API that the kubeconfig leads to; without permission the finding says the rule."""
    stored = secret("mine", connection_url=server_pool.get("redis-7.0", password=PASSWORD).url())
    values = written("values.yaml", external(existingSecretName="mine"))
    with api_server() as api:
        monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "kubeconfig", kubeconfig(api.url, namespace="ls"))))
        api.say = lambda _: Reply(body=json.dumps(stored).encode())
        assert found("--values", values, "--kube") == (0, {})
        api.say = lambda _: status(403)
        code, loud = found("--values", values, "--kube")
    assert code == 1
    assert 'resourceNames: ["mine"], verbs: ["get"]' in loud["langsmith", "config.secret"]["remedy"]
    assert {each["blocked_by"] for each in loud.values() if each["outcome"] == "blocked"} == {"config.secret"}
