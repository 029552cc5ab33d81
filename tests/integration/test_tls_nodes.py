"""TLS of clusters: each node is judged by itself, and a node URI may waive its name."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager

import pytest

from preflight import Report, check
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from tests.integration.tls_cases import DAY, NOW, PASSES, Bench, bench_of_session, presenting, row
from tests.integration.verdicts import QUICK, assert_fails_only, assert_passes, finding, told
from tests.servers.certificates import Authority, authority
from tests.servers.cluster import Cluster, cluster
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server
from tests.servers.terminator import terminated

bench = bench_of_session

UNCHECKED = "?ssl_check_hostname=false"


@pytest.fixture(scope="module")
def nodes(certificates: Authority) -> Iterator[Cluster]:
    """Three, whose certificate lists the addresses that they announce."""
    tls = NativeTls(certificate=certificates.server(), ca_file=certificates.ca_file)
    with cluster("redis-7.0", tls=tls) as made:
        yield made


def _checked(bench: Bench, nodes: Sequence[Server], host: str = "127.0.0.1", query: str = "") -> Report:
    return check([f"redis://{host}:{node.port}{query}" for node in nodes], around=bench.around(), limits=QUICK)


@contextmanager
def presenting_all(nodes: Cluster, ca: Authority, name: str) -> Iterator[None]:
    """Let every node show a certificate for this name."""
    with ExitStack() as stack:
        for node in nodes.nodes:
            stack.enter_context(presenting(node, ca.server(name)))
        yield


def test_whole(bench: Bench, nodes: Cluster) -> None:
    """Every node is looked at, and each passes every check of TLS."""
    report = _checked(bench, nodes.nodes[:1])
    assert_passes(report)
    assert [row(report, f"127.0.0.1:{node.port}") for node in nodes.nodes] == [PASSES] * 3


@pytest.mark.parametrize("seeds", [slice(0, 1), slice(0, 3)], ids=["one seed", "all seeds"])
def test_an_expired_certificate_on_one_node(bench: Bench, nodes: Cluster, seeds: slice) -> None:
    """Only what concerns that node fails; the others are judged, and the cluster with them."""
    bad = nodes.nodes[2]
    with presenting(bad, bench.ca.server(not_after=NOW - DAY)):
        report = _checked(bench, nodes.nodes[seeds])
    failed = assert_fails_only(report, "tls.expiry", Cause.CERTIFICATE_EXPIRED)
    assert failed.subject == f"127.0.0.1:{bad.port}"
    assert failed.verdict.details["serves slots"] == "10922-16383"
    rows = [row(report, f"127.0.0.1:{node.port}") for node in nodes.nodes]
    assert rows == [PASSES, PASSES, "bbfpbp"]
    assert finding(report, "topology.slots").outcome == "pass"
    blocked = {each.subject for each in report.findings if each.outcome is Outcome.BLOCKED and each.subject}
    assert blocked == {failed.subject}


def test_announced_addresses_that_no_certificate_lists(bench: Bench, nodes: Cluster) -> None:
    """The seed by its name passes; the nodes announce addresses, and the remedy is to announce names."""
    with presenting_all(nodes, bench.ca, "localhost"):
        report = _checked(bench, nodes.nodes[:1], "localhost")
    assert row(report, f"localhost:{nodes.nodes[0].port}") == PASSES
    announced = [f"127.0.0.1:{node.port}" for node in nodes.nodes]
    assert told(report, Outcome.FAIL) == [f"tls.hostname {name}" for name in announced]
    assert [row(report, name) for name in announced] == ["bbpfbp"] * 3
    for name in announced:
        verdict = finding(report, "tls.hostname", name).verdict
        assert verdict.cause is Cause.HOSTNAME_MISMATCH
        assert "cluster-announce-hostname" in (verdict.remedy or "")
        assert "ssl_check_hostname=false" in (verdict.remedy or "")


def test_nodes_that_waive_their_name(bench: Bench, nodes: Cluster) -> None:
    """What the seeds waive is waived for the nodes that they announce; the finding says that nothing was compared."""
    with presenting_all(nodes, bench.ca, "localhost"):
        report = _checked(bench, nodes.nodes[:1], query=UNCHECKED)
    assert_passes(report)
    for node in nodes.nodes:
        summary = finding(report, "tls.hostname", f"127.0.0.1:{node.port}").verdict.summary
        assert "not compared (ssl_check_hostname=false)" in summary


def test_a_configured_node_may_waive_its_name(server_pool: ServerPool, bench: Bench) -> None:
    """With `ssl_check_hostname=false` it gets past the name, and not past the CA."""
    with terminated(server_pool.get("valkey-8.1"), bench.ca.server("redis.example.com")) as front:
        name, uri = f"127.0.0.1:{front.port}", f"redis://127.0.0.1:{front.port}"
        strict = check([uri], around=bench.around(), limits=QUICK)
        failed = assert_fails_only(strict, "tls.hostname", Cause.HOSTNAME_MISMATCH)
        assert "redis.external.cluster.nodeUris" in (failed.verdict.remedy or "")
        assert row(strict, name) == "bbpfbp"
        waived = check([uri + UNCHECKED], around=bench.around(), limits=QUICK)
        assert_fails_only(waived, "topology.mode")
        assert row(waived, name) == PASSES
    with terminated(
        server_pool.get("valkey-8.1"), authority(bench.ca.folder / "stranger of nodes", "Another company").server()
    ) as front:
        report = check([f"redis://127.0.0.1:{front.port}{UNCHECKED}"], around=bench.around(), limits=QUICK)
        assert_fails_only(report, "tls.trusted", Cause.UNTRUSTED)


def test_a_port_of_0_is_announced(bench: Bench) -> None:
    """TLS for clients and plaintext for the cluster itself, whose port is off: no client could follow the map."""
    tls = NativeTls(certificate=bench.ca.server(), ca_file=bench.ca.ca_file)
    with cluster("redis-7.0", primaries=1, tls=tls, config=("tls-cluster no",)) as made:
        report = _checked(bench, made.nodes)
    failed = assert_fails_only(report, "topology.names", Cause.UNDIALLABLE)
    assert failed.subject == "127.0.0.1:0"
