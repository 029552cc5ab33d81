"""Who we are and what the ACL lets us do: by DRYRUN where it is, by name where not, and nothing before Redis 6."""

import pytest

from preflight.model.facts import Product, Reply, Server
from preflight.model.rehearsal import Rights
from preflight.model.required import HARMLESS, REHEARSED, title
from preflight.probes.keys import tag_of
from preflight.probes.rights import asking, rights_of
from preflight.probes.server import identify
from preflight.probes.wire import Command, Wire
from tests.probes.test_wire import over
from tests.servers.catalogue import RELEASES
from tests.servers.fixtures import ServerPool
from tests.servers.loopback import Dialable

TAG = tag_of("0123456789ab")
COMMANDS = {title(words) for words in (*HARMLESS, *REHEARSED)} | {"BLMOVE"}
WITH_DRY_RUN = [key for key in RELEASES if key not in {"redis-3.2", "redis-5.0", "redis-6.2"}]
WITHOUT_USERS = ["redis-3.2", "redis-5.0"]


def _seen(to: Dialable, user: str = "default") -> tuple[tuple[Command, ...], Rights]:
    async def talk(wire: Wire) -> tuple[tuple[Command, ...], Rights]:
        server = await identify(wire, 0)
        commands = asking(server, user, TAG)
        return commands, rights_of(server, TAG, await wire.ask(*commands))

    return over(to, talk)


@pytest.mark.parametrize("key", WITHOUT_USERS)
def test_nothing_is_asked_before_there_were_users(server_pool: ServerPool, key: str) -> None:
    """And nothing is claimed of them."""
    assert _seen(server_pool.get(key)) == ((), Rights())


def test_before_dry_run_only_the_name_is_asked_for(server_pool: ServerPool) -> None:
    """What Redis 6.2 lets us do is found by trying."""
    assert _seen(server_pool.get("redis-6.2")) == ((("ACL", "WHOAMI"),), Rights(user="default"))


@pytest.mark.parametrize("key", WITH_DRY_RUN)
def test_nothing_is_denied_to_whom_all_is_allowed(server_pool: ServerPool, key: str) -> None:
    """Every command is asked about once, with arguments that its own server takes."""
    commands, rights = _seen(server_pool.get(key))
    assert rights == Rights(user="default", dry_run=True)
    asked = [title(tuple(map(str, words[3:]))) for words in commands[1:]]
    assert sorted(asked) == sorted(COMMANDS)


@pytest.mark.parametrize("key", WITH_DRY_RUN)
@pytest.mark.parametrize(
    ("rules", "denied", "words"),
    [
        ("~* &* +@all -eval -evalsha -script", {"EVALSHA", "SCRIPT LOAD"}, "no permissions to run the"),
        ("~* &* +@all -blmove", {"BLMOVE"}, "no permissions to run the 'blmove' command"),
        ("~* &* +@all -info", {"INFO"}, "no permissions to run the 'info' command"),
        ("~* resetchannels +@all", {"PUBLISH", "SUBSCRIBE", "PSUBSCRIBE"}, "channel"),
    ],
    ids=["no scripts", "no blmove", "no info", "no channels"],
)
def test_what_is_denied(server_pool: ServerPool, key: str, rules: str, denied: set[str], words: str) -> None:
    """By name, in the server's own words."""
    server = server_pool.get(key, users=(f"default on nopass {rules}",))
    _, rights = _seen(server)
    assert (rights.user, rights.dry_run, rights.unnamed) == ("default", True, Reply())
    assert set(rights.denied) == denied
    assert all(words in said for said in rights.denied.values())


@pytest.mark.parametrize("key", WITH_DRY_RUN)
def test_keys_of_another_prefix(server_pool: ServerPool, key: str) -> None:
    """It is our keys that are asked about: every command with a key is denied, and no other."""
    server = server_pool.get(key, users=("default on nopass ~app:* &* +@all",))
    _, rights = _seen(server)
    keyless = {"INFO", "SCAN", "MULTI", "EXEC", "SCRIPT LOAD", "PUBLISH", "SUBSCRIBE", "PSUBSCRIBE", "PUNSUBSCRIBE"}
    assert set(rights.denied) == COMMANDS - keyless
    assert all("key" in said for said in rights.denied.values())


