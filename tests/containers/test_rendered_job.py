"""The Jobs that Helm makes of our chart, executed: what they say, how they end, and what a pod leaves behind."""

from __future__ import annotations

import os
from base64 import b64decode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest

from tests.chart_hook.render import container, jobs, of_kind, render
from tests.containers.engine import RUN_ID, Engine
from tests.containers.pod_spec import Ended, Namespace, StartError, outcome, run_pod
from tests.containers.releases import server_image
from tests.servers.catalogue import RELEASES
from tests.servers.certificates import Authority, authority
from tests.servers.readiness import until

PASSWORD = "s3cret-in-a-job"
PATIENCE = 20
OPEN = ("--protected-mode", "no", "--maxmemory", "8gb", "--save", "")

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the files of a Secret are root's")

Values = dict[str, Any]


@pytest.fixture(scope="module")
def network(engine: Engine) -> Iterator[str]:
    """Nothing beyond it is reached."""
    with engine.network(f"preflight-job-{RUN_ID}", "--internal") as name:
        yield name


@pytest.fixture(scope="module")
def cache(engine: Engine, network: str) -> Iterator[str]:
    command = ("redis-server", *OPEN, "--requirepass", PASSWORD)
    with _served(engine, network, "cache", *command) as name:
        yield name


@pytest.fixture(scope="module")
def node(engine: Engine, network: str) -> Iterator[str]:
    """A cluster of one node, which announces its name."""
    announced = ("--cluster-announce-hostname", "node", "--cluster-preferred-endpoint-type", "hostname")
    command = ("redis-server", *OPEN, "--requirepass", PASSWORD, "--cluster-enabled", "yes", *announced)
    with _served(engine, network, "node", *command) as name:
        yield name


@pytest.fixture(scope="module")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def tls(engine: Engine, network: str, issuer: Authority) -> Iterator[str]:
    """It lets nobody in without a client certificate."""
    own = issuer.server("tls", "localhost")
    issuer.folder.chmod(0o755)
    for file in (issuer.ca_file, own.cert_file, own.key_file):
        file.chmod(0o644)  # the server is another user
    files = {"cert": own.cert_file, "key": own.key_file, "ca-cert": issuer.ca_file}
    given = [part for name, file in files.items() for part in (f"--tls-{name}-file", f"/tls/{file.name}")]
    command = ("redis-server", *OPEN, "--port", "0", "--tls-port", "6379", *given)
    options = (f"--volume={issuer.folder}:/tls:ro",)
    with _served(engine, network, "tls", *command, options=options) as name:
        yield name


@contextmanager
def _served(engine: Engine, network: str, name: str, *command: str, options: Sequence[str] = ()) -> Iterator[str]:
    """A Redis of this name in the network; its container."""
    given = (f"--network={network}", f"--network-alias={name}", "--memory=128m", *options)
    with engine.running(server_image(engine, RELEASES["redis-7.0"]), *command, options=given) as made:
        ready = "Ready to accept connections"
        until(lambda: ready in engine.docker("logs", made).stdout, f"{name} to be ready", seconds=PATIENCE)
        yield made


def _asked(engine: Engine, server: str, *words: str) -> str:
    command = ("exec", "--env=REDISCLI_AUTH", server, "redis-cli", *words)
    return engine.docker(*command, environ={"REDISCLI_AUTH": PASSWORD}).stdout.strip()


def external(**settings: Any) -> Values:
    return {"redis": {"external": {"enabled": True} | settings}, "image": {"repository": "preflight-test"}}


def url(host: str = "cache", password: str = PASSWORD, port: int = 6379, scheme: str = "redis") -> str:
    return f"{scheme}://{f':{password}@' if password else ''}{host}:{port}/0"


def made_secrets(values: Values) -> dict[str, dict[str, str]]:
    """The Secrets that the chart makes, as the cluster hands them out."""
    found = of_kind(render(values), "Secret")
    return {
        each["metadata"]["name"]: {key: b64decode(text).decode() for key, text in each["data"].items()}
        for each in found
    }


