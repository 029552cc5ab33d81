"""Why a pod on GKE, a machine, or nobody at all gets no token of Google's: one cause and one remedy each."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.clouds.bench import QUICK, Bench, assert_fails_only, empty_folders
from tests.clouds.gcp import METADATA_TOKEN, PING, Google, google
from tests.clouds.http import DROPPED, HTML, Answer, Said, said
from tests.servers.certificates import Authority
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.scripted import silent_port


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


class Case(NamedTuple):
    """What the metadata server says, and at which path; then the cause and what the evidence tells of it."""

    says: Said
    cause: str
    evidence: str = ""
    at: str = METADATA_TOKEN


CASES = {
    "not Google's": Case(
        Answer(body=b"latest\n"), "credentials-missing", "the metadata server is not Google's", at=PING
    ),
    "no binding": Case(Answer(status=403, body=b"Unable to generate token"), "impersonation-refused", " answers 403"),
    "no such account": Case(Answer(status=404), "impersonation-refused", " answers 404"),
    "too often": Case(Answer(status=429), "issuer-broken", " answers 429"),
    "broken": Case(Answer(status=500), "issuer-broken", " answers 500"),
    "broken from the start": Case(Answer(status=503), "issuer-broken", " answers 503", at=PING),
    "dropped": Case(DROPPED, "issuer-unreachable", "127.0.0.1:"),
    "HTML": Case(HTML, "issuer-broken", " answers 200, and no token that can be read"),
    "no token": Case(said(expires_in=3600), "issuer-broken", " answers 200, and no token that can be read"),
    "no end": Case(said(access_token="x" * 50), "issuer-broken", " answers 200, and no token that can be read"),
    "an empty token": Case(said(access_token="", expires_in=3600), "token-empty"),
    "a huge token": Case(said(access_token="x" * 1_000_000, expires_in=3600), "token-oversized", "1,000,000 bytes"),
    "silence": Case(None, "issuer-silent"),
}


@pytest.mark.parametrize("name", CASES)
def test_no_token(bench: Bench, made: Google, name: str) -> None:
    """The metadata server is there, and gives none; nothing is shown to the server."""
    case = CASES[name]
    made.replies[case.at] = case.says
    with bench.gate() as gate:
        told = bench.by_node(made.metadata(), gate, *(QUICK if case.says is None else ()))
    assert gate.shown == []
    failed = assert_fails_only(told, "token.obtained", case.cause)
    assert case.evidence in failed["details"].get("evidence", "")
    if case.cause == "impersonation-refused":
        assert "roles/iam.workloadIdentityUser" in failed["remedy"]


def test_metadata_that_is_silent(bench: Bench) -> None:
    """It accepts the connection and says nothing, as behind a network policy."""
    with silent_port() as silent, bench.gate() as gate:
        where = f"{silent.host}:{silent.port}"
        env = {"GCE_METADATA_HOST": where, "GCE_METADATA_IP": where, "NO_GCE_CHECK": ""}
        failed = assert_fails_only(bench.by_node(env, gate), "token.obtained", "metadata-silent")
    assert failed["details"]["evidence"] == f"{where} did not answer"
    assert "169.254.169.254" in failed["remedy"]


def test_nothing_anywhere(bench: Bench) -> None:
    """Neither file, nor gcloud, nor metadata: on a person's machine the remedy is to log in."""
    with bench.gate() as gate:
        failed = assert_fails_only(bench.by_node({"NO_GCE_CHECK": ""}, gate), "token.obtained", "credentials-missing")
    evidence = "GOOGLE_APPLICATION_CREDENTIALS is not set; no login of gcloud; there is no metadata server"
    assert failed["details"]["evidence"] == evidence
    assert "log in (`gcloud auth application-default login`)" in failed["remedy"]


def test_nothing_in_a_pod(bench: Bench) -> None:
    """The same inside a cluster: the service account lacks its annotation."""
    with bench.gate() as gate:
        told = bench.by_node({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, gate)
    failed = assert_fails_only(told, "token.obtained", "identity-not-injected")
    assert failed["details"]["evidence"].endswith("the metadata server was not asked")
    assert "the annotation iam.gke.io/gcp-service-account, then make the pod anew" in failed["remedy"]
