"""AUTH with a token: every refusal by its cause, nothing tried beside it, and the second one on the same connection."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from preflight.engine import assess, owner
from preflight.model.evidence import Cause, Failed, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Session
from preflight.model.finding import Outcome
from preflight.model.identity import Provider
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.target import Password, Plan, Surroundings
from preflight.model.token import LONGEST, Renewal
from preflight.probes.auth import present, renew
from preflight.probes.gather import gather
from preflight.probes.observe import observe
from preflight.probes.wire import Wire
from preflight.run import catalogue
from preflight.uri.cluster import target_from_nodes
from tests.checks.facts import evidence
from tests.clouds.environment import enter, hermetic
from tests.clouds.gcp import KEY_TOKEN, Google, google
from tests.clouds.http import DROPPED
from tests.servers.catalogue import RELEASES
from tests.servers.fixtures import ServerPool
from tests.servers.gatekeeper import gatekeeper
from tests.servers.loopback import Dialable
from tests.servers.process import Server
from tests.servers.scripted import scripted_server

TOKEN = Password(username="app", password=Secret("the-first-token"))
NEXT = Password(username="app", password=Secret("the-next-token"))
WRONGPASS = "WRONGPASS invalid username-password pair or user is disabled."
REFUSED = {
    "aws": Cause.AWS_TOKEN_REFUSED,
    "gcp": Cause.GCP_TOKEN_REFUSED,
    "azure": Cause.AZURE_TOKEN_REFUSED,
}
LIMIT = 2.0

Talk = Callable[[Wire], Any]


def over(to: Dialable, talk: Talk, limit: float = LIMIT) -> Observed[Any]:
    """What became of it, as a climb records it."""

    async def run() -> Observed[Any]:
        wire = Wire(*await asyncio.open_connection(to.host, to.port))
        await wire.open()
        try:
            return await observe(Stage.AUTH, limit, talk(wire))
        finally:
            await wire.close()

    return asyncio.run(run())


def presented(to: Dialable, login: Password = TOKEN, provider: str = "aws") -> Observed[Session]:
    return over(to, lambda wire: present(wire, login, provider))


def renewed(to: Dialable, *, fresh: bool = True) -> Observed[Renewal]:
    return over(to, lambda wire: renew(wire, NEXT, fresh=fresh))


def answering(text: str) -> Callable[[list[bytes]], bytes]:
    return lambda _: f"-{text}\r\n".encode()


@pytest.mark.parametrize("user", ["app", "default", "11111111-2222-3333-4444-555555555555"])
def test_let_in(user: str) -> None:
    """One AUTH, with the user and the token, and nothing before it: Redis 8.2 would then lose its refusal."""
    with scripted_server(lambda _: b"+OK\r\n") as script:
        seen = presented(script, Password(username=user, password=Secret("tok en\r\n")))
    assert isinstance(seen, Seen)
    assert seen.fact == Session(username=user, password=True)
    assert script.commands == [[b"AUTH", user.encode(), b"tok en\r\n"]]


def test_without_a_user() -> None:
    """A token that names nobody is the default user's."""
    with scripted_server(lambda _: b"+OK\r\n") as script:
        seen = presented(script, Password(username="", password=Secret("token")))
    assert isinstance(seen, Seen)
    assert (seen.fact, script.commands) == (Session(username="default", password=True), [[b"AUTH", b"token"]])


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize(
    "text",
    [
        WRONGPASS,
        "WRONGPASS invalid username-password pair",
        "WRONGPASS in other words",
        "ERR invalid password",
        "NOAUTH Authentication required.",
    ],
)
def test_refused(provider: str, text: str) -> None:
    """Every version's word for it; the cause is the provider's, and the words are the evidence."""
    with scripted_server(answering(text)) as script:
        seen = presented(script, provider=provider)
    assert isinstance(seen, Failed)
    assert (seen.stage, seen.cause, seen.message) == (Stage.AUTH, REFUSED[provider], text)


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("ERR wrong number of arguments for 'auth' command", Cause.TOKENS_UNSUPPORTED),
        ("ERR Client sent AUTH, but no password is set", Cause.TOKEN_UNEXPECTED),
        (
            (
                "ERR AUTH <password> called without any password configured for the default user. Are you sure your "
                "configuration is correct?"
            ),
            Cause.TOKEN_UNEXPECTED,
        ),
        (
            "ERR (ERR_IAM_EXHAUSTED) Memorystore IAM authentication backend quota exceeded.",
            Cause.IAM_BACKEND_BUSY,
        ),
        ("ERR (ERR_IAM_OTHER) Memorystore IAM authentication backend error.", Cause.IAM_BACKEND_BUSY),
        ("ERR max number of clients reached", Cause.TOO_MANY_CLIENTS),
        ("LOADING Redis is loading the dataset in memory", Cause.LOADING),
        ("LOADING Valkey is loading the dataset in memory", Cause.LOADING),
        ("DENIED Redis is running in protected mode because protected mode is enabled.", Cause.PROTECTED_MODE),
        ("ERR unknown command `AUTH`, with args beginning with: ", Cause.SERVER_ERROR),
        ("NOPERM this user has no permissions to run the 'auth' command", Cause.SERVER_ERROR),
        ("ERR Protocol error: unauthenticated bulk length", Cause.SERVER_ERROR),
    ],
)
def test_other_reasons(provider: str, text: str, cause: Cause) -> None:
    """What is no word on the token is none of the provider's refusals, and each belongs to the same check."""
    with scripted_server(answering(text)) as script:
        seen = presented(script, provider=provider)
    assert isinstance(seen, Failed)
    assert (seen.cause, owner(seen, catalogue())) == (cause, "auth.accepted")


