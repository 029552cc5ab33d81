"""Why a key or a federation gives no token of Google's: one cause and one remedy each, and no other failure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from tests.clouds.bench import QUICK, Bench, assert_fails_only, empty_folders, finding
from tests.clouds.environment import NOWHERE
from tests.clouds.gcp import (
    IMPERSONATION,
    KEY_TOKEN,
    STS,
    Google,
    api_error,
    google,
    oauth_error,
)
from tests.clouds.http import Answer, Asked, Reply, http_server, proxy_server
from tests.servers.certificates import Authority
from tests.servers.fixtures import ClusterPool, ServerPool

Environ = Callable[[Google, Path], dict[str, str]]

FIRST_HOST = "cloudresourcemanager.googleapis.com"


@pytest.fixture
def made() -> Iterator[Google]:
    with google() as made:
        yield made


@pytest.fixture
def bench(
    made: Google, server_pool: ServerPool, cluster_pool: ClusterPool, certificates: Authority, tmp_path: Path
) -> Iterator[Bench]:
    with empty_folders(tmp_path) as (home, files):
        yield Bench(
            provider="gcp", issuer=made, servers=server_pool, clusters=cluster_pool, ca=certificates, home=home,
            files=files,
        )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the pod was given and what Google says; then the cause, and what the evidence and the remedy tell."""

    cause: str
    env: Environ
    says: dict[str, Reply] = field(default_factory=dict)
    evidence: str = ""
    remedy: str = ""
    options: tuple[str, ...] = ()


def _key(made: Google, files: Path) -> dict[str, str]:
    return made.key(files)


def _federation(made: Google, files: Path) -> dict[str, str]:
    return made.federation(files)


def _impersonation(made: Google, files: Path) -> dict[str, str]:
    return made.federation(files, impersonating=True)


def _without_subject(made: Google, files: Path) -> dict[str, str]:
    env = made.federation(files)
    (files / "subject-token").unlink()
    return env


def _with_subject(content: bytes) -> Environ:
    def made_so(made: Google, files: Path) -> dict[str, str]:
        env = made.federation(files)
        (files / "subject-token").write_bytes(content)
        return env

    return made_so


def _subject_of_another_user(made: Google, files: Path) -> dict[str, str]:
    """A folder stands for a file that may not be read, which root always may."""
    env = _without_subject(made, files)
    (files / "subject-token").mkdir()
    return env


def _key_file(content: str | None) -> Environ:
    def made_so(_: Google, files: Path) -> dict[str, str]:
        if content is not None:
            (files / "key.json").write_text(content)
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(files / "key.json")}

    return made_so


DENIED = "Permission 'iam.serviceAccounts.getAccessToken' denied on resource (or it may not exist)."