class Cluster:
    """Runs what Helm renders of some values, beside some Secrets that exist."""

    def __init__(self, engine: Engine, image: str, network: str) -> None:
        self._engine, self._image, self._network = engine, image, network

    def run(self, values: Values, secrets: dict[str, dict[str, str]] | None = None, component: str = "") -> Ended:
        job = jobs(render(values))[component]
        namespace = Namespace(secrets=made_secrets(values) | (secrets or {}))
        self.job = job
        ended = run_pod(self._engine, self._image, job, namespace, self._network)
        assert PASSWORD not in ended.log + ended.message
        assert "Traceback" not in ended.log
        return ended

    def outcome(self, ended: Ended) -> str:
        return outcome(self.job, ended.status)


@pytest.fixture
def cluster(engine: Engine, image: str, network: str) -> Cluster:
    return Cluster(engine, image, network)


def _last(text: str) -> str:
    return text.rstrip().splitlines()[-1]


def test_a_url_in_the_values(cluster: Cluster, engine: Engine, cache: str) -> None:
    """The Secret is the chart's own; the verdict is the log's last line and the whole termination message."""
    ended = cluster.run(external(connectionUrl=url()))
    assert (ended.status, cluster.outcome(ended)) == (0, "complete")
    assert " passed" in _last(ended.log)
    assert ended.message == f"{_last(ended.log)}\n"
    assert _asked(engine, cache, "dbsize") == "0"


@pytest.mark.usefixtures("cache")
def test_a_secret_that_exists(cluster: Cluster) -> None:
    """It is used as it is, under its own key."""
    values = external(existingSecretName="mine", connectionUrlSecretKey="where")
    ended = cluster.run(values, {"mine": {"where": url()}})
    assert (ended.status, cluster.outcome(ended)) == (0, "complete")


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "there is no such Secret"),
        ({"mine": {"elsewhere": url()}}, "key connection_url"),
        ({"mine": {"connection_url": url() + "\n"}}, "ends with a newline"),
    ],
    ids=["no Secret", "no key", "a newline"],
)
def test_a_secret_that_will_not_do(cluster: Cluster, given: dict[str, dict[str, str]], words: str) -> None:
    """The pod starts, and says what LangSmith's own would not start without."""
    ended = cluster.run(external(existingSecretName="mine"), given)
    assert (ended.status, cluster.outcome(ended)) == (1, "failed")
    assert "config.secret" in ended.log
    told = ended.message.splitlines()
    assert told[0] == _last(ended.log)
    assert told[1].startswith("FAIL config.secret mine/connection_url")
    assert words in told[1]


@pytest.mark.usefixtures("cache")
def test_a_wrong_password(cluster: Cluster) -> None:
    """One root cause, at once: waiting would not make it right."""
    ended = cluster.run(external(connectionUrl=url(password="another")))
    assert (ended.status, cluster.outcome(ended)) == (1, "failed")
    assert ended.message.splitlines()[1].startswith("FAIL auth.accepted cache:6379: ")
    assert "redis.external.connectionUrl" in ended.message


@pytest.mark.usefixtures("cache")
def test_a_hook_that_may_only_tell(cluster: Cluster) -> None:
    """failOnError: false: the install goes on, and the pod says what is wrong."""
    ended = cluster.run(external(connectionUrl=url(password="another")) | {"failOnError": False})
    assert (ended.status, cluster.outcome(ended)) == (0, "complete")
    assert "FAIL auth.accepted" in ended.message


@pytest.mark.usefixtures("cache")
def test_a_port_that_may_still_open(cluster: Cluster) -> None:
    """When the wait runs out, Kubernetes starts another pod, until the Job's deadline."""
    values = external(connectionUrl=url(port=6380)) | {"args": ["check", "--wait", "1s"]}
    ended = cluster.run(values)
    assert (ended.status, cluster.outcome(ended)) == (124, "again")
    assert "FAIL tcp.connects cache:6380" in ended.message


@pytest.mark.usefixtures("cache")
def test_arguments_that_are_none(cluster: Cluster) -> None:
    """The termination message says so, for whoever cannot see the log."""
    ended = cluster.run(external(connectionUrl=url()) | {"args": ["check", "--wiat", "1s"]})
    assert (ended.status, cluster.outcome(ended)) == (2, "failed")
    assert "unrecognized arguments: --wiat" in ended.message


