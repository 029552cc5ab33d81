"""Why there is no token of Azure's: each has its own cause and remedy, and nothing else is reported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.clouds.azure import IMDS_TOKEN, OBJECT_ID, TOKEN, Entra, aadsts, entra
from tests.clouds.bench import QUICK, Bench, assert_fails_only, empty_folders, finding
from tests.clouds.environment import NOWHERE
from tests.clouds.http import DROPPED, HTML, Answer, Asked, Reply, said
from tests.servers.certificates import Authority
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.scripted import silent_port

Environ = Callable[[Bench, Entra], dict[str, str]]


@pytest.fixture
def made(certificates: Authority) -> Iterator[Entra]:
    with entra(certificates) as made:
        yield made


@pytest.fixture
def bench(
    made: Entra, server_pool: ServerPool, cluster_pool: ClusterPool, certificates: Authority, tmp_path: Path
) -> Iterator[Bench]:
    with empty_folders(tmp_path) as (home, files):
        yield Bench(
            provider="azure", issuer=made, servers=server_pool, clusters=cluster_pool, ca=certificates, home=home,
            files=files,
        )  # fmt: skip


def _workload(**changed: str) -> Environ:
    """What the webhook gives a pod; an empty text takes a variable away."""
    return lambda bench, made: made.workload(bench.files, bench.ca.ca_file) | changed


def _client(**changed: str) -> Environ:
    return lambda bench, made: made.client(bench.ca.ca_file) | changed


def _machine(_: Bench, made: Entra) -> dict[str, str]:
    return made.machine()


def _nothing(**more: str) -> Environ:
    return lambda *_: more


def _file(content: bytes | None) -> Environ:
    """The pod's token is this; None for a folder in its place."""

    def made_so(bench: Bench, made: Entra) -> dict[str, str]:
        file = bench.files / "projected"
        if content is None:
            file.mkdir()
        else:
            file.write_bytes(content)
        return made.workload(bench.files, bench.ca.ca_file) | {"AZURE_FEDERATED_TOKEN_FILE": str(file)}

    return made_so


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the pod was given and what Entra ID says; then the cause, and what the evidence and the remedy tell."""

    cause: str
    env: Environ = field(default_factory=_workload)
    says: dict[str, Reply] = field(default_factory=dict)
    evidence: str = ""
    remedy: str = ""
    options: tuple[str, ...] = ()


UNSET = "AZURE_TENANT_ID is not set; AZURE_CLIENT_ID is not set; AZURE_FEDERATED_TOKEN_FILE is not set"

OF_ENTRA = {
    "70021": ("subject-mismatch", "issuer = the cluster's OIDC issuer"),
    "700211": ("subject-mismatch", "system:serviceaccount:<namespace>:<service account>"),
    "700212": ("subject-mismatch", "audience as the evidence has it"),
    "700213": ("subject-mismatch", "Add or correct the federated credential"),
    "90002": ("tenant-wrong", "--azure-authority"),
    "700016": ("client-unknown", "azure.workload.identity/client-id"),
    "500011": ("scope-unknown", "Leave --azure-scope out"),
    "700024": ("identity-token-expired", "NTP"),
    "53003": ("issuer-refused", "The evidence has its words"),
}
"""Cause and remedy by the code of an error."""

CASES = {
    "nothing anywhere": Case(
        env=_nothing(),
        cause="credentials-missing",
        evidence=f"{UNSET}; there is no instance metadata; no login of az or azd",
        remedy="on a person's machine log in (`az login`)",
    ),
    "nothing in a pod": Case(
        env=_nothing(KUBERNETES_SERVICE_HOST="10.0.0.1"),
        cause="identity-not-injected",
        evidence=UNSET,
        remedy='azure.workload.identity/use: "true"',
    ),
    "no client id": Case(
        env=_workload(AZURE_CLIENT_ID=""),
        cause="identity-not-injected",
        evidence="AZURE_CLIENT_ID is not set",
        remedy="the annotation azure.workload.identity/client-id",
    ),
    "no tenant": Case(
        env=_workload(AZURE_TENANT_ID=""), cause="identity-not-injected", evidence="AZURE_TENANT_ID is not set"
    ),
    "a machine without an identity": Case(
        env=_machine,
        says={IMDS_TOKEN: said(status=400, error="invalid_request", error_description="Identity not found")},
        cause="credentials-missing",
        evidence="the instance metadata answers, and gives no credentials",
    ),
    "no token file": Case(
        env=_workload(AZURE_FEDERATED_TOKEN_FILE="/nowhere/azure-identity-token"),
        cause="identity-file-unreadable",
        evidence="/nowhere/azure-identity-token: No such file or directory",
        remedy="the workload identity webhook mounts the file",
    ),
    "a token file that may not be read": Case(
        env=_file(None), cause="identity-file-unreadable", evidence="projected: Is a directory", remedy="fsGroup"
    ),
    "a token file of no text": Case(
        env=_file(b"\xff\xfe"), cause="identity-file-unreadable", evidence="projected: no text"
    ),
    "another pod's token": Case(
        env=_file(b"the token of another pod"), cause="subject-mismatch", evidence="AADSTS700213: No matching"
    ),
    "another scope": Case(
        options=("--azure-scope", "https://redis.azure.example/.default"),
        cause="scope-unknown",
        evidence="AADSTS500011: The resource principal was not found in the tenant.",
    ),
    "an authority without TLS": Case(
        env=_workload(AZURE_AUTHORITY_HOST="http://127.0.0.1"),
        cause="credentials-broken",
        evidence="AZURE_AUTHORITY_HOST must be an https:// URL",
    ),
    "an option for an authority without TLS": Case(
        options=("--azure-authority", "http://127.0.0.1"), cause="credentials-broken", evidence="https:// URL"
    ),
    "an authority whose certificate is unknown": Case(
        env=_workload(REQUESTS_CA_BUNDLE=""), cause="issuer-untrusted", remedy="Give its CA in REQUESTS_CA_BUNDLE"
    ),
    "a bundle that is not there": Case(
        env=_workload(REQUESTS_CA_BUNDLE="/nowhere/ca.pem"),
        cause="issuer-untrusted",
        evidence="/nowhere/ca.pem cannot be read",
    ),
    "an authority that is away": Case(
        env=_workload(AZURE_AUTHORITY_HOST=f"https://{NOWHERE}"), cause="issuer-unreachable", remedy="HTTPS_PROXY"
    ),
    "an authority that hangs": Case(says={TOKEN: None}, cause="issuer-silent", options=QUICK),
    "an authority that drops": Case(says={TOKEN: DROPPED}, cause="issuer-unreachable"),
    "an authority that breaks": Case(
        says={TOKEN: Answer(status=500)}, cause="issuer-broken", evidence="it answers 500"
    ),
    "an authority that throttles": Case(says={TOKEN: Answer(status=429)}, cause="issuer-broken"),
    "a portal in its place": Case(
        says={TOKEN: HTML}, cause="issuer-broken", evidence="an answer that is none of Entra ID's"
    ),
    "an empty token": Case(says={TOKEN: said(access_token="", expires_in=3600)}, cause="token-empty"),
    "a huge token": Case(
        says={TOKEN: said(access_token="x" * 1_000_000, expires_in=3600)},
        cause="token-oversized",
        evidence="1,000,000 bytes",
    ),
    "a token without an end": Case(
        says={TOKEN: said(access_token="x" * 50)}, cause="issuer-broken", evidence="an answer that is none of Entra"
    ),
    "a token of no text": Case(
        says={TOKEN: said(access_token="\ud800", expires_in=3600)},
        cause="issuer-broken",
    ),
    "a token that is a number": Case(
        says={TOKEN: said(access_token=5, expires_in=3600)}, cause="issuer-broken", evidence="a token that is no text"
    ),
    "a secret that has expired": Case(
        env=_client(),
        says={TOKEN: aadsts(7000222, "The provided client secret keys are expired.", status=401)},
        cause="issuer-refused",
        evidence="AADSTS7000222: The provided client secret keys are expired.",
    ),
    "a secret for no tenant": Case(
        env=_client(AZURE_TENANT_ID="no tenant!"),
        cause="credentials-broken",
        evidence="Invalid tenant ID provided",
    ),
    "a secret, and an authority that breaks": Case(
        env=_client(), says={TOKEN: Answer(status=500)}, cause="issuer-broken"
    ),
    "a secret, and a portal": Case(env=_client(), says={TOKEN: HTML}, cause="issuer-broken"),
    "a secret, and an unknown certificate": Case(env=_client(REQUESTS_CA_BUNDLE=""), cause="issuer-untrusted"),
    "a secret, and no way": Case(env=_client(HTTPS_PROXY=f"http://{NOWHERE}"), cause="issuer-unreachable"),
}


def _assert_no_token(bench: Bench, made: Entra, case: Case) -> None:
    made.replies |= case.says
    with bench.gate() as gate:
        told = bench.by_url(case.env(bench, made), gate, *case.options, user=OBJECT_ID, here=case.options != QUICK)
    assert gate.shown == []
    failed = assert_fails_only(told, "token.obtained", case.cause)
    assert case.evidence in failed["details"].get("evidence", "")
    assert case.remedy in failed["remedy"]


@pytest.mark.parametrize("name", CASES)
def test_no_token(bench: Bench, made: Entra, name: str) -> None:
    """One cause and its remedy; nothing is shown to the server."""
    _assert_no_token(bench, made, CASES[name])


@pytest.mark.parametrize("code", OF_ENTRA)
def test_an_error_of_entra(bench: Bench, made: Entra, code: str) -> None:
    """The code says what is wrong; the evidence has it with Microsoft's words, without the trace of the request."""
    cause, remedy = OF_ENTRA[code]
    says: dict[str, Reply] = {TOKEN: aadsts(int(code), "What it means.")}
    case = Case(says=says, cause=cause, evidence=f"AADSTS{code}: What it means.", remedy=remedy)
    _assert_no_token(bench, made, case)


