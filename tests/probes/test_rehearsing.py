"""A whole run: what is sent to each release, over how many round trips, and that nothing is left, whatever happens."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from preflight.model.evidence import Cause, Failed, Seen, Stage, TargetEvidence
from preflight.model.limits import Limits
from preflight.model.target import Plan, Surroundings
from preflight.probes.exchange import PATIENCE
from preflight.probes.gather import gather
from preflight.uri.cluster import target_from_nodes
from preflight.uri.standalone import target_from_url
from tests.servers.cluster import cluster
from tests.servers.configuration import LOOPBACK
from tests.servers.fixtures import ServerPool
from tests.servers.front import Answer, Ending, Front, Rule, Words, front
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable
from tests.servers.process import Server, running
from tests.servers.readiness import until
from tests.servers.test_starting import EVERY_RELEASE

LIFE = 60
LIMITS = Limits(step=5, deadline=20)
ROUND_TRIPS = 9
"""Of the first connection: PING, INFO, what the survey asks, the rehearsal, the exchange (2), and some PINGs."""


def _url(to: Dialable) -> str:
    return f"redis://{to.host}:{to.port}"


def _gathered(to: Dialable, *, clustered: bool = False, limits: Limits = LIMITS, seconds: float = 0) -> TargetEvidence:
    """Stopped after so many seconds, if it is given any."""

    async def run() -> TargetEvidence:
        stop = asyncio.Event()
        if seconds:
            asyncio.get_running_loop().call_later(seconds, stop.set)
        return (await gather(Plan(targets=(target,)), limits, stop)).evidence.targets[0]

    bare = Surroundings(tls=False)
    target = target_from_nodes([_url(to)], bare) if clustered else target_from_url(_url(to), Surroundings(), "cache")
    return asyncio.run(run())


@contextmanager
def _left_alone(server: Server) -> Iterator[None]:
    """No further connection, subscription or key of any kind."""
    with server.client() as client:

        def connections() -> set[str]:
            return {each["id"] for each in client.client_list()}

        known = connections()
        yield
        until(lambda: connections() <= known, "all connections to be closed", seconds=5)
        assert client.pubsub_channels() == []
        assert client.pubsub_numpat() == 0
        assert client.keys() == []
        assert client.info("clients")["blocked_clients"] == 0


def _passed(evidence: TargetEvidence) -> None:
    for seen in (evidence.rehearsal, evidence.latency, evidence.exchange):
        assert isinstance(seen, Seen), seen


def _silent(_: Words) -> Answer:
    """Everything is passed on."""
    return None


@EVERY_RELEASE
def test_only_what_the_release_knows_is_sent(server_pool: ServerPool, key: str) -> None:
    """No command that came later, under no name: the server itself is asked which it knows."""
    server = server_pool.get(key)
    with _left_alone(server), front(server, lambda: _silent) as before:
        _passed(_gathered(before))
    _assert_known(server, before)


@pytest.mark.parametrize("key", ["redis-5.0", "redis-6.2", "redis-7.0", "valkey-9.1"])
def test_only_what_the_release_knows_is_sent_to_a_cluster(key: str) -> None:
    """Neither: CLUSTER SHARDS and the like came with Redis 7."""
    behind = _Behind()
    with front(behind, lambda: _silent) as before:
        announced = (f"cluster-announce-port {before.port}", "cluster-announce-ip 127.0.0.1")
        with cluster(key, primaries=1, config=announced) as made:
            [node] = made.nodes
            behind.port = node.port
            with _left_alone(node):
                evidence = _gathered(before, clustered=True)
            _passed(evidence)
            _assert_known(node, before)
    assert [isinstance(each.view, Seen) for each in evidence.nodes] == [True]
    assert {b" ".join(words) for words in before.commands if words[0] == b"CLUSTER"} == {
        b"CLUSTER INFO",
        b"CLUSTER SLOTS",
        b"CLUSTER NODES",
    }


@dataclass
class _Behind:
    """A server that starts only when its front is there."""

    host: str = LOOPBACK
    port: int = 0


def _assert_known(server: Server, before: Front) -> None:
    sent = {words[0].decode() for words in before.commands}
    with server.client() as client:
        known = client.execute_command("COMMAND")
    assert {name.lower() for name in sent} <= set(known)
    assert ("ACL" in sent) is server.release.has_acl
    assert sent.isdisjoint({"HELLO", "CLIENT", "AUTH"})
    assert ("BLMOVE" in sent) is server.release.has_acl
    assert ("BRPOPLPUSH" in sent) is not server.release.has_acl
    # Where INFO does not tell maxclients.
    assert ("CONFIG" in sent) is not server.release.has_acl


@EVERY_RELEASE
def test_round_trips_on_a_slow_link(server_pool: ServerPool, key: str) -> None:
    """Few enough, and two connections, whatever the release."""
    server = server_pool.get(key)
    with _left_alone(server), delaying_proxy(server.host, server.port, 0.02) as link:
        evidence = _gathered(link)
    _passed(evidence)
    first, second = link.flights
    assert isinstance(evidence.latency, Seen)
    assert first - len(evidence.latency.fact.seconds) == 6
    assert first <= ROUND_TRIPS
    assert second == 2


@pytest.mark.parametrize("milliseconds", range(1, 300, 9))
def test_stopped_at_any_moment(server_pool: ServerPool, milliseconds: int) -> None:
    """On a link of 20 ms to and fro, from before the first connection until all is done."""
    server = server_pool.get("redis-7.0")
    with _left_alone(server), delaying_proxy(server.host, server.port, 0.01) as link:
        _gathered(link, seconds=milliseconds / 1000)
        # Whoever comes last is served last: the link has taken up every connection.
        with server.client(host=link.host, port=link.port) as last:
            last.ping()


STEPS = ["SCAN", "EXEC", "EVALSHA", "SETEX", "RPUSH", "ZADD", "PING", "BLMOVE", "PUBLISH", "SUBSCRIBE", "DEL"]


def _stopping(at: str, stop: Callable[[], object]) -> Callable[[], Rule]:
    def rule(words: Words) -> None:
        if words[0].decode() == at:
            stop()

    return lambda: rule


@pytest.mark.parametrize("at", STEPS)
@pytest.mark.parametrize("key", ["redis-6.2", "valkey-9.1"])
def test_stopped_as_a_command_arrives(server_pool: ServerPool, key: str, at: str) -> None:
    """The server does it, and the answer finds nobody who waits for it."""
    server = server_pool.get(key)

    async def run() -> Cause | None:
        stop, loop = asyncio.Event(), asyncio.get_running_loop()
        stopping = _stopping(at, lambda: loop.call_soon_threadsafe(stop.set))
        with front(server, stopping) as before, delaying_proxy(before.host, before.port, 0.005) as link:
            plan = Plan(targets=(target_from_url(_url(link), Surroundings(), "cache"),))
            seen = (await gather(plan, LIMITS, stop)).evidence.stopped_by
            # The front is there until the link has brought it the end of both connections.
            await asyncio.sleep(0.02)
            return seen

    with _left_alone(server):
        assert asyncio.run(run()) is Cause.INTERRUPTED


@pytest.mark.parametrize("key", ["redis-6.2", "redis-7.0", "valkey-9.1"])
@pytest.mark.parametrize(
    "denied",
    ["-del", "-del -blmove", "-del -publish", "-@keyspace", "-del -lrem -zrem -zremrangebyscore"],
)
def test_what_may_not_be_deleted_expires(server_pool: ServerPool, key: str, denied: str) -> None:
    """Nothing of ours stays for ever, whatever else the user may not do."""
    server = server_pool.get(key, users=(f"default on nopass ~* &* +@all {denied}", "admin on >pw ~* &* +@all"))
    with server.client(username="admin", password="pw") as client:
        _gathered(server)
        left = {name: client.ttl(name) for name in client.scan_iter()}
        assert left
        client.delete(*left)
    assert {name: seconds for name, seconds in left.items() if not 0 < seconds <= LIFE} == {}


@pytest.mark.parametrize("milliseconds", range(100, 260, 10))
def test_stopped_where_deleting_is_denied(server_pool: ServerPool, milliseconds: int) -> None:
    """All that is left goes by itself."""
    users = ("default on nopass ~* &* +@all -del", "admin on >pw ~* &* +@all")
    server = server_pool.get("redis-7.0", users=users)
    with server.client(username="admin", password="pw") as client:
        with delaying_proxy(server.host, server.port, 0.01) as link:
            _gathered(link, seconds=milliseconds / 1000)
        until(lambda: len(client.client_list()) == 1, "all connections to be closed", seconds=5)
        left = {name: client.ttl(name) for name in client.scan_iter()}
        client.flushall()
    assert {name: seconds for name, seconds in left.items() if not 0 < seconds <= LIFE} == {}


def test_no_room_for_a_second_connection(server_pool: ServerPool) -> None:
    """With `maxclients` reached by the first, the rest is rehearsed, and the second is named as what failed."""
    server = server_pool.get("redis-7.0", config=("maxclients 60",))
    with _left_alone(server), server.client() as client:
        until(lambda: len(client.client_list()) == 2, "others to go", seconds=5)
        client.config_set("maxclients", 3)
        evidence = _gathered(server)
        client.config_set("maxclients", 60)
    assert isinstance(evidence.rehearsal, Seen)
    assert isinstance(evidence.latency, Seen)
    assert isinstance(evidence.exchange, Failed)
    assert (evidence.exchange.stage, evidence.exchange.cause) == (Stage.COMMANDS, Cause.SECOND_REFUSED)


def _later(ending: Ending) -> Callable[[], Rule]:
    """The first connection is served, every other one ends so at its first command."""
    connections = list[int]()

    def made() -> Rule:
        connections.append(1)
        is_first = len(connections) == 1
        return lambda _: None if is_first else ending

    return made


@pytest.mark.parametrize("ending", Ending, ids=lambda ending: ending.value)
def test_a_second_connection_that_comes_to_nothing(server_pool: ServerPool, ending: Ending) -> None:
    """It costs neither the rehearsal nor the latency, and all is deleted."""
    server = server_pool.get("redis-7.0")
    with _left_alone(server), front(server, _later(ending)) as before:
        evidence = _gathered(before, limits=Limits(step=0.5, deadline=20))
    assert isinstance(evidence.rehearsal, Seen)
    assert isinstance(evidence.latency, Seen), evidence.latency
    assert isinstance(evidence.exchange, Failed)
    assert evidence.exchange.cause is (Cause.SECOND_REFUSED if ending is Ending.CLOSED else Cause.STALLED)


def test_a_proxy_that_hangs_up_is_quoted() -> None:
    """At the first command that it does not answer; what came before is deleted by nobody, but expires."""
    with running("redis-7.0") as server:
        with front(server, lambda: lambda words: Ending.CLOSED if words[0] == b"MULTI" else None) as before:
            evidence = _gathered(before)
        assert isinstance(evidence.rehearsal, Failed)
        assert (evidence.rehearsal.cause, evidence.rehearsal.message) == (
            Cause.CLOSED,
            "the connection was closed at MULTI",
        )
        with server.client() as client:
            assert all(0 < client.ttl(name) <= LIFE for name in client.scan_iter())


@pytest.mark.parametrize("at", [b"SCAN", b"PING", b"RPUSH", b"PUBLISH"])
def test_a_server_that_falls_silent(server_pool: ServerPool, at: bytes) -> None:
    """It stalls the step that waits for it, and the run ends soon after."""
    server = server_pool.get("redis-7.0")
    asked = list[bytes]()

    def rule(words: Words) -> Answer:
        # The login has a PING of its own.
        asked.append(words[0])
        return Ending.SILENT if words[0] == at and b"SCAN" in asked else None

    with front(server, lambda: rule) as before:
        evidence = _gathered(before, limits=Limits(step=0.5, deadline=20))
    failed = [seen for seen in (evidence.rehearsal, evidence.latency, evidence.exchange) if isinstance(seen, Failed)]
    assert {each.cause for each in failed} == {Cause.STALLED}
    with server.client() as client:
        assert all(0 < client.ttl(name) <= LIFE for name in client.scan_iter())
        client.flushall()


def test_a_pop_that_returns_nothing_within_a_short_step(server_pool: ServerPool) -> None:
    """A step that is shorter than the pop waits tells what did not come, not that the server stalls."""
    server = server_pool.get("redis-7.0")
    with (
        _left_alone(server),
        front(server, lambda: lambda words: b":1\r\n" if words[0] == b"RPUSH" else None) as before,
    ):
        evidence = _gathered(before, limits=Limits(step=PATIENCE / 2, deadline=20))
    assert isinstance(evidence.exchange, Seen)
    assert evidence.exchange.fact.blocking.code == "LOST"