@pytest.mark.parametrize(
    "text", [WRONGPASS, "ERR invalid password", "ERR wrong number of arguments for 'auth' command"]
)
def test_nothing_is_tried_with_a_token_that_was_refused(text: str) -> None:
    """It is not the default user's password, and nobody is looked up: one AUTH, and no more."""
    with scripted_server(answering(text)) as script:
        presented(script)
    assert script.commands == [[b"AUTH", b"app", b"the-first-token"]]


@pytest.mark.parametrize(
    ("reply", "cause"), [(None, Cause.CLOSED), (b"", Cause.SILENT), (b"HTTP/1.1 400 No\r\n\r\n", Cause.NOT_REDIS)]
)
def test_no_answer(reply: bytes | None, cause: Cause) -> None:
    """A connection that is closed, silence, and what is no Redis."""
    with scripted_server(lambda _: reply) as script:
        seen = over(script, lambda wire: present(wire, TOKEN, "aws"), limit=0.2)
    assert isinstance(seen, Failed)
    assert seen.cause is cause


WITH_USERS = [key for key, release in RELEASES.items() if release.has_acl]
WITHOUT_USERS = [key for key in RELEASES if key not in WITH_USERS]
LONGEST_TOKEN = "x" * LONGEST
USERS = (f"app on >{LONGEST_TOKEN} ~* +@all", "gone off >gone-secret ~* +@all")
WRONG = [("app", "x"), ("gone", "gone-secret"), ("nobody", LONGEST_TOKEN)]
"""A token of another, a user that is disabled, and one that does not exist."""


@pytest.mark.parametrize("key", WITH_USERS)
def test_real_servers_with_users(server_pool: ServerPool, key: str) -> None:
    """They take the longest token there is, and say no more than WRONGPASS of any that is wrong."""
    server = server_pool.get(key, password="secret", users=USERS)
    assert isinstance(presented(server, Password(username="app", password=Secret(LONGEST_TOKEN))), Seen)
    for user, text in WRONG:
        lost = presented(server, Password(username=user, password=Secret(text)))
        assert isinstance(lost, Failed)
        assert (lost.cause, lost.message.partition(" ")[0]) == (Cause.AWS_TOKEN_REFUSED, "WRONGPASS")


@pytest.mark.parametrize("key", WITH_USERS)
def test_an_open_default_user_beside_others(server_pool: ServerPool, key: str) -> None:
    """ElastiCache puts one into every group of users unless it is replaced: that says nothing of the token's user."""
    server = server_pool.get(key, users=USERS)
    for user, text in WRONG:
        lost = presented(server, Password(username=user, password=Secret(text)))
        assert isinstance(lost, Failed)
        assert lost.cause is Cause.AWS_TOKEN_REFUSED


@pytest.mark.parametrize("key", WITHOUT_USERS)
@pytest.mark.parametrize("password", [None, "secret"])
def test_real_servers_without_users(server_pool: ServerPool, key: str, password: str | None) -> None:
    """Redis 5 takes no user, whether it has a password or not."""
    server = server_pool.get(key, password=password) if password else server_pool.get(key)
    seen = presented(server)
    assert isinstance(seen, Failed)
    assert seen.cause is Cause.TOKENS_UNSUPPORTED


