"""What real nodes announce is what clients dial: other ports, other addresses, names, and nothing at all."""

import contextlib
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
import redis

from preflight import Outcome, Report, Surroundings, check
from preflight.cli.exit_status import FAILED, exit_status
from preflight.model.evidence import Cause
from tests.documents import report_of
from tests.integration.commandline import Ended, failures, inside, surroundings
from tests.integration.verdicts import LATEST, QUICK, assert_passes, finding, told
from tests.servers.catalogue import REPOSITORY
from tests.servers.cluster import Cluster, cluster
from tests.servers.fixtures import ClusterPool
from tests.servers.front import Answer, Instead, Words, front
from tests.servers.process import Server
from tests.servers.readiness import until
from tests.servers.scripted import black_hole, closed_port

OF_THE_RELEASE = {"valkey-9.1": {"server.version"}}
NAMING = ("redis-7.0", "valkey-9.1")
"""Releases that can announce host names."""

PREFERS_NAMES = "cluster-preferred-endpoint-type hostname"


def _uri(node: Server) -> str:
    return f"redis://{node.host}:{node.port}"


def _checked(*uris: str) -> Report:
    return check(uris, around=Surroundings(tls=False), limits=QUICK)


def _reached(report: Report) -> set[str]:
    return {each.subject for each in report.findings if each.id == "topology.nodes" and each.outcome is Outcome.PASS}


def _assert_fails(report: Report, key: str, failing: set[str]) -> None:
    """These findings fail, by check and subject; nothing else does, and all that was not tried is put down to them."""
    assert set(told(report, Outcome.FAIL)) == failing
    ids = {each.partition(" ")[0] for each in failing}
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} <= ids
    assert {each.id for each in report.findings if each.outcome is Outcome.WARN} <= OF_THE_RELEASE.get(key, set())
    assert told(report, Outcome.ERROR) == []
    assert exit_status(report, fail_on_warn=False) == FAILED
    assert report.seconds < LATEST


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0", "valkey-9.1"])
def test_a_port_where_nothing_listens(key: str) -> None:
    """It is dialled as announced, although the node answers on its own port."""
    with cluster(key) as made, closed_port() as closed:
        shown = made.announce(made.nodes[2], port=closed.port)
        with made.left_alone():
            report = _checked(_uri(made.nodes[0]))
    _assert_fails(report, key, {f"tcp.connects {shown}"})
    failed = finding(report, "tcp.connects", shown).verdict
    assert failed.cause is Cause.REFUSED
    assert failed.details["serves slots"] == "10922-16383"
    assert failed.details["advertised by"] == f"{made.nodes[0].host}:{made.nodes[0].port}"
    assert _reached(report) == {f"{node.host}:{node.port}" for node in made.nodes[:2]}


def test_an_address_that_swallows_packets() -> None:
    """It costs one step, and all other nodes are judged."""
    with cluster("redis-7.0") as made, black_hole() as hole:
        shown = made.announce(made.nodes[2], host=hole.host, port=hole.port)
        with made.left_alone():
            report = _checked(_uri(made.nodes[0]))
    _assert_fails(report, "redis-7.0", {f"tcp.connects {shown}"})
    assert finding(report, "tcp.connects", shown).verdict.cause is Cause.CONNECT_TIMEOUT
    assert len(_reached(report)) == 2


def test_the_remedy_for_an_announced_address() -> None:
    """It is not in the node list, and nothing that is changed there helps: the node must announce another."""
    with cluster("redis-7.0") as made, closed_port() as closed:
        shown = made.announce(made.nodes[2], port=closed.port)
        remedy = finding(_checked(_uri(made.nodes[0])), "tcp.connects", shown).verdict.remedy
    assert remedy is not None
    assert "announce" in remedy
    assert "nodeUris" not in remedy


@contextlib.contextmanager
def _preferring(key: str, *config: str, host: str | None) -> Iterator[Cluster]:
    """A cluster whose nodes announce all of them under this host, once they all know it."""
    with cluster(key, config=config) as made, contextlib.ExitStack() as stack:
        clients = [stack.enter_context(node.client()) for node in made.nodes]
        until(lambda: all(_hosts(client) == {host} for client in clients), f"{host} to get around", seconds=20)
        yield made


def _hosts(client: redis.Redis) -> set[str | None]:
    ranges = client.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]  # redis-py types it not
    return {node[0] for _first, _last, *nodes in ranges for node in nodes}


def _named(key: str, host: str) -> contextlib.AbstractContextManager[Cluster]:
    return _preferring(key, PREFERS_NAMES, f"cluster-announce-hostname {host}", host=host)


@pytest.mark.parametrize("key", NAMING)
def test_a_name_that_resolves(key: str) -> None:
    """Under its name each node is one more to dial, and is known to be the endpoint that is configured."""
    with _named(key, "localhost") as made, made.left_alone():
        report = _checked(*map(_uri, made.nodes))
    assert_passes(report, warns=OF_THE_RELEASE.get(key, set()))
    assert _reached(report) == {f"localhost:{node.port}" for node in made.nodes}
    assert finding(report, "topology.names", f"localhost:{made.nodes[0].port}").verdict.summary.endswith("a host name")
    assert finding(report, "topology.seeds").verdict.summary == "3 endpoints, one cluster"


