"""Makes a real cluster out of servers on the loopback, with the commands that every version knows."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import redis

from tests.servers.configuration import NativeTls, quoted
from tests.servers.process import Server, running
from tests.servers.readiness import BUS_OFFSET, until

SLOTS = 16_384
# How long a node may be silent before the others suspect it; the default is 15 seconds.
NODE_TIMEOUT_MS = 2_000
CONVERGENCE_SECONDS = 60.0
UNSETTLED = {"handshake", "fail", "fail?", "noaddr"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """The nodes, primaries first; replica number n follows primary n modulo the number of primaries."""

    nodes: tuple[Server, ...]
    primaries: tuple[Server, ...]
    replicas: tuple[Server, ...]

    def stop(self, node: Server) -> None:
        """End one node; the others take a little more than NODE_TIMEOUT_MS to notice."""
        node.stop()

    def stop_and_wait(self, node: Server) -> None:
        """End one node, and wait until every other one calls it failed."""
        with node.client() as client:
            name = _name(client)
        self.stop(node)
        with contextlib.ExitStack() as stack:
            others = [stack.enter_context(other.client()) for other in self.nodes if other.alive]
            _until(lambda: all("fail" in _view(other)[name].flags for other in others), "notice", self.nodes)

    def fail_over(self, replica: Server) -> None:
        """Let this replica take its primary's place, which lasts; once in four seconds for each shard."""
        with replica.client() as client:
            _ask(client, "FAILOVER")

    def until_settled(self) -> None:
        """Wait until all nodes agree on the slots, and advertise every one of them."""
        with contextlib.ExitStack() as stack:
            clients = [stack.enter_context(node.client()) for node in self.nodes]
            _until(lambda: _agree(clients) and all(map(_advertises, clients)), "settle", self.nodes)

    @contextlib.contextmanager
    def slot_on_its_way(self, slot: int, *, leaving: bool = True, arriving: bool = True) -> Iterator[None]:
        """Stop half-way in moving a slot from the first node to the second; `leaving` and `arriving` are the halves."""
        with self.nodes[0].client() as source, self.nodes[1].client() as target:
            if arriving:
                _ask(target, "SETSLOT", slot, "IMPORTING", _name(source))
            if leaving:
                _ask(source, "SETSLOT", slot, "MIGRATING", _name(target))
            yield
            for client in (source, target):
                _ask(client, "SETSLOT", slot, "STABLE")

    def forget(self, by: Server, whom: Server) -> None:
        """One node forgets another; the rest remind it of that one after a minute, or since Redis 7.2 follow it."""
        with contextlib.ExitStack() as stack:
            clients = {node: stack.enter_context(node.client()) for node in self.nodes}
            name = _name(clients[whom])
            _ask(clients[by], "FORGET", name)
            # It hung up on the other as well, which dials again.
            _until(lambda: all(seen.connected for seen in _view(clients[whom]).values()), "reconnect", self.nodes)
            if by.release.product == "valkey":
                rest = [client for node, client in clients.items() if node is not whom]
                _until(lambda: not any(name in _view(client) for client in rest), "forget", self.nodes)

    def dismiss(self, replica: Server) -> None:
        """All nodes forget a replica, which is then a node of no cluster."""
        with replica.client() as client:
            name = _name(client)
            _ask(client, "RESET")
        for node in self.nodes:
            if node is not replica:
                with node.client() as client:
                    _ask(client, "FORGET", name)

    def announce(self, node: Server, *, host: str = "", port: int = 0) -> str:
        """Let a node announce another address than its own, until all others know it: `host:port`."""
        shown = f"{host or node.host}:{port or node.port}"
        settings = {"port": port, "bus-port": node.port + BUS_OFFSET, "ip": host}
        with contextlib.ExitStack() as stack:
            client = stack.enter_context(node.client())
            # Redis 5 goes on calling itself by its own address.
            others = [stack.enter_context(each.client()) for each in self.nodes if each is not node]
            for name, value in settings.items():
                client.config_set(f"cluster-announce-{name}", value)
            id_ = _name(client)
            _until(lambda: all(_view(each)[id_].address == shown for each in others), f"show {shown}", self.nodes)
        return shown

    @contextlib.contextmanager
    def left_alone(self) -> Iterator[None]:
        """Fail if a node that is alive is then left with a key, a subscription or a client that it did not have."""
        with contextlib.ExitStack() as stack:
            clients = {node: stack.enter_context(node.client()) for node in self.nodes if node.alive}
            known = {node: _clients(client) for node, client in clients.items()}
            yield
            for node, client in clients.items():
                if node.alive:
                    # A replica, too, hears of a DEL a little later; the keys' own time to live is far longer.
                    until(lambda: not _left(client), "keys and subscriptions to go", seconds=5)  # noqa: B023 - now
                    until(lambda: _clients(client) <= known[node], "all clients to go", seconds=5)  # noqa: B023 - now


class NodeLine(NamedTuple):
    """What one node says about another in CLUSTER NODES."""

    address: str
    flags: frozenset[str]
    primary: str
    connected: bool
    slots: tuple[str, ...]


