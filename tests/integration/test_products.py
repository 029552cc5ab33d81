"""Servers that are not on this machine, played before a real one, or by a script where a single answer is all of it."""

import pytest

from preflight import Limits, Report, check
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from tests.integration.played import Fields, Part, played, said
from tests.integration.verdicts import QUICK, assert_fails_only, assert_passes, finding
from tests.servers.fixtures import ServerPool
from tests.servers.front import Ending, bulk
from tests.servers.process import Server
from tests.servers.scripted import scripted_server

ALL_IN_ORDER = ("maxmemory 8gb",)
"""With this, no server gives a reason to warn, whatever machine it runs on."""


@pytest.fixture
def server(server_pool: ServerPool) -> Server:
    return server_pool.get("redis-7.0", config=ALL_IN_ORDER)


def _checked(server: Server, *parts: Part, limits: Limits = QUICK) -> Report:
    with played(server, *parts) as front:
        return check(f"redis://{front.host}:{front.port}/0", limits=limits)


@pytest.mark.parametrize(
    ("info", "name"),
    [
        ({"redis_version": "7.4.0", "dragonfly_version": "df-v1.25.1"}, "Dragonfly 1.25.1"),
        ({"redis_version": "6.3.4", "features": "cluster_mget", "availability_zone": ""}, "KeyDB 6.3.4"),
        ({"redis_version": "7.4.3", "server_name": "garnet", "garnet_version": "1.0.65"}, "Garnet 1.0.65"),
        ({"redis_version": None, "pika_version": "3.5.4"}, "an unknown server"),
    ],
    ids=["dragonfly", "keydb", "garnet", "unknown"],
)
def test_others_warn_by_their_real_name(server: Server, info: Fields, name: str) -> None:
    """A server that only claims a Redis version is named for what it is, and if it does all, that is a warning."""
    report = _checked(server, said(info))
    assert_passes(report, warns={"server.product"})
    warning = finding(report, "server.product")
    assert warning.verdict.summary == f"this is {name}; LangSmith supports Redis and Valkey"
    assert finding(report, "server.version").outcome is Outcome.NOT_APPLICABLE


def test_a_clock_that_is_wrong(server: Server) -> None:
    """More than a minute apart is a warning with the side that is behind."""
    epoch = b"*2\r\n" + bulk(b"1") + bulk(b"0")
    report = _checked(server, lambda: lambda words: epoch if words[0] == b"TIME" else None)
    assert_passes(report, warns={"server.clock"})
    assert "s behind this machine's" in finding(report, "server.clock").verdict.summary


def test_a_sentinel(server: Server) -> None:
    """A Sentinel holds no data: its role fails, and no command is blamed."""
    report = _checked(server, said({"redis_mode": "sentinel", "role": None}))
    failed = assert_fails_only(report, "server.role")
    assert "Sentinel" in failed.verdict.summary


def test_a_server_that_loads(server: Server) -> None:
    """While it loads, a server answers nearly everything with LOADING: not ready, and nothing else is wrong."""
    loading = b"-LOADING Redis is loading the dataset in memory\r\n"
    report = _checked(server, said({"loading": "1"}), lambda: lambda _: loading)
    failed = assert_fails_only(report, "server.ready")
    assert failed.verdict.summary == "the server is still loading its data"


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (b"-DENIED Redis is running in protected mode because\r\n", Cause.PROTECTED_MODE),
        (b"-NOAUTH Authentication required.\r\n", Cause.PASSWORD_REQUIRED),
        (b"-ERR max number of clients reached\r\n", Cause.TOO_MANY_CLIENTS),
    ],
    ids=["protected", "password", "clients"],
)
def test_a_server_that_refuses_every_command(reply: bytes, cause: Cause) -> None:
    """What a server says to a client that it will not have is told by its code."""
    with scripted_server(lambda _: reply) as script:
        report = check(f"redis://{script.host}:{script.port}/0", limits=QUICK)
    assert_fails_only(report, "auth.accepted", cause)


def _ending_at(command: str, ending: Ending) -> Part:
    name = command.encode().split()
    return lambda: lambda words: ending if words[: len(name)] == name else None


@pytest.mark.parametrize("ending", Ending, ids=lambda ending: ending.value)
@pytest.mark.parametrize(
    ("command", "check_id"),
    [
        ("INFO", "server.product"),
        ("TIME", "server.product"),
        ("CLUSTER SLOTS", "topology.mode"),
        ("SCAN", "commands.write"),
        ("SET", "commands.write"),
        ("BLMOVE", "commands.write"),
        ("SUBSCRIBE", "commands.write"),
    ],
)
def test_a_server_that_gives_up_midway(server: Server, command: str, check_id: str, ending: Ending) -> None:
    """Whatever step it breaks, one check reports it and the others of the step are blocked by that one."""
    report = _checked(server, _ending_at(command, ending), limits=Limits(step=0.5))
    cause = Cause.CLOSED if ending is Ending.CLOSED else Cause.STALLED
    failed = assert_fails_only(report, check_id, cause)
    stage = check_id.partition(".")[0]
    beside = {each.outcome for each in report.findings if each.id.startswith(stage) and each is not failed}
    assert beside <= {Outcome.BLOCKED, Outcome.NOT_APPLICABLE}
    assert Outcome.BLOCKED in beside
