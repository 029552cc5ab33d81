"""Real clusters: whole, with a gap, with a dead node, and taken for what they are not."""

from collections.abc import Callable, Iterator, Sequence

import pytest

from preflight import Report, Secret, Surroundings, check
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from tests.integration.commandline import document, preflight
from tests.integration.verdicts import QUICK, assert_fails_only, assert_passes, finding, told
from tests.servers.catalogue import RELEASES
from tests.servers.certificates import Authority
from tests.servers.cluster import Cluster, cluster
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.process import Server
from tests.servers.redis_cli import cluster_check

PASSWORD = "secret"
VERSIONS = ("redis-5.0", "redis-7.0", "valkey-8.1")


def _uri(node: Server) -> str:
    return f"redis://{node.host}:{node.port}"


def _name(node: Server) -> str:
    return f"{node.host}:{node.port}"


def _checked(nodes: Sequence[Server], password: str | None = None) -> Report:
    secret = Secret(password) if password else None
    return check([_uri(node) for node in nodes], around=Surroundings(tls=False, password=secret), limits=QUICK)


def _reached(report: Report) -> set[str]:
    return {each.subject for each in report.findings if each.id == "topology.nodes" and each.outcome == "pass"}


@pytest.mark.parametrize("key", VERSIONS)
@pytest.mark.parametrize("seeds", [slice(0, 1), slice(1, 2), slice(2, 3), slice(0, 3)], ids=["0", "1", "2", "all"])
def test_a_whole_cluster(
    cluster_pool: ClusterPool, keeps_keys: Callable[[Server], Server], key: str, seeds: slice
) -> None:
    """Through any one node or all of them, it passes, and every node that it advertises is listed."""
    made = cluster_pool.get(key, password=PASSWORD)
    for node in made.nodes:
        keeps_keys(node)
    report = _checked(made.nodes[seeds], PASSWORD)
    assert_passes(report)
    assert _reached(report) == {_name(node) for node in made.nodes}
    assert finding(report, "topology.slots").verdict.summary == "all 16,384 slots on 3 primaries"
    refused = "MULTI/EXEC and Lua refused (CROSSSLOT), as in every cluster"
    assert finding(report, "commands.cross-slot").verdict.summary == refused


@pytest.mark.parametrize("key", [key for key in RELEASES if key != "redis-3.2"])
def test_a_whole_cluster_with_replicas(cluster_pool: ClusterPool, key: str) -> None:
    """Neither preflight nor `redis-cli --cluster check` finds anything, and nothing is left on any node."""
    made = cluster_pool.get(key, replicas=1)
    made.until_settled()
    with made.left_alone():
        report = _checked(made.nodes[:1])
    assert_passes(report, warns={"server.version"} if key == "valkey-9.1" else set())
    assert _reached(report) == {_name(node) for node in made.nodes}
    assert finding(report, "topology.replicas").verdict.summary == "each of 3 primaries has a replica"
    assert finding(report, "topology.agreement").verdict.summary.startswith("6 nodes see the same map, epoch ")
    assert cluster_check(made.nodes[0]).is_good


@pytest.mark.parametrize("key", VERSIONS)
def test_two_clusters_in_one_node_list(cluster_pool: ClusterPool, key: str) -> None:
    """Each endpoint is named with its own, and nothing that either cluster says is held against the other."""
    one, other = cluster_pool.get(key), cluster_pool.get(key, unassigned=0)
    with one.left_alone(), other.left_alone():
        report = _checked([*one.nodes[:2], other.nodes[0]])
    failed = assert_fails_only(report, "topology.seeds")
    names = [_name(node) for node in (*one.nodes[:2], other.nodes[0])]
    parted = f"{names[0]}, {names[1]} | {names[2]}"
    assert failed.verdict.summary == f"the configured endpoints belong to 2 clusters: {parted}"
    assert failed.verdict.remedy == "Keep the nodes of one cluster in redis.external.cluster.nodeUris."


def test_a_standalone_server_among_the_nodes(cluster_pool: ClusterPool, server_pool: ServerPool) -> None:
    """It is named as the stray that it is."""
    node, stray = cluster_pool.get("redis-7.0").nodes[0], server_pool.get("redis-7.0")
    failed = assert_fails_only(_checked([node, stray]), "topology.seeds")
    assert failed.verdict.summary == f"{_name(stray)} belongs to no cluster"


