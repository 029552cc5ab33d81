"""What a wiring becomes: the target with its Secrets looked up, what wins, and what must never leave."""

from __future__ import annotations

from typing import Any, Final

import pytest
from msgspec.structs import replace

from preflight.chart.secrets import Reference, Secrets
from preflight.chart.wiring import Said, Wiring, resolved
from preflight.model.installation import Feature, Flaw, Purpose, SecretKey
from preflight.model.remedies import terms
from preflight.model.secret import Secret
from preflight.model.source import Answer
from preflight.model.target import Mode, Password, Pem, Surroundings, Target
from tests.model.shown import visible

URL: Final = "rediss://:tops3cret@cache.example.com:6379/0"
LIST: Final = '["redis://node-0:6379", "redis://node-1:6379"]'
CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY: Final = "-----BEGIN PRIVATE KEY-----\ntops3cret\n-----END PRIVATE KEY-----\n"

HELD: Final = {
    "redis": {"url": URL, "nodes": LIST, "password": "tops3cret", "plain": "redis://cache.example.com:6379/0"},
    "ca": {"ca.crt": CERTIFICATE},
    "client": {"tls.crt": CERTIFICATE, "tls.key": KEY},
}


class Cluster:
    """Stands in for a cluster that holds these; it remembers what it was asked for."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(self, name: str) -> Answer:
        self.asked.append(name)
        held = {"metadata": {"name": name}, "stringData": HELD[name]} if name in HELD else None
        return Answer(namespace="langsmith", manifest=held)


def held(secret: str, key: str) -> Reference:
    return Reference(secret=secret, key=key)


def said(text: str, place: str = "") -> Said:
    return Said(text=Secret(text), place=place)


FILES: Final[dict[str, Any]] = {
    "ca": held("ca", "ca.crt"),
    "client_cert": held("client", "tls.crt"),
    "client_key": held("client", "tls.key"),
}


def standalone(address: Said | Reference | None = None, **more: Any) -> Wiring:
    healthy = Wiring(name="langsmith", mode=Mode.STANDALONE, address=address or held("redis", "url"))
    return replace(healthy, **more)


def cluster(address: Said | Reference | None = None, **more: Any) -> Wiring:
    password = held("redis", "password")
    healthy = Wiring(name="langsmith", mode=Mode.CLUSTER, address=address or held("redis", "nodes"), password=password)
    return replace(healthy, **more)


def target_of(wiring: Wiring, secrets: Secrets | None = None, **around: Any) -> Target:
    return resolved(wiring, secrets or Secrets(fetch=Cluster()), Surroundings(**around))


def test_a_standalone_server() -> None:
    """All of it out of Secrets."""
    target = target_of(standalone(**FILES))
    assert (target.mode, [str(each) for each in target.endpoints]) == (Mode.STANDALONE, ["cache.example.com:6379"])
    assert target.login == Password(password=Secret("tops3cret"))
    assert target.tls
    assert target.tls.ca_file == Pem(text=Secret(CERTIFICATE), origin="key ca.crt of Secret ca")
    assert target.tls.client_cert == Pem(text=Secret(CERTIFICATE), origin="key tls.crt of Secret client")
    assert target.tls.client_key == Pem(text=Secret(KEY), origin="key tls.key of Secret client")
    keys = [(str(each), each.purpose, each.flaw) for each in target.keys]
    assert keys == [
        ("key url of Secret redis", Purpose.URL, None),
        ("key ca.crt of Secret ca", Purpose.CA, None),
        ("key tls.crt of Secret client", Purpose.CERTIFICATE, None),
        ("key tls.key of Secret client", Purpose.KEY, None),
    ]
    assert not target.withheld


def test_a_cluster() -> None:
    """The node list, the password that stands beside it, and TLS as the values say."""
    target = target_of(cluster(tls=False, safe_mode=True))
    assert [str(each) for each in target.endpoints] == ["node-0:6379", "node-1:6379"]
    assert target.login == Password(password=Secret("tops3cret"))
    assert (target.mode, target.tls, target.safe_mode) == (Mode.CLUSTER, None, True)


@pytest.mark.parametrize("wiring", [standalone(**FILES), cluster(**FILES)])
def test_what_must_never_leave(wiring: Wiring) -> None:
    """The URL with its password, the password, and the private key; none of it shows itself."""
    target = target_of(wiring)
    texts = {each.reveal() for each in target.secrets}
    assert {"tops3cret", KEY} <= texts
    assert (URL in texts) is (wiring.mode is Mode.STANDALONE)
    assert CERTIFICATE not in texts
    assert "tops3cret" not in visible(target) + repr(target)


def test_the_rest_of_the_wiring() -> None:
    """Who uses it, and whether it is switched on, is handed on as it is."""
    outdated = SecretKey(secret="langsmith-redis", key="connection_url", purpose=Purpose.URL, flaw=Flaw.OUTDATED)
    more: dict[str, Any] = {
        "name": "fleet", "feature": Feature.FLEET, "installation": "prod", "used_by": ("Deployment/x",),
        "switched_on": False,
    }  # fmt: skip
    target = target_of(standalone(said(URL), standing_by=outdated, **more))
    assert {name: getattr(target, name) for name in more} == more
    assert (target.keys, target.withheld, target.undeclared) == ((outdated,), False, False)


@pytest.mark.parametrize(
    ("wiring", "asked"),
    [
        (standalone(said(URL)), []),
        (standalone(), ["redis"]),
        (standalone(**FILES), ["redis", "ca", "client"]),
        (standalone(held("redis", "plain"), **FILES), ["redis"]),
        (standalone(said("redis://cache:6379/0"), **FILES), []),
        (standalone(held("gone", "url"), **FILES), ["gone"]),
        (cluster(), ["redis"]),
        (cluster(**FILES), ["redis", "ca", "client"]),
        (cluster(tls=False, **FILES), ["redis"]),
        (cluster(said(LIST), password=said("")), []),
    ],
)
def test_only_what_is_needed_is_asked_for(wiring: Wiring, asked: list[str]) -> None:
    """Each Secret once, also for several targets, and no certificates where TLS is off."""
    fetch = Cluster()
    secrets = Secrets(fetch=fetch)
    target_of(wiring, secrets)
    target_of(replace(wiring, name="another"), secrets)
    assert fetch.asked == asked


def test_files_of_the_command_line_win() -> None:
    """And the Secrets that they stand in for are not asked for."""
    fetch = Cluster()
    given = {"ca_file": "/mine.pem", "client_cert": "/mine.crt", "client_key": "/mine.key"}
    target = target_of(standalone(**FILES), Secrets(fetch=fetch), **given)
    assert target.tls
    assert (target.tls.ca_file, target.tls.client_cert, target.tls.client_key) == tuple(given.values())
    assert fetch.asked == ["redis"]
    assert [each.key for each in target.keys] == ["url"]


def test_one_file_of_the_command_line_is_one_file() -> None:
    """The others still come from their Secrets."""
    target = target_of(standalone(**FILES), ca_file="/mine.pem")
    assert target.tls
    assert (target.tls.ca_file, str(target.tls.client_key)) == ("/mine.pem", "key tls.key of Secret client")
    assert [each.key for each in target.keys] == ["url", "tls.crt", "tls.key"]


def test_settings_of_the_command_line_win() -> None:
    """Where a source lets them through: an environment does."""
    target = target_of(cluster(tls=False), tls=True, username="app", password=Secret("another"), safe_mode=True)
    assert target.login == Password(username="app", password=Secret("another"))
    assert (target.tls is not None, target.safe_mode) == (True, True)
    assert Secret("another") in target.secrets
    assert target_of(cluster(tls=True), tls=False).tls is None


@pytest.mark.parametrize(
    ("wiring", "shown"),
    [
        (standalone(held("gone", "url")), "(key url of Secret gone)"),
        (standalone(held("redis", "gone")), "(key gone of Secret redis)"),
        (cluster(held("gone", "nodes")), "(key nodes of Secret gone)"),
    ],
)
def test_an_address_that_no_secret_gives(wiring: Wiring, shown: str) -> None:
    """There is nothing to dial, and it is named by its place and not called empty."""
    target = target_of(wiring)
    assert (target.withheld, target.undeclared, target.endpoints) == (True, True, ())
    assert (target.declaration.shown, target.declaration.mistakes) == (shown, ())


@pytest.mark.parametrize(
    "more",
    [{"ca": held("gone", "x")}, {"client_cert": held("gone", "x")}, {"client_key": held("client", "gone")}],
)
def test_a_file_that_no_secret_gives(more: dict[str, Any]) -> None:
    """Nothing is dialled without it, and what the URL says is still known."""
    target = target_of(standalone(**more))
    assert (target.withheld, target.undeclared) == (True, False)
    assert [str(each) for each in target.endpoints] == ["cache.example.com:6379"]


def test_a_password_that_no_secret_gives() -> None:
    target = target_of(cluster(password=held("redis", "gone")))
    assert (target.withheld, target.undeclared, target.login) == (True, False, None)
    assert [each.flaw for each in target.keys] == [None, Flaw.KEY_MISSING]


URL_VALUE: Final = "redis.external.connectionUrl"
RENDERED: Final = [{"metadata": {"name": "langsmith-redis"}, "stringData": {"url": URL, "nodes": LIST, "password": ""}}]


@pytest.mark.parametrize(
    ("wiring", "address", "password", "inline"),
    [
        (standalone(said(URL)), URL_VALUE, URL_VALUE, True),
        (standalone(said(URL, "REDIS_DATABASE_URI")), "REDIS_DATABASE_URI", "REDIS_DATABASE_URI", False),
        (standalone(), "key url of Secret redis", "key url of Secret redis", False),
        (standalone(held("langsmith-redis", "url")), URL_VALUE, URL_VALUE, True),
        (standalone(held("gone", "url")), "key url of Secret gone", "key url of Secret gone", False),
        (cluster(), "key nodes of Secret redis", "key password of Secret redis", False),
        (
            cluster(said(LIST), password=said("")),
            "redis.external.cluster.nodeUris",
            "redis.external.cluster.password",
            True,
        ),
        (
            cluster(held("langsmith-redis", "nodes"), password=held("langsmith-redis", "password")),
            "redis.external.cluster.nodeUris",
            "redis.external.cluster.password",
            True,
        ),
        (
            cluster(said(LIST, "REDIS_CLUSTER_DATABASE_URIS"), password=said("", "REDIS_CLUSTER_PASSWORD")),
            "REDIS_CLUSTER_DATABASE_URIS",
            "REDIS_CLUSTER_PASSWORD",
            False,
        ),
        (
            standalone(said(URL), feature=Feature.FLEET),
            "fleet.redis.external.connectionUrl",
            "fleet.redis.external.connectionUrl",
            True,
        ),
        (standalone(feature=Feature.POLLY), "key url of Secret redis", "key url of Secret redis", False),
    ],
)  # fmt: skip
def test_where_a_remedy_sends_people(wiring: Wiring, address: str, password: str, inline: bool) -> None:
    """To the values where these say it, also by the Secret that the chart makes of them; else to the Secret's key."""
    target = target_of(wiring, Secrets(fetch=Cluster(), rendered=RENDERED))
    assert (terms(target)["address"], terms(target)["password"]) == (address, password)
    assert target.place.inline is inline


