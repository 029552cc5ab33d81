"""Clusters that are really broken: each has one root cause, and whatever `redis-cli --cluster check` finds is found."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest

from preflight import Outcome, Report, Secret, Surroundings, check
from preflight.cli.exit_status import FAILED, OK, exit_status
from tests.integration.verdicts import LATEST, QUICK, told
from tests.servers.cluster import Cluster, cluster
from tests.servers.fixtures import ClusterPool
from tests.servers.process import Server
from tests.servers.redis_cli import Opinion, cluster_check

PASSWORD = "secret"
RELEASES = ("redis-5.0", "redis-7.0", "valkey-9.1")
OF_THE_RELEASE = {"valkey-9.1": {"server.version"}}
"""Warnings that have nothing to do with the cluster."""

Fault = Callable[[Cluster], contextlib.AbstractContextManager[None]]


class Case(NamedTuple):
    """A fault, and what is to be said of it."""

    fault: Fault
    roots: frozenset[str]
    outcome: Outcome
    summary: str
    remedy: str
    seen_by_redis_cli: bool
    options: Mapping[str, Any] = MappingProxyType({})
    """Of the cluster."""
    lasting: bool = False
    """It cannot be undone: the cluster is of no further use."""
    releases: tuple[str, ...] = RELEASES
    """What is still wrong about it."""


class Judged(NamedTuple):
    """One cluster, as both judge it."""

    case: Case
    key: str
    report: Report
    opinion: Opinion


def none(_: Cluster) -> contextlib.AbstractContextManager[None]:
    """It was made so."""
    return contextlib.nullcontext()


def slot_half_way(made: Cluster) -> contextlib.AbstractContextManager[None]:
    """A slot is on its way, as both of its nodes know."""
    return made.slot_on_its_way(7)


def slot_leaving(made: Cluster) -> contextlib.AbstractContextManager[None]:
    """Only the node that gives a slot away knows of it."""
    return made.slot_on_its_way(7, arriving=False)


def slot_arriving(made: Cluster) -> contextlib.AbstractContextManager[None]:
    """Only the node that is to get a slot knows of it."""
    return made.slot_on_its_way(7, leaving=False)


@contextlib.contextmanager
def primary_down(made: Cluster) -> Iterator[None]:
    """A primary without a replica has stopped."""
    made.stop_and_wait(made.primaries[2])
    yield


@contextlib.contextmanager
def replica_down(made: Cluster) -> Iterator[None]:
    """A replica has stopped."""
    made.stop_and_wait(made.replicas[1])
    yield


@contextlib.contextmanager
def primary_forgotten(made: Cluster) -> Iterator[None]:
    """The first node has forgotten the last."""
    made.forget(made.nodes[0], made.nodes[2])
    yield


@contextlib.contextmanager
def replica_forgotten(made: Cluster) -> Iterator[None]:
    """The first node has forgotten the replica of the last."""
    made.forget(made.nodes[0], made.replicas[2])
    yield


@contextlib.contextmanager
def replica_lacking(made: Cluster) -> Iterator[None]:
    """Two primaries have a replica, the third has none."""
    made.dismiss(made.replicas[2])
    yield


@contextlib.contextmanager
def other_password(made: Cluster) -> Iterator[None]:
    """The last node has another password than the rest."""
    with made.nodes[2].client() as client:
        client.config_set("requirepass", "other")
        yield
        client.config_set("requirepass", PASSWORD)


@contextlib.contextmanager
def other_acl(made: Cluster) -> Iterator[None]:
    """The last node denies what the rest allow."""
    with made.nodes[2].client() as client:
        client.acl_setuser("default", enabled=True, commands=["-multi"])
        yield
        client.acl_setuser("default", enabled=True, commands=["+multi"])


def _only(check_id: str) -> frozenset[str]:
    return frozenset({check_id})


AGREEMENT = _only("topology.agreement")
ON_ITS_WAY = "on the way from one node to another: slot 7"
FIX = "`redis-cli --cluster fix "

REPLICATED = {"replicas": 1}
HASTY = ("cluster-node-timeout 500",)
"""They call a node failed soon."""

# From Redis 7.2 on, the others forget whom one of them is told to forget.
LONELY = ("redis-5.0", "redis-7.0")
MEET = "bring one that was left out back with CLUSTER MEET"

CASES = {
    "slots-missing": Case(
        none, _only("topology.slots"), Outcome.FAIL, "1,000 of 16,384 slots have no primary: 15384-16383",
        "`redis-cli --cluster fix`", seen_by_redis_cli=True, options={"unassigned": 1000},
    ),
    "slot-half-way": Case(slot_half_way, AGREEMENT, Outcome.WARN, ON_ITS_WAY, FIX, seen_by_redis_cli=True),
    "slot-leaving": Case(slot_leaving, AGREEMENT, Outcome.WARN, ON_ITS_WAY, FIX, seen_by_redis_cli=True),
    "slot-arriving": Case(slot_arriving, AGREEMENT, Outcome.WARN, ON_ITS_WAY, FIX, seen_by_redis_cli=True),
    "primary-down": Case(
        primary_down, _only("tcp.connects"), Outcome.FAIL, "nothing listens there", "start the server",
        seen_by_redis_cli=True, options={"config": HASTY}, lasting=True,
    ),
    "replica-down": Case(
        replica_down, frozenset({"topology.agreement", "topology.replicas"}), Outcome.WARN,
        "not all nodes reach 127.0.0.1:", "Start it, ", seen_by_redis_cli=False,
        options=REPLICATED | {"config": HASTY}, lasting=True,
    ),
    "primary-forgotten": Case(
        primary_forgotten, AGREEMENT, Outcome.FAIL, "the nodes see 2 different maps of the cluster", MEET,
        seen_by_redis_cli=True, lasting=True, releases=LONELY,
    ),
    "primary-forgotten-by-all": Case(
        primary_forgotten, _only("topology.slots"), Outcome.FAIL, "5,462 of 16,384 slots have no primary: 10922-16383",
        "`redis-cli --cluster fix`", seen_by_redis_cli=True, lasting=True, releases=("valkey-9.1",),
    ),
    "replica-forgotten": Case(
        replica_forgotten, AGREEMENT, Outcome.WARN, "the nodes agree on all slots, and differ on who belongs", MEET,
        seen_by_redis_cli=False, options=REPLICATED, lasting=True, releases=LONELY,
    ),
    "replica-lacking": Case(
        replica_lacking, _only("topology.replicas"), Outcome.WARN, "1 of 3 primaries without a replica: 127.0.0.1:",
        "Start the replica again", seen_by_redis_cli=False, options=REPLICATED, lasting=True,
    ),
    "other-password": Case(
        other_password, _only("auth.accepted"), Outcome.FAIL, "the server refused this password",
        "redis.external.cluster.password", seen_by_redis_cli=True, options={"password": PASSWORD},
    ),
    "other-acl": Case(
        other_acl, _only("auth.permissions"), Outcome.FAIL, "the ACL denies user default MULTI",
        "`ACL SETUSER default +multi`", seen_by_redis_cli=False, releases=("redis-7.0", "valkey-9.1"),
    ),
}  # fmt: skip

BROKEN = [(name, key) for name, case in CASES.items() for key in case.releases]


def _uri(node: Server) -> str:
    return f"redis://{node.host}:{node.port}"


def _checked(*nodes: Server, password: str | None = None) -> Report:
    secret = Secret(password) if password else None
    return check([_uri(node) for node in nodes], around=Surroundings(tls=False, password=secret), limits=QUICK)


@pytest.fixture(scope="module", params=BROKEN, ids=[f"{key}-{name}" for name, key in BROKEN])
def judged(request: pytest.FixtureRequest, cluster_pool: ClusterPool) -> Iterator[Judged]:
    """Each broken cluster, judged through its first node, which leaves nothing on any."""
    name, key = request.param
    case = CASES[name]
    with contextlib.ExitStack() as stack:
        fresh = case.lasting
        made = stack.enter_context(cluster(key, **case.options)) if fresh else cluster_pool.get(key, **case.options)
        made.until_settled()
        with made.left_alone(), case.fault(made):
            report = _checked(made.nodes[0], password=case.options.get("password"))
            opinion = cluster_check(made.nodes[0])
        yield Judged(case, key, report, opinion)


def test_the_root_cause_stands_alone(judged: Judged) -> None:
    """No other check fails or warns, and what was not tried was kept from it by that one."""
    report, case = judged.report, judged.case
    wrong = {each.id for each in report.findings if each.outcome in (Outcome.FAIL, Outcome.WARN)}
    assert wrong - OF_THE_RELEASE.get(judged.key, set()) == case.roots, told(report, Outcome.FAIL)
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} <= case.roots
    assert told(report, Outcome.ERROR) == []
    assert report.outcome is case.outcome
    assert exit_status(report, fail_on_warn=False) == (FAILED if case.outcome is Outcome.FAIL else OK)
    assert report.seconds < LATEST


def test_what_is_said_of_it(judged: Judged) -> None:
    """The fault by its place, and what is to be done."""
    case, root = judged.case, min(judged.case.roots)
    [said] = [
        each.verdict for each in judged.report.findings if each.id == root and each.outcome is case.outcome
    ]  # fmt: skip
    assert said.summary.startswith(case.summary)
    assert said.remedy is not None
    assert case.remedy in said.remedy


def test_redis_cli_finds_no_more(judged: Judged) -> None:
    """Wherever it complains, there is a finding; and where it is known not to, it still does not."""
    assert judged.opinion.is_good is not judged.case.seen_by_redis_cli
    assert judged.opinion.is_good or judged.report.outcome in (Outcome.FAIL, Outcome.WARN)


def test_a_node_that_forgot_is_not_asked_first() -> None:
    """Through a node that knows all, too, the disagreement stands alone, wherever the run's own keys happen to lie."""
    with cluster("redis-7.0") as made:
        made.forget(made.nodes[0], made.nodes[2])
        reports = [_checked(made.nodes[1]) for _ in range(25)]
    assert {check for report in reports for check in told(report, Outcome.FAIL)} == AGREEMENT
