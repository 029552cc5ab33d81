"""Servers in order that are not what LangSmith needs: a replica, no such database, keys of others, an eviction."""

from collections.abc import Callable, Iterator

import pytest

from preflight import Report, Surroundings, check
from preflight.cli.exit_status import OK, exit_status
from preflight.model.finding import Outcome
from tests.integration.verdicts import QUICK, assert_fails_only, finding, told
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server, running

PASSWORD = "app-password"
ROOMY = ("maxmemory 8gb",)
COMMANDS = {
    *("commands.blocking", "commands.cross-slot", "commands.pubsub", "commands.required", "commands.scripting"),
    *("commands.transaction", "commands.write"),
}


@pytest.fixture(scope="module")
def primary() -> Iterator[Server]:
    with running("redis-7.0", config=ROOMY) as server:
        yield server


@pytest.fixture(scope="module")
def replica(primary: Server) -> Iterator[Server]:
    with running("redis-7.0", config=ROOMY, replica_of=primary) as server:
        yield server


def test_a_replica(primary: Server, replica: Server) -> None:
    """A URL that leads to a replica fails by its role, and the primary is named."""
    report = check(replica.url(database=0), limits=QUICK)
    failed = assert_fails_only(report, "server.role")
    assert failed.verdict.summary == f"this is a read-only replica of {primary.host}:{primary.port}"
    assert {each.id for each in report.findings if each.outcome is Outcome.BLOCKED} >= COMMANDS
    for server in (primary, replica):
        with server.client() as client:
            assert client.keys() == []


def test_a_replica_that_takes_writes(primary: Server) -> None:
    """`replica-read-only no` loses every write at the next resync: the role fails all the same."""
    with running("redis-7.0", config=(*ROOMY, "replica-read-only no"), replica_of=primary) as server:
        assert_fails_only(check(server.url(database=0), limits=QUICK), "server.role")
        with server.client() as client:
            assert client.keys() == []


def test_a_database_that_does_not_exist(server_pool: ServerPool) -> None:
    """There are sixteen by default; the last one passes and the next one does not."""
    server = server_pool.get("redis-7.0", config=ROOMY)
    report = check(server.url(database=15), limits=QUICK)
    assert finding(report, "capacity.database").outcome is Outcome.PASS
    assert told(report, Outcome.FAIL) == []
    failed = assert_fails_only(check(server.url(database=16), limits=QUICK), "capacity.database")
    assert failed.verdict.details == {"evidence": "ERR DB index is out of range"}


def test_a_password_that_is_a_code(server_pool: ServerPool) -> None:
    """A password that happens to be a word of the protocol changes no verdict."""
    server = server_pool.get("redis-7.0", config=ROOMY, users=("coded on >NOPERM ~* &* +@all -@dangerous",))
    assert_fails_only(check(server.url(user="coded", password="NOPERM"), limits=QUICK), "auth.permissions")


def test_a_user_without_select(server_pool: ServerPool) -> None:
    """The database exists; it is the user who may not go there."""
    users = (f"unselective on >{PASSWORD} ~* &* +@all -select",)
    server = server_pool.get("redis-7.0", config=ROOMY, users=users)
    url = server.url(user="unselective", password=PASSWORD, database=2)
    failed = assert_fails_only(check(url, limits=QUICK), "auth.permissions")
    assert "`ACL SETUSER unselective +select`" in (failed.verdict.remedy or "")
    with server.client() as client:
        client.execute_command("ACL", "SETUSER", "unselective", "+select")
    report = check(url, limits=QUICK)
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) == []


@pytest.mark.parametrize("key", ["redis-6.2", "redis-7.0", "redis-8.2", "valkey-8.1"])
def test_who_answers_is_told_without_info(server_pool: ServerPool, key: str) -> None:
    """A user who may not run INFO still learns product and version, by HELLO."""
    server = server_pool.get(key, config=ROOMY, users=(f"nodanger on >{PASSWORD} ~* &* +@all -@dangerous",))
    report = check(server.url(user="nodanger", password=PASSWORD), limits=QUICK)
    product, version = key.split("-")
    assert finding(report, "server.product").verdict.summary.startswith(f"is {product.capitalize()} {version}.")


