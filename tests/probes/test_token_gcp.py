"""Tokens of Google: what is asked, what is recorded, and what every failure means; google-auth itself is real."""

from collections.abc import Callable, Iterator
from datetime import datetime
from email.utils import formatdate
from pathlib import Path
from time import time
from typing import Any

import google.auth.transport.requests
import pytest
from google.auth import exceptions

from preflight.model.evidence import Cause, Stage
from preflight.probes.errors import ProbeError
from preflight.probes.errors_gcp import diagnose_gcp
from preflight.probes.gcp_transport import LIMIT, Once
from preflight.probes.token import Issued
from preflight.probes.token_gcp import SCOPE, issue
from tests.clouds.environment import enter, hermetic
from tests.clouds.gcp import EMAIL, IMPERSONATION, KEY_TOKEN, STS, Google, private_pem
from tests.clouds.gcp import google as loopback
from tests.clouds.http import DROPPED, HALF, HTML, Answer, Said, http_server, said
from tests.servers.certificates import Authority
from tests.servers.scripted import closed_port

METADATA = "http://metadata/computeMetadata/v1/instance/service-accounts/default/token"
KEY, FEDERATION = "https://oauth2.googleapis.com/token", "https://sts.googleapis.com/v1/token"
ACTING = f"https://iamcredentials.googleapis.com{IMPERSONATION}"
WAYS = (KEY_TOKEN, STS, IMPERSONATION)


@pytest.fixture
def made() -> Iterator[Google]:
    with loopback() as made:
        yield made


@pytest.fixture
def issued(made: Google, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], tuple[Issued, list[str]]]:
    """Ask for a token by this way, and tell what was learned besides."""

    def of(way: str) -> tuple[Issued, list[str]]:
        env = made.key(tmp_path) if way == KEY_TOKEN else made.federation(tmp_path, impersonating=way == IMPERSONATION)
        enter(monkeypatch, hermetic(tmp_path, **env))
        learned: list[str] = []
        return issue(learned.append), learned

    return of


Issuing = Callable[[str], tuple[Issued, list[str]]]


def _once() -> Once:
    return Once(google.auth.transport.requests.Request(), list[str]().append)


@pytest.mark.parametrize(
    ("way", "principal", "source"),
    [
        (KEY_TOKEN, EMAIL, "google.oauth2.service_account"),
        (STS, "", "google.auth.identity_pool"),
        (IMPERSONATION, EMAIL, "google.auth.identity_pool"),
    ],
)
def test_what_is_recorded(made: Google, issued: Issuing, way: str, principal: str, source: str) -> None:
    """The token is one that was given; the record has whose it is and how long it lives, in UTC, and not its text."""
    found, _ = issued(way)
    token = found.token
    assert found.text in made.tokens
    assert (token.username, token.length, token.principal) == ("default", len(found.text), principal)
    assert (token.source, token.claims, token.shadowed) == (source, {"scope": SCOPE}, "")
    lives = datetime.fromisoformat(token.expires_at) - datetime.fromisoformat(token.obtained_at)
    assert 3500 < lives.total_seconds() <= 3601
    assert token.clock_offset is not None
    assert abs(token.clock_offset) < 30
    assert found.text not in repr(token)


def test_what_is_learned(made: Google, issued: Issuing) -> None:
    """The key and the pod's token are never to be shown."""
    assert private_pem() in issued(KEY_TOKEN)[1]
    assert made.subject in issued(STS)[1]


def test_what_is_learned_on_the_way(made: Google, issued: Issuing) -> None:
    """What the key has signed, and the token that is there to impersonate with, are as good as a password."""
    _, learned = issued(KEY_TOKEN)
    assert made.server.asked[-1].form["assertion"] in learned
    _, learned = issued(IMPERSONATION)
    assert made.server.asked[-1].headers["authorization"].removeprefix("Bearer ") in learned


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("status", [408, 429, 500, 502, 503, 504])
def test_a_failure_is_final(made: Google, issued: Issuing, way: str, status: int) -> None:
    """google-auth would try again and wait in between; an answer that may pass is not one that refuses."""
    made.replies[way] = Answer(status=status)
    with pytest.raises(ProbeError) as raised:
        issued(way)
    assert made.server.paths.count(way) == 1
    assert (raised.value.cause, raised.value.stage) == (Cause.ISSUER_BROKEN, Stage.TOKEN)
    assert str(status) in raised.value.message


