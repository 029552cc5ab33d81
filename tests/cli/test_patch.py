"""`--patch`: laid over the values that it was made from, it cures what it says and breaks nothing."""

from __future__ import annotations

import stat
from functools import reduce
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.chart.merge import merged
from preflight.model.components import WORKLOADS
from preflight.uri.patch import at
from tests.integration.commandline import Ended, document, inside, preflight
from tests.kube.api_server import api_server
from tests.kube.kubeconfigs import kubeconfig, write

Tree = dict[str, Any]

HEADING: Final = "# Lay this over your values (helm -f values.yaml -f this file). It cures: "
HOST: Final = "cache.example.com"
AZURE: Final = "name.westeurope.redis.azure.net"
ACCOUNTS: Final = {
    "aws": "eks.amazonaws.com/role-arn",
    "gcp": "iam.gke.io/gcp-service-account",
    "azure": "azure.workload.identity/client-id",
}
USE: Final = "azure.workload.identity/use"
PAIR: Final = {
    "kind": "Secret",
    "metadata": {"name": "pair"},
    "stringData": {
        "tls.crt": "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "tls.key": "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
        "url": f"rediss://:tops3cret@{HOST}:6379/0",
    },
}
NODES: Final = ["redis://node-0:6379", "redis://node-1:6379"]
CERT: Final[dict[str, Any]] = {"clientCert": {"secretName": "pair"}}
GROUP: Final = at("commonPodSecurityContext.fsGroup", 1000)


def both(*trees: Tree) -> Tree:
    return reduce(merged, trees, {})


def external(url: str = f"rediss://{HOST}:6379/0", **more: Any) -> Tree:
    return at("redis.external", {"enabled": True, "connectionUrl": url} | more)


def cluster(nodes: list[str] | None = None, *, beside: Tree | None = None, **more: Any) -> Tree:
    inner = {"enabled": True, "nodeUris": nodes or NODES} | more
    return at("redis.external", {"enabled": True, "cluster": inner} | (beside or {}))


def annotated(provider: str, *, only: str = "") -> Tree:
    """Every service account of the chart, or one, with the annotation of this provider."""
    accounts = [each.service_account for each in WORKLOADS if not only or each.name == only]
    return both(*(at(f"{each}.annotations", {ACCOUNTS[provider]: "id"}) for each in accounts))


def labelled(value: object = "true") -> Tree:
    return both(*(at(f"{each.pod}.labels", {USE: value}) for each in WORKLOADS))


class Files:
    """A folder with values, their patch, and a Secret; runs preflight on them."""

    def __init__(self, folder: Path) -> None:
        self.values, self.patch = folder / "values.yaml", folder / "patch.yaml"
        self.secret = folder / "secret.yaml"
        self.secret.write_text(yaml.safe_dump(PAIR), encoding="utf-8")

    def lint(self, values: Tree, *arguments: str) -> Ended:
        self.values.write_text(yaml.safe_dump(values), encoding="utf-8")
        given = ("--values", str(self.values), "--secret", str(self.secret), "--patch", str(self.patch))
        ended = inside("lint", *given, *arguments, "-o", "json")
        assert ended.returncode in {0, 1}
        return ended

    def again(self) -> Ended:
        """As `helm -f values.yaml -f patch.yaml` would have it."""
        given = ("--values", str(self.values), "--values", str(self.patch), "--secret", str(self.secret))
        return inside("lint", *given, "-o", "json")

    @property
    def text(self) -> str:
        return self.patch.read_text(encoding="utf-8")

    @property
    def written(self) -> Tree:
        read: Tree = yaml.safe_load(self.text)
        return read


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def loud(ended: Ended) -> list[Tree]:
    return [each for each in document(ended)["findings"] if each["outcome"] in {"warn", "fail", "error"}]


def ids(findings: list[Tree]) -> set[str]:
    return {each["id"] for each in findings}


class Fault(NamedTuple):
    """Values with something wrong in them, and the patch that they should get."""

    id: str
    values: Tree
    patch: Tree


def below(**more: Any) -> Tree:
    return at("redis.external", more)


