"""Every example of LangSmith's page on external Redis: what is complete passes, and what is not is said.

The page: «Connect to an external Redis or Valkey database». Its examples stand here as it has them, but for comments,
each beside the Secrets that belong to it.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from tests.integration.commandline import document, inside

NODES: Final = ["redis://redis-node-0:6379", "redis://redis-node-1:6379", "redis://redis-node-2:6379"]
DEPLOYMENTS: Final = ("backend", "queue", "platformBackend", "hostBackend", "ingestQueue")


def external(text: str) -> dict[str, Any]:
    """What stands under `redis.external`, which is `enabled` in each of the examples."""
    return {"redis": {"external": {"enabled": True} | yaml.safe_load(text)}}


def secret(name: str, **data: str) -> dict[str, Any]:
    plain = {key.replace("__", "."): text for key, text in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "type": "Opaque", "stringData": plain}


def pem(kind: str, text: str) -> str:
    return f"-----BEGIN {kind}-----\n{text}\n-----END {kind}-----\n"


def annotated(name: str, value: str, label: str = "") -> dict[str, Any]:
    """The five deployments that the page lists, each with the annotation and, on Azure, the label."""
    one: dict[str, Any] = {"serviceAccount": {"annotations": {name: value}}}
    return {each: one | ({"deployment": {"labels": {label: "true"}}} if label else {}) for each in DEPLOYMENTS}


URL: Final = external('connectionUrl: "Your connection url"')
KEPT: Final = external("""
existingSecretName: "my-redis-secret"
connectionUrlSecretKey: "connection_url"
""")
KEPT_SECRET: Final = secret("my-redis-secret", connection_url="rediss://langsmith-redis:6380/0?password=foo")
INLINE_NODES: Final = external("""
cluster:
  enabled: true
  nodeUris:
    - "redis://redis-node-0:6379"
    - "redis://redis-node-1:6379"
    - "redis://redis-node-2:6379"
  password: "your_redis_password"
  tlsEnabled: true
""")
KEPT_NODES: Final = external("""
existingSecretName: "my-redis-cluster-secret"
cluster:
  enabled: true
  nodeUrisSecretKey: "redis_cluster_node_uris"
  passwordSecretKey: "redis_cluster_password"
  tlsEnabled: true
""")
KEPT_NODES_SECRET: Final = secret(
    "my-redis-cluster-secret", redis_cluster_node_uris=json.dumps(NODES), redis_cluster_password="your_redis_password"
)
OSS_CLUSTER: Final = external("""
cluster:
  enabled: true
  nodeUris:
    - "redis://<node_url>:10000?ssl_check_hostname=false"
  tlsEnabled: true
""")
ENTERPRISE_CLUSTER: Final = external("""
connectionUrl: "rediss://<azure-redis-host>:6380"
clusterSafeMode: true
""")
CUSTOM_CA: Final = {"config": {"customCa": {"secretName": "langsmith-custom-ca", "secretKey": "ca.crt"}}}
CA_SECRET: Final = secret("langsmith-custom-ca", ca__crt=pem("CERTIFICATE", "<ROOT_OR_INTERMEDIATE_CA_CERT_CHAIN>"))
ONE_WAY: Final = CUSTOM_CA | external('connectionUrl: "rediss://host:6380/0?password=<PASSWORD>"')
ONE_WAY_NODES: Final = CUSTOM_CA | external("""
cluster:
  enabled: true
  tlsEnabled: true
  nodeUris:
    - "redis://redis-node-0:6379"
    - "redis://redis-node-1:6379"
    - "redis://redis-node-2:6379"
  password: "<PASSWORD>"
""")
MUTUAL: Final = external("""
clientCert:
  secretName: "redis-mtls-secret"
  certSecretKey: "tls.crt"
  keySecretKey: "tls.key"
cluster:
  enabled: true
  tlsEnabled: true
  nodeUris:
    - "redis://redis-node-0:6379"
    - "redis://redis-node-1:6379"
    - "redis://redis-node-2:6379"
  password: "<PASSWORD>"
