"""How a node sees its cluster: what CLUSTER NODES of every release says, and what is no such table."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.cluster import SAME, Member, View
from preflight.model.facts import Reply
from preflight.model.target import Endpoint
from preflight.probes.server import identify
from preflight.probes.topology import CHART, chart_of
from preflight.probes.view import VIEW, Seen, view_of
from preflight.probes.wire import Answer, Wire
from tests.probes.test_wire import over
from tests.servers.cluster import NODE_TIMEOUT_MS, cluster
from tests.servers.loopback import Dialable
from tests.servers.process import running
from tests.servers.readiness import until
from tests.servers.test_starting import EVERY_RELEASE

ONE, TWO, THREE = "1" * 40, "2" * 40, "3" * 40
MYSELF = f"{ONE} 10.0.0.1:6379@16379 myself,master - 0 0 1 connected 0-8191"
FASTER = f"cluster-node-timeout {NODE_TIMEOUT_MS // 4}"


def _asked(to: Dialable) -> Answer:
    return over(to, lambda wire: wire.ask(VIEW))[0]


def _seen(*lines: str) -> Seen:
    return view_of("\n".join(lines).encode())


def _other(address: str = "10.0.0.2:6379@16379", flags: str = "master", link: str = "connected") -> str:
    return f"{TWO} {address} {flags} - 0 0 2 {link} 8192-16383"


@EVERY_RELEASE
def test_the_nodes_of_every_release(key: str) -> None:
    """Nodes that agree name the same map, whoever is asked; slots on their way are seen where they are open."""
    with cluster(key, primaries=2, config=(FASTER,)) as made:
        first, second = made.primaries
        views = [view_of(_asked(node)) for node in made.nodes]
        ids = [seen.view.own for seen in views]
        with first.client() as source, second.client() as destination:
            source.execute_command("CLUSTER", "SETSLOT", 93, "MIGRATING", ids[1])
            destination.execute_command("CLUSTER", "SETSLOT", 93, "IMPORTING", ids[0])
        after = [view_of(_asked(node)) for node in made.nodes]
    expected = {Member(id=ids[0], slots="0-8191"), Member(id=ids[1], slots="8192-16383")}
    assert all(set(seen.members) == expected for seen in views)
    assert len({seen.view.map for seen in views + after}) == 1
    assert {(seen.view.failing, seen.view.open_slots, seen.view.epoch) for seen in views} == {((), (), 2)}
    assert [seen.view.open_slots for seen in after] == [
        (f"93 migrating to {ids[1]}",),
        (f"93 importing from {ids[0]}",),
    ]


@pytest.mark.parametrize("key", ["redis-5.0", "valkey-9.1"])
def test_a_node_that_is_down(key: str) -> None:
    """The others name its address and call it failed; their map stays as it was."""
    with cluster(key, primaries=3, replicas=1, config=(FASTER, "cluster-slave-validity-factor 1")) as made:
        before = view_of(_asked(made.primaries[0]))
        down = made.replicas[2]
        made.stop_and_wait(down)
        views = [view_of(_asked(node)) for node in made.nodes if node.alive]
    assert {seen.view.failing for seen in views} == {(f"{down.host}:{down.port} (fail)",)}
    assert {seen.view.map for seen in views} == {before.view.map}
    assert sum(bool(member.primary) for member in before.members) == 3


@pytest.mark.parametrize(
    "preferred",
    ["hostname", "ip"],
)
@pytest.mark.parametrize("key", ["redis-7.0", "redis-8.2", "valkey-9.1"])
def test_announced_names(key: str, preferred: str) -> None:
    """A node that is down is called by the name that the map for the clients has, which is ours for it."""
    names = ("cluster-announce-hostname node.example", f"cluster-preferred-endpoint-type {preferred}")
    with cluster(key, primaries=2, config=(FASTER, *names)) as made:

        async def talk(wire: Wire) -> tuple[str, ...]:
            server = await identify(wire, 0)
            return chart_of(Endpoint(host="asked", port=1), server, await wire.ask(*CHART)).members()

        # Names travel by gossip, a little later than the map.
        until(lambda: _asked(made.nodes[0]).count(b",node.example") == 2, "the names", seconds=10)
        known = over(made.nodes[0], talk)
        made.stop(made.nodes[1])
        until(lambda: bool(view_of(_asked(made.nodes[0])).view.failing), "it to be missed", seconds=10)
        [failing] = view_of(_asked(made.nodes[0])).view.failing
    assert set(failing.rpartition(" (")[0].split(SAME)) & set(known)


@EVERY_RELEASE
def test_a_server_that_is_no_cluster(key: str) -> None:
    """Its own words are kept."""
    with running(key) as server:
        seen = view_of(_asked(server))
    assert seen.members == ()
    assert seen.view == View(refusal=Reply(code="ERR", message="ERR This instance has cluster support disabled"))


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("10.0.0.2:6379", "10.0.0.2:6379"),
        ("10.0.0.2:6379@16379", "10.0.0.2:6379"),
        ("10.0.0.2:6379@16379,node.example", "10.0.0.2:6379 = node.example:6379"),
        ("10.0.0.2:6379@16379,node.example,tls-port=0,shard-id=abc", "10.0.0.2:6379 = node.example:6379"),
        ("10.0.0.2:6379@16379,,tls-port=0,shard-id=abc", "10.0.0.2:6379"),
        ("10.0.0.2:6379@16379,tls-port=0", "10.0.0.2:6379"),
        ("2001:db8::7:6379@16379", "[2001:db8::7]:6379"),
        (":6379@16379", ":6379"),
        (":0@0", ":0"),
    ],
    ids=lambda text: text,
)
def test_addresses(address: str, shown: str) -> None:
    """Of every release: without a bus port, with a host name, with what Redis 7 and Valkey 8 append, with IPv6."""
    assert _seen(MYSELF, _other(address, flags="master,fail")).view.failing == (f"{shown} (fail)",)


@pytest.mark.parametrize(
    ("flags", "link", "trouble"),
    [
        ("master", "connected", ""),
        ("slave", "connected", ""),
        ("master,nofailover", "connected", ""),
        ("master,fail", "disconnected", "fail"),
        ("master,fail?", "connected", "fail?"),
        ("handshake", "connected", "handshake"),
        ("master,noaddr", "disconnected", "noaddr"),
        ("master,fail,noaddr", "disconnected", "fail"),
        ("master", "disconnected", ""),
        ("noflags", "connected", ""),
    ],
)
def test_flags(flags: str, link: str, trouble: str) -> None:
    """Of several troubles the worst is told."""
    expected = (f"10.0.0.2:6379 ({trouble})",) if trouble else ()
    assert _seen(MYSELF, _other(flags=flags, link=link)).view.failing == expected


def test_a_node_is_not_connected_to_itself() -> None:
    """Which is no trouble."""
    assert _seen(MYSELF.replace(" connected", " disconnected")).view.failing == ()


def test_the_map_is_what_all_must_agree_upon() -> None:
    """Not the order, the addresses, the flags or what is on its way; but the slots and whom a replica follows."""
    replica = f"{THREE} 10.0.0.3:6379@16379 slave {ONE} 0 0 1 connected"
    name = _seen(MYSELF, _other(), replica).view.map
    elsewhere = (
        MYSELF.replace("myself,", "").replace("10.0.0.1", "127.0.0.1") + " [93->-abc]",
        replica.replace("slave", "myself,slave"),
        _other(flags="master,fail?", link="disconnected"),
    )
    assert _seen(*elsewhere).view.map == name
    for others in (
        (_other(), replica.replace(ONE, TWO)),
        (_other() + " 5", replica),
        (_other(),),
        (_other().replace(TWO, "4" * 40), replica),
    ):
        assert _seen(MYSELF, *others).view.map != name


def test_open_slots_and_epochs() -> None:
    """Single slots, ranges and those on their way are told apart; the highest epoch counts."""
    seen = _seen(f"{MYSELF} 9000 [93->-{TWO}] [94-<-{THREE}]", _other().replace(" 2 connected", " 17 connected"))
    assert seen.view.open_slots == (f"93 migrating to {TWO}", f"94 importing from {THREE}")
    assert seen.members[0] == Member(id=ONE, slots="0-8191 9000")
    assert seen.view.epoch == 17


@pytest.mark.parametrize(
    "answer",
    [b"garbage", b"a b c d e f g", b"a b c d e f x h", b"\xff\xfe", None, 5, [b"a"], []],
    ids=repr,
)
def test_what_is_no_table(answer: Answer) -> None:
    """It is taken as a refusal, and never as a cluster that has no nodes."""
    assert view_of(answer) == Seen(View(refusal=Reply(code="ERR", message="CLUSTER NODES gave no table")), ())


@pytest.mark.parametrize("answer", [b"", b"\n"], ids=repr)
def test_an_empty_table(answer: bytes) -> None:
    """A node is in its own table: one that is empty is none."""
    assert not view_of(answer).view.refusal.ok


def test_a_refusal() -> None:
    """It is kept as it came."""
    refusal = Reply(code="NOPERM", message="NOPERM no")
    assert view_of(refusal) == Seen(View(refusal=refusal), ())


@given(st.binary() | st.text().map(str.encode) | st.lists(st.sampled_from([MYSELF, _other(), "x"])).map("\n".join))
def test_any_answer_is_read(answer: bytes | str) -> None:
    """Garbage breaks nothing."""
    view_of(answer if isinstance(answer, bytes) else answer.encode())
