"""A token's source: one token for all nodes, off the loop and within its limit, in silence, and never kept."""

from __future__ import annotations

import asyncio
import logging
import subprocess
import sys
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import pytest

from preflight.model.evidence import Cause, Failed, Observed, Seen, Stage, Unreached
from preflight.model.limits import Limits
from preflight.model.target import Plan, Surroundings, Target
from preflight.model.token import LONGEST
from preflight.probes.dns import off_loop
from preflight.probes.gather import gather
from preflight.probes.quiet import quiet
from preflight.probes.token import Issued, TokenSource, stamp
from preflight.run import observe
from preflight.uri.cluster import target_from_nodes
from preflight.uri.standalone import target_from_url
from tests.clouds import aws
from tests.clouds.environment import enter, hermetic
from tests.clouds.gcp import EMAIL, KEY_TOKEN, SCOPE, Google, google, private_pem
from tests.clouds.http import Answer, Said, said
from tests.servers.catalogue import REPOSITORY
from tests.servers.scripted import closed_port, scripted_server

T = TypeVar("T")

SOON = 2.5
"""Seconds: the SDK itself would wait for 3 here, and the run does not wait for the SDK."""


@pytest.fixture
def pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., None]:
    """Let this process have these variables and no others."""

    def given(variables: dict[str, str]) -> None:
        enter(monkeypatch, hermetic(tmp_path / "home", **variables))

    return given


@pytest.fixture
def issuer(pod: Callable[..., None], tmp_path: Path) -> Iterator[Google]:
    """Google, and this process with the key of a service account."""
    # What it takes to import the package is nobody's limit.
    import_module("preflight.probes.token_gcp")
    with google() as made:
        pod(made.key(tmp_path))
        yield made


def answering(issuer: Google, reply: Said) -> None:
    issuer.replies[KEY_TOKEN] = reply


def on_google(port: int = 1) -> Target:
    return target_from_nodes([f"redis://127.0.0.1:{port}"], Surroundings(iam="gcp", tls=False))


def on_aws() -> Target:
    return target_from_url("rediss://app@master.cache.abc123.euw1.cache.amazonaws.com", Surroundings(iam="aws"))


def with_source(talk: Callable[[TokenSource], Awaitable[T]], target: Target | None = None, limit: float = 10.0) -> T:
    async def run() -> T:
        source = TokenSource(target or on_google(), limit)
        try:
            return await talk(source)
        finally:
            source.cancel()

    return asyncio.run(run())


def first(source: TokenSource) -> Awaitable[Observed[Issued]]:
    return source.first()


def test_what_is_known_of_it(issuer: Google) -> None:
    """Everything but its text; the text is the password to log in with."""
    before = stamp(time.time())
    seen = with_source(first)
    assert isinstance(seen, Seen)
    text, token = seen.fact
    [given] = issuer.tokens
    assert (text, token.length, token.username) == (given, len(given), "default")
    assert (token.principal, token.claims) == (EMAIL, {"scope": SCOPE})
    assert before <= token.obtained_at <= stamp(time.time())
    assert token.obtained_at < token.expires_at
    assert given not in repr(token)
    assert (seen.fact.login.username, seen.fact.login.password.reveal()) == ("default", given)
    assert given not in repr(seen.fact.login)


def test_one_for_all_nodes(issuer: Google) -> None:
    """However many wait for it, it is asked for once."""

    async def talk(source: TokenSource) -> list[Observed[Issued]]:
        source.start()
        source.start()
        return await asyncio.gather(*(source.first() for _ in range(5)))

    found = with_source(talk)
    assert len({id(each) for each in found}) == len(issuer.tokens) == 1


def test_the_second_is_another(issuer: Google) -> None:
    """For the renewal; that too is one for all nodes."""

    async def talk(source: TokenSource) -> list[Observed[Issued]]:
        return [await source.first(), *await asyncio.gather(*(source.second() for _ in range(3)))]

    one, *others = with_source(talk)
    assert isinstance(one, Seen)
    assert {each.fact.text for each in others if isinstance(each, Seen)} == set(issuer.tokens) - {one.fact.text}
    assert len(issuer.tokens) == 2