""")
PAIR_SECRET: Final = secret(
    "redis-mtls-secret",
    tls__crt=pem("CERTIFICATE", "<CLIENT_CERT>"),
    tls__key=pem("PRIVATE KEY", "<CLIENT_KEY>"),
)
FS_GROUP: Final = {"commonPodSecurityContext": {"fsGroup": 1000}}


def iam(provider: str) -> dict[str, Any]:
    return external(f'{{existingSecretName: "redis-secret", iamAuthProvider: "{provider}"}}')


def iam_nodes(provider: str) -> dict[str, Any]:
    return external(f"""
existingSecretName: "redis-cluster-secret"
iamAuthProvider: "{provider}"
cluster:
  enabled: true
  nodeUrisSecretKey: "redis_cluster_node_uris"
  tlsEnabled: true
""")


IAM_SECRET: Final = secret("redis-secret", connection_url="rediss://<iam-identity>@<elasticache-host>:6380")
AZURE_SECRET: Final = secret("redis-secret", connection_url="rediss://<managed-identity>@<azure-redis-host>:6380")
GCP_SECRET: Final = secret(
    "redis-cluster-secret",
    redis_cluster_node_uris='["redis://node-0:6379","redis://node-1:6379","redis://node-2:6379"]',
)
WITH_KEY: Final = secret("redis-cluster-secret", redis_cluster_node_uris=json.dumps(NODES), redis_cluster_password="")
AWS: Final = annotated("eks.amazonaws.com/role-arn", "arn:aws:iam::<account-id>:role/<role-name>")
GCP: Final = annotated("iam.gke.io/gcp-service-account", "<service-account>@<project>.iam.gserviceaccount.com")
AZURE: Final = annotated(
    "azure.workload.identity/client-id", "<managed-identity-client-id>", "azure.workload.identity/use"
)

# The agents run by default and receive LangSmith's Redis too; the page does not list them, nor the Jobs' labels.
UNLISTED: Final = {"config.service-accounts": "warn"}
AGENTS_OFF: Final = {"insights": {"enabled": False}, "polly": {"enabled": False}}


def linted(folder: Path, values: dict[str, Any], *secrets: dict[str, Any]) -> dict[str, str]:
    """Outcome by id, of what is neither passed nor inapplicable; what is blocked must be so by a failure here."""
    (folder / "values.yaml").write_text(yaml.safe_dump(values))
    (folder / "secrets.yaml").write_text(yaml.safe_dump_all(secrets))
    given = ("--secret", str(folder / "secrets.yaml")) if secrets else ()
    ended = inside("lint", "--values", str(folder / "values.yaml"), *given, "-o", "json")
    findings = document(ended)["findings"]
    assert findings
    told = {each["id"]: each["outcome"] for each in findings if each["outcome"] in {"warn", "fail", "error"}}
    assert {each["blocked_by"] for each in findings if each["outcome"] == "blocked"} <= set(told)
    assert ended.returncode == ("fail" in told.values())
    return told


def url(text: str) -> dict[str, Any]:
    return external(json.dumps({"connectionUrl": text}))


@pytest.mark.parametrize(
    ("values", "secrets", "expected"),
    [
        pytest.param(url("redis://host:port/db?<url_params>"), (), {"config.url": "fail"}, id="form"),
        pytest.param(url("redis://langsmith-redis:6379/0"), (), {}, id="url"),
        pytest.param(
            url("rediss://langsmith-redis:6380/0?password=foo"), (), {"config.clients": "warn"}, id="url-password"
        ),
        pytest.param(url("rediss://<iam-identity>@host:6380"), (), {"config.url": "fail"}, id="url-iam"),
        pytest.param(URL, (), {"config.url": "fail"}, id="helm"),
        pytest.param(KEPT, (KEPT_SECRET,), {"config.clients": "warn"}, id="secret"),
        pytest.param(KEPT, (), {"config.secret": "fail"}, id="secret-not-given"),
        pytest.param(external(json.dumps({"cluster": {"enabled": True, "nodeUris": NODES}})), (), {}, id="nodes"),
        pytest.param(INLINE_NODES, (), {}, id="cluster"),
        pytest.param(KEPT_NODES, (KEPT_NODES_SECRET,), {}, id="cluster-secret"),
        pytest.param(KEPT_NODES, (), {"config.secret": "fail"}, id="cluster-secret-not-given"),
        pytest.param(OSS_CLUSTER, (), {"config.nodes": "fail"}, id="azure-oss"),
        pytest.param(ENTERPRISE_CLUSTER, (), {"config.url": "fail"}, id="azure-enterprise"),
        pytest.param(ONE_WAY, (CA_SECRET,), {"config.url": "fail"}, id="tls"),
    ],
)
def test_example(
    tmp_path: Path, values: dict[str, Any], secrets: tuple[dict[str, Any], ...], expected: dict[str, str]
) -> None:
    """As it stands on the page: what it leaves to be filled in is found."""
    assert linted(tmp_path, values, *secrets) == expected


def filled(tree: dict[str, Any], **words: str) -> dict[str, Any]:
    """The example with a person's own words for its placeholders."""
    text = json.dumps(tree)
    for name, word in words.items():
        text = text.replace(f"<{name}>", word).replace(f"<{name.replace('_', '-')}>", word)
    made: dict[str, Any] = json.loads(text)
    return made


