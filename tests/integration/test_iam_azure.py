"""Azure's workload identity from end to end: who gets in with a token that was verified, and whom servers refuse."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.clouds.azure import CLIENT_ID, OBJECT_ID, SCOPE, TENANT, TOKEN, Entra, entra
from tests.clouds.bench import (
    Bench,
    assert_fails_only,
    assert_in_with,
    assert_nothing_blocked_by,
    assert_passes,
    empty_folders,
    finding,
    ids,
)
from tests.clouds.environment import NOWHERE
from tests.servers.certificates import Authority
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.terminator import terminated


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


def _workload(bench: Bench, made: Entra) -> dict[str, str]:
    return made.workload(bench.files, bench.ca.ca_file)


def _machine(_: Bench, made: Entra) -> dict[str, str]:
    return made.machine()


def _client(bench: Bench, made: Entra) -> dict[str, str]:
    return made.client(bench.ca.ca_file)


ISSUERS: dict[str, Callable[[Bench, Entra], dict[str, str]]] = {
    "WorkloadIdentityCredential": _workload,
    "ManagedIdentityCredential": _machine,
    "EnvironmentCredential": _client,
}


@pytest.mark.parametrize("issuer", ISSUERS)
def test_standalone(bench: Bench, made: Entra, issuer: str) -> None:
    """The object id gets in with a token of Entra ID's, and once more with the next one."""
    with bench.gate() as gate:
        told = bench.by_url(ISSUERS[issuer](bench, made), gate, user=OBJECT_ID)
    assert_passes(told)
    assert_in_with(told, [gate], OBJECT_ID, made.tokens)
    assert finding(told, "token.obtained")["summary"].endswith(f" characters, by {issuer}")
    whose = f"object id {OBJECT_ID}, client id {CLIENT_ID}, tenant {TENANT}"
    assert finding(told, "token.identity")["summary"] == whose
    assert " minutes, until 20" in finding(told, "token.lifetime")["summary"]
    assert finding(told, "token.clock")["outcome"] == "not-applicable"


@pytest.mark.parametrize("issuer", ["WorkloadIdentityCredential", "ManagedIdentityCredential"])
def test_a_cluster_of_three(bench: Bench, made: Entra, issuer: str) -> None:
    """A node list names no user: through one node all three let in the object id that the token tells."""
    with bench.gates() as gates:
        told = bench.by_node(ISSUERS[issuer](bench, made), gates[0])
    assert_passes(told)
    assert_in_with(told, gates, OBJECT_ID, made.tokens)


@pytest.mark.parametrize("option", [True, False])
def test_another_authority(bench: Bench, made: Entra, option: bool) -> None:
    """In a sovereign cloud: --azure-authority stands before AZURE_AUTHORITY_HOST, and either is asked."""
    env = _workload(bench, made)
    if option:
        env["AZURE_AUTHORITY_HOST"] = f"https://{NOWHERE}"
    options = ("--azure-authority", made.authority.url) if option else ()
    with bench.gate() as gate:
        assert_passes(bench.by_url(env, gate, *options, user=OBJECT_ID))
    assert made.authority.paths == [f"/{TENANT}{TOKEN}"] * 2
    assert {asked.form["scope"] for asked in made.authority.asked} == {SCOPE}


def test_another_scope(bench: Bench, made: Entra) -> None:
    """--azure-scope is what the token is asked for, and its audience is then nobody's business."""
    made.scope = "acca5fbb-b7e4-4009-81f1-37e38fd66d78/.default"
    with bench.gate() as gate:
        told = bench.by_url(_workload(bench, made), gate, "--azure-scope", made.scope, user=OBJECT_ID)
    assert_passes(told)
    assert {asked.form["scope"] for asked in made.authority.asked} == {made.scope}


def test_a_token_that_is_no_jwt(bench: Bench, made: Entra) -> None:
    """Microsoft promises no form: a token that tells nothing logs the named user in all the same."""
    made.opaque = True
    with bench.gate() as gate:
        told = bench.by_url(_workload(bench, made), gate, user=OBJECT_ID)
    assert_passes(told)
    assert_in_with(told, [gate], OBJECT_ID, made.tokens)
    assert "somebody whom nobody names" in finding(told, "token.identity")["summary"]


@pytest.mark.parametrize("named", [True, False])
def test_a_token_that_is_no_jwt_on_a_cluster(bench: Bench, made: Entra, named: bool) -> None:
    """A node list names nobody and the token tells nobody: --username does, or else that is what is wrong."""
    made.opaque = True
    with bench.gates() as gates:
        told = bench.by_node(_workload(bench, made), gates[0], *(("--username", OBJECT_ID) if named else ()))
    if named:
        assert_passes(told)
        assert_in_with(told, gates, OBJECT_ID, made.tokens)
    else:
        assert_fails_only(told, "token.obtained", "user-unnamed")
        assert [gate.shown for gate in gates] == [[], [], []]


def test_the_client_id_for_the_object_id(bench: Bench, made: Entra) -> None:
    """The usual slip: the URL names the client id. The values that cure it name the object id."""
    with bench.gate() as gate:
        told = bench.by_url(_workload(bench, made), gate, user=CLIENT_ID)
    failed = assert_fails_only(told, "token.identity", "object-id-expected")
    assert failed["details"]["identity"] == OBJECT_ID
    assert failed["details"]["user name"] == CLIENT_ID
    url = f"rediss://{OBJECT_ID}@{gate.host}:{gate.port}/0"
    assert failed["patch"] == {"redis": {"external": {"connectionUrl": url}}}