FAULTS: Final = {
    "not switched on": Fault(
        "config.external",
        below(connectionUrl=f"redis://{HOST}:6379/0"),
        below(enabled=True),
    ),
    "a feature not switched on": Fault(
        "config.external",
        both(external(), at("polly.redis.external", {"connectionUrl": "redis://polly:6379/0"})),
        at("polly.redis.external.enabled", True),
    ),
    "tlsEnabled beside the cluster": Fault(
        "config.values",
        cluster(beside={"tlsEnabled": False}),
        below(cluster={"tlsEnabled": False}, tlsEnabled=None),
    ),
    "a misspelt switch": Fault(
        "config.values",
        external(clusterSafemode=True),
        below(clusterSafeMode=True, clusterSafemode=None),
    ),
    "iamProvider": Fault(
        "config.iam",
        both(cluster(beside={"iamProvider": "aws"}), annotated("aws")),
        below(iamAuthProvider="aws", iamProvider=None),
    ),
    "iamAuthProvider of a feature": Fault(
        "config.iam",
        both(
            external(),
            at("polly.redis.external", {"enabled": True, "connectionUrl": "rediss://polly:6379/0"}),
            at("polly.redis.external.iamAuthProvider", "gcp"),
            annotated("gcp"),
        ),
        at("polly.redis.external", {"iamProvider": "gcp", "iamAuthProvider": None}),
    ),
    "upper case": Fault(
        "config.iam",
        both(cluster(beside={"iamAuthProvider": "AWS"}), annotated("aws")),
        below(iamAuthProvider="aws"),
    ),
    "iam in plaintext": Fault(
        "config.iam",
        both(external(f"redis://app@{HOST}:6379/0", iamAuthProvider="aws"), annotated("aws")),
        below(connectionUrl=f"rediss://app@{HOST}:6379/0"),
    ),
    "iam in plaintext, cluster": Fault(
        "config.iam",
        both(cluster(tlsEnabled=False, beside={"iamAuthProvider": "gcp"}), annotated("gcp")),
        below(cluster={"tlsEnabled": True}),
    ),
    "all of iam": Fault(
        "config.iam",
        both(external(f"redis://app@{HOST}:6379/0", iamProvider="AWS"), annotated("aws")),
        below(iamAuthProvider="aws", iamProvider=None, connectionUrl=f"rediss://app@{HOST}:6379/0"),
    ),
    "client certificate in plaintext": Fault(
        "config.tls",
        both(external(f"redis://{HOST}:6379/2", **CERT), GROUP),
        below(connectionUrl=f"rediss://{HOST}:6379/2"),
    ),
    "client certificate in plaintext, cluster": Fault(
        "config.tls",
        both(cluster(tlsEnabled=False, beside=CERT), GROUP),
        below(cluster={"tlsEnabled": True}),
    ),
    "safe mode of a cluster": Fault(
        "config.safe-mode",
        cluster(beside={"clusterSafeMode": True}),
        below(clusterSafeMode=False),
    ),
    "no fsGroup": Fault("config.fs-group", external(**CERT), GROUP),
    "labels": Fault(
        "config.service-accounts",
        both(cluster(beside={"iamAuthProvider": "azure"}), annotated("azure")),
        {},
    ),
    "unquoted labels": Fault(
        "config.service-accounts",
        both(cluster(beside={"iamAuthProvider": "azure"}), annotated("azure"), labelled(True)),
        {},
    ),
    "annotations but one": Fault(
        "config.service-accounts",
        both(cluster(beside={"iamAuthProvider": "aws"}), annotated("aws", only="queue")),
        {},
    ),
    "rediss in node URIs": Fault(
        "config.nodes",
        cluster(["rediss://node-0:6379", "redis://node-1:6379"]),
        below(cluster={"nodeUris": NODES}),
    ),
    "a database in node URIs": Fault(
        "config.nodes",
        cluster(["redis://node-0:6379/1", "redis://node-1:6379?ssl_check_hostname=false"]),
        below(cluster={"nodeUris": ["redis://node-0:6379", "redis://node-1:6379?ssl_check_hostname=false"]}),
    ),
    "valkey": Fault(
        "config.url",
        external(f"valkeys://{HOST}:6379/1"),
        below(connectionUrl=f"rediss://{HOST}:6379/1"),
    ),
    "no database": Fault(
        "config.url",
        external(f"redis://{HOST}/main"),
        below(connectionUrl=f"redis://{HOST}:6379/0"),
    ),
    "a parameter": Fault(
        "config.clients",
        external(f"redis://{HOST}:6379/0?socket_timeout=5"),
        below(connectionUrl=f"redis://{HOST}:6379/0"),
    ),
    "a port": Fault(
        "config.port",
        external(f"rediss://{AZURE}:6380/0"),
        below(connectionUrl=f"rediss://{AZURE}:10000/0"),
    ),
    "a reader": Fault(
        "config.port",
        external("rediss://replica.name.abc123.use1.cache.amazonaws.com:6379/0"),
        below(connectionUrl="rediss://master.name.abc123.use1.cache.amazonaws.com:6379/0"),
    ),
    "a cluster behind a URL": Fault(
        "config.port",
        external("redis://clustercfg.name.abc123.use1.cache.amazonaws.com:6379/0"),
        below(
            cluster={
                "enabled": True,
                "tlsEnabled": True,
                "nodeUris": ["redis://clustercfg.name.abc123.use1.cache.amazonaws.com:6379"],
            }
        ),
    ),
    "another key": Fault(
        "config.secret",
        below(enabled=True, existingSecretName="pair"),
        below(connectionUrlSecretKey="url"),
    ),
}