def test_the_second_signature_is_another(pod: Callable[..., None]) -> None:
    """AWS signs by the second, so the second token waits for the next one."""
    pod({"AWS_ACCESS_KEY_ID": aws.STATIC.access, "AWS_SECRET_ACCESS_KEY": aws.STATIC.secret})

    async def talk(source: TokenSource) -> list[Observed[Issued]]:
        return [await source.first(), await source.second()]

    one, other = with_source(talk, on_aws())
    assert isinstance(one, Seen)
    assert isinstance(other, Seen)
    assert one.fact.text != other.fact.text
    assert one.fact.text.startswith("cache/?Action=connect&User=app&")


def test_it_can_be_looked_at_at_any_time(issuer: Google) -> None:
    """Before it is asked for, while it is on its way, when it is there, and when nobody waits any more."""
    answering(issuer, None)

    async def talk(source: TokenSource) -> list[object]:
        looked: list[object] = [source.seen()]
        source.start()
        looked.append(source.seen())
        source.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return [*looked, source.seen()]

    assert with_source(talk) == [None, None, None]
    answering(issuer, said(access_token="ya29.x", expires_in=3600, token_type="Bearer"))

    async def wait(source: TokenSource) -> bool:
        return await source.first() is source.seen()

    assert with_source(wait)


@pytest.mark.parametrize(("text", "cause"), [("", Cause.TOKEN_EMPTY), (None, Cause.ISSUER_BROKEN)])
def test_an_empty_token(issuer: Google, text: str | None, cause: Cause) -> None:
    """An answer without a token in it is no token."""
    answering(issuer, said(access_token=text, expires_in=3600, token_type="Bearer"))
    seen = with_source(first)
    assert isinstance(seen, Failed)
    assert (seen.stage, seen.cause) == (Stage.TOKEN, cause)


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1])
def test_the_longest_token(issuer: Google, length: int) -> None:
    """Redis hangs up on a longer one before it looks at it."""
    answering(issuer, said(access_token="x" * length, expires_in=3600, token_type="Bearer"))
    seen = with_source(first)
    if length > LONGEST:
        assert isinstance(seen, Failed)
        assert (seen.stage, seen.cause, seen.message) == (Stage.TOKEN, Cause.TOKEN_OVERSIZED, "16,385 bytes")
    else:
        assert isinstance(seen, Seen)
        assert seen.fact.token.length == LONGEST


def test_an_issuer_that_hangs_is_given_up(issuer: Google) -> None:
    """Within the limit, and the end of the run does not wait for the thread that is left behind."""
    answering(issuer, None)
    begun = time.monotonic()
    seen = with_source(first, limit=0.2)
    assert time.monotonic() - begun < SOON
    assert isinstance(seen, Failed)
    assert (seen.stage, seen.cause, seen.message) == (Stage.TOKEN, Cause.ISSUER_SILENT, "")


def test_a_run_with_an_issuer_that_hangs(issuer: Google) -> None:
    """The nodes are dialled meanwhile, and the report says how far they came."""
    answering(issuer, None)
    begun = time.monotonic()
    with scripted_server(lambda _: b"+OK\r\n") as script:
        evidence = asyncio.run(gather(Plan(targets=(on_google(script.port),)), Limits(step=1, token=0.2))).evidence
    assert time.monotonic() - begun < SOON
    [target] = evidence.targets
    assert isinstance(target.token, Failed)
    assert isinstance(target.nodes[0].tcp, Seen)
    lost = Unreached(stage=Stage.TOKEN, cause=Cause.ISSUER_SILENT)
    assert (target.nodes[0].auth, target.nodes[0].renewal) == (lost, lost)
    assert script.commands == []


def test_the_deadline_comes_first(issuer: Google) -> None:
    """Then nothing is known of the token, and nobody is blamed."""
    answering(issuer, None)
    with scripted_server(lambda _: b"+OK\r\n") as script:
        plan = Plan(targets=(on_google(script.port),))
        evidence = asyncio.run(gather(plan, Limits(token=60, deadline=0.3))).evidence
    [target] = evidence.targets
    assert evidence.stopped_by is Cause.DEADLINE
    assert target.token == Unreached(stage=Stage.TOKEN, cause=Cause.DEADLINE)
    assert target.nodes[0].auth == Unreached(stage=Stage.AUTH, cause=Cause.DEADLINE)


