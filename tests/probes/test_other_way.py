"""Asked the other way round: only a Redis that speaks it is believed."""

import asyncio

import pytest

from preflight.model.evidence import Cause, Stage
from preflight.probes.errors import ProbeError
from preflight.probes.other_way import ask_in_plaintext, ask_in_tls, either_way
from tests.servers.scripted import closed_port, scripted_server, silent_port, slammed_port

LIMIT = 0.3


@pytest.mark.parametrize(
    ("reply", "believed"),
    [
        (b"+PONG\r\n", True),
        (b"-NOAUTH Authentication required.\r\n", True),
        (b"-DENIED Redis is running in protected mode\r\n", True),
        (b"HTTP/1.1 400 Bad Request\r\n", False),
        (b"\x15\x03\x03\x00\x02\x02\x46", False),
        (b"-", False),
    ],
)
def test_what_counts_as_an_answer(reply: bytes, *, believed: bool) -> None:
    """The protocol's own words, and nothing else."""
    with scripted_server(lambda _: reply) as server:
        answer = asyncio.run(ask_in_plaintext((server.host, server.port), LIMIT))
    assert bool(answer) is believed


@pytest.mark.parametrize("endpoint", [silent_port, closed_port, slammed_port])
def test_no_answer_is_none(endpoint: type) -> None:
    """Neither way: the first failure stands as it is."""
    with endpoint() as peer:
        assert asyncio.run(ask_in_plaintext((peer.host, peer.port), LIMIT)) == ""
        assert asyncio.run(ask_in_tls((peer.host, peer.port), "localhost", LIMIT)) == ""


def test_another_failure_is_not_looked_into() -> None:
    """An untrusted certificate was an answer in the right language."""

    async def untrusted() -> None:
        raise ProbeError(Cause.UNTRUSTED, "of another CA")

    async def ask(_: float) -> str:
        raise AssertionError("nothing to ask")

    with pytest.raises(ProbeError) as raised:
        asyncio.run(either_way(untrusted(), Stage.TLS, LIMIT, ask, Cause.TLS_PLAINTEXT))
    assert raised.value.cause is Cause.UNTRUSTED