@pytest.mark.parametrize("key", WITH_USERS)
def test_a_server_that_asks_for_no_login(server_pool: ServerPool, key: str) -> None:
    """Google's user is `default`: where that is open, it takes any token, LangSmith's too."""
    seen = presented(server_pool.get(key), Password(username="default", password=Secret("any")), "gcp")
    assert isinstance(seen, Seen)


@pytest.mark.parametrize("fresh", [True, False])
def test_renewed(fresh: bool) -> None:
    """A second AUTH and a command after it; whether it was another token is the caller's to know."""
    with scripted_server(lambda _: b"+OK\r\n") as script:
        seen = renewed(script, fresh=fresh)
    assert isinstance(seen, Seen)
    assert seen.fact == Renewal(fresh=fresh)
    assert script.commands == [[b"AUTH", b"app", b"the-next-token"], [b"PING"]]


@pytest.mark.parametrize(
    "text",
    [
        WRONGPASS,
        "ERR AUTH is not allowed here",
        "NOAUTH Authentication required.",
        "NOPERM no AUTH",
        "ERR (ERR_IAM_OTHER)",
    ],
)
def test_renewal_refused(text: str) -> None:
    """Whatever the words, which are the evidence."""
    with scripted_server(lambda command: answering(text)(command) if command[0] == b"AUTH" else b"+PONG\r\n") as script:
        seen = renewed(script)
    assert isinstance(seen, Failed)
    assert (seen.stage, seen.cause, seen.message) == (Stage.AUTH, Cause.RENEWAL_REFUSED, text)


def test_renewal_that_locks_out() -> None:
    """The second token is taken, and then nobody is logged in any more."""
    with scripted_server(
        lambda command: b"+OK\r\n" if command[0] == b"AUTH" else b"-NOAUTH Authentication required.\r\n"
    ) as script:
        seen = renewed(script)
    assert isinstance(seen, Failed)
    assert (seen.cause, seen.message) == (Cause.RENEWAL_REFUSED, "NOAUTH Authentication required.")


def test_renewal_by_a_user_who_may_not_ping() -> None:
    """An ACL that denies PING comes from a server that has taken the token."""
    denied = b"-NOPERM this user has no permissions to run the 'ping' command\r\n"
    with scripted_server(lambda command: b"+OK\r\n" if command[0] == b"AUTH" else denied) as script:
        seen = renewed(script)
    assert isinstance(seen, Seen)


@pytest.mark.parametrize("at", [b"AUTH", b"PING"])
def test_renewal_that_ends_the_connection(at: bytes) -> None:
    """By the second AUTH, or right after it."""
    with scripted_server(lambda command: None if command[0] == at else b"+OK\r\n") as script:
        seen = renewed(script)
    assert isinstance(seen, Failed)
    assert (seen.cause, seen.message) == (Cause.RENEWAL_REFUSED, "the connection was closed")


@pytest.fixture(scope="module")
def server(server_pool: ServerPool) -> Server:
    """Started before a test takes PATH away."""
    return server_pool.get("redis-7.0")


@pytest.fixture(name="issuer")
def issuer_of_tokens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Google]:
    """Google, and this process with the key of a service account: tokens for a node without TLS."""
    with google() as made:
        enter(monkeypatch, hermetic(tmp_path / "home", **made.key(tmp_path)))
        yield made


def walked(to: Dialable, *others: Dialable, step: float = 2.0) -> TargetEvidence:
    nodes = [f"redis://{each.host}:{each.port}" for each in (to, *others)]
    plan = Plan(targets=(target_from_nodes(nodes, Surroundings(iam="gcp", tls=False)),))
    [target] = asyncio.run(gather(plan, Limits(step=step))).evidence.targets
    return target


def only_node(target: TargetEvidence) -> Node:
    [node] = target.nodes
    return node


def test_both_tokens_on_one_connection(server: Server, issuer: Google) -> None:
    """The first at the beginning, the second at the end, and both are good."""
    with gatekeeper(server, issuer.admit) as gate:
        node = only_node(walked(gate))
    assert isinstance(node.auth, Seen)
    assert node.auth.fact == Session(username="default", password=True)
    assert isinstance(node.renewal, Seen)
    assert node.renewal.fact.fresh
    assert gate.kept == [(0, "default", token) for token in issuer.tokens]


def test_every_node_is_renewed(server: Server, issuer: Google) -> None:
    """With the same two tokens."""
    with gatekeeper(server, issuer.admit) as one, gatekeeper(server, issuer.admit, renews=False) as other:
        first, second = walked(one, other).nodes
    assert isinstance(first.renewal, Seen)
    assert isinstance(second.renewal, Failed)
    assert second.renewal.cause is Cause.RENEWAL_REFUSED
    assert [token for _, _, token in one.kept] == [token for _, _, token in other.kept] == list(issuer.tokens)