@pytest.mark.parametrize("key", NAMING)
def test_a_name_that_does_not_resolve(key: str) -> None:
    """Every node is told by its name, although the endpoint itself answers."""
    with _named(key, "nowhere.invalid") as made, made.left_alone():
        report = _checked(_uri(made.nodes[0]))
    names = [f"nowhere.invalid:{node.port}" for node in made.nodes]
    _assert_fails(report, key, {f"dns.resolves {name}" for name in names})
    assert {finding(report, "dns.resolves", name).verdict.cause for name in names} == {Cause.NAME_UNKNOWN}
    assert {finding(report, "topology.names", name).blocked_by for name in names} == {"dns.resolves"}


@pytest.mark.parametrize("key", NAMING)
def test_a_name_that_was_not_given(key: str) -> None:
    """A node that prefers names and has none announces `?`, which nobody can dial."""
    with _preferring(key, PREFERS_NAMES, host="?") as made, made.left_alone():
        report = _checked(_uri(made.nodes[0]))
    names = [f"?:{node.port}" for node in made.nodes]
    _assert_fails(report, key, {f"topology.names {name}" for name in names})
    failed = finding(report, "topology.names", names[2]).verdict
    assert (failed.cause, failed.details["serves slots"]) == (Cause.UNDIALLABLE, "10922-16383")
    assert failed.remedy is not None
    assert "`cluster-announce-hostname`" in failed.remedy


@pytest.mark.parametrize("key", NAMING)
def test_an_endpoint_that_is_left_to_the_client(key: str) -> None:
    """Where nodes announce no host at all, clients stay with the one that they asked."""
    with _preferring(key, "cluster-preferred-endpoint-type unknown-endpoint", host=None) as made, made.left_alone():
        report = _checked(_uri(made.nodes[0]))
    assert_passes(report, warns=OF_THE_RELEASE.get(key, set()))
    assert _reached(report) == {f"{node.host}:{node.port}" for node in made.nodes}


def test_port_zero(cluster_pool: ClusterPool) -> None:
    """As a node announces that has no port for clients without TLS; here a front says so of the last."""
    made = cluster_pool.get("redis-7.0")
    port = made.nodes[2].port

    def rule(words: Words) -> Answer:
        slots = [word.upper() for word in words] == [b"CLUSTER", b"SLOTS"]
        return Instead(words, lambda reply: reply.replace(b":%d\r\n" % port, b":0\r\n")) if slots else None

    with made.left_alone(), front(made.nodes[0], lambda: rule) as before:
        report = _checked(f"redis://{before.host}:{before.port}")
    _assert_fails(report, "redis-7.0", {"topology.names 127.0.0.1:0"})
    assert finding(report, "topology.names", "127.0.0.1:0").verdict.details["serves slots"] == "10922-16383"


INNER = "10.99.99.99"
"""An address of the sealed machine, beside its loopback."""


def _sealed(seed: str, announced: str) -> Ended:
    """A cluster and preflight on a machine that has no network at all: nothing can answer under a strange address."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-rn", "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody have a network of his own (unshare -rn)")
    seal = f'ip link set lo up && ip address add {INNER}/32 dev lo && exec "$@"'
    inner = f"from {__name__} import within; within({seed!r}, {announced!r})"
    command = [unshare, "-rn", "sh", "-c", seal, "-", sys.executable, "-c", inner]
    return subprocess.run(
        command, cwd=REPOSITORY, env=surroundings(), capture_output=True, text=True, timeout=60, check=False
    )  # fmt: skip


def within(seed: str, announced: str) -> None:
    """What runs on the sealed machine."""
    # Without a way to the one that announces it, the others would soon call it failed.
    config = (f"bind 127.0.0.1 {INNER}", "cluster-node-timeout 60000")
    with cluster("redis-7.0", config=config) as made, made.left_alone():
        if announced:
            made.announce(made.nodes[2], host=announced)
        ended = inside("check", "--node", f"redis://{seed}:{made.nodes[0].port}", "--no-tls", "-o", "json")
    sys.stdout.write(ended.stdout)
    sys.exit(ended.returncode)


@pytest.mark.parametrize(
    ("announced", "hint"),
    [("10.255.255.1", None), ("172.17.0.99", "container networks")],
)
def test_an_address_without_a_route(announced: str, hint: str | None) -> None:
    """There is no way to it from here; what looks like a container's own network is called so."""
    ended = _sealed("127.0.0.1", announced)
    assert (ended.returncode, failures(ended)) == (1, ["tcp.connects"]), ended.stderr
    [failed] = _findings(ended, "tcp.connects", "fail")
    assert failed["cause"] == Cause.UNREACHABLE
    assert failed["subject"].startswith(f"{announced}:")
    assert (hint or "") in failed["details"].get("announces", "")
    assert bool(hint) is ("announces" in failed["details"])
    assert len(_findings(ended, "topology.nodes", "pass")) == 2


def test_the_loopback_of_the_servers() -> None:
    """Nodes that were joined as 127.0.0.1 lead every client back to itself, although here that goes well."""
    ended = _sealed(INNER, "")
    assert (ended.returncode, set(failures(ended))) == (1, {"topology.names"}), ended.stderr
    failed = _findings(ended, "topology.names", "fail")
    assert len(failed) == 3
    assert {each["summary"] for each in failed} == {
        "announced as 127.0.0.1, which leads every client back to its own machine"
    }
    assert "`cluster-announce-ip`" in failed[0]["remedy"]


def _findings(ended: Ended, check_id: str, outcome: str) -> list[Any]:
    found = report_of(ended.stdout)["findings"]
    return [each for each in found if each["id"] == check_id and each["outcome"] == outcome]