def test_a_standalone_server_before_the_nodes(cluster_pool: ClusterPool, server_pool: ServerPool) -> None:
    """The order of the list does not turn a cluster into a standalone server."""
    node, stray = cluster_pool.get("redis-7.0").nodes[0], server_pool.get("redis-7.0")
    assert_fails_only(_checked([stray, node]), "topology.seeds")


def test_a_json_list_on_the_command_line(cluster_pool: ClusterPool) -> None:
    """As LangSmith's chart writes it, with the password in a file."""
    nodes = cluster_pool.get("redis-7.0", password=PASSWORD).nodes
    listed = "[" + ", ".join(f'"{_uri(node)}"' for node in nodes) + "]"
    given = ("--nodes", listed, "--no-tls", "--password-file", "-", "-o", "json")
    ended = preflight("check", *given, stdin=f"{PASSWORD}\n".encode())
    assert (ended.returncode, document(ended)["outcome"]) == (0, "pass")
    assert document(ended)["targets"][0]["endpoints"] == [_name(node) for node in nodes]


def test_the_environment_of_a_pod(cluster_pool: ClusterPool) -> None:
    """What the chart gives its pods is enough."""
    nodes = cluster_pool.get("redis-7.0", password=PASSWORD).nodes
    environ = {
        "REDIS_CLUSTER_ENABLED": "true",
        "REDIS_CLUSTER_DATABASE_URIS": f'["{_uri(nodes[0])}"]',
        "REDIS_CLUSTER_PASSWORD": PASSWORD,
        "REDIS_CLUSTER_USE_SSL_CONNECTION": "false",
    }
    ended = preflight("check", "-o", "json", environ=environ)
    assert (ended.returncode, document(ended)["outcome"]) == (0, "pass")


def test_replicas_are_advertised_too(cluster_pool: ClusterPool) -> None:
    """Through a replica as the only seed, all six nodes are reached."""
    made = cluster_pool.get("redis-6.2", replicas=1)
    report = _checked(made.replicas[:1])
    assert_passes(report)
    roles = {finding(report, "topology.nodes", _name(node)).verdict.summary.split(",")[0] for node in made.replicas}
    assert _reached(report) == {_name(node) for node in made.nodes}
    assert roles == {"replica"}


def test_over_tls(cluster_pool: ClusterPool, certificates: Authority, native_tls: NativeTls) -> None:
    """The addresses that the nodes announce are in their certificate: TLS is on as LangSmith has it by default."""
    made = cluster_pool.get("redis-7.0", tls=native_tls)
    around = Surroundings(ca_file=str(certificates.ca_file))
    report = check([_uri(made.nodes[0])], around=around, limits=QUICK)
    assert_passes(report)
    assert _reached(report) == {_name(node) for node in made.nodes}
    assert len([each for each in report.findings if each.id == "tls.handshake" and each.outcome == "pass"]) == 3


@pytest.mark.parametrize(("password", "cause"), [(None, Cause.PASSWORD_REQUIRED), ("wrong", Cause.PASSWORD_WRONG)])
def test_the_password_of_a_cluster(cluster_pool: ClusterPool, password: str | None, cause: Cause) -> None:
    """The remedy names the value of the chart that clusters read, not the URL's."""
    made = cluster_pool.get("redis-7.0", password=PASSWORD)
    failed = assert_fails_only(_checked(made.nodes[:1], password), "auth.accepted", cause)
    assert failed.verdict.remedy is not None
    assert "redis.external.cluster.password" in failed.verdict.remedy


def test_slots_without_a_primary(cluster_pool: ClusterPool) -> None:
    """A thousand slots that nobody serves are named, and no command is blamed for it."""
    made = cluster_pool.get("redis-7.0", unassigned=1000)
    report = _checked(made.nodes)
    failed = assert_fails_only(report, "topology.slots")
    assert failed.verdict.summary == "1,000 of 16,384 slots have no primary: 15384-16383"
    assert failed.verdict.details["state"] == "fail"
    assert {"commands.write", "commands.transaction"} <= set(told(report, Outcome.BLOCKED))
    assert {each.partition(".")[0] for each in told(report, Outcome.BLOCKED)} == {"commands"}


