"""Logins with tokens of AWS, at caches that verify the signature: who is let in, and what is told to whom is not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from preflight import Limits, Plan, Report, Surroundings, check
from preflight.model.evidence import Cause
from preflight.model.identity import AwsIam
from preflight.uri.standalone import target_from_url
from tests.clouds import aws
from tests.clouds.aws_bench import (
    NAMED,
    SECRETS,
    STATIC,
    Bench,
    assert_fails_only,
    assert_passes,
    bench_of_session,
    finding,
    scripted_cache,
)
from tests.clouds.environment import enter
from tests.clouds.sigv4 import Cache
from tests.documents import report_of
from tests.integration import verdicts
from tests.integration.commandline import Ended
from tests.servers.fixtures import ClusterPool
from tests.servers.gatekeeper import Gate, gatekeeper

bench = bench_of_session


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    with aws.moto() as url:
        yield url


def assert_renewed(gate: Gate, user: str = "langsmith") -> tuple[str, str]:
    """Both tokens came on one connection, and nothing else was tried."""
    [(first, one, before), (second, other, after)] = gate.kept
    assert (first, one, other) == (second, user, user)
    assert before != after
    return before, after


@pytest.mark.parametrize("key", ["redis-7.0", "valkey-8.1"])
def test_a_role_of_the_service_account(bench: Bench, moto: str, key: str) -> None:
    """The token that the real SDK signs is let in, and so is a second one on the same connection."""
    cache = Cache(aws.moto_keys)
    with bench.gate(cache, key=key) as gate:
        told = assert_passes(bench.check(gate, bench.role(moto)), gate)
    assert_renewed(gate)
    assert cache.refusals == []
    assert finding(told, "auth.renewal")["outcome"] == "pass"
    assert finding(told, "auth.accepted")["summary"] == "lets us in as user langsmith, with the token"
    whose = f"{aws.ROLE}; signed for my-cache in eu-west-1, by --aws-region"
    assert finding(told, "token.identity")["summary"] == whose


def test_an_association_of_pod_identity(bench: Bench, tmp_path: Path) -> None:
    """The agent gives the keys, and the token service tells whose they are; the report for people tells no secret."""
    console = tmp_path / "report.txt"
    with bench.gate() as gate, aws.endpoint(aws.pod_identity()) as agent, aws.endpoint(aws.sts()) as sts:
        env = bench.associated(agent.url, AWS_ENDPOINT_URL_STS=sts.url)
        ended = bench.check(gate, env, "-v", "-o", f"console={console}")
    told = assert_passes(ended, gate)
    assert_renewed(gate)
    assert finding(told, "token.obtained")["summary"].endswith("by container-role")
    assert finding(told, "token.identity")["summary"].startswith(f"{aws.ASSUMED}; ")
    assert {each.path for each in agent.asked} == {"/v1/credentials"}
    text = console.read_text()
    assert f"{aws.ASSUMED}; " in text
    assert [each for each in (*SECRETS, *(token for _, _, token in gate.shown)) if each[:40] in text] == []


def test_the_role_of_a_machine(bench: Bench) -> None:
    """The second version of the metadata gives the keys; that nobody names them costs nothing."""
    with bench.gate() as gate, aws.endpoint(aws.metadata()) as machine:
        told = assert_passes(bench.check(gate, bench.machine(machine.url)), gate)
    assert_renewed(gate)
    assert finding(told, "token.obtained")["summary"].endswith("by iam-role")
    assert finding(told, "token.identity")["summary"].startswith("somebody whom nobody names; ")


def test_keys_of_the_environment(bench: Bench) -> None:
    """Keys without a session sign as well."""
    with bench.gate() as gate:
        told = assert_passes(bench.check(gate, bench.env(**STATIC)), gate)
    assert_renewed(gate)
    assert finding(told, "token.obtained")["summary"].endswith("by env")


@pytest.mark.parametrize("seeds", [1, 3])
def test_a_cluster(bench: Bench, cluster_pool: ClusterPool, moto: str, seeds: int) -> None:
    """Every node, configured or announced, is shown the token and then another one on the same connection."""
    nodes, cache, ports, gates = cluster_pool.get("redis-7.0").nodes, Cache(aws.moto_keys), dict[int, int](), []
    with ExitStack() as stack:
        for node in nodes:
            gate = gatekeeper(node, cache.admit, certificate=bench.certificate, ports=ports)
            gates.append(stack.enter_context(gate))
            ports[node.port] = gates[-1].port
        uris = [("--node", f"redis://{gate.host}:{gate.port}") for gate in gates[:seeds]]
        ended = bench.run(bench.role(moto), *sum(uris, ()), "--username", "langsmith", *NAMED)
    told = assert_passes(ended, *gates)
    assert len({assert_renewed(gate) for gate in gates}) == 1
    assert cache.refusals == []
    for name in ("auth.accepted", "auth.renewal"):
        on = {each["subject"] for each in told["findings"] if each["id"] == name and each["outcome"] == "pass"}
        assert on == {f"{gate.host}:{gate.port}" for gate in gates}


def _policy(resources: list[str], action: str = "elasticache:Connect") -> dict[str, Any]:
    statement = {"Effect": "Allow", "Action": action, "Resource": resources}
    return {"Version": "2012-10-17", "Statement": [statement]}


FRONT = f"arn:aws:elasticache:eu-west-1:{aws.ACCOUNT}"
WANTED = [f"{FRONT}:replicationgroup:my-cache", f"{FRONT}:user:langsmith"]
CHINA = "arn:aws-cn:elasticache:cn-north-1:123456789012"
MEMORYDB = f"arn:aws:memorydb:eu-west-1:{aws.ACCOUNT}"

WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...], str, list[str]]] = {
    "another region": ({"region": "eu-central-1"}, NAMED, "region", WANTED),
    "another name": ({"name": "my-cache-2"}, NAMED, "host", WANTED),
    "another user": ({"user": "langsmith-2"}, NAMED, "user", WANTED),
    "another service": ({"service": "memorydb"}, NAMED, "service", WANTED),
    "serverless, not said": ({"serverless": True}, NAMED, "query, resource", WANTED),
    "not serverless, said": (
        {}, (*NAMED, "--aws-serverless"), "query, resource",
        [f"{FRONT}:serverlesscache:my-cache", f"{FRONT}:user:langsmith"],
    ),
    "in China": (
        {}, ("--aws-cache-name", "My-Cache", "--aws-region", "cn-north-1"), "region",
        [f"{CHINA}:replicationgroup:my-cache", f"{CHINA}:user:langsmith"],
    ),
    "not MemoryDB, said": (
        {}, (*NAMED, "--aws-service", "memorydb"), "service",
        [f"{MEMORYDB}:cluster/my-cache", f"{MEMORYDB}:user/langsmith"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_in_a_token(bench: Bench, name: str) -> None:
    """The cache says WRONGPASS and no more: the finding has the policy for what was signed, with every name in it."""
    itself, named, refused_for, resources = WRONG[name]
    cache = scripted_cache(**itself)
    with bench.gate(cache) as gate, aws.endpoint(aws.sts()) as sts:
        ended = bench.check(gate, bench.role(sts.url), named=named, here=True)
    failed = assert_fails_only(ended, "auth.accepted", "aws-token-refused", gate)
    assert (cache.refusals, len(gate.shown)) == ([refused_for], 1)
    details = failed["details"]
    assert details.keys() == {"evidence", "identity", "policy"}
    assert details["evidence"] == "WRONGPASS invalid username-password pair or user is disabled."
    assert details["identity"] == aws.ROLE
    action = "memorydb:Connect" if "memorydb" in named else "elasticache:Connect"
    assert json.loads(details["policy"]) == _policy(resources, action)
    assert "--aws-serverless for a serverless cache, and only for one" in failed["remedy"]


def test_nobody_knows_the_account(bench: Bench) -> None:
    """Where the token service tells nobody whose the keys are, the policy has a place for the account."""
    with bench.gate(scripted_cache(user="other")) as gate:
        failed = assert_fails_only(bench.check(gate, bench.env(**STATIC)), "auth.accepted", "aws-token-refused", gate)
    assert failed["details"]["identity"] == "(not told)"
    blank = [each.replace(aws.ACCOUNT, "<account>") for each in WANTED]
    assert json.loads(failed["details"]["policy"]) == _policy(blank)


def test_a_proxy_that_takes_one_login(bench: Bench) -> None:
    """The first token is let in, and the connection ends at the second: that alone is told."""
    with bench.gate(renews=False) as gate, aws.endpoint(aws.sts()) as sts:
        ended = bench.check(gate, bench.role(sts.url))
    failed = assert_fails_only_there(ended, gate)
    assert failed["details"]["evidence"] == "the connection was closed"


def assert_fails_only_there(ended: Ended, gate: Gate) -> Any:
    told = report_of(ended.stdout)
    assert [each["id"] for each in told["findings"] if each["outcome"] in ("fail", "blocked")] == ["auth.renewal"]
    assert_renewed(gate)
    failed = finding(told, "auth.renewal")
    assert failed["cause"] == "renewal-refused"
    return failed


def _hinted(bench: Bench, gate: Gate, region: str, hint: str) -> Report:
    """As if the host were named by ElastiCache in the region that is hinted at."""
    given = AwsIam(cache_name="my-cache", region=region)
    around = Surroundings(ca_file=str(bench.ca.ca_file), iam="aws", aws=given)
    target = target_from_url(f"rediss://langsmith@{gate.host}:{gate.port}/0", around)
    assert isinstance(target.identity, AwsIam)
    told = replace(target, identity=replace(target.identity, region_hint=hint))
    return check(Plan(targets=(told,)), limits=Limits(step=2.0, token=5.0))


def test_the_host_name_tells_another_region(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token for another region is refused: the region is named as the cause, and not the policy."""
    with bench.gate() as gate, aws.endpoint(aws.sts()) as sts:
        enter(monkeypatch, bench.role(sts.url))
        report = _hinted(bench, gate, "us-east-1", "eu-west-1")
    failed = verdicts.assert_fails_only(report, "token.identity", Cause.REGION_DOUBTFUL)
    assert failed.verdict.details["host name"] == "eu-west-1"
    assert failed.verdict.details["region"] == "us-east-1"
    assert "--aws-region" in (failed.verdict.remedy or "")
    assert verdicts.finding(report, "auth.accepted").blocked_by == "token.identity"


