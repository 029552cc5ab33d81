"""Tokens of Azure: what is asked, what is recorded, and what every failure means; azure-identity itself is real."""

import base64
import json
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import count
from pathlib import Path

import pytest
from azure.core import exceptions

from preflight.model.evidence import Cause, Stage
from preflight.model.identity import AzureIam
from preflight.probes.errors import ProbeError
from preflight.probes.errors_azure import diagnose_azure
from preflight.probes.token import Issued
from preflight.probes.token_azure import claims_of, issue
from tests.clouds.azure import CLIENT_ID, IMDS_TOKEN, OBJECT_ID, SCOPE, TENANT, TOKEN, Entra, entra, jwt
from tests.clouds.environment import enter, hermetic
from tests.clouds.http import DROPPED, HTML, Answer, Said, said
from tests.servers.certificates import Authority
from tests.servers.scripted import silent_port

Issuing = Callable[[str], tuple[Issued, list[str]]]


@pytest.fixture
def made(certificates: Authority) -> Iterator[Entra]:
    with entra(certificates) as made:
        yield made


@pytest.fixture
def issued(made: Entra, certificates: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Issuing:
    """Ask for a token as a pod, a machine or a client, for nobody in particular; and tell what was learned besides."""

    def of(way: str) -> tuple[Issued, list[str]]:
        workload, client = made.workload(tmp_path, certificates.ca_file), made.client(certificates.ca_file)
        ways = {"pod": workload, "machine": made.machine(), "client": client, "both": workload | client}
        enter(monkeypatch, hermetic(tmp_path, **ways[way]))
        learned: list[str] = []
        return issue(AzureIam(), "", learned.append), learned

    return of


SOURCES = {
    "pod": "WorkloadIdentityCredential",
    "machine": "ManagedIdentityCredential",
    "client": "EnvironmentCredential",
    "both": "EnvironmentCredential",
}


@pytest.mark.parametrize("way", SOURCES)
def test_what_is_recorded(made: Entra, issued: Issuing, way: str) -> None:
    """The token is one that was given; the record has whose it is and how long it lives, in UTC, and not its text."""
    found, _ = issued(way)
    token = found.token
    assert found.text in made.tokens
    assert (token.username, token.principal, token.length) == (OBJECT_ID, OBJECT_ID, len(found.text))
    assert token.source == SOURCES[way]
    assert token.shadowed == (f"client id {CLIENT_ID} by workload identity" if way == "both" else "")
    assert token.claims.items() >= {"scope": SCOPE, "oid": OBJECT_ID, "appid": CLIENT_ID, "tid": TENANT}.items()
    lives = datetime.fromisoformat(token.expires_at) - datetime.fromisoformat(token.obtained_at)
    assert 3500 < lives.total_seconds() <= 3601
    assert found.text not in repr(token)


def test_who_is_named_is_the_user(made: Entra, certificates: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the token tells stands in for a name only where there is none."""
    env = made.machine() | {"REQUESTS_CA_BUNDLE": str(certificates.ca_file)}
    enter(monkeypatch, hermetic(certificates.folder, **env))
    token = issue(AzureIam(), "langsmith", list[str]().append).token
    assert (token.username, token.principal) == ("langsmith", OBJECT_ID)


def test_what_is_learned(made: Entra, issued: Issuing) -> None:
    """The pod's token and the client's secret are never to be shown."""
    _, learned = issued("both")
    assert {made.assertion, made.client_secret} <= set(learned)


@pytest.mark.parametrize("way", ["pod", "machine"])
@pytest.mark.parametrize(
    "answer",
    [
        DROPPED,
        Answer(status=429, headers={"Retry-After": "60"}),
        Answer(status=500),
        Answer(status=503, headers={"Retry-After": "60"}),
        Answer(status=302, headers={"Location": "/"}),
        HTML,
        Answer(body=b"[1]", headers={"Content-Type": "application/json"}),
        Answer(body=b"[" * 100_000, headers={"Content-Type": "application/json"}),
        said(expires_in=3600),
        said(access_token="x"),
        said(access_token=None, expires_in=3600),
        said(access_token=["x"], expires_in=3600),
    ],
)
def test_a_failure_is_final(made: Entra, issued: Issuing, way: str, answer: Said) -> None:
    """azure-identity would try again for minutes; whatever comes in a token's place has a cause, and is asked once."""
    asked, path = (made.authority, TOKEN) if way == "pod" else (made.metadata, IMDS_TOKEN)
    made.replies[path] = answer
    with pytest.raises(ProbeError) as raised:
        issued(way)
    assert sum(each.endswith(path) for each in asked.paths) == 1
    assert raised.value.stage is Stage.TOKEN
    allowed = {Cause.ISSUER_BROKEN, Cause.ISSUER_UNREACHABLE}
    assert raised.value.cause in (allowed if way == "pod" else {*allowed, Cause.CREDENTIALS_MISSING})


def test_a_time_that_is_none(made: Entra, issued: Issuing) -> None:
    """That is the issuer's fault, and neither ours nor the configuration's."""
    made.replies[TOKEN] = said(access_token="x", expires_in="soon")
    with pytest.raises(ProbeError) as raised:
        issued("pod")
    assert raised.value.cause is Cause.ISSUER_BROKEN


def test_a_time_that_no_calendar_has(made: Entra, issued: Issuing) -> None:
    """The token is good all the same; when it expires is not known."""
    made.replies[TOKEN] = said(access_token=jwt(oid="x"), expires_in=10**15)
    assert issued("pod")[0].token.expires_at == ""


def _payload(raw: bytes) -> str:
    return f"e30.{base64.urlsafe_b64encode(raw).rstrip(b'=').decode()}.sig"


DEEP = pytest.param(_payload(b'{"oid":' * 3000), {})


@pytest.mark.parametrize(
    ("text", "claims"),
    [
        (jwt(oid="o", appid="a", aud="u"), {"oid": "o", "appid": "a", "aud": "u"}),
        (jwt(tid="t", iss="i"), {"tid": "t", "iss": "i"}),
        (jwt(azp="a", name="somebody", exp=5, groups=["g"], upn="u"), {"azp": "a"}),
        (jwt(oid=5, aud=["u"], tid=None), {}),
        (jwt(oid="ü"), {"oid": "ü"}),
        (jwt(), {}),
        *((_payload(json.dumps({"oid": "x" * length}).encode()), {"oid": "x" * length}) for length in range(4)),
        (_payload(b"[1]"), {}),
        (_payload(b"\xff\xfe"), {}),
        (_payload(b'"oid"'), {}),
        (_payload(b""), {}),
        ("", {}),
        ("opaque", {}),
        ("..", {}),
        ("a.b.c", {}),
        ("a.é.c", {}),
        ("a.b.c.d.e", {}),
        (f"a.{'=' * 9}.c", {}),
        DEEP,
    ],
    ids=count(),
)  # fmt: skip
def test_what_a_token_tells(text: str, claims: dict[str, str]) -> None:
    """The claims that say whose it is, as texts; none of a token that is no JWT, and no complaint."""
    assert claims_of(text) == claims


def _entra(code: int, words: str = "What it means.") -> exceptions.ClientAuthenticationError:
    said_of_it = f"AADSTS{code}: {words} Trace ID: 0a Correlation ID: 1b"
    return exceptions.ClientAuthenticationError(
        message=f"Microsoft Entra ID error '(invalid_request) {said_of_it}'\nContent: {{}}"
    )


@pytest.mark.parametrize(
    ("code", "cause"),
    [
        (70021, Cause.SUBJECT_MISMATCH), (700211, Cause.SUBJECT_MISMATCH), (700212, Cause.SUBJECT_MISMATCH),
        (700213, Cause.SUBJECT_MISMATCH), (700223, Cause.SUBJECT_MISMATCH),
        (90002, Cause.TENANT_WRONG), (900023, Cause.TENANT_WRONG),
        (700016, Cause.CLIENT_UNKNOWN),
        (500011, Cause.SCOPE_UNKNOWN), (70011, Cause.SCOPE_UNKNOWN), (1002012, Cause.SCOPE_UNKNOWN),
        (700024, Cause.IDENTITY_TOKEN_EXPIRED),
        (7000222, Cause.ISSUER_REFUSED), (53003, Cause.ISSUER_REFUSED), (7, Cause.ISSUER_REFUSED),
        (700, Cause.ISSUER_REFUSED), (7002130, Cause.ISSUER_REFUSED),
    ],
)  # fmt: skip
def test_an_error_of_entra(code: int, cause: Cause) -> None:
    """By its number as a whole; the evidence has it with Microsoft's words, and not the trace of the request."""
    found = diagnose_azure(_entra(code))
    assert (found.cause, found.message, found.stage) == (cause, f"AADSTS{code}: What it means.", Stage.TOKEN)
    chain = exceptions.ClientAuthenticationError(message=f"DefaultAzureCredential failed\n\tX: {_entra(code)}")
    assert diagnose_azure(chain).cause is cause


@pytest.mark.parametrize(
    ("error", "cause", "evidence"),
    [
        (FileNotFoundError(2, "No such file", "/token"), Cause.IDENTITY_FILE_UNREADABLE, "/token: No such file"),
        (PermissionError(13, "Denied", "/var/token"), Cause.IDENTITY_FILE_UNREADABLE, "/var/token: Denied"),
        (ValueError("Missing: 'client_id', 'tenant_id'."), Cause.IDENTITY_NOT_INJECTED, "AZURE_CLIENT_ID is not set"),
        (ValueError("Missing: 'client_id', 'tenant_id'."), Cause.IDENTITY_NOT_INJECTED, "AZURE_TENANT_ID is not set"),
        (ValueError("must be a TLS protected (https) URL"), Cause.CREDENTIALS_BROKEN, "AZURE_AUTHORITY_HOST must be"),
        (exceptions.ServiceRequestTimeoutError("x"), Cause.ISSUER_SILENT, ""),
        (exceptions.ServiceResponseTimeoutError("x"), Cause.ISSUER_SILENT, ""),
        (exceptions.ServiceRequestError("CERTIFICATE_VERIFY_FAILED"), Cause.ISSUER_UNTRUSTED, ""),
        (exceptions.ServiceRequestError("refused"), Cause.ISSUER_UNREACHABLE, ""),
        (exceptions.ServiceResponseError("aborted"), Cause.ISSUER_UNREACHABLE, ""),
        (exceptions.ClientAuthenticationError("what?"), Cause.ISSUER_BROKEN, "none of Entra ID's"),
        (exceptions.DecodeError("what?"), Cause.ISSUER_BROKEN, "none of Entra ID's"),
        (RuntimeError("secret"), Cause.ISSUER_BROKEN, "RuntimeError"),
    ],
)  # fmt: skip
def test_what_a_failure_means(error: Exception, cause: Cause, evidence: str) -> None:
    """By what azure-identity raises."""
    found = diagnose_azure(error)
    assert (found.cause, found.stage) == (cause, Stage.TOKEN)
    assert evidence in found.message
    assert "secret" not in found.message


CHAIN = exceptions.ClientAuthenticationError(message="DefaultAzureCredential failed to retrieve a token\n\tX: no.")


@pytest.mark.parametrize(
    ("extra", "cause"),
    [
        ({}, Cause.CREDENTIALS_MISSING),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, Cause.IDENTITY_NOT_INJECTED),
    ],
)
@pytest.mark.parametrize("silent", [False, True])
def test_a_chain_in_vain(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, extra: dict[str, str], cause: Cause, silent: bool
) -> None:
    """Nobody has credentials: a pod was not given any; on a machine its metadata may be out of reach."""
    with silent_port() as nobody:
        where = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://127.0.0.1:{nobody.port}"} if silent else {}
        enter(monkeypatch, hermetic(tmp_path, **extra, **where))
        found = diagnose_azure(CHAIN)
    expected = Cause.METADATA_SILENT if silent and not extra else cause
    assert found.cause is expected
    metadata = "the instance metadata did not answer" if silent else "there is no instance metadata"
    assert metadata in found.message
    assert "AZURE_FEDERATED_TOKEN_FILE is not set" in found.message


SECRET = "DefaultAzureCredential failed to retrieve a token\n\tEnvironmentCredential: Authentication failed: "


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ("HTTP Error: 500", Cause.ISSUER_BROKEN),
        ("Expecting value: line 1 column 1 (char 0)", Cause.ISSUER_BROKEN),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed", Cause.ISSUER_UNTRUSTED),
        ("HTTPSConnectionPool(host='x', port=443): Read timed out. (read timeout=1)", Cause.ISSUER_SILENT),
        ("Connection to login.microsoftonline.com timed out. (connect timeout=2)", Cause.ISSUER_SILENT),
        ("Failed to establish a new connection: [Errno 111] Connection refused", Cause.ISSUER_UNREACHABLE),
        ("Failed to resolve 'issuer' ([Errno -2] Name or service not known)", Cause.ISSUER_UNREACHABLE),
        pytest.param(
            "('Connection aborted.', RemoteDisconnected('Remote end closed connection without response'))",
            Cause.ISSUER_UNREACHABLE,
        ),
        pytest.param(
            "('Connection aborted.', ConnectionResetError(104, 'Connection reset by peer'))",
            Cause.ISSUER_UNREACHABLE,
        ),
    ],
)  # fmt: skip
def test_a_secret_in_vain(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: str, cause: Cause) -> None:
    """A client's own secret is tried first and alone, and the chain has nothing but the text of what came of it."""
    enter(monkeypatch, hermetic(tmp_path, AZURE_CLIENT_SECRET="secret"))
    assert diagnose_azure(exceptions.ClientAuthenticationError(message=SECRET + words)).cause is cause