def test_the_token_of_a_node_that_cannot_be_reached(issuer: Google) -> None:
    """It is asked for all the same: who reads the report wants to know both."""
    with closed_port() as (_, port):
        evidence = asyncio.run(gather(Plan(targets=(on_google(port),)), Limits(step=1))).evidence
    [target] = evidence.targets
    assert isinstance(target.token, Seen)
    assert isinstance(target.nodes[0].tcp, Failed)
    assert len(issuer.tokens) == 1


def test_what_is_learned_is_scrubbed(issuer: Google) -> None:
    """The token and the key that it was got with, from wherever a server may have put them."""

    def parrot(command: list[bytes]) -> bytes:
        return b"-ERR no such user with `%s`, and the key %s\r\n" % (
            command[-1],
            private_pem().splitlines()[1].encode(),
        )

    with scripted_server(parrot) as script:
        plan = Plan(targets=(on_google(script.port),))
        gathered = asyncio.run(gather(plan, Limits(step=1)))
        evidence = asyncio.run(observe(plan, Limits(step=1)))
    first_token, second_token = issuer.tokens
    learned = {each.reveal() for each in gathered.learned}
    assert {first_token, private_pem()} <= learned
    [target] = evidence.targets
    assert isinstance(target.nodes[0].auth, Failed)
    assert "no such user with `***`" in target.nodes[0].auth.message
    assert not {first_token, second_token} & set(repr(evidence).split("`"))
    assert first_token not in repr(evidence)
    assert second_token not in repr(evidence)


@pytest.mark.parametrize(
    ("told", "cause"),
    [
        (Answer(status=401, body=b"{}"), Cause.KEY_REFUSED),
        (Answer(status=503), Cause.ISSUER_BROKEN),
        (Answer(status=0), Cause.ISSUER_UNREACHABLE),
    ],
)
def test_an_issuer_that_gives_none(issuer: Google, told: Answer, cause: Cause) -> None:
    """What it was is the SDK's part to find out; here it arrives as a failure of the stage."""
    answering(issuer, told)
    seen = with_source(first)
    assert isinstance(seen, Failed)
    assert (seen.stage, seen.cause) == (Stage.TOKEN, cause)


WITHOUT = """
import sys
sys.modules["{module}"] = None
from preflight.cli.main import main
sys.exit(main(["check", "rediss://app@127.0.0.1:1/0", "--iam", "{provider}", "--only", "token", "-v"]))
"""


@pytest.mark.parametrize(
    ("provider", "module"), [("aws", "boto3"), ("gcp", "google.auth"), ("azure", "azure.identity")]
)
def test_a_package_that_is_not_installed(provider: str, module: str, tmp_path: Path) -> None:
    """Only the one cloud's is missed, and the remedy says what to install."""
    ended = subprocess.run(
        [sys.executable, "-c", WITHOUT.format(module=module, provider=provider)],
        capture_output=True, text=True, cwd=REPOSITORY, env=hermetic(tmp_path), timeout=60, check=False,
    )  # fmt: skip
    assert (ended.returncode, ended.stderr) == (1, "")
    assert "token.obtained" in ended.stdout
    assert f"no module named {module}" in ended.stdout
    assert f"pip install 'redis-preflight[{provider}]'" in ended.stdout


class Heard(logging.Handler):
    """What reaches it, on the root logger."""

    def __init__(self, level: int) -> None:
        super().__init__(level)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(params=[logging.DEBUG, logging.NOTSET], ids=["DEBUG", "NOTSET"])
def heard(request: pytest.FixtureRequest) -> Iterator[Heard]:
    """A handler of the root logger, which logs everything."""
    root, handler = logging.getLogger(), Heard(request.param)
    level = root.level
    root.setLevel(logging.DEBUG)
    root.addHandler(handler)
    try:
        yield handler
    finally:
        root.removeHandler(handler)
        root.setLevel(level)


