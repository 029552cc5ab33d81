"""The servers that the tests run against start, say who they are, and leave nothing behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.servers.catalogue import RELEASES, REPOSITORY, ServerMissingError
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server, running

EVERY_RELEASE = pytest.mark.parametrize("key", RELEASES)
WITH_ACL = pytest.mark.parametrize("key", [key for key, release in RELEASES.items() if release.has_acl])


@EVERY_RELEASE
def test_says_its_version(server_pool: ServerPool, key: str) -> None:
    server = server_pool.get(key)
    with server.client() as client:
        info = client.info("server")
    version = info["redis_version"] if server.release.product == "redis" else info["valkey_version"]
    assert version.startswith(f"{server.release.version}.")


@EVERY_RELEASE
def test_wants_its_password(server_pool: ServerPool, key: str) -> None:
    server = server_pool.get(key, password='p@ss: "word"')
    with redis.Redis.from_url(server.url(database=1), protocol=2) as client:
        assert client.ping()
    with server.client(password=None) as stranger, pytest.raises(redis.AuthenticationError):
        stranger.ping()


@WITH_ACL
def test_knows_its_users(server_pool: ServerPool, key: str) -> None:
    server = server_pool.get(key, users=("app on >secret ~app:* &* +@all", "default off"))
    with server.client(username="app", password="secret") as client:
        assert client.execute_command("ACL", "WHOAMI") == "app"


def test_replicates() -> None:
    with (
        running("redis-7.0", password="secret") as primary,
        running("redis-7.0", password="secret", replica_of=primary) as replica,
        replica.client() as client,
    ):
        assert client.info("replication")["role"] == "slave"


def test_hangs_while_it_is_paused() -> None:
    with running("redis-7.0") as server:
        server.pause()
        with server.client(socket_timeout=0.05) as client, pytest.raises(redis.TimeoutError):
            client.ping()
        server.resume()
        with server.client() as client:
            assert client.ping()


def test_a_stopped_server_is_replaced(server_pool: ServerPool) -> None:
    first = server_pool.get("redis-7.0", config=("maxclients 50",))
    assert server_pool.get("redis-7.0", config=("maxclients 50",)) is first
    first.stop()
    assert server_pool.get("redis-7.0", config=("maxclients 50",)).alive


def test_shows_the_log_when_it_does_not_start() -> None:
    with (
        pytest.raises(RuntimeError, match="no-such-directive"),
        running("redis-7.0", config=("no-such-directive 1",)),
    ):
        pass


def test_keys_are_counted(server_pool: ServerPool, keeps_keys: Callable[[Server], Server]) -> None:
    with keeps_keys(server_pool.get("redis-7.0")).client(db=3) as client:
        client.set("here", "and gone")
        client.delete("here")


def test_a_missing_program_names_the_remedy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PREFLIGHT_SERVERS_DIR", str(tmp_path))
    monkeypatch.delenv("PREFLIGHT_REQUIRE_SERVERS", raising=False)
    with pytest.raises(ServerMissingError, match=r"tests\.servers\.install"):
        RELEASES["redis-5.0"].program()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_leaves_no_process_behind(end: signal.Signals, tmp_path: Path) -> None:
    script = (
        "import time; from tests.servers.process import running\n"
        "with running('redis-7.0') as server: print(server.process.pid, flush=True); time.sleep(60)"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=REPOSITORY,
        # A killed parent cannot remove the server's folder.
        env=os.environ | {"TMPDIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as parent:
        assert parent.stdout is not None
        server = int(parent.stdout.readline())
        assert _exists(server)
        parent.send_signal(end)
    deadline = time.monotonic() + 5
    while _exists(server):
        assert time.monotonic() < deadline, "the server outlived the process that started it"
        time.sleep(0.01)


def _exists(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True
