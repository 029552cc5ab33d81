"""Why there is no token of AWS, or a wrong one: each has its own cause and remedy, and nothing else is reported."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.clouds import aws
from tests.clouds.aws import Answer, refusal
from tests.clouds.aws_bench import (
    NAMED,
    STATIC,
    Bench,
    assert_fails_only,
    assert_passes,
    bench_of_session,
    finding,
)
from tests.clouds.sigv4 import Cache
from tests.servers.scripted import silent_port

bench = bench_of_session


def _issuer_answers(bench: Bench, url: str) -> dict[str, str]:
    return bench.role(url)


@dataclass(frozen=True, kw_only=True)
class Case:
    """What the pod was given and what STS says instead of keys; then the cause, the evidence and the remedy."""

    cause: str
    env: Callable[[Bench, str], dict[str, str]] = _issuer_answers
    says: Answer | None = None
    named: tuple[str, ...] = NAMED
    evidence: str = ""
    remedy: str = ""
    asked: list[str] = field(default_factory=list)


CASES = {
    "nothing anywhere": Case(
        env=lambda bench, _: bench.env(),
        cause="credentials-missing",
        evidence="AWS_ACCESS_KEY_ID is not set; AWS_WEB_IDENTITY_TOKEN_FILE is not set; "
        "AWS_CONTAINER_CREDENTIALS_FULL_URI is not set; no profile holds keys; the instance metadata is switched off",
        remedy="log in (`aws sso login`) or set AWS_PROFILE",
    ),
    "no metadata service": Case(
        env=lambda bench, _: bench.machine("http://127.0.0.1:1"),
        cause="credentials-missing",
        evidence="there is no instance metadata",
        remedy="Run preflight where the pods will run",
    ),
    "a machine without a role": Case(
        env=lambda bench, url: bench.machine(url),
        says=Answer("", 404),
        cause="credentials-missing",
        evidence="the instance metadata answers, and gives no credentials",
        remedy="under their service account",
    ),
    "a pod that was given nothing": Case(
        env=lambda bench, _: bench.env(KUBERNETES_SERVICE_HOST="10.0.0.1"),
        cause="identity-not-injected",
        evidence="AWS_WEB_IDENTITY_TOKEN_FILE is not set",
        remedy="eks.amazonaws.com/role-arn, or an EKS Pod Identity association, then make the pod anew",
    ),
    "the projected file is missing": Case(
        env=lambda bench, url: bench.role(url, AWS_WEB_IDENTITY_TOKEN_FILE="/nowhere/projected"),
        cause="identity-file-unreadable",
        evidence="/nowhere/projected: No such file or directory",
        remedy="Make the pod anew: the EKS webhook",
    ),
    "the projected file is empty": Case(
        env=lambda bench, url: bench.role(url, AWS_WEB_IDENTITY_TOKEN_FILE=bench.file("empty", "")),
        cause="identity-file-unreadable",
        evidence="/empty: empty",
        remedy="Make the pod anew: the EKS webhook",
    ),
    "the agent's file is missing": Case(
        env=lambda bench, url: bench.associated(url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE="/nowhere/agent"),
        cause="identity-file-unreadable",
        evidence="/nowhere/agent: No such file or directory",
        remedy="or the Pod Identity agent, mounts the file",
    ),
    "the agent's file ends in a newline": Case(
        env=lambda bench, url: bench.associated(
            url, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=bench.file("agent with newline", f"{aws.AGENT}\n")
        ),
        cause="identity-file-unreadable",
        evidence="the file of the Pod Identity token holds a newline",
        remedy="or the Pod Identity agent, mounts the file",
    ),
    "an agent on a host that is not its own": Case(
        env=lambda bench, _: bench.associated("http://10.1.2.3"),
        cause="credentials-broken",
        evidence="AWS_CONTAINER_CREDENTIALS_FULL_URI names a host that the SDK does not trust",
        remedy="The evidence says which setting",
    ),
    "the service account is not trusted": Case(
        says=refusal("AccessDenied", "Not authorized to perform sts:AssumeRoleWithWebIdentity", 403),
        cause="role-refused",
        evidence="AccessDenied: Not authorized to perform sts:AssumeRoleWithWebIdentity",
        remedy="`<issuer>:sub` = system:serviceaccount:<namespace>:<service account>",
        asked=["AssumeRoleWithWebIdentity"],
    ),
    "the cluster is not known": Case(
        says=refusal("InvalidIdentityToken", "No OpenIDConnect provider found in your account for https://oidc"),
        cause="identity-token-refused",
        evidence="InvalidIdentityToken: No OpenIDConnect provider found in your account for https://oidc",
        remedy="eksctl utils associate-iam-oidc-provider --cluster <name> --approve",
        asked=["AssumeRoleWithWebIdentity"],
    ),
    "the projected token has expired": Case(
        says=refusal("ExpiredTokenException", "Token expired: current date/time 1 must be before 0"),
        cause="identity-token-expired",
        evidence="ExpiredTokenException: Token expired: current date/time 1 must be before 0; the clock of STS is ",
        remedy="The kubelet renews the mounted token",
        asked=["AssumeRoleWithWebIdentity"],
    ),
    "a role without an ARN": Case(
        env=lambda bench, url: bench.role(url, AWS_ROLE_ARN=""),
        cause="credentials-broken",
        evidence="role_arn",
        remedy="correct it, or remove it so that workload identity comes into use",
    ),
    "half of a pair of keys": Case(
        env=lambda bench, _: bench.env(AWS_ACCESS_KEY_ID=aws.STATIC.access),
        cause="credentials-broken",
        evidence="AWS_SECRET_ACCESS_KEY",
        remedy="correct it, or remove it so that workload identity comes into use",
    ),
    "a profile that is not there": Case(
        env=lambda bench, url: bench.role(url, AWS_PROFILE="nobody"),
        cause="credentials-broken",
        evidence="The config profile (nobody) could not be found",
        remedy="correct it, or remove it so that workload identity comes into use",
    ),
    "no region": Case(
        named=NAMED[:2],
        cause="region-unknown",
        remedy="Set AWS_REGION, as EKS does in pods with a role, or give --aws-region.",
    ),
    "a host name that tells no cache": Case(
        named=NAMED[2:],
        cause="cache-unnamed",
        remedy="give --aws-cache-name and --aws-region",
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_no_token(bench: Bench, name: str) -> None:
    """One finding, with what the SDK or the token service said; the server is never asked to let anybody in."""
    case = CASES[name]
    answer = aws.sts(instead=case.says) if case.asked else lambda _: case.says
    with bench.gate() as gate, aws.endpoint(answer) as sts:
        ended = bench.check(gate, case.env(bench, sts.url), named=case.named, here=True)
    failed = assert_fails_only(ended, "token.obtained", case.cause)
    assert case.evidence in failed["details"].get("evidence", "")
    assert case.remedy in failed["remedy"]
    assert gate.shown == []
    assert [each for each in sts.actions if each] == case.asked


def test_the_metadata_is_silent(bench: Bench) -> None:
    """As in a pod with a hop limit of 1: the SDK says nothing, and so does the service."""
    with bench.gate() as gate, silent_port() as silent:
        ended = bench.check(gate, bench.machine(f"http://{silent.host}:{silent.port}"))
    failed = assert_fails_only(ended, "token.obtained", "metadata-silent")
    assert failed["details"]["evidence"].endswith("the instance metadata did not answer")
    assert "--http-put-response-hop-limit 2" in failed["remedy"]


def test_the_package_is_not_installed(bench: Bench, tmp_path: Path) -> None:
    """Without boto3 the finding says what to install."""
    package = tmp_path / "packages" / "boto3"
    package.mkdir(parents=True)
    text = "raise ModuleNotFoundError(\"No module named 'boto3'\", name='boto3')\n"
    (package / "__init__.py").write_text(text)
    with bench.gate() as gate:
        ended = bench.check(gate, bench.env(**STATIC, PYTHONPATH=str(package.parent)))
    failed = assert_fails_only(ended, "token.obtained", "sdk-missing")
    assert failed["details"] == {"evidence": "no module named boto3"}
    assert failed["remedy"] == "Install it: `pip install 'redis-preflight[aws]'`."


def test_a_cluster_without_a_user(bench: Bench) -> None:
    """Node URIs have no place for a user, so that there is nobody to sign for."""
    with bench.gate() as gate:
        ended = bench.run(bench.env(**STATIC), "--node", f"redis://{gate.host}:{gate.port}", *NAMED)
    failed = assert_fails_only(ended, "token.obtained", "user-unnamed")
    assert "--username" in failed["remedy"]
    assert gate.shown == []


def test_a_url_without_a_user(bench: Bench) -> None:
    """The configuration is at fault, and nobody is asked for a token."""
    with bench.gate() as gate, aws.endpoint(aws.sts()) as sts:
        ended = bench.check(gate, bench.role(sts.url), user="")
    failed = assert_fails_only(ended, "config.iam", None)
    assert "the id of the ElastiCache user" in failed["remedy"]
    assert (gate.shown, sts.asked) == ([], [])


def test_without_tls(bench: Bench) -> None:
    """AWS takes tokens over TLS only, so that none is asked for, and none is sent."""
    with aws.endpoint(aws.sts()) as sts, silent_port() as server:
        url = f"redis://langsmith@{server.host}:{server.port}/0"
        ended = bench.run(bench.role(sts.url), url, *NAMED, "--timeout", "1")
    failed = assert_fails_only(ended, "config.iam", None)
    assert "rediss://" in failed["remedy"]
    assert sts.asked == []


def test_stray_keys_that_are_refused(bench: Bench) -> None:
    """Keys left in the environment stand before the role: that, and not the policy, is what to mend."""
    cache = Cache(aws.known(aws.KEYS))
    with bench.gate(cache) as gate, aws.endpoint(aws.sts(arn="arn:aws:iam::1:user/ci")) as sts:
        ended = bench.check(gate, bench.role(sts.url, **STATIC))
    failed = assert_fails_only(ended, "token.identity", "identity-shadowed", gate)
    assert failed["details"]["passed over"] == aws.ROLE
    assert (failed["details"]["credentials"], failed["details"]["identity"]) == ("env", "arn:aws:iam::1:user/ci")
    assert "Remove AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY" in failed["remedy"]


def test_stray_keys_that_are_let_in(bench: Bench) -> None:
    """They may be meant: it is a warning."""
    with bench.gate() as gate, aws.endpoint(aws.sts()) as sts:
        told = assert_passes(bench.check(gate, bench.role(sts.url, **STATIC)), gate, warns=("token.identity",))
    assert finding(told, "token.identity")["details"]["passed over"] == aws.ROLE
