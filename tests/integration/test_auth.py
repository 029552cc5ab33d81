"""Whatever is wrong with the credentials has its own cause and remedy, and everything behind is blocked by it."""

import pytest

from preflight import Finding, Secret, Surroundings, check
from preflight.model.evidence import Cause
from tests.integration.verdicts import QUICK, assert_fails_only, assert_ladder_ends, assert_passes
from tests.servers.catalogue import RELEASES
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server

PASSWORD = "the right one"
# The default user is open here, and so may tell whether another user exists.
TALKATIVE = ("app on >app-secret ~* +@all", "gone off >app-secret ~* +@all")

WITH_USERS = [key for key, release in RELEASES.items() if release.has_acl]
WITHOUT_USERS = [key for key in RELEASES if key not in WITH_USERS]


def _refused(url: str, cause: Cause, around: Surroundings | None = None) -> Finding:
    report = check(url, around=around, limits=QUICK)
    failed = assert_fails_only(report, "auth.accepted", cause)
    assert_ladder_ends(report, "auth.accepted")
    return failed


def _locked(pool: ServerPool, key: str) -> Server:
    return pool.get(key, password=PASSWORD)


def _bare(server: Server, login: str = "") -> str:
    return f"redis://{login}{server.host}:{server.port}/0"


@pytest.mark.parametrize("key", RELEASES)
def test_no_password_given(server_pool: ServerPool, key: str) -> None:
    """The server demands a password and the URL has none."""
    failed = _refused(_bare(_locked(server_pool, key)), Cause.PASSWORD_REQUIRED)
    assert failed.verdict.details == {"evidence": "NOAUTH Authentication required."}


@pytest.mark.parametrize("key", RELEASES)
def test_wrong_password(server_pool: ServerPool, key: str) -> None:
    """The server refuses the password of the default user."""
    _refused(_locked(server_pool, key).url(password="the wrong one"), Cause.PASSWORD_WRONG)


@pytest.mark.parametrize("key", RELEASES)
def test_password_where_none_is_set(server_pool: ServerPool, key: str) -> None:
    """The server has no password and would take anybody."""
    _refused(server_pool.get(key).url(password="superfluous"), Cause.PASSWORD_UNEXPECTED)


@pytest.mark.parametrize("key", WITHOUT_USERS)
@pytest.mark.parametrize("password", [None, PASSWORD])
def test_user_name_before_redis_6(server_pool: ServerPool, key: str, password: str | None) -> None:
    """A server without ACL takes no user name, not even with the right password."""
    server = server_pool.get(key, password=password) if password else server_pool.get(key)
    _refused(server.url(user="app", password=PASSWORD), Cause.USERS_UNSUPPORTED)


@pytest.mark.parametrize("key", WITH_USERS)
def test_unknown_user(server_pool: ServerPool, key: str) -> None:
    """Where the default user may look, a user that does not exist is told from a wrong password."""
    server = server_pool.get(key, users=TALKATIVE)
    _refused(server.url(user="nobody", password="app-secret"), Cause.USER_UNKNOWN)


@pytest.mark.parametrize("key", WITH_USERS)
def test_wrong_password_of_a_user(server_pool: ServerPool, key: str) -> None:
    """Where the default user may look, the user exists and so it is the password."""
    server = server_pool.get(key, users=TALKATIVE)
    _refused(server.url(user="app", password="not app-secret"), Cause.PASSWORD_WRONG)


@pytest.mark.parametrize("key", WITH_USERS)
@pytest.mark.parametrize("user", ["app", "nobody"])
def test_user_that_nobody_may_look_up(server_pool: ServerPool, key: str, user: str) -> None:
    """Where the server does not tell, no guess is made between user and password."""
    server = server_pool.get(key, password=PASSWORD, users=TALKATIVE)
    _refused(server.url(user=user, password="not app-secret"), Cause.USER_REFUSED)


@pytest.mark.parametrize("key", WITH_USERS)
def test_the_password_of_a_server_without_users(server_pool: ServerPool, key: str) -> None:
    """The right password under a name that nobody has: it opens the default user, who may look."""
    failed = _refused(_locked(server_pool, key).url(user="langsmith", password=PASSWORD), Cause.USER_UNKNOWN)
    assert "leave the name out" in (failed.verdict.remedy or "")


@pytest.mark.parametrize("key", WITH_USERS)
def test_the_default_users_password_for_another(server_pool: ServerPool, key: str) -> None:
    """The user exists, with another password than the one that opens the default user."""
    server = server_pool.get(key, password=PASSWORD, users=TALKATIVE)
    _refused(server.url(user="app", password=PASSWORD), Cause.PASSWORD_WRONG)


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0", "valkey-8.1"])
def test_credentials_beside_the_url(server_pool: ServerPool, key: str) -> None:
    """A password from the surroundings wins over the URL's own, right or wrong."""
    server, right, wrong = _locked(server_pool, key), Secret(PASSWORD), Secret("the wrong one")
    assert_passes(check(_bare(server, ":nonsense@"), around=Surroundings(password=right), limits=QUICK))
    _refused(server.url(), Cause.PASSWORD_WRONG, Surroundings(password=wrong))


def test_every_cause_has_its_own_remedy(server_pool: ServerPool) -> None:
    """No two of the causes tell the person to do the same."""
    open_, talkative = server_pool.get("redis-7.0"), server_pool.get("redis-7.0", users=TALKATIVE)
    locked, old = server_pool.get("redis-7.0", password=PASSWORD, users=TALKATIVE), server_pool.get("redis-5.0")
    urls = {
        Cause.PASSWORD_REQUIRED: _bare(locked),
        Cause.PASSWORD_WRONG: locked.url(password="the wrong one"),
        Cause.PASSWORD_UNEXPECTED: open_.url(password=PASSWORD),
        Cause.USER_UNKNOWN: talkative.url(user="nobody", password=PASSWORD),
        Cause.USER_DISABLED: talkative.url(user="gone", password="app-secret"),
        Cause.USER_REFUSED: locked.url(user="nobody", password="the wrong one"),
        Cause.USERS_UNSUPPORTED: old.url(user="app", password=PASSWORD),
    }
    failed = [_refused(url, cause) for cause, url in urls.items()]
    assert len({each.verdict.remedy for each in failed}) == len({each.verdict.summary for each in failed}) == len(urls)


@pytest.mark.parametrize("key", WITH_USERS)
@pytest.mark.parametrize("password", ["app-secret", "not app-secret"])
def test_disabled_user(server_pool: ServerPool, key: str, password: str) -> None:
    """Where the default user may look, nobody is told to correct the password of a user that is switched off."""
    server = server_pool.get(key, users=TALKATIVE)
    _refused(server.url(user="gone", password=password), Cause.USER_DISABLED)


def test_too_many_clients(server_pool: ServerPool) -> None:
    """A server without room says so before it asks who we are."""
    server = server_pool.get("redis-7.0", config=("maxclients 1",))
    with server.client() as occupant:
        assert occupant.ping()
        _refused(server.url(), Cause.TOO_MANY_CLIENTS)
