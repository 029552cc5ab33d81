"""Settings of the SDK that are wrong, and servers that are not what they seem: each has its own cause and remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.clouds import aws
from tests.clouds.aws_bench import (
    NAMED,
    STATIC,
    Bench,
    assert_fails_only,
    bench_of_session,
    finding,
    ids,
    scripted_cache,
)
from tests.clouds.environment import NOWHERE
from tests.integration.commandline import document
from tests.servers.terminator import terminated

bench = bench_of_session


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is set, the cause, and what the evidence names; any of the causes will do."""

    env: Callable[[Bench, str], dict[str, str]]
    causes: tuple[str, ...] = ("credentials-broken",)
    evidence: str = ""
    remedy: str = "The evidence says which setting"
    named: tuple[str, ...] = NAMED


def _process(name: str, program: str) -> Callable[[Bench, str], dict[str, str]]:
    text = f"[default]\ncredential_process = {program}\n"
    return lambda bench, _: bench.env(AWS_CONFIG_FILE=bench.file(f"config of {name}", text))


def _profile(name: str, *lines: str) -> Callable[[Bench, str], dict[str, str]]:
    text = "\n".join(["[default]", *lines, ""])
    return lambda bench, _: bench.env(AWS_CONFIG_FILE=bench.file(f"config of {name}", text))


SSO = ("sso_start_url = https://x", "sso_region = eu-west-1", "sso_account_id = 1", "sso_role_name = r")

FINE = {
    "a configuration of garbage": Case(
        env=_profile("garbage", "=[["),
        evidence="Unable to parse config file",
    ),
    "a login that has ended": Case(
        env=_profile("sso", *SSO),
        evidence="Error loading SSO Token: Token for https://x does not exist",
    ),
    "a source profile that is not there": Case(
        env=_profile("source", f"role_arn = {aws.ROLE}", "source_profile = nope"),
        evidence='The source_profile "nope" referenced in the profile "default" does not exist.',
    ),
    "an address of the metadata that is none": Case(
        env=lambda bench, _: bench.machine("nonsense"),
        evidence="Invalid endpoint EC2 Instance Metadata endpoint: nonsense",
    ),
    "a folder in place of the projected file": Case(
        env=lambda bench, url: bench.role(url, AWS_WEB_IDENTITY_TOKEN_FILE=str(bench.home)),
        causes=("identity-file-unreadable",),
        evidence=": Is a directory",
        remedy="Make the pod anew",
    ),
    "a host that does not exist": Case(
        env=lambda bench, _: bench.role("https://sts.invalid"),
        causes=("issuer-unreachable",),
        remedy="look at DNS and at HTTPS_PROXY and NO_PROXY",
    ),
    "a proxy that is down": Case(
        env=lambda bench, _: bench.role("https://sts.invalid", HTTPS_PROXY=f"http://{NOWHERE}"),
        causes=("issuer-unreachable",),
        remedy="look at DNS and at HTTPS_PROXY and NO_PROXY",
    ),
}

MISTAKEN = {
    "a region with a space": Case(
        env=lambda bench, url: bench.role(url, AWS_REGION="eu-west-1 "),
        named=NAMED[:2],
    ),
    "a projected file that is no text": Case(
        env=lambda bench, url: bench.role(url, AWS_WEB_IDENTITY_TOKEN_FILE=bench.file("binary", "\udcff\udcfe")),
        causes=("identity-file-unreadable",),
        evidence="/binary",
        remedy="Make the pod anew",
    ),
    "a bundle that is not there": Case(
        env=lambda bench, _: bench.role(f"https://{NOWHERE}", AWS_CA_BUNDLE="/nowhere/ca.pem"),
        evidence="/nowhere/ca.pem",
    ),
    "a program that is not there": Case(env=_process("nowhere", "/nowhere/program")),
    "a program that fails": Case(env=_process("false", "/bin/false")),
    "a program that says something else": Case(env=_process("echo", "/bin/echo hello")),
}

CASES = [pytest.param(case, id=name) for name, case in (FINE | MISTAKEN).items()]


@pytest.mark.parametrize("case", CASES)
def test_settings_that_are_wrong(bench: Bench, case: Case) -> None:
    """The finding says which, and sends nobody to look at the network or at the pod in their place."""
    with bench.gate() as gate, aws.endpoint(aws.sts()) as sts:
        ended = bench.check(gate, case.env(bench, sts.url), named=case.named, here=True)
    cause = finding(document(ended), "token.obtained")["cause"]
    assert cause in case.causes
    failed = assert_fails_only(ended, "token.obtained", cause)
    assert case.evidence in failed["details"].get("evidence", "")
    assert case.remedy in failed["remedy"]
    assert gate.shown == []


def test_a_certificate_that_is_not_trusted(bench: Bench) -> None:
    """Something on the way opens TLS: AWS_CA_BUNDLE is named, which is what the package reads."""
    with bench.gate() as gate:
        ended = bench.check(gate, bench.role(f"https://{gate.host}:{gate.port}"), here=True)
    failed = assert_fails_only(ended, "token.obtained", "issuer-untrusted")
    assert "Give its CA in AWS_CA_BUNDLE; SSL_CERT_FILE is not what this package reads." in failed["remedy"]


def test_the_clock_is_told_by_a_refusal(bench: Bench) -> None:
    """Keys are at hand, and STS refuses to say whose they are because of the clock: what it says of the time counts."""
    cache, late = scripted_cache(ahead=-600), aws.refusal("SignatureDoesNotMatch", "Signature not yet current", 403)
    with bench.gate(cache) as gate, aws.endpoint(lambda _: late, ahead=-600) as sts:
        ended = bench.check(gate, bench.env(**STATIC, AWS_ENDPOINT_URL_STS=sts.url), here=True)
    assert_fails_only(ended, "token.clock", "clock-skewed", gate)
    assert cache.refusals == ["age"]


def test_a_server_without_users(bench: Bench) -> None:
    """Redis 5 takes no user name: it is told to be too old, and no policy is proposed."""
    with terminated(bench.pool.get("redis-5.0"), bench.certificate) as front, aws.endpoint(aws.sts()) as sts:
        ended = bench.check(front, bench.role(sts.url), here=True)
    failed = assert_fails_only(ended, "auth.accepted", "tokens-unsupported")
    assert failed["details"] == {"evidence": "ERR wrong number of arguments for 'auth' command"}


def test_an_engine_that_takes_no_tokens(bench: Bench) -> None:
    """A login that works somewhere is none that AWS gives: workload identity came with Redis 7.0."""
    with bench.gate(key="redis-6.2") as gate, aws.endpoint(aws.sts()) as sts:
        ended = bench.check(gate, bench.role(sts.url), here=True)
    told = document(ended)
    assert (ids(told, "fail"), ids(told, "blocked"), ended.returncode) == (["config.iam"], [], 1)
    assert "is older than workload identity on AWS" in finding(told, "config.iam")["summary"]
