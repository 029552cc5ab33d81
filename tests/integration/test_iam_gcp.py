"""Google's workload identity from end to end: who gets in with a token that was verified, and whom servers refuse."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clouds.bench import (
    Bench,
    assert_fails_only,
    assert_in_with,
    assert_passes,
    empty_folders,
    finding,
    ids,
)
from tests.clouds.gcp import EMAIL, KEY_TOKEN, MACHINE, POOL, Google, google
from tests.clouds.http import said
from tests.servers.certificates import Authority
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.terminator import terminated

ISSUERS: dict[str, Callable[[Google, Path], dict[str, str]]] = {
    "metadata": lambda made, _: made.metadata(),
    "key": lambda made, files: made.key(files),
    "federation": lambda made, files: made.federation(files),
    "impersonation": lambda made, files: made.federation(files, impersonating=True),
}


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


@pytest.mark.parametrize(
    ("issuer", "source", "whose"),
    [
        ("metadata", "google.auth.compute_engine.credentials", EMAIL),
        ("key", "google.oauth2.service_account", EMAIL),
        ("federation", "google.auth.identity_pool", "somebody whom nobody names"),
        ("impersonation", "google.auth.identity_pool", EMAIL),
    ],
)
def test_a_cluster_of_three(bench: Bench, made: Google, issuer: str, source: str, whose: str) -> None:
    """Through one node all three let `default` in with a token of Google's, and once more with the next one.

    The findings name the service account, the way it was found and how long the token lives.
    """
    with bench.gates() as gates:
        told = bench.by_node(ISSUERS[issuer](made, bench.files), gates[0])
    assert_passes(told)
    assert_in_with(told, gates, "default", made.tokens)
    assert finding(told, "token.obtained")["summary"].endswith(f" characters, by {source}")
    assert finding(told, "token.identity")["summary"] == whose
    assert " minutes, until 20" in finding(told, "token.lifetime")["summary"]
    assert finding(told, "token.clock")["outcome"] == "not-applicable"


@pytest.mark.parametrize(("issuer", "user"), [("metadata", ""), ("impersonation", "default")])
def test_standalone(bench: Bench, made: Google, issuer: str, user: str) -> None:
    """A single server lets us in as well; that Google's standalone product does not is config.iam's to say."""
    with bench.gate() as gate:
        told = bench.by_url(ISSUERS[issuer](made, bench.files), gate, user=user)
    assert_in_with(told, [gate], "default", made.tokens)
    assert ids(told, "fail") == ["config.iam"]
    assert "standalone Memorystore" in finding(told, "config.iam")["summary"]
    assert ids(told, "warn") + ids(told, "blocked") == []
    assert finding(told, "commands.write")["outcome"] == "pass"


def test_a_good_token_that_is_refused(bench: Bench, made: Google) -> None:
    """The role is missing: the finding has the commands that grant it, with the service account's name."""
    with bench.gate(lambda *_: False) as gate:
        told = bench.by_node(made.metadata(), gate)
    assert len(gate.shown) == 1
    details = assert_fails_only(told, "auth.accepted", "gcp-token-refused")["details"]
    assert details["identity"] == EMAIL
    assert details["evidence"].startswith("WRONGPASS")
    for product, role in {
        "Memorystore for Valkey": "roles/memorystore.dbConnectionUser",
        "Memorystore for Redis Cluster": "roles/redis.dbConnectionUser",
    }.items():
        assert details[product].startswith("gcloud projects add-iam-policy-binding")
        assert details[product].endswith(f"--member serviceAccount:{EMAIL} --role {role}")


@pytest.mark.parametrize("email", [POOL, MACHINE])
def test_an_identity_that_nobody_made_for_this(bench: Bench, made: Google, email: str) -> None:
    """Without the annotation a pod gets a token of the pool or of the machine, which the server refuses."""
    made.email = email
    with bench.gate(lambda *_: False) as gate:
        told = bench.by_node(made.metadata(), gate)
    failed = assert_fails_only(told, "token.identity", "identity-unbound")
    assert failed["details"]["identity"] == email
    assert "iam.gke.io/gcp-service-account" in failed["remedy"]


