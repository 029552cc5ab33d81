"""URLs as targets: what is wrong with them, and what would be dialled."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from redis.connection import parse_url

from preflight.model.secret import Secret
from preflight.model.target import Disagreement, Endpoint, MistakeKind, Mode, Password, Surroundings, Target, Tls
from preflight.uri.standalone import target_from_url
from tests.model.shown import visible

K = MistakeKind
QUOTABLE = st.text(st.characters(exclude_categories=["Cs"]), max_size=16)


def read(url: str, **around: object) -> Target:
    return target_from_url(url, Surroundings(**around))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("url", "kind", "encoded"),
    [
        ("", K.EMPTY, ""),
        (" \t\n", K.EMPTY, ""),
        ("cache:6379", K.SCHEME_MISSING, ""),
        ("cache", K.SCHEME_MISSING, ""),
        ("//cache:6379", K.SCHEME_MISSING, ""),
        ("http://cache:6379", K.SCHEME, ""),
        ("unix:///var/run/redis.sock", K.SCHEME, ""),
        ("REDIS://cache:6379/1", K.SCHEME, "redis://cache:6379/1"),
        ("valkey://cache:6379", K.SCHEME_VALKEY, "redis://cache:6379/0"),
        ("valkeys://:tops3cret@cache:6379/1", K.SCHEME_VALKEY, "rediss://:***@cache:6379/1"),
        ("Valkey://cache", K.SCHEME_VALKEY, "redis://cache:6379/0"),
        ("redis://host:port", K.PLACEHOLDER, ""),
        ("redis://host:port/0", K.PLACEHOLDER, ""),
        ("<node_url>", K.PLACEHOLDER, ""),
        ("redis://<node_url>", K.PLACEHOLDER, ""),
        ("redis://<node_url>:6379/0", K.PLACEHOLDER, ""),
        ("redis://${REDIS_HOST}:6379/0", K.PLACEHOLDER, ""),
        ("redis://{{ .Values.host }}:6379/0", K.PLACEHOLDER, ""),
        ("Your connection url", K.PLACEHOLDER, ""),
        ("redis://:<password>@cache:6379/0", K.PLACEHOLDER, None),
        ("redis://cache:6379/0?password=${PASSWORD}", K.PLACEHOLDER, None),
        ("redis://", K.HOST_MISSING, ""),
        ("redis:///0", K.HOST_MISSING, ""),
        ("redis://:6379/0", K.HOST_MISSING, ""),
        ("redis://:tops3cret@", K.HOST_MISSING, ""),
        ("redis://::1:6379/0", K.HOST, "redis://[::1]:6379/0"),
        ("redis://ca che:6379/0", K.HOST, ""),
        ("redis://cache%41:6379/0", K.HOST, ""),
        ("redis://a:6379,b:6379", K.SEVERAL_HOSTS, ""),
        ("redis://a,b/0", K.SEVERAL_HOSTS, ""),
        ("redis://:tops3cret@a:6379,b:6379/0", K.SEVERAL_HOSTS, ""),
        ("redis://cache:0", K.PORT_RANGE, ""),
        ("redis://cache:65536", K.PORT_RANGE, ""),
        ("redis://cache:70000/0", K.PORT_RANGE, ""),
        ("redis://cache:" + "9" * 5000, K.PORT_RANGE, ""),
        ("redis://cache:abc", K.PORT_TEXT, ""),
        ("redis://cache:-1", K.PORT_TEXT, ""),
        ("redis://cache:\u0663", K.PORT_TEXT, ""),
        ("redis://:tops/3cret@cache:6379/1", K.PASSWORD_RAW, "redis://:***@cache:6379/1"),
        ("redis://:tops#3cret@cache:6379/0", K.PASSWORD_RAW, "redis://:***@cache:6379/0"),
        ("redis://:tops?3cret@cache:6379/0", K.PASSWORD_RAW, "redis://:***@cache:6379/0"),
        ("rediss://app:to/p#s?3@cret@cache/2", K.PASSWORD_RAW, "rediss://app:***@cache:6379/2"),
        ("redis://:tops[3cret@cache:6379/0", K.PASSWORD_RAW, "redis://:***@cache:6379/0"),
        ("redis://cache:6379/0#staging", K.FRAGMENT, "redis://cache:6379/0"),
        ("redis://cache:6379/0\n", K.CONTROL_CHARACTER, "redis://cache:6379/0"),
        (" redis://cache:6379/0", K.CONTROL_CHARACTER, None),
        ("redis://cache\0:6379/0", K.CONTROL_CHARACTER, ""),
        ("redis://:tops\x003cret@cache:6379/0", K.CONTROL_CHARACTER, "redis://:***@cache:6379/0"),
        ("x" * 1_000_000, K.TOO_LONG, ""),
        ("redis://:" + "x" * 1_000_000 + "@cache:6379/0", K.TOO_LONG, ""),
    ],
)
def test_nothing_to_dial(url: str, kind: MistakeKind, encoded: str | None) -> None:
    """Each leaves one fatal mistake, no endpoint, and the form to write where it can be made out."""
    target = read(url)
    [mistake] = target.declaration.mistakes
    assert (mistake.kind, mistake.fatal, target.endpoints, target.login) == (kind, True, (), None)
    assert encoded is None or target.declaration.encoded == encoded
    assert "3cret" not in visible(target)


@pytest.mark.parametrize(
    ("path", "db"),
    [("/notanumber", 0), ("/0/1", 1), ("/1x", 0), ("//", 0), ("/%31", 1), ("/0 1", 0), ("/12345678901", 12345678901)],
)
def test_database_that_is_no_number(path: str, db: int) -> None:
    """redis-py reads a database out of anything: that is a mistake, and what it reads is tried all the same."""
    target = read(f"redis://cache:6379{path}")
    [mistake] = target.declaration.mistakes
    assert (mistake.kind, mistake.fatal, target.db) == (K.DATABASE, False, db)
    assert target.endpoints == (Endpoint(host="cache", port=6379),)


@pytest.mark.parametrize(
    ("url", "host", "port", "db", "username", "password"),
    [
        ("redis://cache", "cache", 6379, 0, None, None),
        ("redis://cache/", "cache", 6379, 0, None, None),
        ("redis://cache:6380/15", "cache", 6380, 15, None, None),
        ("redis://cache:006380/0", "cache", 6380, 0, None, None),
        ("redis://CACHE.Example.com/0", "cache.example.com", 6379, 0, None, None),
        ("redis://10.0.0.7:6379/0", "10.0.0.7", 6379, 0, None, None),
        ("redis://[2001:db8::1]:6380/0", "2001:db8::1", 6380, 0, None, None),
        ("redis://[::1]", "::1", 6379, 0, None, None),
        ("redis://:tops3cret@cache/0", "cache", 6379, 0, None, "tops3cret"),
        ("redis://app:tops3cret@cache/0", "cache", 6379, 0, "app", "tops3cret"),
        ("redis://default:tops3cret@cache/0", "cache", 6379, 0, "default", "tops3cret"),
        ("redis://app@cache/0", "cache", 6379, 0, "app", ""),
        ("redis://:@cache/0", "cache", 6379, 0, None, None),
        ("redis://@cache/0", "cache", 6379, 0, None, None),
        ("redis://a%40b:p%2Fq%3F%23%25%40%3A%5B%20%C3%A4@cache/0", "cache", 6379, 0, "a@b", "p/q?#%@:[ ä"),
        ("redis://:a+b@cache/0", "cache", 6379, 0, None, "a+b"),
        ("redis://:a:b@cache/0", "cache", 6379, 0, None, "a:b"),
        ("redis://:a@b@cache/0", "cache", 6379, 0, None, "a@b"),
        ("redis://:a%zzb%@cache/0", "cache", 6379, 0, None, "a%zzb%"),
        ("redis://:a b@cache/0", "cache", 6379, 0, None, "a b"),
        ("redis://:pä§s@cache/0", "cache", 6379, 0, None, "pä§s"),
        ("redis://cache/0?password=a%2Bb+c", "cache", 6379, 0, None, "a+b c"),
        ("redis://cache?password=tops3cret&username=app", "cache", 6379, 0, "app", "tops3cret"),
        ("redis://:one@cache/0?password=other", "cache", 6379, 0, None, "one"),
        ("redis://cache?db=3", "cache", 6379, 3, None, None),
        ("redis://cache/1?db=3", "cache", 6379, 3, None, None),
        ("redis://cache/2?foo=1&db=3", "cache", 6379, 3, None, None),
    ],
)
def test_parts(  # noqa: PLR0917 - a URL has these parts
    url: str, host: str, port: int, db: int, username: str | None, password: str | None
) -> None:
    """Host, port, database, user and password as redis-py reads them."""
    target = read(url)
    login = None if password is None else Password(username=username, password=Secret(password))
    assert target.endpoints == (Endpoint(host=host, port=port),)
    assert (target.mode, target.tls, target.db, target.login) == (Mode.STANDALONE, None, db, login)
    assert not target.declaration.mistakes


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("redis://cache", "redis://cache:6379/0"),
        ("rediss://app:tops3cret@cache/2", "rediss://app:***@cache:6379/2"),
        ("redis://:tops3cret@[::1]:7000", "redis://:***@[::1]:7000/0"),
        ("redis://cache?password=tops3cret&db=4", "redis://:***@cache:6379/4"),
        ("redis://a%40b:tops3cret@cache/0", "redis://a%40b:***@cache:6379/0"),
    ],
)
def test_shown_and_encoded(url: str, shown: str) -> None:
    """A URL that can be read is shown in the one form that both clients read alike."""
    declaration = read(url).declaration
    assert (declaration.shown, declaration.encoded) == (shown, shown)


def test_tls_is_the_scheme_s() -> None:
    """`rediss` turns TLS on, with the files that are given beside it; `redis` ignores them."""
    files = {"ca_file": "/ca.pem", "client_cert": "/c.pem", "client_key": "/k.pem"}
    assert read("rediss://cache", **files).tls == Tls(**files)
    assert read("redis://cache", **files).tls is None


@pytest.mark.parametrize("value", ["false", "False", "0", "no", "n", "f"])
def test_hostname_check_can_be_turned_off(value: str) -> None:
    """LangSmith documents the parameter, and it is obeyed."""
    assert not read(f"rediss://cache/0?ssl_check_hostname={value}").endpoints[0].check_hostname
    assert read("rediss://cache/0?ssl_check_hostname=true").endpoints[0].check_hostname


def test_what_is_given_beside_the_url_wins() -> None:
    """A password file and a user name replace those of the URL, and are shown as such."""
    target = read("redis://app:tops3cret@cache/0", username="other", password=Secret("hunter22"), safe_mode=True)
    assert target.login == Password(username="other", password=Secret("hunter22"))
    assert (target.safe_mode, target.declaration.shown) == (True, "redis://other:***@cache:6379/0")
    assert {"tops3cret", "hunter22"} <= {secret.reveal() for secret in target.secrets}


@pytest.mark.parametrize(
    "url", ["redis://app:tops3cret@cache/0", "redis://cache?password=tops3cret", "redis://:tops3cret@"]
)
def test_the_password_and_the_url_are_secrets(url: str) -> None:
    """The scrubber is told of both, also where the URL cannot be used."""
    assert {"tops3cret", url} <= {secret.reveal() for secret in read(url).secrets}


def test_no_password_no_secret() -> None:
    """A URL without one may be quoted."""
    assert read("redis://cache:6379/0").secrets == ()


@settings(deadline=None, max_examples=150)
@given(
    user=QUOTABLE,
    password=QUOTABLE.filter(bool),
    host=st.sampled_from(["cache.example.com", "10.0.0.7", "[2001:db8::1]"]),
    port=st.integers(1, 65535),
    db=st.integers(0, 10**9 - 1),
)
@example(user="", password="a/b?c#d%e@f:g[h i", host="cache", port=1, db=0)
@example(user="+", password="%2F", host="cache", port=65535, db=9)
def test_round_trip(user: str, password: str, host: str, port: int, db: int) -> None:
    """With everything quoted, whatever went in comes out, there is no mistake, and both clients agree."""
    url = f"rediss://{quote(user, safe='')}:{quote(password, safe='')}@{host}:{port}/{db}"
    target = read(url)
    assert target.login == Password(username=user or None, password=Secret(password))
    assert target.endpoints == (Endpoint(host=host.strip("[]"), port=port),)
    assert (target.db, target.declaration.mistakes, target.declaration.clients) == (db, (), Disagreement())


@settings(deadline=None, max_examples=200)
@given(
    st.sampled_from(["redis://{}@cache:6380/1", "redis://app:{}@cache/2", "redis://cache/3?password={}", "redis://{}"]),
    st.text("ab:@%2F+&= \u00e4", max_size=12),
)
def test_reads_what_redis_py_reads(template: str, text: str) -> None:
    """Wherever a target can be dialled, redis-py's own `parse_url` finds the same in it."""
    url = template.format(text)
    target = read(url)
    if not target.endpoints or target.declaration.clients.refused_by.get("redis-py"):
        return
    theirs = parse_url(url)  # type: ignore[no-untyped-call]
    login = target.login
    assert (target.endpoints[0].host, target.endpoints[0].port, target.db) == (
        theirs.get("host", "localhost"),
        theirs.get("port", 6379),
        theirs.get("db", 0),
    )
    assert (login.username if login else None) == theirs.get("username")
    assert (login.password.reveal() if login else "") == theirs.get("password", "")