OWN: Final = filled(ONE_WAY_NODES, PASSWORD="tops3cret")
OWN_MUTUAL: Final = filled(MUTUAL, PASSWORD="tops3cret")
MANAGED: Final = "cache.westeurope.redis.azure.net"


@pytest.mark.parametrize(
    ("values", "secrets", "expected"),
    [
        pytest.param(filled(OSS_CLUSTER, node_url=MANAGED), (), {}, id="azure-oss"),
        # LangSmith's page has a port that Azure Managed Redis does not have.
        pytest.param(
            filled(ENTERPRISE_CLUSTER, azure_redis_host=MANAGED), (), {"config.port": "warn"}, id="azure-enterprise"
        ),
        pytest.param(
            filled(ONE_WAY, PASSWORD="tops3cret"), (CA_SECRET,), {"config.clients": "warn"}, id="tls"
        ),
        pytest.param(OWN, (CA_SECRET,), {}, id="tls-cluster"),
        pytest.param(OWN, (), {"config.secret": "fail"}, id="tls-cluster-secret-not-given"),
        pytest.param(OWN_MUTUAL | CUSTOM_CA | FS_GROUP, (CA_SECRET, PAIR_SECRET), {}, id="mtls"),
        pytest.param(OWN_MUTUAL | FS_GROUP, (PAIR_SECRET,), {}, id="mtls-public-ca"),
        pytest.param(OWN_MUTUAL | FS_GROUP, (), {"config.secret": "fail"}, id="mtls-secret-not-given"),
        pytest.param(
            OWN_MUTUAL | CUSTOM_CA, (CA_SECRET, PAIR_SECRET), {"config.fs-group": "fail"}, id="mtls-without-fs-group"
        ),
    ],
)  # fmt: skip
def test_example_filled_in(
    tmp_path: Path, values: dict[str, Any], secrets: tuple[dict[str, Any], ...], expected: dict[str, str]
) -> None:
    assert linted(tmp_path, values, *secrets) == expected