def chatter(name: str = "an.sdk") -> None:
    """What SDKs do: loggers old and new, every level, values, exceptions, extra fields."""
    logger = logging.getLogger(name)
    logger.debug("signed %s", "tops3cret")
    logger.critical("tops3cret", extra={"token": "tops3cret"})
    try:
        int("tops3cret")
    except ValueError:
        logger.exception("failed")
    child = logger.getChild(f"{time.monotonic_ns()}")
    child.setLevel(logging.DEBUG)
    child.log(logging.INFO, "%(token)s", {"token": "tops3cret"}, stack_info=True)
    logging.getLogger().warning("tops3cret")
    logging.error("tops3cret")  # noqa: LOG015 - as careless libraries do


def test_nothing_is_logged_inside(heard: Heard) -> None:
    """No record reaches any handler, whatever its level, and before and after it is as ever."""
    chatter()
    before = len(heard.records)
    with quiet():
        chatter()
    assert len(heard.records) == before == 6
    chatter()
    assert len(heard.records) == 2 * before


def test_nothing_reaches_a_handler_of_the_sdk_s_own(heard: Heard) -> None:
    """A logger may have handlers of its own, and pass nothing on to the root's."""
    logger = logging.getLogger("a.talkative.sdk")
    logger.propagate = False
    logger.addHandler(heard)
    try:
        with quiet():
            chatter("a.talkative.sdk")
        assert heard.records == []
    finally:
        logger.removeHandler(heard)


@pytest.mark.parametrize("heard", [logging.DEBUG], indirect=True)
def test_an_exception_ends_the_silence(heard: Heard) -> None:
    """It passes, and the thread logs again."""
    with pytest.raises(ValueError, match="out"), quiet():
        raise ValueError("out")
    chatter()
    assert len(heard.records) == 6


def test_other_threads_log_meanwhile(heard: Heard) -> None:
    """An application that uses the library loses nothing of its own."""
    inside, done = threading.Event(), threading.Event()

    def silent() -> None:
        with quiet():
            inside.set()
            chatter()
            done.wait()
            chatter()

    thread = threading.Thread(target=silent)
    thread.start()
    inside.wait()
    logging.getLogger("mine").info("mine %d", 1)
    done.set()
    thread.join()
    assert [(each.name, each.getMessage()) for each in heard.records] == [("mine", "mine 1")]


def test_a_thread_that_was_given_up_stays_quiet(heard: Heard) -> None:
    """It goes on when nobody waits for it any more, and then logs what it got."""
    go, gone = threading.Event(), threading.Event()

    def work() -> None:
        with quiet():
            go.wait()
            chatter()
        gone.set()

    async def give_up() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await off_loop(work)

    asyncio.run(give_up())
    go.set()
    gone.wait()
    assert [each for each in heard.records if each.name != "asyncio"] == []


@pytest.mark.parametrize("heard", [logging.DEBUG], indirect=True)
def test_what_the_application_made_of_records(heard: Heard) -> None:
    """A factory of its own is kept for its own records, and one that it sets later lets nothing out."""
    with quiet():
        before = logging.getLogRecordFactory()

    def marked(*given: Any, **more: Any) -> logging.LogRecord:
        record = logging.LogRecord(*given, **more)
        record.marked = True
        return record

    try:
        logging.setLogRecordFactory(marked)
        with quiet():
            chatter()
        assert heard.records == []
        logging.getLogger("mine").info("mine")
        assert [getattr(each, "marked", False) for each in heard.records] == [True]
    finally:
        logging.setLogRecordFactory(before)


@pytest.mark.parametrize("target", [on_google(), on_aws()], ids=["google", "aws"])
def test_what_the_real_packages_log(target: Target, pod: Callable[..., None], heard: Heard, tmp_path: Path) -> None:
    """At their debug level that is requests, signatures and headers: none of it."""
    with google() as made:
        keys = {"AWS_ACCESS_KEY_ID": aws.STATIC.access, "AWS_SECRET_ACCESS_KEY": aws.STATIC.secret}
        pod(made.key(tmp_path) | keys)
        assert isinstance(with_source(first, target), Seen)
    assert {each.name for each in heard.records} <= {"asyncio"}


def test_a_moment() -> None:
    """UTC, by the second; nothing where nobody says."""
    assert (stamp(0), stamp(1700000000.9), stamp(None)) == (
        "1970-01-01T00:00:00+00:00",
        "2023-11-14T22:13:20+00:00",
        "",
    )
