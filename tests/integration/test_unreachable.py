"""Where nothing usable answers, the root cause stands alone and is told within the step's time."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import pytest

from preflight import Limits, check
from preflight.model.evidence import Cause
from tests.integration.verdicts import LATEST, QUICK, assert_fails_only, assert_ladder_ends
from tests.servers.loopback import Address, serving
from tests.servers.scripted import black_hole, closed_port, silent_port, slammed_port

Endpoint = Callable[[], contextlib.AbstractContextManager[Address]]


@contextlib.contextmanager
def nowhere() -> Iterator[Address]:
    """A name under `.invalid`, which no resolver may ever know."""
    yield Address("no-such-host.invalid", 6379)


@contextlib.contextmanager
def web_server() -> Iterator[Address]:
    """It answers whatever it is sent, and not in Redis's words."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with serving(answer) as address:
        yield address


@contextlib.contextmanager
def endless() -> Iterator[Address]:
    """It sends a line that never ends."""

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    with serving(answer) as address:
        yield address


def reset_port() -> contextlib.AbstractContextManager[Address]:
    return slammed_port(reset=True)


@pytest.mark.parametrize(
    ("endpoint", "scheme", "check_id", "cause"),
    [
        (nowhere, "redis", "dns.resolves", Cause.NAME_UNKNOWN),
        (nowhere, "rediss", "dns.resolves", Cause.NAME_UNKNOWN),
        (closed_port, "redis", "tcp.connects", Cause.REFUSED),
        (closed_port, "rediss", "tcp.connects", Cause.REFUSED),
        (black_hole, "redis", "tcp.connects", Cause.CONNECT_TIMEOUT),
        (silent_port, "redis", "auth.accepted", Cause.SILENT),
        (silent_port, "rediss", "tls.handshake", Cause.TLS_SILENT),
        (slammed_port, "redis", "auth.accepted", Cause.CLOSED),
        (slammed_port, "rediss", "tls.handshake", Cause.TLS_CLOSED),
        (reset_port, "redis", "auth.accepted", Cause.CLOSED),
        (reset_port, "rediss", "tls.handshake", Cause.TLS_CLOSED),
        (web_server, "redis", "auth.accepted", Cause.NOT_REDIS),
        (web_server, "rediss", "tls.handshake", Cause.TLS_PLAINTEXT),
        (endless, "redis", "auth.accepted", Cause.NOT_REDIS),
        (endless, "rediss", "tls.handshake", Cause.TLS_PLAINTEXT),
    ],
)
def test_root_cause_alone(endpoint: Endpoint, scheme: str, check_id: str, cause: Cause) -> None:
    """One finding fails, with its own cause; everything behind it is blocked by it."""
    with endpoint() as address:
        report = check(f"{scheme}://{address.host}:{address.port}/0", limits=QUICK)
    failed = assert_fails_only(report, check_id, cause)
    assert failed.subject == f"{address.host}:{address.port}"
    assert_ladder_ends(report, check_id)


@pytest.mark.parametrize("endpoint", [silent_port, black_hole])
@pytest.mark.parametrize("scheme", ["redis", "rediss"])
def test_a_step_bounds_the_wait(endpoint: Endpoint, scheme: str) -> None:
    """A silence costs one step, however far away the deadline is."""
    with endpoint() as address:
        limits = Limits(step=0.2, deadline=60)
        report = check(f"{scheme}://{address.host}:{address.port}/0", limits=limits)
    assert 0.1 < report.seconds < LATEST
    assert report.stopped_by is None


def test_nodes_are_dialled_side_by_side() -> None:
    """Ten silent nodes cost no more than one, and each is told."""
    with contextlib.ExitStack() as stack:
        addresses = [stack.enter_context(silent_port()) for _ in range(10)]
        uris = [f"redis://{address.host}:{address.port}" for address in addresses]
        report = check(uris, limits=QUICK)
    failed = [each for each in report.findings if each.outcome == "fail"]
    assert {each.id for each in failed} == {"tls.handshake"}
    assert {each.subject for each in failed} == {f"{each.host}:{each.port}" for each in addresses}
    assert report.seconds < LATEST