CASES = {
    "a key that Google refuses": Case(
        env=_key,
        says={KEY_TOKEN: oauth_error(400, "invalid_grant", "Invalid JWT Signature.")},
        cause="key-refused",
        evidence=" answers 400: invalid_grant: Invalid JWT Signature.",
    ),
    "a key of an account that is shut out": Case(
        env=_key,
        says={KEY_TOKEN: oauth_error(403, "access_denied", "Account restricted")},
        cause="key-refused",
        evidence="403",
    ),
    "a key that is asked with too often": Case(
        env=_key,
        says={KEY_TOKEN: Answer(status=429)},
        cause="issuer-broken",
        evidence="429",
    ),
    "a subject that nobody trusts": Case(
        env=_with_subject(b"another identity token"),
        cause="subject-mismatch",
        evidence="invalid_grant: The audience in ID Token does not match.",
        remedy="system:serviceaccount:<namespace>:<service account>",
    ),
    "an impersonation without a binding": Case(
        env=_impersonation,
        says={IMPERSONATION: api_error(403, DENIED)},
        cause="impersonation-refused",
        evidence=DENIED,
        remedy="roles/iam.workloadIdentityUser",
    ),
    "an impersonation of nobody": Case(
        env=_impersonation,
        says={IMPERSONATION: api_error(404, "Not found; Gaia id not found for email")},
        cause="impersonation-refused",
        evidence="Gaia id not found",
    ),
    "no file of the subject": Case(
        env=_without_subject,
        cause="identity-file-unreadable",
        evidence="subject-token' was not found",
        remedy="fsGroup",
    ),
    "an empty file of the subject": Case(
        env=_with_subject(b""), cause="identity-file-unreadable", evidence="Missing subject_token"
    ),
    "a file of the subject that may not be read": Case(
        env=_subject_of_another_user,
        cause="identity-file-unreadable",
        evidence="subject-token",
    ),
    "no key file": Case(env=_key_file(None), cause="credentials-broken", evidence="key.json was not found"),
    "a key file that is no JSON": Case(env=_key_file("{"), cause="credentials-broken", evidence="key.json is not a"),
    "a key file of no kind": Case(env=_key_file('{"type": "x"}'), cause="credentials-broken", evidence="key.json"),
    "a key file with a list": Case(env=_key_file("[]"), cause="credentials-broken", evidence="key.json"),
    "a key that is none": Case(
        env=lambda made, files: made.key(files, private_key="no key, but a secret"),
        cause="credentials-broken",
        evidence="Failed to load service account credentials from",
    ),
    "nobody at the token endpoint": Case(
        env=lambda made, files: made.key(files, token_uri=f"http://{NOWHERE}{KEY_TOKEN}"),
        cause="issuer-unreachable",
        evidence=NOWHERE,
    ),
    "a token service that hangs": Case(env=_federation, says={STS: None}, cause="issuer-silent", options=QUICK),
    "a bundle that is not there": Case(
        env=lambda made, files: (
            made.key(files, token_uri=f"https://{NOWHERE}{KEY_TOKEN}") | {"REQUESTS_CA_BUNDLE": "/nowhere/ca.pem"}
        ),
        cause="issuer-untrusted",
        evidence="/nowhere/ca.pem cannot be read",
        remedy="REQUESTS_CA_BUNDLE",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_no_token(bench: Bench, made: Google, name: str) -> None:
    """One cause and its remedy; nothing is shown to the server."""
    case = CASES[name]
    made.replies |= case.says
    with bench.gate() as gate:
        told = bench.by_node(case.env(made, bench.files), gate, *case.options, here=case.options != QUICK)
    assert gate.shown == []
    failed = assert_fails_only(told, "token.obtained", case.cause)
    assert case.evidence in failed["details"].get("evidence", "")
    assert case.remedy in failed["remedy"]


QUOTED: dict[str, tuple[str, Environ, Callable[[Asked], str]]] = {
    "the subject's token": (STS, _federation, lambda asked: asked.form["subject_token"]),
    "what the key has signed": (KEY_TOKEN, _key, lambda asked: asked.form["assertion"]),
    "the token to impersonate with": (IMPERSONATION, _impersonation, lambda asked: asked.headers["authorization"]),
}


@pytest.mark.parametrize("what", QUOTED)
@pytest.mark.parametrize("before", [0, 120])
def test_an_error_that_quotes_what_it_was_asked(bench: Bench, made: Google, what: str, before: int) -> None:
    """What stands in for a password until the token comes is not shown either, in whole or in part."""
    path, env, quoted = QUOTED[what]
    made.replies[path] = lambda asked: oauth_error(400, "invalid_grant", "." * before + quoted(asked))
    with bench.gate() as gate:
        told = bench.by_node(env(made, bench.files), gate, here=True)
    assert finding(told, "token.obtained")["outcome"] == "fail"
    [text] = [quoted(asked) for asked in made.server.asked if asked.path == path]
    assert text.removeprefix("Bearer ")[:20] not in str(told)


def test_an_issuer_whose_certificate_is_unknown(bench: Bench) -> None:
    """Something on the way opens TLS; with its CA in REQUESTS_CA_BUNDLE all is well."""
    with google(certificate=bench.ca.server()) as inspected, bench.gate(inspected.admit) as gate:
        among = replace(bench, issuer=inspected)
        env = inspected.key(bench.files)
        failed = assert_fails_only(among.by_node(env, gate), "token.obtained", "issuer-untrusted")
        assert "Give its CA in REQUESTS_CA_BUNDLE" in failed["remedy"]
        told = among.by_url(env | {"REQUESTS_CA_BUNDLE": str(bench.ca.ca_file)}, gate)
    assert finding(told, "commands.write")["outcome"] == "pass"


@pytest.mark.parametrize("known", [True, False])
def test_federation_in_no_project(bench: Bench, made: Google, known: bool) -> None:
    """Without GOOGLE_CLOUD_PROJECT the package asks for the project first, and fails where it cannot ask."""
    env = made.federation(bench.files)
    del env["GOOGLE_CLOUD_PROJECT"]
    forbidden = api_error(403, "Cloud Resource Manager API has not been used")
    with (
        http_server(lambda _: forbidden, certificate=bench.ca.server(FIRST_HOST)) as manager,
        proxy_server({f"{FIRST_HOST}:443": manager} if known else {}) as proxy,
        bench.gate() as gate,
    ):
        way = {"HTTPS_PROXY": proxy.url, "REQUESTS_CA_BUNDLE": str(bench.ca.ca_file)}
        told = bench.by_url(env | way, gate) if known else bench.by_node(env | way, gate)
    assert f"{FIRST_HOST}:443" in proxy.paths
    if known:
        assert finding(told, "commands.write")["outcome"] == "pass"
    else:
        failed = assert_fails_only(told, "token.obtained", "issuer-unreachable")
        assert failed["details"]["evidence"] == FIRST_HOST
