"""A replica takes its primary's place while preflight looks: that is seen at most, and nothing stays behind."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple

import pytest

from preflight import Outcome, Report, Surroundings, check
from tests.integration.verdicts import LATEST, QUICK, told
from tests.servers.cluster import Cluster, cluster
from tests.servers.link import Link, delaying_proxy
from tests.servers.process import Server
from tests.servers.readiness import until

ONE_WAY_SECONDS = 0.025

USUAL = {"server.version", "capacity.latency"}
"""Warnings about the release and the slow link."""

PASSING = {"topology.agreement", "topology.replicas", "topology.slots", "auth.accepted", "commands.write"}
"""What a failover may look like: two maps, a node that answers nobody for a moment, a write that falls between."""


class Slow(NamedTuple):
    """A cluster whose nodes announce a slow link to themselves."""

    made: Cluster
    links: Sequence[Link]

    def checked(self) -> Report:
        uri = f"redis://{self.links[0].host}:{self.links[0].port}"
        return check([uri], around=Surroundings(tls=False), limits=QUICK)

    def connections(self) -> list[int]:
        """How many there have been so far, by node."""
        return [len(link.flights) for link in self.links]


@pytest.fixture(scope="module", params=["redis-5.0", "redis-7.0", "valkey-9.1"])
def slow(request: pytest.FixtureRequest) -> Iterator[Slow]:
    with cluster(request.param, replicas=1) as made, contextlib.ExitStack() as stack:
        links = [stack.enter_context(delaying_proxy(node.host, node.port, ONE_WAY_SECONDS)) for node in made.nodes]
        for node, link in zip(made.nodes, links, strict=True):
            made.announce(node, port=link.port)
        made.until_settled()
        yield Slow(made, links)


MOMENTS: dict[str, Callable[[list[int]], bool]] = {
    "dialling": lambda opened: opened[0] > 0,
    "asking": all,
    "rehearsing": lambda opened: max(opened) > 1,
}
"""By the connections of the run to each node: the endpoint, those that it names, and the second for the rehearsal."""


@pytest.mark.parametrize(("shard", "moment"), [*enumerate(MOMENTS)], ids=[*MOMENTS])
def test_a_failover_during_the_run(slow: Slow, shard: int, moment: str) -> None:
    """At that moment a shard changes hands; the run ends with a report, and the next one finds nothing."""
    replica, before = slow.made.replicas[shard], slow.connections()
    with slow.made.left_alone(), ThreadPoolExecutor(1) as pool:
        running = pool.submit(slow.checked)
        until(lambda: MOMENTS[moment](_opened(slow, before)), moment, seconds=LATEST)
        assert not running.done()
        slow.made.fail_over(replica)
        _assert_at_most_passing(running.result())
        _until_primary(replica)
    slow.made.until_settled()
    report = slow.checked()
    assert told(report, Outcome.FAIL) == []
    assert {each.id for each in report.findings if each.outcome is Outcome.WARN} <= USUAL


def _opened(slow: Slow, before: list[int]) -> list[int]:
    return [now - then for now, then in zip(slow.connections(), before, strict=True)]


def _assert_at_most_passing(report: Report) -> None:
    wrong = {each.id for each in report.findings if each.outcome in (Outcome.FAIL, Outcome.WARN)}
    assert wrong - USUAL <= PASSING, told(report, Outcome.FAIL)
    assert told(report, Outcome.ERROR) == []
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} <= wrong
    assert report.seconds < LATEST


def _until_primary(replica: Server) -> None:
    with replica.client() as client:
        until(lambda: client.info("replication")["role"] == "master", "the failover", seconds=20)