def _given(**told: Any) -> Answer:
    """A token as OAuth has it, and as the service that impersonates."""
    soon: dict[str, Any] = {"expires_in": 3600, "expireTime": "2100-01-01T00:00:00Z", "token_type": "Bearer"}
    return said(**soon | told)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "answer",
    [
        HTML,
        Answer(body=b""),
        Answer(body=b"[1]", headers={"Content-Type": "application/json"}),
        Answer(body=b"[" * 100_000, headers={"Content-Type": "application/json"}),
        Answer(body=b'{"access_token": "\xff"}', headers={"Content-Type": "application/json"}),
        _given(access_token="x", accessToken="x", expires_in="soon", expireTime="soon"),
        _given(access_token="x", accessToken="x", expires_in=10**15, expireTime="99999-01-01T00:00:00Z"),
    ],
    ids=["HTML", "nothing", "a list", "a deep list", "no UTF-8", "no time", "no time of ours"],
)
def test_an_answer_that_is_no_token(made: Google, issued: Issuing, way: str, answer: Answer) -> None:
    """Whatever else comes in its place is no fault of this identity's."""
    made.replies[way] = answer
    with pytest.raises(ProbeError) as raised:
        issued(way)
    assert raised.value.cause is Cause.ISSUER_BROKEN
    assert raised.value.message == f"{made.server.netloc} answers 200, and no token that can be read"


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("told", [{}, *({"access_token": each, "accessToken": each} for each in (None, 5, ["x"]))])
def test_a_token_that_is_no_text(made: Google, issued: Issuing, way: str, told: dict[str, Any]) -> None:
    """JSON has more than texts, and may have none."""
    made.replies[way] = _given(**told)
    with pytest.raises(ProbeError) as raised:
        issued(way)
    assert raised.value.cause in {Cause.TOKEN_EMPTY, Cause.ISSUER_BROKEN}


