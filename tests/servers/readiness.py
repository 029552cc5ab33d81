"""Free ports, and waiting until a server answers."""

import contextlib
import secrets
import socket
import time
from collections.abc import Callable
from typing import Protocol

START_SECONDS = 10.0
POLL_SECONDS = 0.01

# Below the ephemeral ports of Linux, so that no outgoing connection takes the port between the look and
# the start; the bus of a cluster node is 10000 above its port and falls into a range of its own.
FIRST_PORT = 10_000
BUS_OFFSET = 10_000

# What a server says that is up: also one that wants a password, or still reads its data.
BOUND = "eady to accept connections"
UP = (b"+PONG", b"-NOAUTH", b"-LOADING", b"-NOPERM", b"-MASTERDOWN")


class BindError(Exception):
    """Another process took the port first."""


class Starting(Protocol):
    """A server that was just started."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def tls(self) -> object | None: ...
    @property
    def alive(self) -> bool: ...
    @property
    def log(self) -> str: ...


def free_port() -> int:
    """Find a port that is free now, along with the one of its cluster bus."""
    while True:
        port = FIRST_PORT + secrets.randbelow(BUS_OFFSET)
        if _is_free(port) and _is_free(port + BUS_OFFSET):
            return port


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def until(true: Callable[[], bool], what: str, *, seconds: float, log: Callable[[], str] = lambda: "") -> None:
    """Poll; after the deadline fail with what was waited for, and the log."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s for {what}\n{log()}")
        time.sleep(POLL_SECONDS)


def until_ready(server: Starting) -> None:
    """Wait for the first answer; BindError when the port was taken meanwhile."""
    until(
        lambda: _is_up(server),
        f"the server on port {server.port}",
        seconds=START_SECONDS,
        log=lambda: server.log,
    )


def _is_up(server: Starting) -> bool:
    if not server.alive:
        log = server.log
        if "Address already in use" in log:
            raise BindError(log)
        raise RuntimeError(f"the server ended at once\n{log}")
    # Its own log, because on a port that another process just took it is the other that answers.
    if BOUND not in server.log:
        return False
    with contextlib.suppress(OSError), socket.create_connection((server.host, server.port), 1) as connection:
        # Under TLS an accepted connection has to do: the server may want a client certificate.
        return bool(server.tls) or _ping(connection).startswith(UP)
    return False


def _ping(connection: socket.socket) -> bytes:
    connection.sendall(b"PING\r\n")
    return connection.recv(64)
