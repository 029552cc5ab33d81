"""Clusters, TLS and the endpoints that misbehave do what their names say."""

import contextlib
import socket
import ssl
import time

import pytest
import redis

from tests.servers.certificates import Authority
from tests.servers.cluster import SLOTS, Cluster, cluster
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.link import delaying_proxy
from tests.servers.process import running
from tests.servers.scripted import Script, black_hole, closed_port, scripted_server, silent_port, slammed_port
from tests.servers.terminator import terminated


def _info(nodes: Cluster) -> str:
    with nodes.nodes[-1].client() as client:
        return str(client.execute_command("CLUSTER", "INFO"))


@pytest.mark.parametrize("key", ["redis-3.2", "redis-5.0", "redis-7.0", "redis-8.2", "valkey-8.1", "valkey-9.1"])
def test_a_cluster_serves_every_slot(cluster_pool: ClusterPool, key: str) -> None:
    assert "cluster_state:ok" in _info(cluster_pool.get(key, password="secret"))


def test_a_cluster_may_miss_slots_and_have_replicas() -> None:
    with cluster("redis-6.2", replicas=1, unassigned=1000) as made:
        assert f"cluster_slots_assigned:{SLOTS - 1000}" in _info(made)
        assert "cluster_state:fail" in _info(made)
        assert len(made.replicas) == 3


def test_a_cluster_notices_a_stopped_node(certificates: Authority) -> None:
    tls = NativeTls(certificate=certificates.server(), ca_file=certificates.ca_file)
    with cluster("redis-7.0", tls=tls, config=("cluster-node-timeout 500",)) as made:
        made.stop_and_wait(made.primaries[0])
        assert "cluster_state:fail" in _info(made)


def test_native_tls_wants_a_client_certificate(certificates: Authority) -> None:
    tls = NativeTls(
        certificate=certificates.server(),
        ca_file=certificates.ca_file,
        clients="yes",
        client=certificates.client(),
    )
    with running("redis-7.0", tls=tls, password="secret") as server:
        with server.client() as client:
            assert client.ping()
        stranger = server.client(ssl_certfile=None, ssl_keyfile=None)
        with stranger, pytest.raises(redis.ConnectionError):
            stranger.ping()


def test_a_terminator_speaks_tls_for_a_plain_server(server_pool: ServerPool, certificates: Authority) -> None:
    server, own, ca = server_pool.get("valkey-9.1"), certificates.client(), certificates.ca_file
    trusted = {"ssl": True, "ssl_ca_certs": str(ca)}
    identity = {"ssl_certfile": str(own.cert_file), "ssl_keyfile": str(own.key_file)}
    with terminated(server, certificates.server(), ca_for_clients=ca) as front:
        with server.client(port=front.port, **trusted, **identity) as client:
            assert client.ping()
        with server.client(port=front.port, **trusted) as stranger, pytest.raises(redis.ConnectionError):
            stranger.ping()


def test_a_terminator_keeps_to_old_tls(server_pool: ServerPool, certificates: Authority) -> None:
    old = ssl.TLSVersion.TLSv1_2
    with terminated(server_pool.get("valkey-9.1"), certificates.server(), maximum=old) as front:
        context = ssl.create_default_context(cafile=certificates.ca_file)
        with (
            socket.create_connection(front) as raw,
            context.wrap_socket(raw, server_hostname="localhost") as wrapped,
        ):
            assert wrapped.version() == "TLSv1.2"


def test_ports_that_do_not_answer() -> None:
    with closed_port() as closed, pytest.raises(ConnectionRefusedError):
        socket.create_connection(closed)
    with black_hole() as hole, pytest.raises(TimeoutError):
        socket.create_connection(hole, timeout=0.1)
    with silent_port() as silent, socket.create_connection(silent, timeout=0.1) as connection:
        connection.sendall(b"PING\r\n")
        with pytest.raises(TimeoutError):
            connection.recv(1)


def test_a_slammed_port_closes_or_resets() -> None:
    with slammed_port() as slammed, socket.create_connection(slammed) as connection:
        assert connection.recv(1) == b""
    with (
        slammed_port(reset=True) as slammed,
        socket.create_connection(slammed) as connection,
        pytest.raises(ConnectionResetError),
    ):
        connection.recv(1)


def test_a_scripted_server_answers_as_told() -> None:
    with scripted_server(lambda command: b"+" + b" ".join(command) + b"\r\n") as script:
        assert _said(script, b"*2\r\n$4\r\nECHO\r\n$3\r\na b\r\nPING\r\n") == b"+ECHO a b\r\n+PING\r\n"
    assert script.commands == [[b"ECHO", b"a b"], [b"PING"]]


def test_a_scripted_server_may_hang_up() -> None:
    with scripted_server(lambda _: None) as script:
        assert _said(script, b"PING\r\n") == b""


def test_a_mistake_in_a_script_is_seen() -> None:
    with contextlib.ExitStack() as stack:
        script = stack.enter_context(scripted_server(lambda command: command[1]))
        assert _said(script, b"PING\r\n") == b""
        with pytest.raises(IndexError):
            stack.close()


def _said(script: Script, request: bytes) -> bytes:
    """Read everything that comes back for a request after which nothing more is sent."""
    with socket.create_connection((script.host, script.port), timeout=5) as connection:
        connection.sendall(request)
        connection.shutdown(socket.SHUT_WR)
        with connection.makefile("rb") as replies:
            return replies.read()


def test_a_link_counts_round_trips(server_pool: ServerPool) -> None:
    server = server_pool.get("redis-7.0")
    with (
        delaying_proxy(server.host, server.port, 0.02) as link,
        socket.create_connection((link.host, link.port)) as far,
    ):
        start = time.perf_counter()
        for _ in range(3):
            far.sendall(b"PING\r\n" * 2)
            assert len(far.recv(100)) == 14
        assert time.perf_counter() - start > 4 * 0.04
        assert link.round_trips == 4
