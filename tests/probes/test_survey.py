"""What else is asked of a node: as much as was wanted of it, in one round trip."""

import pytest

from preflight.model.facts import Product, Reply, Server
from preflight.model.target import Endpoint
from preflight.probes.keys import tag_of
from preflight.probes.survey import Inquiry, Survey, survey
from preflight.probes.wire import Wire
from tests.probes.test_wire import over
from tests.servers.fixtures import ClusterPool
from tests.servers.link import delaying_proxy
from tests.servers.scripted import scripted_server

TAG = tag_of("0123456789ab")
ENDPOINT = Endpoint(host="asked.example", port=7000)
OLD = Server(product=Product.REDIS, version=(5, 0, 14))
CHART = [[b"CLUSTER", b"INFO"], [b"CLUSTER", b"SLOTS"]]
VIEW = [b"CLUSTER", b"NODES"]


def _inquiry(*, charts: bool = True, views: bool = True) -> Inquiry:
    return Inquiry(TAG, charts=charts, views=views, rehearses=False, maps={})


def _asked(server: Server, inquiry: Inquiry) -> tuple[list[list[bytes]], Survey]:
    async def talk(wire: Wire) -> Survey:
        seen = await survey(wire, ENDPOINT, server, "default", inquiry)
        await wire.ask(("PING",))
        return seen

    with scripted_server(lambda _: b"-ERR no\r\n") as script:
        seen = over(script, talk)
    assert script.commands.pop() == [b"PING"]
    return script.commands, seen


@pytest.mark.parametrize(
    ("charts", "views", "enabled", "asked"),
    [
        (True, True, True, [*CHART, VIEW]),
        (True, True, None, [*CHART, VIEW]),
        (True, True, False, CHART),
        (True, False, True, CHART),
        (False, True, True, [VIEW]),
        (False, False, True, []),
    ],
    ids=["all", "unknown", "no cluster", "map", "view", "nothing"],
)
def test_what_is_asked(*, charts: bool, views: bool, enabled: bool | None, asked: list[list[bytes]]) -> None:
    """The map of an endpoint of the configuration, the view where there may be a cluster, or nothing at all."""
    server = Server(product=Product.REDIS, version=(5, 0, 14), cluster_enabled=enabled)
    commands, seen = _asked(server, _inquiry(charts=charts, views=views))
    assert commands == asked
    assert (seen.topology is not None, seen.view is not None) == (CHART[0] in asked, VIEW in asked)


def test_answers_go_where_they_belong() -> None:
    """A refusal of each is kept with what was asked."""
    answers = iter([b"-ERR info\r\n", b"-ERR slots\r\n", b"-ERR nodes\r\n", b"-ERR whoami\r\n"])
    server = Server(product=Product.REDIS, version=(6, 2))
    with scripted_server(lambda _: next(answers)) as script:
        seen = over(script, lambda wire: survey(wire, ENDPOINT, server, "default", _inquiry()))
    assert seen.topology is not None
    assert seen.view is not None
    assert seen.topology.refusal == Reply(code="ERR", message="ERR slots")
    assert seen.view.refusal == Reply(code="ERR", message="ERR nodes")
    assert seen.rights.unnamed == Reply(code="ERR", message="ERR whoami")


def test_a_refused_view_names_no_map() -> None:
    """There is nothing to be kept."""
    inquiry = _inquiry()
    _asked(OLD, inquiry)
    assert inquiry.maps == {}


def test_one_round_trip_and_one_map(cluster_pool: ClusterPool) -> None:
    """Of nodes that agree the map is kept once."""
    nodes = cluster_pool.get("redis-7.0").nodes
    server = Server(product=Product.REDIS, version=(7, 0), cluster_enabled=True)
    inquiry = _inquiry()
    for node in nodes:
        with delaying_proxy(node.host, node.port, 0.01) as link:
            over(link, lambda wire: survey(wire, ENDPOINT, server, "default", inquiry))
        assert link.flights == [1]
    [members] = inquiry.maps.values()
    assert len(members) == 3
    assert all(member.slots for member in members)
