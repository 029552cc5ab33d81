"""A cluster of as many nodes as one likes, played by one process: `python -m tests.servers.fleet NODES SECONDS`.

Each node has a loopback address of its own and all have one port, which is printed. Every answer takes SECONDS.
"""

import asyncio
import sys
import time
from collections.abc import Iterator

from tests.servers.front import bulk, command_of

SLOTS = 16_384
INFO = (
    b"# Server\r\nredis_version:7.2.4\r\nredis_mode:cluster\r\n# Clients\r\nconnected_clients:1\r\nmaxclients:10000\r\n"
    b"# Memory\r\nused_memory:1000000\r\nmaxmemory:17179869184\r\nmaxmemory_policy:noeviction\r\n"
    b"# Persistence\r\nloading:0\r\n# Replication\r\nrole:master\r\n# Cluster\r\ncluster_enabled:1\r\n"
)
STATE = b"cluster_state:ok\r\ncluster_slots_assigned:16384\r\ncluster_known_nodes:%d\r\n"
SCRIPTED = {
    b"DBSIZE": b":0\r\n",
    b"GET": bulk(b"preflight"),
    b"BLMOVE": bulk(b"preflight"),
    b"EXEC": b"*1\r\n+OK\r\n",
}


def address(number: int) -> str:
    """Of one node, as 127.1.0.7."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


class Fleet:
    """What each node answers."""

    def __init__(self, nodes: int, port: int, lost: dict[int, tuple[str, int]]) -> None:
        edges = [SLOTS * number // nodes for number in range(nodes + 1)]
        self.numbers = {address(number): number for number in range(nodes)}
        self.where = [lost.get(number, (address(number), port)) for number in range(nodes)]
        self.slots = [(edges[number], edges[number + 1] - 1) for number in range(nodes)]
        self.lines = [self._line(number) for number in range(nodes)]
        self.map = b"*%d\r\n%s" % (nodes, b"".join(map(self._range, range(nodes))))
        self.state = bulk(STATE % nodes)

    def answer(self, node: int, words: list[bytes]) -> bytes:  # noqa: PLR0911 - one line a command
        match [word.upper() for word in words[:2]]:
            case [b"INFO", *_]:
                return bulk(INFO)
            case [b"TIME"]:
                return b"*2\r\n" + bulk(b"%d" % time.time()) + bulk(b"0")
            case [b"CLUSTER", b"SLOTS"]:
                return self.map
            case [b"CLUSTER", b"INFO"]:
                return self.state
            case [b"CLUSTER", b"NODES"]:
                mine = self.lines[node].replace(b" master ", b" myself,master ")
                return bulk(b"".join((*self.lines[:node], mine, *self.lines[node + 1 :])))
            case [b"ACL", b"WHOAMI"]:
                return bulk(b"default")
            case [b"SCAN", *_]:
                return b"*2\r\n" + bulk(b"0") + b"*0\r\n"
            case [name, *_]:
                return SCRIPTED.get(name, b"+OK\r\n")
            case _:
                return b"+OK\r\n"

    def _line(self, number: int) -> bytes:
        host, port = self.where[number]
        first, last = self.slots[number]
        return b"%040x %s:%d@%d master - 0 0 %d connected %d-%d\n" % (
            number + 1, host.encode(), port, port + 10_000, number + 1, first, last,
        )  # fmt: skip

    def _range(self, number: int) -> bytes:
        host, port = self.where[number]
        first, last = self.slots[number]
        node = b"*3\r\n%s:%d\r\n%s" % (bulk(host.encode()), port, bulk(b"%040x" % (number + 1)))
        return b"*3\r\n:%d\r\n:%d\r\n%s" % (first, last, node)


async def play(nodes: int, seconds: float, lost: list[tuple[str, int]]) -> None:
    """Until it is killed; the nodes from the second on are elsewhere, as many as are `lost`."""
    loop = asyncio.get_running_loop()
    subscribed: dict[bytes, asyncio.StreamWriter] = {}

    def say(words: list[bytes], node: int, writer: asyncio.StreamWriter) -> None:
        writer.write(fleet.answer(node, words))
        match words:
            case [b"SUBSCRIBE" | b"PSUBSCRIBE", channel]:
                subscribed[channel.rstrip(b"*")] = writer
            case [b"PUBLISH", channel, _]:
                for kind in (b"message", b"pmessage"):
                    subscribed[channel].write(b"*3\r\n" + bulk(kind) + bulk(channel) + bulk(b"preflight"))

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        node = fleet.numbers[writer.get_extra_info("sockname")[0]]
        # The kernel has accepted already: the first answer waits for as long as SYN and SYN-ACK would travel.
        opened = loop.time() + seconds
        while words := await command_of(reader):
            loop.call_at(max(loop.time(), opened) + seconds, say, words, node, writer)
        writer.close()

    server = await asyncio.start_server(converse, "0.0.0.0", 0, backlog=4096)
    port = server.sockets[0].getsockname()[1]
    fleet = Fleet(nodes, port, dict(enumerate(lost, start=1)))
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await server.serve_forever()


def _pairs(texts: list[str]) -> Iterator[tuple[str, int]]:
    for text in texts:
        host, _, port = text.rpartition(":")
        yield host, int(port)


if __name__ == "__main__":
    count, delay, *elsewhere = sys.argv[1:]
    asyncio.run(play(int(count), float(delay), list(_pairs(elsewhere))))