def test_the_server_knows_better_than_the_host_name(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Abbreviated regions are not quite regular: where the token is let in, the doubt is only a warning."""
    with bench.gate() as gate, aws.endpoint(aws.sts()) as sts:
        enter(monkeypatch, bench.role(sts.url))
        report = _hinted(bench, gate, "eu-west-1", "eu-west-3")
    verdicts.assert_passes(report, warns=["token.identity"])
    assert_renewed(gate)


@pytest.mark.parametrize("ahead", [-600, 1200])
def test_a_clock_that_is_wrong(bench: Bench, ahead: int) -> None:
    """The token service tells what time it is: a signature of the future or of long ago is refused for it."""
    cache = scripted_cache(ahead=ahead)
    with bench.gate(cache) as gate, aws.endpoint(aws.sts(), ahead=ahead) as sts:
        ended = bench.check(gate, bench.role(sts.url))
    failed = assert_fails_only(ended, "token.clock", "clock-skewed", gate)
    assert cache.refusals == ["age"]
    assert failed["details"].keys() == {"the token service"}
    assert abs(int(failed["details"]["the token service"].split()[0]) - ahead) < 5
    assert "NTP" in failed["remedy"]


@pytest.mark.parametrize("ahead", [-150, 600])
def test_a_clock_that_is_wrong_and_let_in(bench: Bench, ahead: int) -> None:
    """The cache still takes the signature, ten minutes ahead for the five that are left of it: a warning."""
    with bench.gate(scripted_cache(ahead=ahead)) as gate, aws.endpoint(aws.sts(), ahead=ahead) as sts:
        assert_passes(bench.check(gate, bench.role(sts.url)), gate, warns=("token.clock",))
