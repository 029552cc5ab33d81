"""A slow link to a server, which counts the round trips that a client takes over it."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.servers.loopback import CHUNK, serving


@dataclass(frozen=True, slots=True)
class Link:
    """Where to dial, and for each connection how many times the client sent something and then waited."""

    host: str
    port: int
    flights: list[int]

    @property
    def round_trips(self) -> int:
        """Opening a connection is one too; with connections side by side the time is less than the sum."""
        return sum(1 + flights for flights in self.flights)


@contextlib.contextmanager
def delaying_proxy(host: str, port: int, one_way_seconds: float) -> Iterator[Link]:
    """Carry bytes to and fro as over a link with this latency, its TCP handshake included."""
    flights: list[int] = []

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        count = _Count(flights, len(flights))
        flights.append(0)
        # The kernel has accepted already: the first bytes wait for as long as SYN and SYN-ACK would travel.
        await asyncio.sleep(2 * one_way_seconds)
        far_reader, far_writer = await asyncio.open_connection(host, port)
        try:
            await asyncio.gather(
                _carry(reader, far_writer, one_way_seconds, departs=count.ask),
                _carry(far_reader, writer, one_way_seconds, arrives=count.answer),
            )
        finally:
            far_writer.transport.abort()

    with serving(forward) as address:
        yield Link(*address, flights)


@dataclass(slots=True)
class _Count:
    flights: list[int]
    number: int
    is_answered: bool = True

    def ask(self) -> None:
        # More bytes before an answer came are pipelined: they cost no further round trip.
        if self.is_answered:
            self.flights[self.number] += 1
            self.is_answered = False

    def answer(self) -> None:
        self.is_answered = True


async def _carry(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    delay: float,
    *,
    departs: Callable[[], None] = lambda: None,
    arrives: Callable[[], None] = lambda: None,
) -> None:
    loop = asyncio.get_running_loop()

    def deliver(chunk: bytes) -> None:
        arrives()
        writer.write(chunk)

    with contextlib.suppress(OSError):
        while chunk := await reader.read(CHUNK):
            departs()
            loop.call_later(delay, deliver, chunk)
    await asyncio.sleep(delay)
    writer.close()
