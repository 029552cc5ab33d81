"""Healthy standalone servers of every supported version pass, however they are secured, and keep no key of ours."""

import asyncio
import contextlib
from collections.abc import Callable, Iterator

import pytest

from preflight import Surroundings, acheck, check
from tests.integration.commandline import document, failures, preflight
from tests.integration.verdicts import QUICK, assert_fails_only, assert_passes, finding
from tests.servers.catalogue import RELEASES
from tests.servers.certificates import Authority
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ServerPool
from tests.servers.loopback import Address
from tests.servers.process import Server
from tests.servers.terminator import terminated

SUPPORTED = ("redis-5.0", "redis-6.2", "redis-7.0", "redis-8.2", "valkey-8.1")
NEWER = "valkey-9.1"
WITH_USERS = tuple(key for key in (*SUPPORTED, NEWER) if RELEASES[key].has_acl)
OPEN, LOCKED, USER = "no password", "password", "ACL user"

PASSWORD, USER_PASSWORD = "s3cret/pa ss", "app's @wn"

CASES = [
    (key, access)
    for key in (*SUPPORTED, NEWER)
    for access in (OPEN, LOCKED, USER)
    if access is not USER or key in WITH_USERS
]

Watch = Callable[[Server], Server]


def _server(pool: ServerPool, key: str, access: str, tls: NativeTls | None = None) -> Server:
    options = {"tls": tls} if tls else {}
    if access == OPEN:
        return pool.get(key, **options)
    users = (f'app on ">{USER_PASSWORD}" ~* &* +@all',) if key in WITH_USERS else ()
    # Redis 6.0 does not know channels; every later one does.
    return pool.get(key, password=PASSWORD, users=users, **options)


def _url(server: Server, access: str) -> str:
    return server.url(user="app", password=USER_PASSWORD) if access == USER else server.url()


@contextlib.contextmanager
def _secured(server: Server, authority: Authority) -> Iterator[Address]:
    """TLS by the server itself where it can, else by a terminator before it."""
    if server.tls:
        yield Address(server.host, server.port)
        return
    with terminated(server, authority.server()) as front:
        yield front


@pytest.mark.parametrize(("key", "access"), CASES)
def test_plaintext(server_pool: ServerPool, keeps_keys: Watch, key: str, access: str) -> None:
    """Open, with a password and as an ACL user, every check passes; Valkey 9 only warns of its version."""
    server = keeps_keys(_server(server_pool, key, access))
    report = check(_url(server, access), limits=QUICK)
    assert_passes(report, warns={"server.version"} if key == NEWER else ())
    user = {OPEN: "without a password", LOCKED: "as user default", USER: "as user app"}[access]
    assert finding(report, "auth.accepted").verdict.summary == f"lets us in {user}"


@pytest.mark.parametrize(("key", "access"), CASES)
def test_tls(
    server_pool: ServerPool,
    keeps_keys: Watch,
    certificates: Authority,
    native_tls: NativeTls,
    *,
    key: str,
    access: str,
) -> None:
    """The same over TLS, verified against our own CA."""
    native = native_tls if RELEASES[key].has_tls else None
    server = keeps_keys(_server(server_pool, key, access, native))
    around = Surroundings(ca_file=str(certificates.ca_file))
    with _secured(server, certificates) as front:
        url = _url(server, access).replace("redis://", "rediss://").replace(f":{server.port}", f":{front.port}")
        report = check(url, around=around, limits=QUICK)
    assert_passes(report, warns={"server.version"} if key == NEWER else ())
    assert finding(report, "tls.handshake").verdict.summary.startswith("TLSv1.3, TLS_")


@pytest.mark.parametrize("key", [*SUPPORTED, NEWER])
def test_names_the_server(server_pool: ServerPool, key: str) -> None:
    """Valkey is not taken for the Redis 7.2.4 that it claims to be for old clients' sake."""
    product, version = key.split("-")
    report = check(server_pool.get(key).url(), limits=QUICK)
    assert finding(report, "server.product").verdict.summary.startswith(f"is {product.capitalize()} {version}.")


def test_another_database(server_pool: ServerPool, keeps_keys: Watch) -> None:
    """A database beyond 0 that exists is used and left as it was."""
    report = check(keeps_keys(server_pool.get("redis-7.0")).url(database=3), limits=QUICK)
    assert_passes(report)
    assert finding(report, "capacity.database").verdict.summary == "database 3"


def test_async_twin(server_pool: ServerPool) -> None:
    """In a running loop `acheck` gives the same report."""
    report = asyncio.run(acheck(server_pool.get("redis-7.0").url(), limits=QUICK))
    assert_passes(report)


@pytest.mark.parametrize("access", [OPEN, LOCKED])
def test_too_old(server_pool: ServerPool, keeps_keys: Watch, access: str) -> None:
    """Redis 3.2 works in every way and is below the floor: only its version fails."""
    report = check(_url(keeps_keys(_server(server_pool, "redis-3.2", access)), access), limits=QUICK)
    failed = assert_fails_only(report, "server.version")
    assert failed.verdict.summary == "Redis 3.2.6 is older than 5"
    assert finding(report, "commands.write").outcome == "pass"


@pytest.mark.parametrize(
    ("key", "options", "status", "failed", "outcome"),
    [
        ("redis-7.0", (), 0, [], "pass"),
        ("valkey-8.1", ("--fail-on", "warn"), 0, [], "pass"),
        ("valkey-9.1", (), 0, [], "warn"),
        ("valkey-9.1", ("--fail-on", "warn"), 3, [], "warn"),
        ("valkey-9.1", ("--fail-on", "warn", "--skip", "server.version"), 0, [], "pass"),
        ("valkey-9.1", ("--severity", "server.version=fail"), 1, ["server.version"], "fail"),
        ("redis-3.2", (), 1, ["server.version"], "fail"),
    ],
)
def test_exit_status(
    server_pool: ServerPool, *, key: str, options: tuple[str, ...], status: int, failed: list[str], outcome: str
) -> None:
    """The command exits with what the verdict is worth, and JSON says the same."""
    ended = preflight("check", server_pool.get(key).url(), "-o", "json", *options)
    assert (ended.returncode, failures(ended), document(ended)["outcome"]) == (status, failed, outcome)
    assert ended.stderr == ""