def test_a_proxy_that_takes_one_login(server: Server, issuer: Google) -> None:
    """It hangs up at the second: a failure of the renewal, and of nothing else."""
    with gatekeeper(server, issuer.admit, renews=False) as gate:
        node = only_node(walked(gate))
    assert isinstance(node.server, Seen)
    assert isinstance(node.renewal, Failed)
    assert (node.renewal.cause, node.renewal.message) == (Cause.RENEWAL_REFUSED, "the connection was closed")


@pytest.mark.usefixtures("issuer")
def test_a_second_token_that_is_refused(server: Server) -> None:
    """The first one stays good, and so what the rest has seen."""
    admitted: list[str] = []

    def admit(_user: str, token: str) -> bool:
        admitted.append(token)
        return token == admitted[0]

    with gatekeeper(server, admit) as gate:
        node = only_node(walked(gate))
    assert isinstance(node.server, Seen)
    assert isinstance(node.renewal, Failed)
    assert (node.renewal.cause, node.renewal.message) == (Cause.RENEWAL_REFUSED, WRONGPASS)


def test_a_second_token_that_never_comes(server: Server, issuer: Google) -> None:
    """The issuer's failure is told, and is none of the server's."""

    def admit(user: str, token: str) -> bool:
        issuer.replies[KEY_TOKEN] = DROPPED
        return issuer.admit(user, token)

    with gatekeeper(server, admit) as gate:
        node = only_node(walked(gate))
    assert isinstance(node.renewal, Failed)
    assert (node.renewal.stage, node.renewal.cause) == (Stage.AUTH, Cause.RENEWAL_WITHOUT_TOKEN)
    assert node.renewal.message.startswith(Cause.ISSUER_UNREACHABLE)
    assert len(gate.kept) == 1


def test_a_refused_token_is_shown_once(server: Server, issuer: Google) -> None:
    """Nothing is tried after it, and there is nothing to renew."""
    with gatekeeper(server, lambda _user, _token: False) as gate:
        node = only_node(walked(gate))
    assert isinstance(node.auth, Failed)
    lost = Unreached(stage=Stage.AUTH, cause=Cause.GCP_TOKEN_REFUSED)
    assert (node.auth.cause, node.server, node.renewal) == (Cause.GCP_TOKEN_REFUSED, lost, lost)
    assert len(gate.shown) == len(issuer.tokens) == 1


def root(target: TargetEvidence) -> str:
    """The failure that the renewal of its one node comes down to."""
    found = {each.id: each for each in assess(evidence(target), catalogue())}
    name = "auth.renewal"
    while by := found[name].blocked_by:
        name = by
    assert found[name].outcome is Outcome.FAIL
    return name


INFO = b"$21\r\nredis_version:7.2.4\r\n\r\n"


def scripted(**instead: bytes | None) -> Callable[[list[bytes]], bytes | None]:
    """A server that lets everybody in; `AUTH2` is for the second token."""
    logins: list[bytes] = []

    def reply(command: list[bytes]) -> bytes | None:
        name = command[0].decode()
        if name == "AUTH":
            logins.append(command[-1])
            name = "AUTH1" if command[-1] == logins[0] else "AUTH2"
        known = {"INFO": INFO, "TIME": b"*2\r\n$1\r\n1\r\n$1\r\n1\r\n"}
        return (known | instead).get(name, b"-ERR unknown\r\n" if name == "CLUSTER" else b"+OK\r\n")

    return reply


@pytest.mark.usefixtures("issuer")
def test_a_second_login_that_is_never_answered() -> None:
    """A proxy that swallows it: that is a failure of the renewal, as the first login had passed."""
    with scripted_server(scripted(AUTH2=b"")) as script:
        target = walked(script, step=0.4)
    assert isinstance(only_node(target).auth, Seen)
    assert root(target) == "auth.renewal"


@pytest.mark.usefixtures("issuer")
def test_a_connection_that_is_lost_before_the_renewal() -> None:
    """That the server hung up on another command is told by that command's check, and nothing is put down to AUTH."""
    with scripted_server(scripted(CLUSTER=None)) as script:
        target = walked(script)
    assert isinstance(target.topology, Failed)
    assert root(target) == owner(target.topology, catalogue())
    assert len({each[-1] for each in script.commands if each[0] == b"AUTH"}) == 1
