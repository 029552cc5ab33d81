"""Servers that are not on this machine, played by scripts that say what the real ones say."""

import pytest

from preflight import Limits, Report, Surroundings, check
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from tests.integration.played import CLUSTER_REFUSED, Played, bulk, played
from tests.integration.verdicts import QUICK, assert_fails_only, assert_passes, finding, told
from tests.servers.scripted import scripted_server

STANDALONE = b"redis_mode:standalone\r\nrole:master\r\nloading:0\r\n"
ENTERPRISE = b"redis_version:7.4.0\r\nrlec_version:7.22.0-95\r\nrole:master\r\n"


def _checked(info: bytes, *, sharded: bool = False, safe_mode: bool = False) -> Report:
    with played(info, sharded=sharded) as url:
        return check(url, around=Surroundings(safe_mode=safe_mode), limits=QUICK)


@pytest.mark.parametrize("info", [ENTERPRISE, ENTERPRISE + STANDALONE], ids=["mode unsaid", "mode said"])
def test_an_enterprise_cluster_needs_safe_mode(info: bytes) -> None:
    """One endpoint before many shards: transactions over two slots are refused, and safe mode would avoid them."""
    report = _checked(info, sharded=True)
    failed = assert_fails_only(report, "commands.cross-slot")
    assert failed.verdict.patch == {"redis": {"external": {"clusterSafeMode": True}}}
    assert failed.verdict.details["evidence"].startswith("CROSSSLOT Keys in request don't hash to the same slot (")
    assert told(report, Outcome.BLOCKED) == []
    assert finding(report, "server.product").verdict.summary == "is Redis Enterprise 7.4.0"


@pytest.mark.parametrize("info", [ENTERPRISE, ENTERPRISE + STANDALONE], ids=["mode unsaid", "mode said"])
def test_an_enterprise_cluster_in_safe_mode(info: bytes) -> None:
    """With safe mode declared it passes, and the mode is not guessed where the server does not say."""
    report = _checked(info, sharded=True, safe_mode=True)
    assert_passes(report)
    assert (
        finding(report, "commands.cross-slot").verdict.summary == "refused (CROSSSLOT), and clusterSafeMode avoids it"
    )
    said = STANDALONE in info
    mode = finding(report, "topology.mode")
    assert mode.outcome is (Outcome.PASS if said else Outcome.NOT_APPLICABLE)
    assert said or CLUSTER_REFUSED in mode.verdict.summary


def test_an_enterprise_database_that_is_not_sharded() -> None:
    """A non-clustered policy takes any transaction and needs nothing."""
    assert_passes(_checked(ENTERPRISE))


@pytest.mark.parametrize(
    ("info", "name"),
    [
        (b"redis_version:7.4.0\r\ndragonfly_version:df-v1.25.1\r\n", "Dragonfly 1.25.1"),
        (b"redis_version:6.3.4\r\nfeatures:cluster_mget\r\navailability_zone:\r\n", "KeyDB 6.3.4"),
        (b"redis_version:7.4.3\r\nserver_name:garnet\r\ngarnet_version:1.0.65\r\n", "Garnet 1.0.65"),
        (b"pika_version:3.5.4\r\n", "an unknown server"),
    ],
    ids=["dragonfly", "keydb", "garnet", "unknown"],
)
def test_others_warn_by_their_real_name(info: bytes, name: str) -> None:
    """A server that only claims a Redis version is named for what it is, and that is a warning."""
    report = _checked(info + STANDALONE)
    assert_passes(report, warns={"server.product"})
    warning = finding(report, "server.product")
    assert warning.verdict.summary == f"this is {name}; LangSmith supports Redis and Valkey"
    assert finding(report, "server.version").outcome is Outcome.NOT_APPLICABLE


def test_a_clock_that_is_wrong() -> None:
    """More than a minute apart is a warning with the side that is ahead."""
    with scripted_server(Played(b"redis_version:7.0.0\r\n" + STANDALONE, clock=1)) as script:
        report = check(f"redis://{script.host}:{script.port}/0", limits=QUICK)
    assert_passes(report, warns={"server.clock"})
    assert "s behind this machine's" in finding(report, "server.clock").verdict.summary


def test_a_sentinel() -> None:
    """A Sentinel holds no data: its role fails, and no command is blamed."""
    report = _checked(b"redis_version:7.0.0\r\nredis_mode:sentinel\r\n")
    failed = assert_fails_only(report, "server.role")
    assert "Sentinel" in failed.verdict.summary


def test_a_server_that_loads() -> None:
    """While it loads, a server answers everything with LOADING: not ready, and nothing else is wrong."""
    loading = b"-LOADING Redis is loading the dataset in memory\r\n"
    info = b"redis_version:7.0.0\r\nrole:master\r\nredis_mode:standalone\r\nloading:1\r\n"
    with scripted_server(lambda command: bulk(info) if command[0] == b"INFO" else loading) as script:
        report = check(f"redis://{script.host}:{script.port}/0", limits=QUICK)
    failed = assert_fails_only(report, "server.ready")
    assert failed.verdict.summary == "the server is still loading its data"


@pytest.mark.parametrize(
    ("reply", "cause"),
    [
        (b"-DENIED Redis is running in protected mode because\r\n", Cause.PROTECTED_MODE),
        (b"-NOAUTH Authentication required.\r\n", Cause.PASSWORD_REQUIRED),
        (b"-ERR max number of clients reached\r\n", Cause.TOO_MANY_CLIENTS),
    ],
)
def test_a_server_that_refuses_every_command(reply: bytes, cause: Cause) -> None:
    """What a server says to a client that it will not have is told by its code."""
    with scripted_server(lambda _: reply) as script:
        report = check(f"redis://{script.host}:{script.port}/0", limits=QUICK)
    assert_fails_only(report, "auth.accepted", cause)


@pytest.mark.parametrize(
    ("command", "check_id"),
    [(b"INFO", "server.product"), (b"CLUSTER", "topology.mode"), (b"SET", "commands.write")],
)
@pytest.mark.parametrize(("reply", "cause"), [(b"", Cause.SILENT), (None, Cause.CLOSED)], ids=["silent", "closed"])
def test_a_server_that_gives_up_midway(command: bytes, check_id: str, reply: bytes | None, cause: Cause) -> None:
    """Whatever step it breaks, one check reports it and the others of the step are blocked by that one."""
    server = Played(ENTERPRISE)
    with scripted_server(lambda asked: reply if asked[0] == command else server(asked)) as script:
        report = check(f"redis://{script.host}:{script.port}/0", limits=Limits(step=0.3))
    failed = assert_fails_only(report, check_id, cause)
    stage = check_id.partition(".")[0]
    beside = {each.outcome for each in report.findings if each.id.startswith(stage) and each is not failed}
    assert beside == {Outcome.BLOCKED}


def test_a_proxy_without_transactions() -> None:
    """A proxy that hangs up on MULTI, as nutcracker does, fails by the transaction's stage."""
    server = Played(b"redis_version:7.0.0\r\n" + STANDALONE)
    with scripted_server(lambda command: None if command[0] == b"MULTI" else server(command)) as script:
        report = check(f"redis://{script.host}:{script.port}/0", limits=QUICK)
    failed = [each for each in report.findings if each.outcome is Outcome.FAIL]
    assert [each.verdict.cause for each in failed] == [Cause.CLOSED]
    assert failed[0].id.startswith("commands.")
