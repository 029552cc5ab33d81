"""The map as the clients ask for it: of real clusters, of none, and of what only answers like one."""

import pytest

from preflight.model.cluster import SlotRange, Topology
from preflight.model.facts import Product, Reply, Role, Server
from preflight.model.target import Endpoint
from preflight.probes.server import identify
from preflight.probes.topology import CHART, chart_of
from preflight.probes.wire import Answer, Wire
from tests.probes.test_wire import over
from tests.servers.cluster import cluster
from tests.servers.loopback import Dialable
from tests.servers.process import running
from tests.servers.readiness import until
from tests.servers.test_starting import EVERY_RELEASE

ASKED = Endpoint(host="asked.example", port=7000)
DISABLED = Reply(code="ERR", message="ERR This instance has cluster support disabled")


def _charted(to: Dialable) -> Topology:
    async def talk(wire: Wire) -> Topology:
        server = await identify(wire, 0)
        return chart_of(ASKED, server, await wire.ask(*CHART))

    return over(to, talk)


def _chart(slots: Answer, *, enabled: bool | None = True, info: Answer = b"cluster_state:ok\r\n") -> Topology:
    return chart_of(ASKED, Server(product=Product.REDIS, version=(7,), cluster_enabled=enabled), (info, slots))


@EVERY_RELEASE
def test_a_cluster_of_every_release(key: str) -> None:
    """Who serves which slots, and who follows whom, in the order of the slots."""
    with cluster(key, primaries=2, replicas=1) as made:
        # Redis 7 leaves a replica out until it has heard how far that one has come.
        until(lambda: all(each.replicas for each in _charted(made.nodes[0]).ranges), "the replicas", seconds=20)
        chart = _charted(made.nodes[0])
    names = [f"{node.host}:{node.port}" for node in made.nodes]
    assert chart == Topology(
        asked="asked.example:7000",
        role=Role.PRIMARY,
        cluster_enabled=True,
        state="ok",
        ranges=(
            SlotRange(first=0, last=8191, primary=names[0], replicas=(names[2],)),
            SlotRange(first=8192, last=16383, primary=names[1], replicas=(names[3],)),
        ),
    )


@EVERY_RELEASE
def test_no_cluster_of_every_release(key: str) -> None:
    """Also a replica says so."""
    with running(key) as primary, running(key, replica_of=primary) as replica:
        chart = _charted(replica)
    assert chart == Topology(asked="asked.example:7000", role=Role.REPLICA, cluster_enabled=False, refusal=DISABLED)


def test_a_cluster_that_misses_slots() -> None:
    """It says itself that it fails, and the map shows what is there."""
    with cluster("redis-7.0", primaries=2, unassigned=1000) as made:
        chart = _charted(made.nodes[0])
    assert chart.state == "fail"
    assert [(each.first, each.last) for each in chart.ranges] == [(0, 7691), (7692, 15383)]


def test_a_node_that_does_not_know_its_address() -> None:
    """A node alone that nobody has met gives none: it is where it was asked, as the clients take it."""
    with cluster("redis-7.0", primaries=1) as made:
        [served] = _charted(made.nodes[0]).ranges
    assert served.primary == f"asked.example:{made.nodes[0].port}"


@pytest.mark.parametrize(
    ("enabled", "refusal", "expected"),
    [
        (None, Reply(), True),
        (True, Reply(), True),
        (None, DISABLED, False),
        (False, DISABLED, False),
        (None, Reply(code="ERR", message="ERR command is not allowed"), False),
        (True, Reply(code="ERR", message="ERR command is not allowed"), False),
        (None, Reply(code="NOPERM", message="NOPERM no"), None),
        (True, Reply(code="NOPERM", message="NOPERM no"), True),
        (False, Reply(code="NOPERM", message="NOPERM no"), False),
        (None, Reply(code="ERR", message="ERR unknown command 'CLUSTER'"), None),
    ],
    ids=str,
)
def test_whether_it_is_a_cluster(enabled: bool | None, refusal: Reply, expected: bool | None) -> None:
    """INFO says it, or CLUSTER SLOTS, or nobody."""
    chart = _chart([] if refusal.ok else refusal, enabled=enabled)
    assert (chart.cluster_enabled, chart.refusal, chart.ranges) == (expected, refusal, ())


@pytest.mark.parametrize(
    ("primary", "name"),
    [
        ([b"10.0.0.1", 6379, b"id"], "10.0.0.1:6379"),
        ([b"10.0.0.1", 6379], "10.0.0.1:6379"),
        ([b"node.example", 6379, b"id", [b"ip", b"10.0.0.1"]], "node.example:6379"),
        ([b"2001:db8::7", 6379, b"id"], "[2001:db8::7]:6379"),
        ([b"", 6379, b"id"], "asked.example:6379"),
        ([None, 6379, b"id", [b"ip", b"10.0.0.1"]], "asked.example:6379"),
        ([b"?", 6379, b"id"], "?:6379"),
        ([b"10.0.0.1", 0, b"id"], "10.0.0.1:0"),
        ([b"\xff", 6379, b"id"], "\ufffd:6379"),
    ],
    ids=repr,
)
def test_the_name_of_a_node(primary: list[Answer], name: str) -> None:
    """As a client would dial it, whatever was announced."""
    assert _chart([[0, 16383, primary]]).ranges == (SlotRange(first=0, last=16383, primary=name),)


def test_ranges_come_in_no_order() -> None:
    """They are sorted by their slots."""
    chart = _chart([[10, 10, [b"b", 1]], [0, 9, [b"a", 1], [b"c", 2]]])
    assert chart.ranges == (
        SlotRange(first=0, last=9, primary="a:1", replicas=("c:2",)),
        SlotRange(first=10, last=10, primary="b:1"),
    )


def test_a_state_that_may_not_be_asked() -> None:
    """Then it is not known, and the map is there."""
    chart = _chart([[0, 1, [b"a", 1]]], info=Reply(code="NOPERM", message="NOPERM no"))
    assert (chart.state, len(chart.ranges)) == ("", 1)
