"""pytest plugin: servers that are started once a session and shared, and skips that are loud."""

import contextlib
from collections.abc import Callable, Generator, Iterator
from typing import Any

import pytest

from tests.servers.catalogue import ServerMissingError, servers_required
from tests.servers.certificates import Authority, authority
from tests.servers.cluster import Cluster, cluster
from tests.servers.process import Server, running


class ServerPool:
    """Starts each server once for the same options; the options are those of `running`, as tuples."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._servers: dict[tuple[object, ...], Server] = {}

    def get(self, key: str, **options: Any) -> Server:
        """Hand out the shared server, or a new one if a test has stopped it."""
        wanted = (key, *sorted(options.items()))
        known = self._servers.get(wanted)
        if known is None or not known.alive:
            known = self._servers[wanted] = self._stack.enter_context(running(key, **options))
        return known


class ClusterPool:
    """Makes each cluster once for the same options; the options are those of `cluster`, as tuples."""

    def __init__(self, stack: contextlib.ExitStack) -> None:
        self._stack = stack
        self._clusters: dict[tuple[object, ...], Cluster] = {}

    def get(self, key: str, **options: Any) -> Cluster:
        """Hand out the shared cluster, or a new one if a test has stopped a node of it."""
        wanted = (key, *sorted(options.items()))
        known = self._clusters.get(wanted)
        if known is None or not all(node.alive for node in known.nodes):
            known = self._clusters[wanted] = self._stack.enter_context(cluster(key, **options))
        return known


@pytest.fixture(scope="session")
def server_pool() -> Iterator[ServerPool]:
    with contextlib.ExitStack() as stack:
        yield ServerPool(stack)


@pytest.fixture(scope="session")
def cluster_pool() -> Iterator[ClusterPool]:
    with contextlib.ExitStack() as stack:
        yield ClusterPool(stack)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def keeps_keys() -> Iterator[Callable[[Server], Server]]:
    """Pass a server through it, and the test fails if the server then has more or fewer keys at the end."""
    before: list[tuple[Server, int]] = []

    def watched(server: Server) -> Server:
        before.append((server, _key_count(server)))
        return server

    yield watched
    for server, count in before:
        assert _key_count(server) == count, f"{server.release.key} has other keys than before"


def _key_count(server: Server) -> int:
    with server.client() as client:
        return sum(database["keys"] for database in client.info("keyspace").values())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    return (yield from _missing_is_loud())


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call() -> Generator[None, object, object]:
    return (yield from _missing_is_loud())


def _missing_is_loud() -> Generator[None, object, object]:
    """A newcomer without a server sees a skip that says what to do; CI sees a failure."""
    try:
        return (yield)
    except ServerMissingError as missing:
        reason = str(missing)
    if servers_required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