@pytest.mark.parametrize("password", [PASSWORD, "another"], ids=["right", "wrong"])
def test_a_cluster_with_a_password(cluster: Cluster, engine: Engine, node: str, password: str) -> None:
    """Node list and password from the values, as a JSON array and raw."""
    if _asked(engine, node, "cluster", "info").startswith("cluster_state:fail"):
        _asked(engine, node, "cluster", "addslotsrange", "0", "16383")
        up = "cluster_state:ok"
        until(lambda: up in _asked(engine, node, "cluster", "info"), "the cluster to be up", seconds=PATIENCE)
    settings = {"enabled": True, "nodeUris": ["redis://node:6379"], "password": password, "tlsEnabled": False}
    ended = cluster.run(external(cluster=settings))
    if password == PASSWORD:
        assert (ended.status, cluster.outcome(ended)) == (0, "complete"), ended.log
        assert " passed" in ended.message
    else:
        assert (ended.status, cluster.outcome(ended)) == (1, "failed")
        assert "FAIL auth.accepted node:6379" in ended.message


def mutual(group: int | None) -> Values:
    """A custom CA, a client certificate, and the group of the pods."""
    certificate = {"secretName": "pair", "certSecretKey": "tls.crt", "keySecretKey": "tls.key"}
    values = external(connectionUrl=url("tls", "", scheme="rediss"), clientCert=certificate)
    values["config"] = {"customCa": {"secretName": "ca", "secretKey": "ca.crt"}}
    return values | ({"commonPodSecurityContext": {"fsGroup": group}} if group else {})


@pytest.fixture
def pair(issuer: Authority) -> dict[str, dict[str, str]]:
    own = issuer.client()
    return {
        "ca": {"ca.crt": issuer.pem},
        "pair": {"tls.crt": own.cert_file.read_text(), "tls.key": own.key_file.read_text()},
    }


@pytest.mark.usefixtures("tls")
def test_a_client_certificate(cluster: Cluster, pair: dict[str, dict[str, str]]) -> None:
    """The key is readable by its group alone (0640), which fsGroup makes the pod's."""
    ended = cluster.run(mutual(1000), pair)
    assert (ended.status, cluster.outcome(ended)) == (0, "complete"), ended.log


@pytest.mark.usefixtures("tls")
def test_a_client_certificate_without_fs_group(cluster: Cluster, pair: dict[str, dict[str, str]]) -> None:
    """LangSmith's pods could not read it either."""
    ended = cluster.run(mutual(None), pair)
    assert (ended.status, cluster.outcome(ended)) == (1, "failed")
    assert "FAIL files.access" in ended.message
    assert "fsGroup" in ended.message


@pytest.mark.usefixtures("tls")
@pytest.mark.parametrize("missing", ["ca", "pair"])
def test_a_secret_of_files_that_is_missing(cluster: Cluster, pair: dict[str, dict[str, str]], missing: str) -> None:
    """Its volume is optional, so that the pod starts and tells."""
    ended = cluster.run(mutual(1000), {name: held for name, held in pair.items() if name != missing})
    assert (ended.status, cluster.outcome(ended)) == (1, "failed")
    assert f"FAIL config.secret {missing}/" in ended.message


@pytest.mark.usefixtures("cache")
def test_a_job_for_each_component(cluster: Cluster) -> None:
    """Each runs, and passes, as itself."""
    values = external(connectionUrl=url()) | {"serviceAccounts": "perComponent"}
    made = jobs(render(values))
    assert set(made) == {"backend", "queue", "platform-backend", "ingest-queue"}
    for component in made:
        assert cluster.run(values, component=component).status == 0


def test_a_reference_that_is_not_optional_would_not_start(cluster: Cluster) -> None:
    """The translation is no more forgiving than a kubelet: LangSmith's own reference keeps the pod from starting."""
    values = external(existingSecretName="mine")
    job = jobs(render(values))[""]
    for each in container(job)["env"]:
        each.get("valueFrom", {}).get("secretKeyRef", {}).pop("optional", None)
    with pytest.raises(StartError, match="CreateContainerConfigError"):
        run_pod(cluster._engine, cluster._image, job, Namespace(), cluster._network)  # noqa: SLF001 - the test's own
