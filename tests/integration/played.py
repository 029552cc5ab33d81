"""Plays a server that is not on this machine: its INFO, and what its transactions may touch."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from redis.crc import key_slot

from tests.servers.scripted import scripted_server

CLUSTER_REFUSED = "ERR command is not allowed"
"""What Redis Enterprise says to CLUSTER without the OSS API."""


def bulk(text: bytes) -> bytes:
    return b"$%d\r\n%s\r\n" % (len(text), text)


@dataclass
class Played:
    """A server with this INFO; its transactions keep to one slot if it is `sharded`."""

    info: bytes
    sharded: bool = False
    clock: int = field(default_factory=lambda: int(time.time()))
    keys: dict[bytes, bytes] = field(default_factory=dict)
    queued: list[bytes] | None = None
    slots: set[int] = field(default_factory=set)

    def __call__(self, command: list[bytes]) -> bytes:
        name = command[0].upper()
        if self.queued is not None and name != b"EXEC":
            return self._queue(command)
        answer: dict[bytes, Callable[[list[bytes]], bytes]] = {
            b"PING": lambda _: b"+PONG\r\n",
            b"INFO": lambda _: bulk(self.info),
            b"TIME": lambda _: b"*2\r\n" + bulk(b"%d" % self.clock) + bulk(b"0"),
            b"CLUSTER": lambda _: f"-{CLUSTER_REFUSED}\r\n".encode(),
            b"SET": self._set,
            b"GET": lambda asked: bulk(self.keys[asked[1]]) if asked[1] in self.keys else b"$-1\r\n",
            b"DEL": lambda asked: b":%d\r\n" % (self.keys.pop(asked[1], None) is not None),
            b"MULTI": lambda _: self._multi(),
            b"EXEC": lambda _: self._exec(),
        }
        return answer[name](command)

    def _set(self, command: list[bytes]) -> bytes:
        self.keys[command[1]] = command[2]
        return b"+OK\r\n"

    def _multi(self) -> bytes:
        self.queued, self.slots = [], set()
        return b"+OK\r\n"

    def _queue(self, command: list[bytes]) -> bytes:
        """Redis Enterprise refuses the second slot when the command is queued, and then EXEC."""
        assert self.queued is not None
        self.slots.add(key_slot(command[1]))
        if self.sharded and len(self.slots) > 1:
            key = command[1].decode()
            return (
                "-CROSSSLOT Keys in request don't hash to the same slot (context='within MULTI', command='SET', "
                f"original-slot='1', wrong-slot='{key_slot(command[1])}', first-key='k', violating-key='{key}')\r\n"
            ).encode()
        self.queued.append(b"+OK\r\n" if command[0] == b"SET" else bulk(b"preflight"))
        return b"+QUEUED\r\n"

    def _exec(self) -> bytes:
        queued, self.queued = self.queued or [], None
        if self.sharded and len(self.slots) > 1:
            return b"-EXECABORT Transaction discarded because of previous errors.\r\n"
        return b"*%d\r\n" % len(queued) + b"".join(queued)


@contextmanager
def played(info: bytes, *, sharded: bool = False) -> Iterator[str]:
    """The URL of such a server; it fails if it is left with a key."""
    server = Played(info, sharded=sharded)
    with scripted_server(server) as script:
        yield f"redis://{script.host}:{script.port}/0"
    assert server.keys.keys() <= {command[1] for command in script.commands if command[0] == b"DEL"}