@contextlib.contextmanager
def cluster(
    server_key: str,
    *,
    primaries: int = 3,
    replicas: int = 0,
    password: str | None = None,
    users: Sequence[str] = (),
    assign: Sequence[Sequence[int]] | None = None,
    unassigned: int = 0,
    config: Sequence[str] = (),
    tls: NativeTls | None = None,
) -> Iterator[Cluster]:
    """Run a cluster until the block ends; `replicas` is the number of them for each primary.

    `assign` says which slots each primary serves; otherwise all are spread evenly, but the last `unassigned`.
    """
    slots = assign or _evenly(SLOTS - unassigned, primaries)
    lines = [*_directives(password, tls), *config]
    with contextlib.ExitStack() as stack:
        nodes = tuple(
            stack.enter_context(running(server_key, password=password, users=users, config=lines, tls=tls))
            for _ in range(primaries * (1 + replicas))
        )
        clients = [stack.enter_context(node.client()) for node in nodes]
        _join(nodes, clients, slots)
        _follow(nodes, clients, primaries)
        is_complete = sum(len(part) for part in slots) == SLOTS
        _until(lambda: _agree(clients) and (not is_complete or all(map(_ok, clients))), "agree", nodes)
        yield Cluster(nodes, nodes[:primaries], nodes[primaries:])


def _directives(password: str | None, tls: NativeTls | None) -> list[str]:
    # A primary pings its replicas, which is all that is replicated at first, every ten seconds by default.
    lines = ["cluster-enabled yes", f"cluster-node-timeout {NODE_TIMEOUT_MS}", "repl-ping-slave-period 1"]
    lines += [f"masterauth {quoted(password)}"] if password else []
    return lines + (["tls-cluster yes"] if tls else [])


def _evenly(slots: int, primaries: int) -> list[range]:
    edges = [slots * number // primaries for number in range(primaries + 1)]
    return [range(edges[number], edges[number + 1]) for number in range(primaries)]


def _join(nodes: Sequence[Server], clients: Sequence[redis.Redis], slots: Sequence[Sequence[int]]) -> None:
    # Equal epochs would have to be sorted out by the nodes themselves, one conflict after another.
    for epoch, client in enumerate(clients, start=1):
        _ask(client, "SET-CONFIG-EPOCH", epoch)
    for client, part in zip(clients, slots, strict=False):
        if part:
            _ask(client, "ADDSLOTS", *part)
    for node in nodes[1:]:
        _ask(clients[0], "MEET", node.host, node.port)


def _follow(nodes: Sequence[Server], clients: Sequence[redis.Redis], primaries: int) -> None:
    if len(nodes) == primaries:
        return
    _until(lambda: _agree(clients), "meet", nodes)
    names = [_name(client) for client in clients[:primaries]]
    for number, client in enumerate(clients[primaries:]):
        _ask(client, "REPLICATE", names[number % primaries])
    _until(lambda: all(map(_is_replicating, clients[primaries:])), "replicate", nodes)


def _until(true: Callable[[], bool], what: str, nodes: Sequence[Server]) -> None:
    until(
        true,
        f"the nodes of the cluster to {what}",
        seconds=CONVERGENCE_SECONDS,
        log=lambda: "\n".join(node.log for node in nodes),
    )


def _ok(client: redis.Redis) -> bool:
    return "cluster_state:ok" in _ask(client, "INFO")


def _is_replicating(replica: redis.Redis) -> bool:
    return bool(replica.info("replication").get("master_link_status") == "up")


def _agree(clients: Sequence[redis.Redis]) -> bool:
    """Whether every node sees every node, settled and linked, and all with the same slots and primaries."""
    agreed = set()
    for client in clients:
        view = _view(client)
        is_settled = all(seen.connected and not seen.flags & UNSETTLED for seen in view.values())
        if len(view) != len(clients) or not is_settled:
            return False
        agreed.add(frozenset((name, seen.primary, seen.slots) for name, seen in view.items()))
    return len(agreed) == 1


def _name(client: redis.Redis) -> str:
    return next(name for name, seen in _view(client).items() if "myself" in seen.flags)


def _view(client: redis.Redis) -> dict[str, NodeLine]:
    return dict(map(_parsed, _ask(client, "NODES").splitlines()))


def _parsed(line: str) -> tuple[str, NodeLine]:
    name, address, flags, primary, _ping, _pong, _epoch, link, *slots = line.split()
    host_and_port = address.partition("@")[0]
    return name, NodeLine(host_and_port, frozenset(flags.split(",")), primary, link == "connected", tuple(slots))


def _advertises(client: redis.Redis) -> bool:
    """Whether clients are told of every node; newer releases hide a replica until it has replicated something."""
    ranges = client.execute_command("CLUSTER", "SLOTS")  # type: ignore[no-untyped-call]  # redis-py types it not
    return {node[2] for _first, _last, *nodes in ranges for node in nodes} == set(_view(client))


def _left(client: redis.Redis) -> bool:
    return bool(client.dbsize() or client.pubsub_channels() or client.pubsub_numpat())


def _clients(client: redis.Redis) -> set[str]:
    """Without those of the replication, which come and go as the cluster likes."""
    return {each["id"] for each in client.client_list() if not set(each["flags"]) & {"S", "M"}}


def _ask(client: redis.Redis, *words: str | int) -> str:
    # "CLUSTER" and the rest apart, or else redis-py parses the reply in its own way.
    return str(client.execute_command("CLUSTER", *words))  # type: ignore[no-untyped-call]  # nor does it type it