@pytest.mark.parametrize(
    ("values", "secrets", "expected"),
    [
        pytest.param(iam_nodes("aws") | AWS, (), {"config.secret": "fail"} | UNLISTED, id="aws-cluster"),
        pytest.param(iam_nodes("azure") | AZURE, (), {"config.secret": "fail"} | UNLISTED, id="azure-cluster"),
        # The Secret of this example lacks the key of the password, which the chart demands.
        pytest.param(iam_nodes("gcp") | GCP, (GCP_SECRET,), {"config.secret": "fail"} | UNLISTED, id="gcp-cluster"),
        pytest.param(iam_nodes("gcp") | GCP, (WITH_KEY,), UNLISTED, id="gcp-cluster-with-key"),
        pytest.param(iam_nodes("aws") | AWS, (WITH_KEY,), UNLISTED, id="aws-cluster-with-key"),
        pytest.param(iam_nodes("gcp") | GCP | AGENTS_OFF, (WITH_KEY,), {}, id="gcp-cluster-without-agents"),
        pytest.param(iam_nodes("aws") | AWS | AGENTS_OFF, (WITH_KEY,), {}, id="aws-cluster-without-agents"),
        # The page says to put the label on the deployments; Jobs log in as well, or do not.
        pytest.param(iam_nodes("azure") | AZURE | AGENTS_OFF, (WITH_KEY,), UNLISTED, id="azure-cluster-without-agents"),
        pytest.param(iam_nodes("aws"), (WITH_KEY,), UNLISTED, id="aws-pod-identity"),
        pytest.param(iam_nodes("gcp"), (WITH_KEY,), {"config.service-accounts": "fail"}, id="gcp-not-annotated"),
        pytest.param(iam_nodes("azure"), (WITH_KEY,), {"config.service-accounts": "fail"}, id="azure-not-annotated"),
    ],
)
def test_workload_identity(
    tmp_path: Path, values: dict[str, Any], secrets: tuple[dict[str, Any], ...], expected: dict[str, str]
) -> None:
    """On a cluster."""
    assert linted(tmp_path, values, *secrets) == expected


@pytest.mark.parametrize(
    ("values", "secrets"), [(iam("aws") | AWS, IAM_SECRET), (iam("azure") | AZURE, AZURE_SECRET)], ids=["aws", "azure"]
)
def test_workload_identity_of_a_standalone_server(
    tmp_path: Path, values: dict[str, Any], secrets: dict[str, Any]
) -> None:
    """As it stands on the page: nothing else is wrong with it than the placeholders."""
    assert linted(tmp_path, values, secrets) == {"config.url": "fail"} | UNLISTED


@pytest.mark.parametrize(
    ("values", "secrets"),
    [
        (iam("aws") | AWS, filled(IAM_SECRET, iam_identity="app", elasticache_host="cache.example.com")),
        (iam("azure") | AZURE, filled(AZURE_SECRET, managed_identity="app", azure_redis_host="cache.example.com")),
    ],
    ids=["aws", "azure"],
)
def test_workload_identity_filled_in(tmp_path: Path, values: dict[str, Any], secrets: dict[str, Any]) -> None:
    assert linted(tmp_path, values, secrets) == UNLISTED


@pytest.mark.parametrize("values", [ONE_WAY_NODES, CUSTOM_CA | MUTUAL | FS_GROUP], ids=["tls", "mtls"])
def test_placeholder_for_a_cluster_password(tmp_path: Path, values: dict[str, Any]) -> None:
    """As in a URL, where config.url finds it."""
    assert "fail" in linted(tmp_path, values, CA_SECRET, PAIR_SECRET).values()


def test_a_fragment_is_no_installation(tmp_path: Path) -> None:
    """The security context alone says nothing of a Redis."""
    file = tmp_path / "values.yaml"
    file.write_text(yaml.safe_dump(FS_GROUP))
    ended = inside("lint", "--values", str(file))
    assert (ended.returncode, ended.stdout) == (2, "")
    assert "no external Redis" in ended.stderr


def test_docker(tmp_path: Path) -> None:
    """The `.env` file of the same section."""
    file = tmp_path / ".env"
    file.write_text('# In your .env file\nREDIS_DATABASE_URI="Your connection url"\n')
    ended = inside("lint", "--env-file", str(file), "-o", "json")
    assert ended.returncode == 1
    assert [each["id"] for each in document(ended)["findings"] if each["outcome"] == "fail"] == ["config.url"]