@pytest.mark.parametrize(
    ("url", "username", "shown"),
    [
        ("rediss://app@cache:6379/0", "app", "rediss://app@cache:6379/0"),
        ("rediss://a%40b@cache:6379/0", "a@b", "rediss://a%40b@cache:6379/0"),
        ("rediss://app:@cache:6379/0", "app", "rediss://app@cache:6379/0"),
        ("rediss://cache:6379/0", "", "rediss://cache:6379/0"),
        ("rediss://cache:6379/0?username=app", "app", "rediss://app@cache:6379/0"),
    ],
)
def test_an_identity(url: str, username: str, shown: str) -> None:
    """With workload identity a user without a password is the identity: shown, no secret, and no login of its own."""
    target = read(url, iam="aws")
    assert (target.iam, target.username, target.login) == ("aws", username, None)
    assert (target.declaration.shown, target.declaration.encoded) == (shown, shown)
    assert (target.secrets, target.declaration.clients.passwordless) == ((), False)


def test_an_identity_with_a_password() -> None:
    """It is taken as it is, a secret all the same, and for config.iam to refuse."""
    target = read("rediss://app:tops3cret@cache:6379/0", iam="azure")
    assert (target.username, target.login) == ("app", Password(username="app", password=Secret("tops3cret")))
    assert target.declaration.shown == "rediss://app:***@cache:6379/0"
    assert "3cret" not in visible(target)