ROWS: Final = [pytest.param(fault, id=name) for name, fault in FAULTS.items()]


@pytest.mark.parametrize("fault", ROWS)
def test_a_fault_is_cured(fault: Fault, files: Files) -> None:
    """With the patch the finding is gone, and nothing comes in its place."""
    before = files.lint(fault.values)
    assert fault.id in ids([each for each in loud(before) if each["patch"]])
    assert fault.id in files.text.partition("\n")[0].removeprefix(HEADING)
    assert not fault.patch or files.written == fault.patch
    after = files.again()
    assert ids(loud(after)) <= ids(loud(before)) - {fault.id}
    assert not [each for each in loud(after) if each["patch"]]
    assert after.returncode == 0


@pytest.mark.parametrize("values", [both(external(), GROUP), cluster()])
def test_nothing_to_cure(values: Tree, files: Files) -> None:
    """The file is there all the same, and changes nothing."""
    ended = files.lint(values)
    assert (files.text, ended.stderr) == (f"{HEADING}nothing\n{{}}\n", "")
    assert document(files.again())["findings"] == document(ended)["findings"]


def test_labels_stay_text(files: Files) -> None:
    """A label that is written `true` without quotes is what Kubernetes refuses."""
    files.lint(FAULTS["unquoted labels"].values)
    assert f"{USE}: 'true'" in files.text
    assert files.written["backend"]["migrations"]["labels"] == {USE: "true"}


@pytest.mark.parametrize(
    ("values", "left_out", "cured"),
    [
        (external(f"redis://{HOST}:6379/main?password=tops3cret"), "config.url", "nothing"),
        (both(external(f"redis://:tops3cret@{HOST}:6379/0", **CERT), GROUP), "config.tls", "nothing"),
        (external(f"rediss://:tops3cret@{AZURE}:6380/0", clusterSafemode=True), "config.port", "config.values"),
        (cluster(["redis://:tops3cret@node-0:6379"]), "config.nodes", "nothing"),
    ],
)
def test_a_password_that_belongs_into_it(values: Tree, left_out: str, cured: str, files: Files) -> None:
    """Such a patch only a person can complete: it is left out, and named."""
    ended = files.lint(values)
    note = f"note: not in the patch, as a password belongs into it: {left_out}\n"
    assert (ended.stderr, files.text.splitlines()[0]) == (note, f"{HEADING}{cured}")
    assert "tops3cret" not in files.text
    assert "***" not in files.text


def test_the_file(files: Files) -> None:
    """Whole, readable by others as values are, and with nothing left beside it; an older one is replaced."""
    files.patch.write_text("old", encoding="utf-8")
    files.patch.chmod(0o600)
    files.lint(FAULTS["safe mode of a cluster"].values)
    assert stat.S_IMODE(files.patch.stat().st_mode) == 0o644
    assert files.text == f"{HEADING}config.safe-mode\nredis:\n  external:\n    clusterSafeMode: false\n"
    assert sorted(each.name for each in files.patch.parent.iterdir()) == ["patch.yaml", "secret.yaml", "values.yaml"]


@pytest.mark.parametrize("command", ["lint", "check"])
def test_a_folder_that_does_not_exist(command: str, tmp_path: Path) -> None:
    """It is refused before anything is done, and not after."""
    ended = inside(command, "redis://127.0.0.1:1", "--patch", str(tmp_path / "none" / "patch.yaml"), "-o", "console")
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == "preflight: the folder of --patch FILE cannot be written to\n"


def test_a_patch_that_is_a_folder(tmp_path: Path) -> None:
    """It is refused before anything is done, and nothing is left behind."""
    folder = tmp_path / "patch.yaml"
    (folder / "inner").mkdir(parents=True)
    ended = inside("lint", "valkey://cache", "--patch", str(folder))
    assert ended.returncode == 2
    assert ended.stderr == "preflight: --patch FILE names a folder\n"
    assert list(tmp_path.iterdir()) == [folder]


