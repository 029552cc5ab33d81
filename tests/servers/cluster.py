"""Makes a real cluster out of servers on the loopback, with the commands that every version knows."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import redis

from tests.servers.configuration import NativeTls, quoted
from tests.servers.process import Server, running
from tests.servers.readiness import until

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


class NodeLine(NamedTuple):
    """What one node says about another in CLUSTER NODES."""

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
    lines = ["cluster-enabled yes", f"cluster-node-timeout {NODE_TIMEOUT_MS}"]
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
    name, _address, flags, primary, _ping, _pong, _epoch, link, *slots = line.split()
    return name, NodeLine(frozenset(flags.split(",")), primary, link == "connected", tuple(slots))


def _ask(client: redis.Redis, *words: str | int) -> str:
    # "CLUSTER" and the rest apart, or else redis-py parses the reply in its own way.
    return str(client.execute_command("CLUSTER", *words))  # type: ignore[no-untyped-call]  # nor does it type it
