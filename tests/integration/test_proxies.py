"""Proxies that hang up at a command which they do not know: Debian's nutcracker, and one made up for each command."""

from collections.abc import Iterator

import pytest

from preflight import Limits, Report, Surroundings, check
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from tests.integration.played import ALL_IN_ORDER, Part, played
from tests.integration.verdicts import QUICK, assert_fails_only, told
from tests.servers.fixtures import ServerPool
from tests.servers.front import Answer, Ending, Words, front
from tests.servers.loopback import Dialable
from tests.servers.nutcracker import nutcracker
from tests.servers.process import Server

PASSWORD = "secret"
SHORT = Limits(step=0.5)


@pytest.fixture
def server(server_pool: ServerPool) -> Iterator[Server]:
    """Others use it as well: what a test leaves on it does not outlive the test."""
    shared = server_pool.get("redis-7.0", config=ALL_IN_ORDER)
    yield shared
    with shared.client() as client:
        client.flushall()


def _checked(to: Dialable, login: str = "", database: int = 0, *, tls: bool = False) -> Report:
    return check(f"redis{'s' if tls else ''}://{login}{to.host}:{to.port}/{database}", limits=QUICK)


@pytest.mark.parametrize(("database", "command"), [(0, "INFO"), (1, "SELECT")])
def test_nutcracker(server: Server, database: int, command: str) -> None:
    """It answers PING by itself and hangs up at the next command, which is named; all the rest is put down to that."""
    with nutcracker(server) as proxy:
        report = _checked(proxy, database=database)
        assert f"unsupported command '{command}'" in proxy.log
    failed = assert_fails_only(report, "server.product", Cause.CLOSED)
    assert failed.verdict.details["evidence"] == f"the connection was closed at {command}"
    assert len(told(report, Outcome.BLOCKED)) > 20


def test_nutcracker_in_a_node_list(server: Server, server_pool: ServerPool) -> None:
    """Declared as a cluster, with two servers behind it, it is the same failure, and no mode is blamed."""
    with nutcracker(server, server_pool.get("redis-6.2")) as proxy:
        report = check([f"redis://{proxy.host}:{proxy.port}"], around=Surroundings(tls=False), limits=QUICK)
    assert_fails_only(report, "server.product", Cause.CLOSED)


def test_the_remedy_against_nutcracker(server: Server) -> None:
    """Whoever answered PING speaks Redis: a proxy is what comes to mind, and to go round it."""
    with nutcracker(server) as proxy:
        [failed] = [each for each in _checked(proxy).findings if each.outcome is Outcome.FAIL]
    assert failed.verdict.remedy is not None
    assert "proxy" in failed.verdict.remedy
    assert "no Redis" not in failed.verdict.remedy
    assert "connect to the server itself" in failed.verdict.remedy


@pytest.mark.parametrize(
    ("login", "check_id", "cause"),
    [
        ("", "auth.accepted", Cause.PASSWORD_REQUIRED),
        (":wrong@", "auth.accepted", Cause.PASSWORD_WRONG),
        (f":{PASSWORD}@", "server.product", Cause.CLOSED),
        (f"default:{PASSWORD}@", "auth.accepted", Cause.CLOSED),
    ],
    ids=["none", "wrong", "right", "with a user"],
)
def test_nutcracker_with_a_password(server_pool: ServerPool, login: str, check_id: str, cause: Cause) -> None:
    """It keeps the password itself, and does not know users: that AUTH it hangs up at."""
    server = server_pool.get("redis-7.0", password=PASSWORD)
    with nutcracker(server, password=PASSWORD) as proxy:
        assert_fails_only(_checked(proxy, login), check_id, cause)


def test_nutcracker_over_tls(server: Server) -> None:
    """It speaks no TLS, and is found to speak plaintext."""
    with nutcracker(server) as proxy:
        assert_fails_only(_checked(proxy, tls=True), "tls.handshake", Cause.TLS_PLAINTEXT)


def _hanging_up(command: str, ending: Ending = Ending.CLOSED) -> Part:
    name = command.encode().split()
    return lambda: lambda words: ending if words[: len(name)] == name else None


def _ending_for_all(command: str, ending: Ending) -> Part:
    """From then on, every connection ends so."""
    is_over = False

    def rule(words: Words) -> Answer:
        nonlocal is_over
        is_over = is_over or words[0] == command.encode()
        return ending if is_over else None

    return lambda: rule


@pytest.mark.parametrize(
    "command",
    [
        *("TIME", "SCAN", "SET", "GET", "MULTI", "EXEC", "SCRIPT", "EVALSHA", "ZADD", "DEL"),
        *("CLUSTER", "ACL", "BLMOVE", "SUBSCRIBE", "PSUBSCRIBE", "PUBLISH"),
    ],
)
def test_a_proxy_that_hangs_up_at_one_command(server: Server, command: str) -> None:
    """The command is named, and there is one failure."""
    with front(server, _hanging_up(command)) as proxy:
        report = _checked(proxy)
    [failed] = [each for each in report.findings if each.outcome is Outcome.FAIL]
    assert failed.verdict.cause is Cause.CLOSED
    assert failed.verdict.details["evidence"] == f"the connection was closed at {command}"
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} == {failed.id}


@pytest.mark.parametrize(
    ("command", "ending"),
    [
        *((command, Ending.CLOSED) for command in ("GET", "EXEC", "EVALSHA", "RPUSH", "ZADD", "PUBLISH", "DEL")),
        *((command, Ending.CLOSED) for command in ("LLEN", "LRANGE", "LREM", "ZCARD", "ZSCORE", "ZRANGE", "ZREM")),
        *((command, Ending.SILENT) for command in ("EXEC", "ZCARD")),
    ],
)
def test_what_cannot_be_deleted_expires(server: Server, command: str, ending: Ending) -> None:
    """Wherever the server breaks off for good, what was written until then lives for a minute at most."""
    with front(server, _ending_for_all(command, ending)) as proxy:
        check(f"redis://{proxy.host}:{proxy.port}/0", limits=SHORT)
    with server.client() as client:
        left = {str(key): int(client.ttl(key)) for key in client.scan_iter()}
    assert left
    assert all(key.startswith("{preflight:") for key in left)
    assert all(0 < seconds <= 60 for seconds in left.values())


@pytest.mark.parametrize("command", ["MULTI", "EVALSHA", "ZADD"])
def test_keys_are_deleted_on_the_other_connection(server: Server, command: str) -> None:
    """Where a proxy has closed the first connection, the second one is still there to clean up."""
    with played(server, _hanging_up(command)) as proxy:
        _checked(proxy)