def test_the_pools_identity_where_it_is_let_in(bench: Bench, made: Google) -> None:
    """A server that takes the token knows better: a warning is enough."""
    made.email = POOL
    with bench.gate() as gate:
        told = bench.by_url(made.metadata(), gate)
    assert ids(told, "warn") == ["token.identity"]
    assert finding(told, "commands.write")["outcome"] == "pass"


@pytest.mark.parametrize(
    "refusal",
    [
        "(ERR_IAM_EXHAUSTED) Memorystore IAM authentication backend quota exceeded.",
        "(ERR_IAM_OTHER) Memorystore IAM authentication backend error.",
    ],
)
def test_a_backend_that_is_busy(bench: Bench, made: Google, refusal: str) -> None:
    """Memorystore's own words for its quota, and for its faults."""
    with bench.gate(lambda *_: False, refusal=f"-ERR {refusal}\r\n".encode()) as gate:
        told = bench.by_node(made.metadata(), gate)
    failed = assert_fails_only(told, "auth.accepted", "iam-backend-busy")
    assert refusal in failed["details"]["evidence"]


def test_a_server_that_asks_for_no_login(bench: Bench, made: Google) -> None:
    """The instance was created without IAM authentication: it lets everybody in, LangSmith too."""
    with terminated(bench.server, bench.ca.server()) as open_to_all:
        told = bench.by_node(made.metadata(), open_to_all)
    assert finding(told, "auth.accepted")["outcome"] == "pass"


def test_a_second_token_that_does_not_come(bench: Bench, made: Google) -> None:
    """The first one came; an issuer that then fails is told apart from a server that refuses."""
    made.limit = 1
    with bench.gate() as gate:
        told = bench.by_url(made.metadata(), gate)
    renewal = finding(told, "auth.renewal")
    assert (renewal["outcome"], renewal["cause"]) == ("fail", "renewal-without-token")
    assert renewal["details"]["evidence"].startswith("issuer-broken")
    assert finding(told, "commands.write")["outcome"] == "pass"


def test_a_server_that_takes_a_token_only_once(bench: Bench, made: Google) -> None:
    """A proxy on the way ends the connection at the second AUTH."""
    with bench.gate(renews=False) as gate:
        told = bench.by_url(made.metadata(), gate)
    renewal = finding(told, "auth.renewal")
    assert (renewal["outcome"], renewal["cause"]) == ("fail", "renewal-refused")
    assert ids(told, "fail") == ["config.iam", "auth.renewal"]
    assert finding(told, "commands.write")["outcome"] == "pass"


def test_a_token_near_its_end(bench: Bench, made: Google) -> None:
    """A cache on the way gives out old tokens: it works for now, and is worth a warning."""
    made.seconds = 60
    with bench.gates() as gates:
        told = bench.by_node(made.metadata(), gates[0])
    assert (ids(told, "fail"), ids(told, "warn")) == ([], ["token.lifetime"])
    assert "the token has" in finding(told, "token.lifetime")["summary"]


def test_a_token_past_its_end(bench: Bench, made: Google) -> None:
    """What the server says to it is explained by that."""
    made.seconds = -60
    with bench.gate() as gate:
        told = bench.by_node(made.metadata(), gate)
    assert_fails_only(told, "token.lifetime", "token-expired")


def test_a_token_without_an_end(bench: Bench, made: Google) -> None:
    """An endpoint that does not say how long it lives: nothing is made up."""
    made.replies[KEY_TOKEN] = said(access_token=made.given(3600), token_type="Bearer")
    with bench.gate() as gate:
        told = bench.by_url(made.key(bench.files), gate)
    assert finding(told, "token.lifetime")["outcome"] == "not-applicable"
    assert finding(told, "auth.renewal")["summary"].startswith("the same token again")
