"""Users whose ACL lacks something: it is the one root, and the printed `ACL SETUSER` line is all that it takes."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from preflight import Finding, Report, Secret, Surroundings, check
from preflight.model.finding import Outcome
from tests.integration.played import assert_left_alone
from tests.integration.verdicts import QUICK, finding, told
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.process import Server

PASSWORD = "app-password"
ROOMY = ("maxmemory 8gb",)
PATIENT = (*ROOMY, "cluster-node-timeout 15000")
OLD, NEW = "redis-6.2", ("redis-7.0", "redis-8.2", "valkey-8.1", "valkey-9.1")
"""Without and with ACL DRYRUN."""

ASKED, TRIED = "+acl|dryrun +acl|whoami", "-acl"
"""How the same denial becomes known."""

WRITING = "+setex +set +expire +rpush +lrem +zadd +zrem +zremrangebyscore +blmove +del"
READING = "+get +mget +exists +scan +llen +lrange +zcard +zscore +zrange +zrangebyscore"
OTHERS = "+info +multi +exec +script|load +evalsha +publish +subscribe +psubscribe +punsubscribe"

USERS = {
    "nothing": ("-@all +ping", f"{WRITING} {READING} {OTHERS} ~* &*"),
    "nodanger": ("~* &* +@all -@dangerous", "+info"),
    "nochannels": ("~* resetchannels +@all", "&*"),
    "otherkeys": ("~other:* &* +@all", "~*"),
    "reader": ("~* +@read +@connection", f"{WRITING} {OTHERS} &*"),
    "noscripting": ("~* &* +@all -@scripting", "+script|load +evalsha"),
    "nomulti": ("~* &* +@all -multi", "+multi"),
    "noblmove": ("~* &* +@all -blmove", "+blmove"),
    "nodel": ("~* &* +@all -del", "+del"),
    "several": ("~other:* resetchannels &other +@all -@dangerous -blmove", "+info +blmove ~* &*"),
}
"""The rules of each, and what it lacks."""

NEVER = -1
"""What TTL says of a key that does not expire."""

AFTER = {"+get", "+exec", "+evalsha", "+publish"}
"""Sent right behind another command: where that one is denied, trying does not tell whether these are."""

_LINE = re.compile(r"`(ACL SETUSER [^`]*)`")

CASES = [
    pytest.param(key, way, user, id=f"{key}-{'asked' if way is ASKED else 'tried'}-{user}")
    for key in (OLD, *NEW)
    for way in ((TRIED,) if key == OLD else (ASKED, TRIED))
    for user in USERS
]
EVERY = pytest.mark.parametrize(("key", "way", "user"), CASES)


@contextmanager
def _user(server: Server, name: str, rules: str) -> Iterator[None]:
    with server.client() as client:
        client.flushall()
        client.execute_command("ACL", "SETUSER", name, "reset", "on", f">{PASSWORD}", *rules.split())
        yield
        client.execute_command("ACL", "DELUSER", name)


def _apply(line: str, *servers: Server) -> None:
    for server in servers:
        with server.client() as client:
            client.execute_command(*line.split())


def _checked(server: Server, user: str) -> Report:
    return check(server.url(user=user, password=PASSWORD, database=0), limits=QUICK)


def _denied(report: Report) -> Finding:
    """The one failure; whatever is blocked is so by it, and nothing but the version of Valkey 9 warns."""
    assert told(report, Outcome.FAIL) == ["auth.permissions"]
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} == {"auth.permissions"}
    assert told(report, Outcome.ERROR) == []
    assert {each.id for each in report.findings if each.outcome is Outcome.WARN} <= {"server.version"}
    return finding(report, "auth.permissions")


def _line(report: Report) -> str:
    [line] = _LINE.findall(_denied(report).verdict.remedy or "")
    return str(line)


def _assert_open(report: Report) -> None:
    assert told(report, Outcome.FAIL) + told(report, Outcome.BLOCKED) + told(report, Outcome.ERROR) == []
    assert finding(report, "commands.blocking").outcome is Outcome.PASS


@EVERY
def test_what_is_lacking_is_named(server_pool: ServerPool, key: str, way: str, user: str) -> None:
    """One line gives exactly what the user lacks; by trying it may give what stands behind that, too."""
    server, (rules, lacking) = server_pool.get(key, config=ROOMY), USERS[user]
    wanted = set(lacking.split()) - ({"&*"} if key == OLD and "resetchannels" not in rules else set())
    with _user(server, user, f"{rules} {way}"):
        line = _line(_checked(server, user))
    *command, name, rest = line.split(maxsplit=3)
    given = rest.split()
    assert (command, name) == (["ACL", "SETUSER"], user)
    assert len(given) == len(set(given))
    assert wanted <= set(given) <= (wanted if way is ASKED else wanted | AFTER)


@EVERY
def test_the_line_is_a_cure(server_pool: ServerPool, key: str, way: str, user: str) -> None:
    """Run on the server as it is printed, it lets the next run pass, which leaves nothing behind."""
    server, (rules, _) = server_pool.get(key, config=ROOMY), USERS[user]
    with _user(server, user, f"{rules} {way}"):
        line = _line(_checked(server, user))
        _swept(server)
        _apply(line, server)
        _assert_open(_checked(server, user))
    assert_left_alone(server, set())


@EVERY
def test_nothing_is_left(server_pool: ServerPool, key: str, way: str, user: str) -> None:
    """Whatever is denied, no subscription and no connection of ours stays, and no key that could be deleted."""
    server, (rules, _) = server_pool.get(key, config=ROOMY), USERS[user]
    with _user(server, user, f"{rules} {way}"):
        _checked(server, user)
    left = _swept(server)
    assert NEVER not in left.values() if user == "nodel" else not left
    assert_left_alone(server, set())


def _swept(server: Server) -> dict[str, int]:
    """The keys that are left, and their seconds to live; then there are none."""
    with server.client() as client:
        left = {key: client.ttl(key) for key in client.scan_iter()}
        client.flushall()
    return left


@pytest.mark.parametrize("denied", ["-del -expire", "-@keyspace", "-del -lrem"])
@pytest.mark.parametrize("key", [OLD, "redis-7.0"])
def test_what_cannot_be_deleted_expires(server_pool: ServerPool, key: str, denied: str) -> None:
    """No key of ours is on the server for ever, whatever else is denied beside DEL."""
    server = server_pool.get(key, config=ROOMY)
    with _user(server, "keeper", f"~* &* +@all {denied}"):
        _denied(_checked(server, "keeper"))
    assert {name: life for name, life in _swept(server).items() if life == NEVER} == {}


COMBINED = {
    "get": "~other:* &* +@all -get",
    "exec": "~other:* &* +@all -exec",
    "publish": "~* resetchannels +@all -publish -psubscribe",
    "evalsha": "~* &* +@all -@scripting -@transaction -@pubsub",
    "last": "~other:* resetchannels +@all -get -exec -punsubscribe -@scripting -publish",
}
"""One denial stands before another."""


@pytest.mark.parametrize("user", COMBINED)
@pytest.mark.parametrize("key", [OLD, "redis-8.2"])
def test_a_few_lines_at_most(server_pool: ServerPool, key: str, user: str) -> None:
    """By trying, a denial can hide another one of the same step, which the next run tells."""
    _cure(server_pool.get(key, config=ROOMY), user, TRIED, rounds=3 if user == "last" else 2)


@pytest.mark.parametrize("user", COMBINED)
def test_one_line(server_pool: ServerPool, user: str) -> None:
    """Where each command is asked for, nothing hides."""
    _cure(server_pool.get("redis-7.0", config=ROOMY), user, ASKED, rounds=1)


def _cure(server: Server, user: str, way: str, rounds: int) -> None:
    with _user(server, user, f"{COMBINED[user]} {way}"):
        for _ in range(rounds):
            if told(report := _checked(server, user), Outcome.FAIL):
                _apply(_line(report), server)
        _assert_open(_checked(server, user))
    assert_left_alone(server, set())


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("key", NEW)
def test_both_ways_agree(server_pool: ServerPool, key: str, user: str) -> None:
    """By ACL DRYRUN and by trying, each check has the same outcome."""
    server, (rules, _) = server_pool.get(key, config=ROOMY), USERS[user]
    verdicts = []
    for way in (ASKED, TRIED):
        with _user(server, user, f"{rules} {way}"):
            report = _checked(server, user)
        verdicts.append([(each.id, each.outcome) for each in report.findings if each.id != "auth.user"])
        _swept(server)
    assert verdicts[0] == verdicts[1]


@pytest.mark.parametrize("key", [OLD, *NEW])
@pytest.mark.parametrize("lack", ["-@admin", "-ping", "-time", "-cluster", "-config", "-acl", "-client", "-hello"])
def test_a_user_without_what_only_we_send(server_pool: ServerPool, key: str, lack: str) -> None:
    """ACL DRYRUN, PING, TIME, CLUSTER and the like are ours, not LangSmith's: to be denied them is no failure."""
    server = server_pool.get(key, config=ROOMY)
    with _user(server, "curious", f"~* &* +@all {lack}"):
        _assert_open(_checked(server, "curious"))
    assert_left_alone(server, set())