def test_another_name_that_is_let_in(bench: Bench, made: Entra) -> None:
    """A server that takes the name knows better: a warning is enough."""
    with bench.gate(lambda _, token: token in made.tokens) as gate:
        told = bench.by_url(_workload(bench, made), gate, user="langsmith")
    assert (ids(told, "fail"), ids(told, "warn")) == ([], ["token.identity"])


def test_a_url_that_names_nobody(bench: Bench, made: Entra) -> None:
    """LangSmith wants the name there; the remedy has it, for the token tells it, and the rest is checked with it."""
    with bench.gate() as gate:
        told = bench.by_url(_workload(bench, made), gate)
    failed = assert_nothing_blocked_by(told, "config.iam")
    assert failed["summary"] == "the URL names no identity"
    assert OBJECT_ID in failed["remedy"]
    assert finding(told, "commands.write")["outcome"] == "pass"


def test_no_token_goes_over_plaintext(bench: Bench, made: Entra) -> None:
    """Azure takes tokens over TLS only: without it none is asked for."""
    with bench.gate() as gate:
        told = bench.run(_workload(bench, made), f"redis://{OBJECT_ID}@{gate.host}:{gate.port}/0")
    assert ids(told, "fail") == ["config.iam"]
    assert (made.tokens, gate.shown) == ({}, [])


def test_another_audience(bench: Bench, made: Entra) -> None:
    """Something on the way gives out tokens for another service of Azure."""
    made.audience = "https://management.azure.com"
    with bench.gate() as gate:
        told = bench.by_url(_workload(bench, made), gate, user=OBJECT_ID)
    failed = assert_fails_only(told, "token.identity", "audience-wrong")
    assert failed["details"]["aud"] == made.audience


@pytest.mark.parametrize("refused", [True, False])
def test_a_secret_before_the_pods_identity(bench: Bench, made: Entra, refused: bool) -> None:
    """A client secret left in the environment stands before workload identity, whether or not it is let in."""
    env = _workload(bench, made) | _client(bench, made)
    with bench.gate((lambda *_: False) if refused else None) as gate:
        told = bench.by_url(env, gate, user=OBJECT_ID)
    if refused:
        failed = assert_fails_only(told, "token.identity", "identity-shadowed")
        assert "AZURE_CLIENT_SECRET" in failed["remedy"]
    else:
        assert (ids(told, "fail"), ids(told, "warn")) == ([], ["token.identity"])
    assert "client_secret" in made.authority.asked[-1].form
    assert finding(told, "token.identity")["details"]["credentials"] == "EnvironmentCredential"


def test_a_good_token_that_is_refused(bench: Bench, made: Entra) -> None:
    """No access policy is assigned: the finding has the commands that assign it, with the object id."""
    with bench.gate(lambda *_: False) as gate:
        told = bench.by_url(_workload(bench, made), gate, user=OBJECT_ID)
    assert len(gate.shown) == 1
    details = assert_fails_only(told, "auth.accepted", "azure-token-refused")["details"]
    assert details["evidence"].startswith("WRONGPASS")
    assert details["identity"] == f"object id {OBJECT_ID}, tenant {TENANT}"
    managed, cache = details["Azure Managed Redis"], details["Azure Cache for Redis"]
    assert managed.startswith("az redisenterprise database access-policy-assignment create")
    assert cache.startswith("az redis access-policy-assignment create")
    assert f"--object-id {OBJECT_ID}" in managed
    assert f"--object-id {OBJECT_ID} " in cache


def test_a_server_that_asks_for_no_login(bench: Bench, made: Entra) -> None:
    """Entra authentication is off and access keys as well: a real server that lets everybody in."""
    with terminated(bench.server, bench.ca.server()) as open_to_all:
        told = bench.by_url(_workload(bench, made), open_to_all, user=OBJECT_ID)
    assert_fails_only(told, "auth.accepted", "azure-token-refused")


def test_a_second_token_that_does_not_come(bench: Bench, made: Entra) -> None:
    """The first one came; an issuer that then fails is told apart from a server that refuses."""
    made.limit = 1
    with bench.gate() as gate:
        told = bench.by_url(_workload(bench, made), gate, user=OBJECT_ID)
    failed = assert_nothing_blocked_by(told, "auth.renewal")
    assert failed["cause"] == "renewal-without-token"
    assert failed["details"]["evidence"].startswith("issuer-broken")


def test_a_server_that_takes_a_token_only_once(bench: Bench, made: Entra) -> None:
    """A proxy on the way ends the connection at the second AUTH."""
    with bench.gate(renews=False) as gate:
        told = bench.by_url(_workload(bench, made), gate, user=OBJECT_ID)
    assert assert_nothing_blocked_by(told, "auth.renewal")["cause"] == "renewal-refused"


@pytest.mark.parametrize(("seconds", "outcome"), [(60, "warn"), (-60, "fail")])
def test_a_token_near_its_end(bench: Bench, made: Entra, seconds: int, outcome: str) -> None:
    """A cache on the way gives out old tokens: one works for now, another no more."""
    made.seconds = seconds
    with bench.gate() as gate:
        told = bench.by_url(_workload(bench, made), gate, user=OBJECT_ID)
    assert finding(told, "token.lifetime")["outcome"] == outcome
    if outcome == "fail":
        assert_fails_only(told, "token.lifetime", "token-expired")
    else:
        assert (ids(told, "fail"), ids(told, "warn")) == ([], ["token.lifetime"])