@pytest.mark.parametrize("env", [_workload(), _client()], ids=["assertion", "secret"])
@pytest.mark.parametrize("before", [0, 170])
def test_an_error_that_quotes_what_it_was_asked(bench: Bench, made: Entra, env: Environ, before: int) -> None:
    """What stands in for a password until the token comes is not shown either, in whole or in part."""
    made.replies[TOKEN] = lambda asked: aadsts(50027, "." * before + _proof(asked))
    with bench.gate() as gate:
        told = bench.by_url(env(bench, made), gate, user=OBJECT_ID, here=True)
    assert finding(told, "token.obtained")["cause"] == "issuer-refused"
    assert made.client_secret[:16] not in str(told)
    assert made.assertion[:16] not in str(told)


def _proof(asked: Asked) -> str:
    return asked.form.get("client_secret") or asked.form["client_assertion"]


def test_metadata_that_is_silent(bench: Bench) -> None:
    """It accepts the connection and says nothing, as behind a network policy."""
    with silent_port() as silent, bench.gate() as gate:
        env = {"AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://{silent.host}:{silent.port}"}
        told = bench.by_url(env, gate, user=OBJECT_ID)
    failed = assert_fails_only(told, "token.obtained", "metadata-silent")
    assert "the instance metadata did not answer" in failed["details"]["evidence"]
    assert "169.254.169.254" in failed["remedy"]
