"""Every version of Redis and Valkey is judged alike, alone and in a cluster, and is left as it was found."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pytest

from preflight import Report, Surroundings, check
from preflight.model.finding import Outcome
from tests.integration.played import assert_left_alone
from tests.integration.verdicts import QUICK, finding
from tests.servers.cluster import Cluster
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.front import Front, front
from tests.servers.process import Server

MODEL = "redis-7.0"
KEYS = ("redis-5.0", "redis-6.2", MODEL, "redis-8.2", "valkey-8.1", "valkey-9.1")
ROOMY = ("maxmemory 8gb",)
"""Whatever the machine has."""

DIFFERENCES: Mapping[str, Mapping[str, Outcome]] = {
    # It has no users.
    "redis-5.0": {"auth.user": Outcome.NOT_APPLICABLE},
    # LangSmith documents Valkey 8.
    "valkey-9.1": {"server.version": Outcome.WARN},
}
"""All that sets a version apart from `MODEL`."""

ON_ONE_NODE: Mapping[str, str] = {
    # INFO of its time does not tell maxclients; CONFIG GET asks for it only where commands are rehearsed.
    "redis-5.0": "capacity.connections",
}
"""What only one node of a cluster tells."""

WITHOUT_DRY_RUN = ("redis-5.0", "redis-6.2")
NODES = 3

EVERY = pytest.mark.parametrize("key", KEYS)


def _alone(pool: ServerPool, key: str) -> Server:
    return pool.get(key, config=ROOMY)


def _cluster(pool: ClusterPool, key: str) -> Cluster:
    # On a busy machine no node gives a link up after a second without an answer.
    return pool.get(key, config=(*ROOMY, "cluster-node-timeout 15000"))


def _standalone(server: Server) -> Report:
    return check(server.url(database=0), limits=QUICK)


def _clustered(nodes: Sequence[Server]) -> Report:
    uris = [f"redis://{node.host}:{node.port}" for node in nodes]
    return check(uris, around=Surroundings(tls=False), limits=QUICK)


def _told(report: Report) -> Counter[tuple[str, Outcome]]:
    """How many subjects each check was so about."""
    return Counter((each.id, each.outcome) for each in report.findings)


def _expected(model: Counter[tuple[str, Outcome]], key: str) -> Counter[tuple[str, Outcome]]:
    differences = DIFFERENCES.get(key, {})
    expected = Counter[tuple[str, Outcome]]()
    for (check_id, outcome), count in model.items():
        told = 1 if ON_ONE_NODE.get(key) == check_id else count
        expected[check_id, differences.get(check_id, outcome)] += told
        expected[check_id, Outcome.NOT_APPLICABLE] += count - told
    return +expected


@pytest.mark.parametrize("key", [key for key in KEYS if key != MODEL])
def test_alone(server_pool: ServerPool, key: str) -> None:
    """Each check has the same outcome for a standalone server of any version."""
    model, report = (_standalone(_alone(server_pool, each)) for each in (MODEL, key))
    assert _told(report) == _expected(_told(model), key)


@pytest.mark.parametrize("key", [key for key in KEYS if key != MODEL])
def test_in_a_cluster(cluster_pool: ClusterPool, key: str) -> None:
    """Each check has the same outcome for each of three nodes of any version."""
    model, report = (_clustered(_cluster(cluster_pool, each).nodes[:1]) for each in (MODEL, key))
    assert _told(report) == _expected(_told(model), key)


def test_the_model(server_pool: ServerPool, cluster_pool: ClusterPool) -> None:
    """The version that the others are compared with passes everything, and every node is among the subjects."""
    alone, clustered = (
        _told(_standalone(_alone(server_pool, MODEL))),
        _told(_clustered(_cluster(cluster_pool, MODEL).nodes)),
    )
    fine = {Outcome.PASS, Outcome.NOT_APPLICABLE}
    assert {outcome for _, outcome in alone + clustered} == fine
    of_nodes = {"auth.accepted", "auth.user", "server.product", "topology.nodes", "capacity.eviction"}
    assert {check_id for (check_id, outcome), count in clustered.items() if count == NODES} >= of_nodes
    assert {check_id for check_id, _ in alone} >= {"commands.blocking", "commands.pubsub", "capacity.latency"}


@EVERY
def test_rights_are_asked_or_tried(server_pool: ServerPool, cluster_pool: ClusterPool, key: str) -> None:
    """Where ACL DRYRUN is known every command is asked for, and elsewhere tried: the verdict is the same."""
    nodes = _cluster(cluster_pool, key).nodes
    for report in (_standalone(_alone(server_pool, key)), _clustered(nodes)):
        permissions = finding(report, "auth.permissions")
        assert permissions.outcome is Outcome.PASS
        assert ("ACL DRYRUN" in permissions.verdict.summary) is (key not in WITHOUT_DRY_RUN)


@EVERY
def test_the_pop_of_the_version(server_pool: ServerPool, cluster_pool: ClusterPool, key: str) -> None:
    """The queues wait in BLMOVE where it is known, and in BRPOPLPUSH before that."""
    pop = "BRPOPLPUSH" if key == "redis-5.0" else "BLMOVE"
    for report in (_standalone(_alone(server_pool, key)), _clustered(_cluster(cluster_pool, key).nodes)):
        assert finding(report, "commands.blocking").verdict.summary == f"{pop} waits and returns what is pushed"


@EVERY
def test_nothing_is_left_alone(server_pool: ServerPool, key: str) -> None:
    """No key, no subscription and no client of ours is left on a server."""
    server = _alone(server_pool, key)
    report = _standalone(server)
    assert finding(report, "commands.pubsub").outcome is Outcome.PASS
    assert_left_alone(server, set())


def _clients(node: Server) -> set[str]:
    with node.client() as client:
        return {each["id"] for each in client.client_list()}


@EVERY
def test_nothing_is_left_in_a_cluster(cluster_pool: ClusterPool, key: str) -> None:
    """Nor on any node of a cluster, those included that only its map names."""
    nodes = _cluster(cluster_pool, key).nodes
    before = [_clients(node) for node in nodes]
    report = _clustered(nodes[:1])
    assert len([each for each in report.findings if each.id == "topology.nodes"]) == NODES
    for node, known in zip(nodes, before, strict=True):
        assert_left_alone(node, known)


def _sent(before: Front) -> set[str]:
    return {" ".join(word.decode() for word in words[: _depth(words)]).upper() for words in before.commands}


def _depth(words: Sequence[bytes]) -> int:
    return 2 if words[0].upper() in {b"CLUSTER", b"CLIENT", b"CONFIG", b"SCRIPT", b"ACL", b"COMMAND"} else 1


def _unknown(server: Server, commands: Iterable[str]) -> list[str]:
    """Those that the server itself does not know."""
    names = sorted({each.partition(" ")[0] for each in commands})
    with server.client() as client:
        known = {name.upper() for name in client.command()}
    return [name for name in names if name not in known]


OLD_SUBCOMMANDS = {"CLUSTER INFO", "CLUSTER NODES", "CLUSTER SLOTS", "SCRIPT LOAD", "CONFIG GET"}
"""Of those that are sent, what Redis 5 knows: COMMAND of its time does not tell."""


def test_nothing_newer_is_sent_to_redis_5(server_pool: ServerPool) -> None:
    """What came after Redis 5 is not tried on it: all that arrives is counted, also what it would not know."""
    server = _alone(server_pool, "redis-5.0")
    with front(server, lambda: lambda _: None) as before:
        check(f"redis://{before.host}:{before.port}/0", limits=QUICK)
    sent = _sent(before)
    assert {"PING", "INFO", "MULTI", "EVALSHA", "BRPOPLPUSH", "PSUBSCRIBE", "DEL"} <= sent
    assert _unknown(server, sent) == []
    assert {each for each in sent if " " in each} <= OLD_SUBCOMMANDS


def test_nothing_newer_is_sent_to_a_cluster_of_redis_5(cluster_pool: ClusterPool) -> None:
    """The same of a seed of a cluster, which is asked how it sees the others."""
    node = _cluster(cluster_pool, "redis-5.0").nodes[0]
    with front(node, lambda: lambda _: None) as before:
        check([f"redis://{before.host}:{before.port}"], around=Surroundings(tls=False), limits=QUICK)
    sent = _sent(before)
    assert {"PING", "INFO", "CLUSTER NODES", "CLUSTER SLOTS"} <= sent
    assert _unknown(node, sent) == []
    assert {each for each in sent if " " in each} <= OLD_SUBCOMMANDS


def test_a_newer_command_would_be_seen(server_pool: ServerPool) -> None:
    """The two above can fail: Redis 7 is sent what Redis 5 does not know."""
    server, old = _alone(server_pool, "redis-7.0"), _alone(server_pool, "redis-5.0")
    with front(server, lambda: lambda _: None) as before:
        check(f"redis://{before.host}:{before.port}/0", limits=QUICK)
    assert _unknown(old, _sent(before)) == ["ACL", "BLMOVE"]