IN_CLUSTER = {
    "nodanger": ("~* &* +@all -@dangerous", "+info"),
    "nochannels": ("~* resetchannels +@all", "&*"),
    "nocluster": ("~* &* +@all -cluster", "+cluster|slots"),
}


@pytest.mark.parametrize("user", IN_CLUSTER)
@pytest.mark.parametrize("key", [OLD, "redis-7.0", "valkey-8.1"])
def test_a_user_of_a_cluster(cluster_pool: ClusterPool, key: str, user: str) -> None:
    """Every node has users of its own: the line is for all of them, and then the run passes."""
    nodes, (rules, lacking) = cluster_pool.get(key, config=PATIENT).nodes, IN_CLUSTER[user]
    with ExitStack() as stack:
        for node in nodes:
            stack.enter_context(_user(node, user, rules))
        report = _of_cluster(nodes[0], user)
        # To Redis 6 all of CLUSTER is dangerous.
        also = " +cluster|slots" if (key, user) == (OLD, "nodanger") else ""
        assert _line(report) == f"ACL SETUSER {user} {lacking}{also}"
        assert (_denied(report).verdict.remedy or "").startswith("On every node: ")
        _apply(_line(report), *nodes)
        _assert_open(_of_cluster(nodes[0], user))


def test_a_user_of_one_node(cluster_pool: ClusterPool) -> None:
    """Where one node differs from the others, the line is for that one."""
    nodes = cluster_pool.get("redis-7.0", config=PATIENT).nodes
    with ExitStack() as stack:
        for node in nodes:
            stack.enter_context(_user(node, "patchy", "~* &* +@all" + (" -evalsha" if node is nodes[2] else "")))
        report = _of_cluster(nodes[0], "patchy")
        assert (_denied(report).verdict.remedy or "").startswith(f"On {nodes[2].host}:{nodes[2].port}: ")
        _apply(_line(report), nodes[2])
        _assert_open(_of_cluster(nodes[0], "patchy"))


def _of_cluster(seed: Server, user: str) -> Report:
    around = Surroundings(tls=False, username=user, password=Secret(PASSWORD))
    return check([f"redis://{seed.host}:{seed.port}"], around=around, limits=QUICK)
