"""A second connection goes where the first one came through, logs in alike, and says so where it may not."""

import asyncio
import ssl
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import pytest

from preflight.model.evidence import Cause, Failed, Observed, Seen, Stage
from preflight.model.secret import Secret
from preflight.model.target import Password
from preflight.probes.auth import authenticate
from preflight.probes.observe import observe
from preflight.probes.second import Enter, Peer, another
from preflight.probes.wire import Answer, Wire
from tests.servers.certificates import Authority
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ServerPool
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable
from tests.servers.process import Server, running
from tests.servers.readiness import until
from tests.servers.scripted import black_hole, closed_port, scripted_server, silent_port, slammed_port

LIMIT = 1.0
NOBODY: Enter = partial(authenticate, login=None)


def _peer(to: Dialable, context: ssl.SSLContext | None = None, *, host: str = "", db: int = 0) -> Peer:
    return Peer(to.host, to.port, context, host, db)


def _opened(
    peer: Peer, enter: Enter = NOBODY, *commands: tuple[str, ...], limit: float = LIMIT
) -> Observed[list[Answer]]:
    async def talk() -> Observed[list[Answer]]:
        return await observe(Stage.COMMANDS, limit, asked())

    async def asked() -> list[Answer]:
        wire = await another(peer, enter, limit)
        try:
            return await wire.ask(*commands)
        finally:
            await wire.close()

    return asyncio.run(talk())


def _refusal(seen: Observed[list[Answer]]) -> tuple[Stage, Cause, str]:
    assert isinstance(seen, Failed)
    return seen.stage, seen.cause, seen.message


def test_it_is_logged_in_and_in_the_same_database(server_pool: ServerPool) -> None:
    """As the first one: by user, and where keys are looked for."""
    server = server_pool.get("redis-7.0", users=("app on >secret ~* &* +@all", "default off"))
    enter: Enter = partial(authenticate, login=Password(password=Secret("secret"), username="app"))
    seen = _opened(_peer(server, db=3), enter, ("ACL", "WHOAMI"), ("CLIENT", "INFO"))
    assert isinstance(seen, Seen)
    assert seen.fact[0] == b"app"
    assert b" db=3 " in seen.fact[1]


def test_it_is_secured_alike(certificates: Authority) -> None:
    """With the same certificates, and the name of the endpoint though it dials the address."""
    own = NativeTls(certificate=certificates.server("cache.example"), ca_file=certificates.ca_file)
    context = ssl.create_default_context(cafile=certificates.ca_file)
    with running("redis-7.0", tls=own) as server:
        right = _opened(_peer(server, context, host="cache.example"), NOBODY, ("PING",))
        wrong = _opened(_peer(server, context, host="other.example"))
    assert isinstance(right, Seen)
    assert right.fact == [b"PONG"]
    assert _refusal(wrong)[:2] == (Stage.COMMANDS, Cause.SECOND_REFUSED)


def test_the_last_connection_is_taken(server_pool: ServerPool) -> None:
    """`maxclients` is reached by the first one: the second is told so, and is what failed."""
    server = server_pool.get("redis-7.0", config=("maxclients 50",))
    with server.client() as client:
        until(lambda: len(client.client_list()) == 1, "others to go", seconds=5)
        client.config_set("maxclients", 1)
        try:
            seen = _opened(_peer(server))
        finally:
            client.config_set("maxclients", 50)
        assert _refusal(seen)[:2] == (Stage.COMMANDS, Cause.SECOND_REFUSED)
        # The server closes at once: its words may be lost with the connection.
        assert _refusal(seen)[2]


def test_the_servers_words_are_told() -> None:
    """Where they come through."""
    with scripted_server(lambda _: b"-ERR max number of clients reached\r\n") as script:
        seen = _opened(_peer(script))
    assert _refusal(seen) == (Stage.COMMANDS, Cause.SECOND_REFUSED, "ERR max number of clients reached")


@pytest.mark.parametrize("port", [closed_port, slammed_port, black_hole, silent_port], ids=lambda port: port.__name__)
def test_it_does_not_come_through(port: Callable[[], AbstractContextManager[Dialable]]) -> None:
    """However it fails, it is the second connection that failed, within its limit."""
    begun = time.monotonic()
    with port() as address:
        stage, cause, _ = _refusal(_opened(_peer(address), limit=0.5))
    assert stage is Stage.COMMANDS
    # Where nothing is said at all, the step's own limit ends it.
    assert cause is (Cause.STALLED if port is silent_port else Cause.SECOND_REFUSED)
    assert time.monotonic() - begun < LIMIT + 1


def test_a_fault_of_ours_is_not_the_servers(server_pool: ServerPool) -> None:
    """What no network does is told as what it is."""

    async def broken(_: Wire) -> None:
        raise AttributeError

    assert _refusal(_opened(_peer(server_pool.get("redis-7.0")), broken))[1] is Cause.BUG


@pytest.fixture(scope="module")
def secured(certificates: Authority) -> Iterator[Server]:
    own = NativeTls(certificate=certificates.server(), ca_file=certificates.ca_file)
    with running("redis-7.0", tls=own) as server:
        yield server


@pytest.mark.parametrize("milliseconds", range(0, 65, 4))
@pytest.mark.parametrize("tls", [False, True], ids=["plain", "tls"])
def test_cancelled_at_any_moment_it_is_closed(
    server_pool: ServerPool, secured: Server, certificates: Authority, *, tls: bool, milliseconds: int
) -> None:
    """Dialling, in the handshake, logging in or selecting: the server is left without it."""
    context = ssl.create_default_context(cafile=certificates.ca_file) if tls else None
    server = secured if tls else server_pool.get("redis-7.0")

    async def cut(peer: Peer) -> None:
        work = asyncio.create_task(another(peer, NOBODY, LIMIT))
        await asyncio.wait([work], timeout=milliseconds / 1000)
        work.cancel()
        [ended] = await asyncio.gather(work, return_exceptions=True)
        if isinstance(ended, Wire):
            await ended.close()

    with server.client() as client:
        known = {each["id"] for each in client.client_list()}
        with delaying_proxy(server.host, server.port, 0.005) as link:
            asyncio.run(cut(_peer(link, context, host="localhost", db=1)))
            # Whoever comes last is served last: the link has taken up every connection.
            with server.client(host=link.host, port=link.port) as last:
                last.ping()
            until(lambda: {each["id"] for each in client.client_list()} <= known, "it to be closed", seconds=5)
