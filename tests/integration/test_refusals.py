"""Servers that let us in and then refuse what LangSmith needs: replicas, full memory, narrow ACL users."""

from collections.abc import Callable, Iterator, Mapping

import pytest

from preflight import check
from preflight.model.finding import Outcome
from tests.integration.verdicts import QUICK, assert_fails_only, assert_passes, finding, told
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server, running
from tests.servers.readiness import until

PASSWORD = "app-password"
USERS = (
    f"nodanger on >{PASSWORD} ~* &* +@all -@dangerous",
    f"reader on >{PASSWORD} ~* &* +@read +@connection +info +time",
    f"prefixed on >{PASSWORD} ~app:* &* +@all",
    f"nomulti on >{PASSWORD} ~* &* +@all -multi",
    f"noping on >{PASSWORD} ~* &* +@all -ping",
    f"notime on >{PASSWORD} ~* &* +@all -time",
    f"nocluster on >{PASSWORD} ~* &* +@all -cluster",
)
ACL_VERSIONS = ("redis-6.2", "redis-7.0", "redis-8.2", "valkey-8.1")
COMMANDS = ["commands.cross-slot", "commands.transaction", "commands.write"]


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    with running("redis-7.0") as server:
        yield server


@pytest.fixture(scope="module")
def replica(primary: Server) -> Iterator[Server]:
    with running("redis-7.0", replica_of=primary) as server:
        yield server


def test_a_replica(primary: Server, replica: Server) -> None:
    """A URL that leads to a replica fails by its role, and the primary is named."""
    report = check(replica.url(), limits=QUICK)
    failed = assert_fails_only(report, "server.role")
    assert failed.verdict.summary == f"this is a read-only replica of {primary.host}:{primary.port}"
    assert sorted(told(report, Outcome.BLOCKED)) == COMMANDS


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0", "redis-8.2", "valkey-8.1"])
def test_memory_is_full(server_pool: ServerPool, key: str) -> None:
    """A server at `maxmemory` with `noeviction` refuses the write in its own words."""
    server = server_pool.get(key, config=("maxmemory 1", "maxmemory-policy noeviction"))
    failed = assert_fails_only(check(server.url(), limits=QUICK), "commands.write")
    assert failed.verdict.summary == "the server refused a write (OOM)"
    assert failed.verdict.details["evidence"].startswith("OOM command not allowed")
    assert failed.verdict.remedy is not None
    assert "maxmemory" in failed.verdict.remedy


def test_replicas_are_demanded(server_pool: ServerPool) -> None:
    """A primary without the replicas that it demands refuses writes."""
    server = server_pool.get("redis-7.0", config=("min-replicas-to-write 1",))
    failed = assert_fails_only(check(server.url(), limits=QUICK), "commands.write")
    assert failed.verdict.summary == "the server refused a write (NOREPLICAS)"


def test_the_last_save_failed() -> None:
    """A server that cannot save refuses writes with MISCONF: it warns of the save and fails by the write."""
    with running("redis-7.0", config=("save 3600 1",)) as server:
        _break_saving(server)
        report = check(server.url(), limits=QUICK)
    assert told(report, Outcome.WARN) == [f"server.ready {server.host}:{server.port}"]
    assert told(report, Outcome.FAIL) == ["commands.write"]
    assert finding(report, "commands.write").verdict.details["evidence"].startswith("MISCONF ")


def _break_saving(server: Server) -> None:
    (server.folder / "dump.rdb").mkdir()
    with server.client() as client:
        client.set("anything", "to save")
        client.bgsave()
        until(
            lambda: client.info("persistence")["rdb_last_bgsave_status"] == "err",
            "the save to fail",
            seconds=10,
            log=lambda: server.log,
        )


def test_a_database_that_does_not_exist(server_pool: ServerPool) -> None:
    """There are sixteen by default; the last one passes and the next one does not."""
    server = server_pool.get("redis-7.0")
    assert_passes(check(server.url(database=15), limits=QUICK))
    failed = assert_fails_only(check(server.url(database=16), limits=QUICK), "capacity.database")
    assert failed.verdict.details == {"evidence": "ERR DB index is out of range"}


@pytest.mark.parametrize("key", ACL_VERSIONS)
@pytest.mark.parametrize(
    ("user", "denied"),
    [
        ("nodanger", {"INFO": "'info' command"}),
        ("reader", {"SET, GET": "'set' command", "MULTI, EXEC": "'multi' command"}),
        ("prefixed", {"SET, GET": "key", "MULTI, EXEC": "key"}),
        ("nomulti", {"MULTI, EXEC": "'multi' command"}),
    ],
)
def test_a_narrow_user(
    server_pool: ServerPool,
    keeps_keys: Callable[[Server], Server],
    key: str,
    user: str,
    denied: Mapping[str, str],
) -> None:
    """What the ACL denies is named in the server's words, with the grant that would cure it."""
    server = keeps_keys(server_pool.get(key, users=USERS))
    report = check(server.url(user=user, password=PASSWORD), limits=QUICK)
    failed = assert_fails_only(report, "auth.permissions")
    assert sorted(told(report, Outcome.BLOCKED)) == COMMANDS
    details = failed.verdict.details
    assert details.keys() == denied.keys()
    assert all(words in details[command] and "NOPERM" in details[command] for command, words in denied.items())
    assert f"ACL SETUSER {user} " in (failed.verdict.remedy or "")


def test_a_password_that_is_a_code(server_pool: ServerPool) -> None:
    """A password that happens to be a word of the protocol changes no verdict."""
    server = server_pool.get("redis-7.0", users=("coded on >NOPERM ~* &* +@all -@dangerous",))
    assert_fails_only(check(server.url(user="coded", password="NOPERM"), limits=QUICK), "auth.permissions")


def test_a_user_without_select(server_pool: ServerPool) -> None:
    """The database exists; it is the user who may not go there."""
    server = server_pool.get("redis-7.0", users=("unselective on >pw-of-it ~* &* +@all -select",))
    url = server.url(user="unselective", password="pw-of-it", database=2)
    failed = assert_fails_only(check(url, limits=QUICK), "auth.permissions")
    assert "+select" in (failed.verdict.remedy or "")


@pytest.mark.parametrize("key", ACL_VERSIONS)
@pytest.mark.parametrize("user", ["noping", "notime", "nocluster"])
def test_a_user_without_what_only_we_send(server_pool: ServerPool, key: str, user: str) -> None:
    """PING, TIME and CLUSTER are ours, not LangSmith's: to be denied one of them is no failure."""
    server = server_pool.get(key, users=USERS)
    assert_passes(check(server.url(user=user, password=PASSWORD), limits=QUICK))


@pytest.mark.parametrize("key", ACL_VERSIONS)
def test_who_answers_is_told_without_info(server_pool: ServerPool, key: str) -> None:
    """A user who may not run INFO still learns product and version, by HELLO."""
    server = server_pool.get(key, users=USERS)
    report = check(server.url(user="nodanger", password=PASSWORD), limits=QUICK)
    product, version = key.split("-")
    assert finding(report, "server.product").verdict.summary.startswith(f"is {product.capitalize()} {version}.")