def test_what_the_chart_renders_is_no_secret_of_the_user() -> None:
    """A change of it is a change of the values: it is not listed among the keys."""
    target = target_of(standalone(held("langsmith-redis", "url")), Secrets(rendered=RENDERED))
    assert (target.keys, len(target.endpoints)) == ((), 1)


@pytest.mark.parametrize("text", ["", f"{URL}\n", LIST])
def test_what_the_chart_renders_can_be_wrong(text: str) -> None:
    """Then the connection string has a mistake, as it has where the same text stands in the values."""
    rendered = [{"metadata": {"name": "langsmith-redis"}, "stringData": {"url": text}}]
    target = target_of(standalone(held("langsmith-redis", "url")), Secrets(rendered=rendered))
    assert target.declaration.fatal or target.undeclared


@pytest.mark.parametrize(
    ("url", "username", "login", "shown"),
    [
        ("rediss://app@cache:6379/0", "app", None, "rediss://app@cache:6379/0"),
        ("rediss://cache:6379/0", "", None, "rediss://cache:6379/0"),
        (
            "rediss://app:tops3cret@cache:6379/0",
            "app",
            Password(username="app", password=Secret("tops3cret")),
            "rediss://app:***@cache:6379/0",
        ),
        (
            "rediss://:tops3cret@cache:6379/0",
            "",
            Password(password=Secret("tops3cret")),
            "rediss://:***@cache:6379/0",
        ),
    ],
)
def test_workload_identity(url: str, username: str, login: Password | None, shown: str) -> None:
    """The user name is the identity and no secret; a password beside it stays, to be found fault with."""
    target = target_of(standalone(said(url), iam="aws"))
    assert (target.iam, target.username, target.declaration.shown) == ("aws", username, shown)
    assert (target.login and (target.login.username or None, target.login.password)) == (
        login and (login.username, login.password)
    )
    assert Secret("app") not in target.secrets
    assert (Secret("tops3cret") in target.secrets) is bool(login)


def test_a_lone_user_without_workload_identity_is_a_secret() -> None:
    """It is where people put the password that older Redis had alone."""
    target = target_of(standalone(said("rediss://tops3cret@cache:6379/0")))
    assert Secret("tops3cret") in target.secrets
    assert "tops3cret" not in target.declaration.shown