@pytest.mark.parametrize("key", WITH_DRY_RUN)
def test_who_may_only_read(server_pool: ServerPool, key: str) -> None:
    """Every command that writes is denied, and those that read are not."""
    server = server_pool.get(key, users=("default on nopass %R~* &* +@all",))
    _, rights = _seen(server)
    assert {"SET", "RPUSH", "ZADD", "EXPIRE", "BLMOVE", "LREM"} <= set(rights.denied)
    assert set(rights.denied).isdisjoint({"GET", "MGET", "EXISTS", "LLEN", "LRANGE", "ZCARD", "ZRANGE", "INFO"})


@pytest.mark.parametrize("key", WITH_DRY_RUN)
@pytest.mark.parametrize("category", ["@admin", "@dangerous"])
def test_dry_run_is_not_permitted(server_pool: ServerPool, key: str, category: str) -> None:
    """It is for administrators: then nothing is known to be denied, and that nothing is known is said."""
    server = server_pool.get(key, users=(f"default on nopass ~* &* +@all -{category} +info",))
    _, rights = _seen(server)
    assert rights == Rights(user="default", dry_run=False)


@pytest.mark.parametrize("key", [key for key in RELEASES if key not in WITHOUT_USERS])
def test_not_even_the_name_is_told(server_pool: ServerPool, key: str) -> None:
    """The refusal is kept."""
    server = server_pool.get(key, users=("default on nopass ~* &* +@all -acl",))
    _, rights = _seen(server)
    assert (rights.user, rights.unnamed.code, rights.dry_run, rights.denied) == ("", "NOPERM", False, {})


def test_nothing_is_done_by_asking(server_pool: ServerPool) -> None:
    """No key is written, and the server's log of refusals stays empty."""
    server = server_pool.get("redis-7.0", users=("default on nopass ~* &* +@all -rpush",))
    with server.client() as client:
        client.acl_log_reset()
        _seen(server)
        assert client.keys() == []
        assert client.acl_log() == []


@pytest.mark.parametrize(
    ("product", "version", "asked"),
    [
        (Product.REDIS, (), 0),
        (Product.UNKNOWN, (), 0),
        (Product.REDIS, (5, 0, 14), 0),
        (Product.REDIS, (6,), 1),
        (Product.REDIS, (6, 2, 14), 1),
        (Product.REDIS, (7,), 30),
        (Product.REDIS, (10, 1), 30),
        (Product.REDIS_ENTERPRISE, (7, 4, 0), 30),
        (Product.VALKEY, (8, 1, 3), 30),
        (Product.VALKEY, (), 0),
        (Product.KEYDB, (6, 3, 4), 0),
        (Product.DRAGONFLY, (1, 25, 1), 0),
        (Product.GARNET, (1, 0, 65), 0),
    ],
    ids=str,
)
def test_how_much_is_asked(product: Product, version: tuple[int, ...], asked: int) -> None:
    """By the version, where it is one of Redis."""
    assert len(asking(Server(product=product, version=version), "default", TAG)) == asked


def test_a_user_that_the_server_does_not_know(server_pool: ServerPool) -> None:
    """DRYRUN for it is an error, and no denial of each command."""
    _, rights = _seen(server_pool.get("redis-7.0"), user="nobody")
    assert (rights.dry_run, rights.denied) == (False, {})


def test_words_in_any_bytes() -> None:
    """What the server says is shown, whatever it is."""
    server = Server(product=Product.REDIS, version=(7,))
    rights = rights_of(server, TAG, [b"na\xffme", b"no \xff", *[b"OK"] * 28])
    assert rights == Rights(user="na\ufffdme", dry_run=True, denied={"SETEX": "no \ufffd"})
