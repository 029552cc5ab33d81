"""Runs an asyncio endpoint on the loopback, in a thread of its own, for as long as a block lasts."""

import asyncio
import contextlib
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from tests.servers.configuration import LOOPBACK

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

CHUNK = 65_536


class Dialable(Protocol):
    """Something with a host and a port: a server, or an address."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...


class Address(NamedTuple):
    """Where to dial."""

    host: str
    port: int


@contextlib.contextmanager
def serving(handler: Handler, *, tls: ssl.SSLContext | None = None) -> Iterator[Address]:
    """Serve each connection by the handler; what it raises is raised at the end, lost connections aside."""
    endpoint = _Endpoint(handler, tls)
    thread = threading.Thread(target=lambda: asyncio.run(endpoint.serve()), daemon=True)
    thread.start()
    endpoint.started.wait()
    try:
        yield endpoint.address
    finally:
        endpoint.loop.call_soon_threadsafe(endpoint.over.set)
        thread.join()
    if endpoint.failures:
        raise endpoint.failures[0]


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes until one of the sides closes."""
    try:
        while chunk := await reader.read(CHUNK):
            writer.write(chunk)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


@dataclass(slots=True)
class _Endpoint:
    handler: Handler
    tls: ssl.SSLContext | None
    started: threading.Event = field(default_factory=threading.Event)
    failures: list[Exception] = field(default_factory=list)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    address: Address = field(init=False)
    loop: asyncio.AbstractEventLoop = field(init=False)
    over: asyncio.Event = field(init=False)

    async def serve(self) -> None:
        self.loop, self.over = asyncio.get_running_loop(), asyncio.Event()
        # A refused handshake is what some tests want to see: no news for the log.
        self.loop.set_exception_handler(lambda _loop, _context: None)
        server = await asyncio.start_server(self.connected, LOOPBACK, 0, ssl=self.tls)
        self.address = Address(*server.sockets[0].getsockname())
        self.started.set()
        await self.over.wait()
        # A connection that is just being accepted would keep its socket, were the server closed at once.
        for listener in server.sockets:
            self.loop.remove_reader(listener)
        await asyncio.sleep(0)
        server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = self.loop.create_task(self.handle(reader, writer))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        # One that is cancelled before its first step closes nothing.
        task.add_done_callback(lambda _: writer.transport.abort() if self.over.is_set() else None)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self.handler(reader, writer)
            writer.close()
        except (OSError, EOFError):
            writer.close()
        except Exception as error:  # noqa: BLE001 - it is raised again where the test can see it
            self.failures.append(error)
            writer.close()
        finally:
            if self.over.is_set():
                # Nobody is left to wait for a polite goodbye.
                writer.transport.abort()
