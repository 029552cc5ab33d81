"""Whatever gives out keys on AWS may hang, fail or lie: a finding in time, no token that is sent, no secret told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from tests.clouds import aws
from tests.clouds.aws import Answer
from tests.clouds.aws_bench import (
    SECRETS,
    STATIC,
    Bench,
    assert_fails_only,
    assert_passes,
    bench_of_session,
    finding,
    ids,
)
from tests.clouds.environment import told_nothing_of
from tests.clouds.sigv4 import Keys
from tests.integration.commandline import Ended, document
from tests.servers.gatekeeper import Gate
from tests.servers.loopback import Address
from tests.servers.scripted import black_hole, closed_port, silent_port, slammed_port

bench = bench_of_session

NO_KEYS = Keys("", "", "")


@dataclass(frozen=True)
class Said:
    """What is answered in place of keys, and what the finding says of it."""

    answer: Answer
    cause: str
    evidence: str = ""
    remedy: str = "sts.<region>.amazonaws.com"


TOKEN_SERVICE = {
    "HTML": Said(
        Answer("<html>Please log in.</html>", kind="text/html"), "issuer-broken", remedy="look at the proxy"
    ),
    "HTML with 500": Said(Answer("<html>Oops</html>", 500, "text/html"), "issuer-broken", "STS answers 500"),
    "text with 503": Said(Answer("no healthy upstream", 503, "text/plain"), "issuer-broken"),
    "JSON": Said(Answer("{}", kind="application/json"), "issuer-broken"),
    "nothing": Said(Answer(""), "issuer-broken"),
    "keys that have expired": Said(aws.assumed(aws.KEYS, life=-60), "issuer-broken"),
}  # fmt: skip


@pytest.mark.parametrize("name", TOKEN_SERVICE)
def test_what_the_token_service_may_say(bench: Bench, name: str) -> None:
    """It is asked once; no answer of it ends in a token that is sent."""
    said = TOKEN_SERVICE[name]
    with bench.gate() as gate, aws.endpoint(aws.sts(instead=said.answer)) as sts:
        ended = bench.check(gate, bench.role(sts.url), here=True)
    failed = assert_fails_only(ended, "token.obtained", said.cause)
    assert said.evidence in failed["details"]["evidence"]
    assert said.remedy in failed["remedy"]
    assert gate.shown == []


def test_an_error_that_quotes_the_token(bench: Bench) -> None:
    """As STS does where it does not like one: neither the whole nor its beginning may be told."""
    quoted = f"1 validation error detected: Value '{aws.PROJECTED}' at 'webIdentityToken' failed to satisfy constraint"
    with bench.gate() as gate, aws.endpoint(aws.sts(instead=aws.refusal("ValidationError", quoted))) as sts:
        ended = bench.check(gate, bench.role(sts.url), here=True)
    failed = assert_fails_only(ended, "token.obtained", "issuer-refused")
    assert "ValidationError: 1 validation error detected" in failed["details"]["evidence"]


def test_the_second_token_is_refused(bench: Bench) -> None:
    """The first one logs in, and the token service then limits us: its words are told."""
    asked: list[str] = []

    def answer(request: aws.Asked) -> Answer | None:
        asked.append(request.body)
        again = sum("AssumeRoleWithWebIdentity" in body for body in asked) > 1
        return aws.sts(instead=aws.refusal("Throttling", "Rate exceeded", 429) if again else None)(request)

    with bench.gate() as gate, aws.endpoint(answer) as sts:
        ended = bench.check(gate, bench.role(sts.url), here=True)
    told = told_nothing_of(ended, *SECRETS, *(token for _, _, token in gate.shown))
    assert (ids(told, "fail"), ids(told, "blocked"), len(gate.kept)) == (["auth.renewal"], [], 1)
    failed = finding(told, "auth.renewal")
    assert failed["cause"] == "renewal-without-token"
    assert "Throttling: Rate exceeded" in failed["details"]["evidence"]


def test_the_token_service_gives_empty_keys(bench: Bench) -> None:
    """A token that nothing signs is none: the issuer is at fault, not the policy of the cache."""
    with bench.gate() as gate, aws.endpoint(aws.sts(NO_KEYS)) as sts:
        ended = bench.check(gate, bench.role(sts.url))
    assert_fails_only(ended, "token.obtained", "issuer-broken")
    assert gate.shown == []


Answering = Callable[[], AbstractContextManager[str]]
"""Something in the way; where it is."""


def _agent(answer: Answer) -> Answering:
    @contextmanager
    def answering() -> Iterator[str]:
        with aws.endpoint(lambda _: answer) as agent:
            yield agent.url

    return answering


def _port(obstacle: Callable[[], AbstractContextManager[Address]]) -> Answering:
    @contextmanager
    def answering() -> Iterator[str]:
        with obstacle() as address:
            yield f"http://{address.host}:{address.port}"

    return answering


@dataclass(frozen=True)
class Slow:
    """Something that takes seconds: the SDK tries again, or waits for an answer."""

    given: Callable[[Bench, str], dict[str, str]]
    """What the pod was given that leads there."""
    there: Answering
    cause: str
    limit: str = "10"


def _role(bench: Bench, url: str) -> dict[str, str]:
    return bench.role(url)


def _associated(bench: Bench, url: str) -> dict[str, str]:
    return bench.associated(url)


AGENTS = {
    "agent says 500": Slow(_associated, _agent(Answer("oops", 500, "text/plain")), "issuer-broken"),
    "agent says 403": Slow(_associated, _agent(Answer("no", 403, "text/plain")), "issuer-refused"),
    "agent says HTML": Slow(_associated, _agent(Answer("<html>Log in.</html>", kind="text/html")), "issuer-broken"),
    "agent says {}": Slow(_associated, _agent(Answer("{}", kind="application/json")), "issuer-broken"),
    "agent gives old keys": Slow(_associated, _agent(aws.machine_keys(aws.KEYS, life=-60)), "issuer-broken"),
    "agent gives no keys": Slow(_associated, _agent(aws.machine_keys(NO_KEYS)), "issuer-broken"),
    "agent gives 1 MB": Slow(_associated, _agent(aws.machine_keys(aws.KEYS, token="x" * 1_000_000)), "token-oversized"),
    "agent hangs": Slow(_associated, _port(silent_port), "issuer-silent", "2"),
    "agent is closed": Slow(_associated, _port(closed_port), "issuer-unreachable"),
}

SERVICES = {
    "STS hangs": Slow(_role, _port(silent_port), "issuer-silent", "2"),
    "STS is dropped on the way": Slow(_role, _port(black_hole), "issuer-silent"),
    "STS is closed": Slow(_role, _port(closed_port), "issuer-unreachable"),
    "STS hangs up": Slow(_role, _port(slammed_port), "issuer-unreachable"),
}

KEYS_AT_HAND = Slow(lambda bench, url: bench.env(**STATIC, AWS_ENDPOINT_URL_STS=url), _port(silent_port), "")

SLOW = AGENTS | SERVICES | {"keys are at hand": KEYS_AT_HAND}

Ran = tuple[Ended, Gate]


@pytest.fixture(scope="module")
def ran(bench: Bench) -> dict[str, Ran]:
    """All of them side by side: they do little but wait."""
    # What they share is made first.
    bench.pool.get("redis-7.0")
    _role(bench, ""), _associated(bench, "")

    def run(case: Slow) -> Ran:
        with bench.gate() as gate, case.there() as url:
            return bench.check(gate, case.given(bench, url), "--token-timeout", case.limit), gate

    with ThreadPoolExecutor(4) as pool:
        return dict(zip(SLOW, pool.map(run, SLOW.values()), strict=True))


@pytest.mark.parametrize("name", AGENTS | SERVICES)
def test_slow_issuers(ran: dict[str, Ran], name: str) -> None:
    """Whatever the SDK would wait for, the run ends within the limit for a token; no token is sent."""
    ended, gate = ran[name]
    assert_fails_only(ended, "token.obtained", SLOW[name].cause)
    assert gate.shown == []


@pytest.mark.parametrize("name", SERVICES)
def test_the_way_to_the_token_service(ran: dict[str, Ran], name: str) -> None:
    """The remedy is to open it."""
    remedy = finding(document(ran[name][0]), "token.obtained")["remedy"]
    assert "Allow HTTPS from the pods to sts.<region>.amazonaws.com" in remedy


@pytest.mark.parametrize("name", ["agent hangs", "agent is closed", "agent says 403", "agent says 500"])
def test_the_way_to_the_agent(ran: dict[str, Ran], name: str) -> None:
    """Where Pod Identity is configured the SDK never gets to STS: the finding speaks of the agent."""
    failed = finding(document(ran[name][0]), "token.obtained")
    assert "Pod Identity" in f"{failed['details']} {failed['remedy']}"


def test_asking_whose_the_keys_are_is_a_courtesy(ran: dict[str, Ran]) -> None:
    """Keys are at hand, and the token service hangs: the token comes, and its owner is not named."""
    told = assert_passes(*ran["keys are at hand"])
    assert finding(told, "token.identity")["summary"].startswith("somebody whom nobody names; ")