@pytest.fixture
def shared() -> Iterator[Server]:
    """Others have keys and a connection here."""
    with running("redis-7.0", config=ROOMY) as server, server.client() as theirs:
        theirs.mset({f"{prefix}:{number}": "x" for prefix in ("saq", "app") for number in range(5)})
        theirs.set("someone@example.com", "a key without a prefix")
        yield server


def _checked(server: Server, *, upgrade: bool = False) -> Report:
    return check(server.url(database=0), around=Surroundings(upgrade=upgrade), limits=QUICK)


def test_keys_of_others(shared: Server) -> None:
    """Before an installation they are a warning, by their prefixes and never by their names; clients are counted."""
    report = _checked(shared)
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) == []
    assert told(report, Outcome.WARN) == ["capacity.empty"]
    warning = finding(report, "capacity.empty").verdict
    assert warning.summary == "11 keys of others in database 0, a job queue (saq:) among them"
    assert set(warning.details["prefixes"].partition(", in a sample of ")[0].split(", ")) == {
        *("saq: 5", "app: 5", "(none) 1"),
    }
    assert warning.details["other clients"] == "1"
    assert "--upgrade" in (warning.remedy or "")
    assert "someone" not in str(report)
    assert exit_status(report, fail_on_warn=False) == OK


def test_keys_on_an_upgrade(shared: Server) -> None:
    """Then they are LangSmith's own."""
    report = _checked(shared, upgrade=True)
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) + told(report, Outcome.WARN) == []
    told_so = finding(report, "capacity.empty").verdict.summary
    assert told_so == "11 keys and 1 other client, as expected of an upgrade"
    with shared.client() as client:
        assert client.dbsize() == 11


def test_keys_in_another_database(server_pool: ServerPool, keeps_keys: Callable[[Server], Server]) -> None:
    """They are told, and no reason to warn."""
    server = server_pool.get("redis-7.0", config=(*ROOMY, "databases 4"))
    with server.client(db=3) as client:
        client.set("theirs", "x")
        report = _checked(keeps_keys(server))
    assert told(report, Outcome.WARN) + told(report, Outcome.FAIL) == []
    assert "database 3 (1)" in finding(report, "capacity.empty").verdict.summary


def test_keys_of_an_earlier_run() -> None:
    """What another run of ours could not delete is not somebody else's, and expires within a minute."""
    with running("redis-7.0", config=ROOMY) as server, server.client() as client:
        client.set("{preflight:0123456789ab:0}:write", "preflight", ex=60)
        assert told(_checked(server), Outcome.WARN) == []


@pytest.mark.parametrize(
    ("policy", "limit", "outcome"),
    [
        ("noeviction", "8gb", Outcome.PASS),
        ("allkeys-lru", "8gb", Outcome.WARN),
        ("allkeys-random", "8gb", Outcome.WARN),
        ("volatile-ttl", "8gb", Outcome.PASS),
        ("allkeys-lru", "0", Outcome.PASS),
    ],
)
@pytest.mark.parametrize("key", ["redis-5.0", "redis-8.2", "valkey-8.1"])
def test_an_eviction_policy(server_pool: ServerPool, *, key: str, policy: str, limit: str, outcome: Outcome) -> None:
    """What throws away any key warns as soon as there is a limit."""
    server = server_pool.get(key, config=(f"maxmemory {limit}", f"maxmemory-policy {policy}"))
    report = _checked(server)
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) == []
    eviction = finding(report, "capacity.eviction")
    assert eviction.outcome is outcome
    assert policy in eviction.verdict.summary
    assert outcome is Outcome.PASS or "noeviction" in (eviction.verdict.remedy or "")