@pytest.fixture(scope="module")
def bereaved() -> Iterator[Cluster]:
    """A cluster that knows that its last node has stopped."""
    with cluster("redis-7.0", config=("cluster-node-timeout 500",)) as made:
        made.stop_and_wait(made.nodes[2])
        yield made


@pytest.mark.parametrize("seeds", [slice(0, 3), slice(0, 1), slice(1, 2)], ids=["all", "0", "1"])
def test_a_stopped_node(bereaved: Cluster, seeds: slice) -> None:
    """The dead node is named with its slots, also where only another one was configured."""
    report = _checked(bereaved.nodes[seeds])
    dead = bereaved.nodes[2]
    failed = assert_fails_only(report, "tcp.connects", Cause.REFUSED)
    assert failed.subject == _name(dead)
    assert failed.verdict.details["serves slots"] == "10922-16383"
    advertised = _name(bereaved.nodes[seeds][0]) if len(bereaved.nodes[seeds]) == 1 else None
    assert failed.verdict.details.get("advertised by") == advertised
    assert _reached(report) == {_name(node) for node in bereaved.nodes[:2]}
    assert finding(report, "topology.nodes", _name(dead)).blocked_by == "tcp.connects"


def test_a_stopped_seed(bereaved: Cluster) -> None:
    """With the dead node as the only one configured, there is nothing that could be asked."""
    failed = assert_fails_only(_checked(bereaved.nodes[2:]), "tcp.connects", Cause.REFUSED)
    assert failed.subject == _name(bereaved.nodes[2])


@pytest.mark.parametrize("key", VERSIONS)
def test_a_url_for_a_cluster(cluster_pool: ClusterPool, key: str) -> None:
    """The values that would be right name every primary."""
    made = cluster_pool.get(key, password=PASSWORD)
    report = check(made.nodes[1].url(), limits=QUICK)
    failed = assert_fails_only(report, "topology.mode")
    patch = failed.verdict.patch
    assert patch is not None
    # Redis 5 lists them in no order.
    uris = sorted(patch["redis"]["external"]["cluster"].pop("nodeUris"))
    assert uris == sorted(_uri(node) for node in made.primaries)
    external = {"enabled": True, "cluster": {"enabled": True, "tlsEnabled": False, "password": "***"}}
    assert patch == {"redis": {"external": external}}
    assert failed.verdict.remedy is not None
    assert "redis.external.cluster.password" in failed.verdict.remedy


def test_a_tls_url_for_a_cluster(cluster_pool: ClusterPool, certificates: Authority, native_tls: NativeTls) -> None:
    """TLS stays on in the values."""
    made = cluster_pool.get("redis-7.0", tls=native_tls)
    report = check(made.nodes[0].url(), around=Surroundings(ca_file=str(certificates.ca_file)), limits=QUICK)
    patch = assert_fails_only(report, "topology.mode").verdict.patch
    assert patch is not None
    assert patch["redis"]["external"]["cluster"]["tlsEnabled"] is True


def test_a_url_with_a_database_for_a_cluster(cluster_pool: ClusterPool) -> None:
    """That the cluster has no database 3 follows from the mode, which alone is the root."""
    made = cluster_pool.get("redis-7.0", password=PASSWORD)
    assert_fails_only(check(made.nodes[0].url(database=3), limits=QUICK), "topology.mode")


@pytest.mark.parametrize("key", ["redis-5.0", "redis-8.2", "valkey-8.1"])
@pytest.mark.parametrize(("password", "login"), [(None, ""), ("mode-password", ":***@")])
def test_a_node_list_for_a_standalone_server(
    server_pool: ServerPool, key: str, password: str | None, login: str
) -> None:
    """The values that would be right switch the cluster off, and show no password."""
    server = server_pool.get(key, password=password)
    failed = assert_fails_only(_checked([server], password), "topology.mode")
    external = {
        "enabled": True,
        "connectionUrl": f"redis://{login}{_name(server)}/0",
        "cluster": {"enabled": False},
    }
    assert failed.verdict.patch == {"redis": {"external": external}}