class TestOnce:
    """The transport that google-auth is given."""

    @pytest.mark.parametrize(("asked", "given"), [(None, LIMIT), (120.0, LIMIT), (0.5, 0.5)])
    def test_waits_no_longer_than_its_limit(self, asked: float | None, given: float) -> None:
        """google-auth's own is two minutes."""
        waited: list[float] = []

        def inner(_: str, *, timeout: float, **__: Any) -> Any:
            waited.append(timeout)
            raise exceptions.TransportError("no way")  # type: ignore[no-untyped-call]

        with pytest.raises(exceptions.RefreshError):
            Once(inner, list[str]().append)("http://issuer", timeout=asked)
        assert waited == [given]

    @pytest.mark.parametrize(
        ("answer", "cause"),
        [
            (None, Cause.ISSUER_SILENT),
            (DROPPED, Cause.ISSUER_UNREACHABLE),
            (HALF, Cause.ISSUER_SILENT),
        ],
        ids=["silence", "dropped", "half"],
    )
    def test_tells_why_there_is_no_answer(self, answer: Said, cause: Cause) -> None:
        """As a cause, and by an exception that google-auth takes for the last word."""
        once = _once()
        with http_server(lambda _: answer) as server, pytest.raises(exceptions.RefreshError):
            once(server.url, timeout=0.3)
        assert (once.failure, once.status, once.asked) == (cause, 0, server.url)

    def test_nobody_is_there(self) -> None:
        """A closed port."""
        once = _once()
        with closed_port() as closed, pytest.raises(exceptions.RefreshError):
            once(f"http://127.0.0.1:{closed.port}")
        assert once.failure is Cause.ISSUER_UNREACHABLE

    def test_does_not_trust_anybody(self, certificates: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
        """A certificate of an authority that is not in the bundle."""
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
            monkeypatch.delenv(name, raising=False)
        once = _once()
        server = http_server(lambda _: Answer(), certificate=certificates.server())
        with server as secure, pytest.raises(exceptions.RefreshError):
            once(secure.url)
        assert once.failure is Cause.ISSUER_UNTRUSTED

    def test_remembers_the_last_answer_only(self) -> None:
        """What an earlier one said says nothing of this one."""
        answers: Iterator[Said] = iter([said(status=400, error="bad"), Answer(body=b"[1]"), DROPPED])
        once, seen = _once(), list[tuple[int, dict[str, Any], Cause | None]]()
        with http_server(lambda _: next(answers)) as server:
            for _ in range(2):
                assert once(server.url) is not None
                seen.append((once.status, once.told, once.failure))
            with pytest.raises(exceptions.RefreshError):
                once(server.url)
        assert seen == [(400, {"error": "bad"}, None), (200, {}, None)]
        assert (once.status, once.told, once.failure) == (0, {}, Cause.ISSUER_UNREACHABLE)

    @pytest.mark.parametrize(
        ("date", "offset"), [("", 3600), ("yesterday", None), ("Mon, 99 Foo 2026 00:00:00 GMT", None)]
    )
    def test_tells_the_issuers_time(self, date: str, offset: float | None) -> None:
        """By the header that every answer has; nonsense in it is no time."""
        once, date = _once(), date or formatdate(time() + 3600, usegmt=True)
        with http_server(lambda _: Answer(headers={"Date": date})) as server:
            once(server.url)
        assert once.clock_offset == (None if offset is None else pytest.approx(offset, abs=120))


def _after(url: str, status: int = 0, *, failure: Cause | None = None, **told: Any) -> Once:
    """A transport that was asked this last."""
    once = Once(None, list[str]().append)
    once.asked, once.status, once.failure, once.told = url, status, failure, told
    return once


ABSENT = exceptions.DefaultCredentialsError("Your default credentials were not found. To set up ...")  # type: ignore[no-untyped-call]
LOST = exceptions.RefreshError("gone")  # type: ignore[no-untyped-call]
NO_FILE = exceptions.RefreshError("File '/var/token' was not found.")  # type: ignore[no-untyped-call]


@pytest.mark.parametrize(
    ("error", "once", "cause", "evidence"),
    [
        (ABSENT, _after(""), Cause.CREDENTIALS_MISSING, "the metadata server was not asked"),
        (ABSENT, _after("http://ip", 200), Cause.CREDENTIALS_MISSING, "the metadata server is not Google's"),
        (LOST, _after("http://ip", failure=Cause.ISSUER_SILENT), Cause.METADATA_SILENT, "ip did not answer"),
        (LOST, _after("http://ip/", failure=Cause.ISSUER_UNREACHABLE), Cause.CREDENTIALS_MISSING, "is no metadata"),
        (LOST, _after(METADATA, failure=Cause.ISSUER_SILENT), Cause.ISSUER_SILENT, "metadata"),
        (LOST, _after(METADATA, 403), Cause.IMPERSONATION_REFUSED, "metadata answers 403"),
        (LOST, _after(METADATA, 404), Cause.IMPERSONATION_REFUSED, "metadata answers 404"),
        (LOST, _after(METADATA, 500), Cause.ISSUER_BROKEN, "metadata answers 500"),
        (LOST, _after(KEY, 400, error="invalid_grant"), Cause.KEY_REFUSED, "answers 400: invalid_grant"),
        (LOST, _after(KEY, 401, error="x", error_description="y"), Cause.KEY_REFUSED, "answers 401: x: y"),
        (LOST, _after(KEY, failure=Cause.ISSUER_UNTRUSTED), Cause.ISSUER_UNTRUSTED, "oauth2.googleapis.com"),
        (LOST, _after(FEDERATION, 400, error="invalid_target"), Cause.SUBJECT_MISMATCH, "answers 400: invalid_target"),
        (LOST, _after(FEDERATION, 503), Cause.ISSUER_BROKEN, "sts.googleapis.com answers 503"),
        (LOST, _after(ACTING, 403, error={"message": "no"}), Cause.IMPERSONATION_REFUSED, "answers 403: no"),
        (LOST, _after(ACTING, 404, error={"message": "none"}), Cause.IMPERSONATION_REFUSED, "answers 404: none"),
        (NO_FILE, _after(""), Cause.IDENTITY_FILE_UNREADABLE, "File '/var/token' was not found."),
        (PermissionError(13, "Denied", "/token"), _after(""), Cause.IDENTITY_FILE_UNREADABLE, "/token: Denied"),
        (ValueError("secret"), _after(""), Cause.CREDENTIALS_BROKEN, "ValueError"),
    ],
)  # fmt: skip
def test_what_a_failure_means(error: Exception, once: Once, cause: Cause, evidence: str) -> None:
    """By what google-auth raises, what was asked last, and what came of it."""
    found = diagnose_gcp(error, once)
    assert (found.cause, found.stage) == (cause, Stage.TOKEN)
    assert evidence in found.message
    assert "secret" not in found.message


def test_in_a_pod_nothing_was_injected(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is missing on a machine was not given to a pod."""
    monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "10.0.0.1")
    assert diagnose_gcp(ABSENT, _after("")).cause is Cause.IDENTITY_NOT_INJECTED