def test_nothing_is_contacted_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cluster least of all: a login program may want a person."""
    monkeypatch.setenv("NO_PROXY", "*")
    values = tmp_path / "values.yaml"
    values.write_text(yaml.safe_dump(below(enabled=True, existingSecretName="langsmith-redis")), encoding="utf-8")
    with api_server() as api:
        monkeypatch.setenv("KUBECONFIG", str(write(tmp_path / "kubeconfig", kubeconfig(api.url, namespace="n"))))
        ended = inside("lint", "--values", str(values), "--kube", "--patch", str(tmp_path / "none" / "patch"))
    assert (ended.returncode, api.asked) == (2, [])


@pytest.mark.parametrize(
    ("argv", "environ"),
    [
        (["valkey://cache:6379/0"], {}),
        (["-"], {}),
        ([], {"REDIS_DATABASE_URI": "valkey://cache:6379/0"}),
    ],
)
def test_without_values(argv: list[str], environ: dict[str, str], tmp_path: Path) -> None:
    """The same as values, for whoever will have some."""
    patch = tmp_path / "patch.yaml"
    ended = preflight("lint", *argv, "--patch", str(patch), stdin=b"valkey://cache:6379/0\n", environ=environ)
    assert (ended.returncode, ended.stderr) == (1, "")
    assert yaml.safe_load(patch.read_text()) == below(connectionUrl="redis://cache:6379/0")


def test_an_env_file_takes_no_values(tmp_path: Path) -> None:
    """What is cured there is a variable."""
    (tmp_path / ".env").write_text("REDIS_DATABASE_URI=valkey://cache\n", encoding="utf-8")
    ended = inside("lint", "--env-file", str(tmp_path / ".env"), "--patch", str(tmp_path / "patch"))
    assert (ended.returncode, (tmp_path / "patch").read_text()) == (1, f"{HEADING}nothing\n{{}}\n")


def test_an_agent_of_unknown_name(tmp_path: Path) -> None:
    """Nothing tells which of the three it is, and so no values cure it."""
    environ = {"REDIS_DATABASE_URI": "redis://cache", "REDIS_URI": "valkey://agents:6379/0"}
    preflight("lint", "--patch", str(tmp_path / "patch"), environ=environ)
    assert "<" not in (tmp_path / "patch").read_text().partition("\n")[2]


def test_standard_input_is_read_once(tmp_path: Path) -> None:
    """Though the values are read again with the patch over them, and here more than once."""
    values, patch = yaml.safe_dump(FAULTS["all of iam"].values), tmp_path / "patch"
    ended = preflight("lint", "--values", "-", "--patch", str(patch), stdin=values.encode())
    assert (ended.returncode, ended.stderr) == (1, "")
    assert yaml.safe_load(patch.read_text()) == FAULTS["all of iam"].patch


def test_values_that_the_command_line_sets(files: Files) -> None:
    """They are overlaid too."""
    files.lint(external(), "--set", f"redis.external.connectionUrl=redis://app@{HOST}:6379/0", "--set",
               "redis.external.iamProvider=AWS")  # fmt: skip
    patch = FAULTS["all of iam"].patch["redis"]["external"]
    assert files.written["redis"]["external"] == patch


def test_values_that_the_environment_names(files: Files) -> None:
    """They are no others than those of the command line."""
    files.lint(FAULTS["all of iam"].values)
    named, by_line = {"PREFLIGHT_VALUES": str(files.values)}, files.text
    assert preflight("lint", "--patch", str(files.patch), environ=named).returncode == 1
    assert files.text == by_line


def test_a_password_that_only_a_later_round_sees(files: Files) -> None:
    """Cluster mode is switched on by the patch, and then the nodes are looked at."""
    inner = {"Enabled": True, "nodeUris": ["redis://:tops3cret@node-0:6379"]}
    ended = files.lint(external(cluster=inner))
    assert "config.nodes" in ended.stderr


def test_what_was_left_out_of_the_report_is_left_out_of_the_patch(files: Files) -> None:
    """As with `--skip` and `--only`."""
    values = both(external(f"rediss://{AZURE}:6380/0", **CERT))
    files.lint(values, "--only", "config.port")
    assert files.written == FAULTS["a port"].patch
    files.lint(values, "--skip", "config.port")
    assert files.written == GROUP


def test_what_a_run_finds_is_in_the_patch(files: Files) -> None:
    """`check` writes it too, also where nothing answers."""
    values = cluster(["redis://127.0.0.1:1"], beside={"clusterSafeMode": True})
    files.values.write_text(yaml.safe_dump(values), encoding="utf-8")
    ended = inside("check", "--values", str(files.values), "--patch", str(files.patch), "-q")
    assert (ended.returncode, files.written) == (1, below(clusterSafeMode=False))


@pytest.mark.parametrize("url", [f"rediss://app@{HOST}:6379/0", f"rediss://app@{AZURE}:10000"])
def test_an_identity_in_a_url_is_no_fault(url: str, files: Files) -> None:
    """It is what LangSmith documents for workload identity; a patch that repeats it cures nothing."""
    ended = files.lint(both(external(url, iamAuthProvider="azure"), annotated("azure"), labelled()))
    assert not [each["patch"] for each in loud(ended)]


def test_a_name_without_tls_and_a_client_certificate(files: Files) -> None:
    """Which of the two is meant nobody can tell: no patch may choose."""
    url = "redis://name.abc123.ng.0001.use1.cache.amazonaws.com:6379/0"
    files.lint(both(external(url, **CERT), GROUP))
    assert not [each["patch"] for each in loud(files.again()) if each["patch"]]


HOSTS: Final = [
    HOST,
    AZURE,
    "name.redis.cache.windows.net",
    "replica.name.abc123.use1.cache.amazonaws.com",
    "clustercfg.name.abc123.use1.cache.amazonaws.com",
    "name-abc123.serverless.use1.cache.amazonaws.com",
]
URLS: Final = st.builds(
    "{}://{}{}:{}{}{}".format,
    st.sampled_from(["redis", "rediss", "valkey", "valkeys", "Redis"]),
    st.sampled_from(["", "app@"]),
    st.sampled_from(HOSTS),
    st.sampled_from([6379, 6380, 10000, 8501]),
    st.sampled_from(["/0", "/3", "/main", ""]),
    st.sampled_from(["", "", "?socket_timeout=5", "?ssl_check_hostname=false"]),
)
URIS: Final = st.builds(
    "{}://{}:{}{}{}".format,
    st.sampled_from(["redis", "rediss"]),
    st.sampled_from(HOSTS),
    st.sampled_from([6379, 6380, 10000]),
    st.sampled_from(["", "/0", "/3"]),
    st.sampled_from(["", "?ssl_check_hostname=false", "?foo=1"]),
)
PROVIDERS: Final = st.sampled_from(["aws", "AWS", "gcp", "Azure", "azure", "nonsense"])
SWITCHES: Final = st.booleans()


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[Tree]:
    return st.fixed_dictionaries({}, optional=parts)


CLUSTERS: Final = some(
    enabled=SWITCHES,
    nodeUris=st.lists(URIS, min_size=1, max_size=2),
    tlsEnabled=SWITCHES,
    tlsenabled=SWITCHES,
    clusterSafeMode=SWITCHES,
    Enabled=SWITCHES,
)
OURS: Final = some(
    enabled=SWITCHES,
    connectionUrl=URLS,
    iamAuthProvider=PROVIDERS,
    iamProvider=PROVIDERS,
    clusterSafeMode=SWITCHES,
    tlsEnabled=SWITCHES,
    clientCert=st.just({"secretName": "pair"}),
    existingSecretName=st.just("pair"),
    cluster=CLUSTERS,
)
THEIRS: Final = some(enabled=SWITCHES, connectionUrl=URLS, iamAuthProvider=PROVIDERS, iamProvider=PROVIDERS)
REST: Final = st.sampled_from(
    [{}, GROUP, annotated("aws"), annotated("azure", only="queue"), both(annotated("azure"), labelled(True))]
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return Files(tmp_path_factory.mktemp("patches"))


@settings(deadline=None, max_examples=150)
@given(OURS, THEIRS, REST)
def test_nothing_curable_is_left(shared: Files, ours: Tree, theirs: Tree, rest: Tree) -> None:
    """Whatever is wrong at once: what is left needs a password, and the values stay usable."""
    always = {"enabled": ours.get("enabled", False), "connectionUrl": f"redis://{HOST}:6379/0"}
    values = both(at("redis.external", always | ours), at("polly.redis.external", theirs), rest)
    shared.lint(values)
    after = shared.again()
    assert after.returncode in {0, 1}
    patches = [(each["id"], each["patch"]) for each in loud(after) if each["patch"]]
    assert [each for each in patches if "***" not in str(each)] == []