@pytest.mark.parametrize("url", ["rediss://app@cache:6379/0", "rediss://app:@cache:6379/0"])
def test_without_workload_identity_nobody_shows_a_lone_user(url: str) -> None:
    """It is where people put the password that older Redis had alone."""
    target = read(url)
    assert (target.iam, target.username) == ("", "")
    assert target.declaration.shown == "rediss://:***@cache:6379/0"
    assert "app" in {secret.reveal() for secret in target.secrets}


@pytest.mark.parametrize("url", ["", "rediss://host:port", "rediss://:tops/3cret@cache"])
def test_a_url_that_is_none_keeps_its_provider(url: str) -> None:
    """Its settings are judged beside the mistake."""
    target = read(url, iam="gcp", safe_mode=True)
    assert (target.iam, target.username, target.safe_mode, target.endpoints) == ("gcp", "", True, ())


def test_both_clients_read_an_identity_alike() -> None:
    """LangSmith documents the form, `rediss://<iam-identity>@host:port`."""
    assert read("rediss://app@cache:6379/0", iam="aws").declaration.clients == Disagreement()


@pytest.mark.parametrize("url", ["redis://cache:6379/0", "redis://"])
@pytest.mark.parametrize("upgrade", [True, False])
def test_an_upgrade(url: str, upgrade: bool) -> None:
    """It is carried along, also where the URL is none."""
    assert read(url, upgrade=upgrade).upgrade is upgrade
