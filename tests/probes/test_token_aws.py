"""Tokens of AWS, byte for byte, and what is recorded of them; the SDK is real and talks to the loopback."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import botocore.auth
import pytest
from botocore.credentials import ReadOnlyCredentials

from preflight.model.evidence import Cause
from preflight.model.identity import AwsIam, Provider
from preflight.model.target import Endpoint, Surroundings
from preflight.model.token import LONGEST
from preflight.probes.errors import ProbeError
from preflight.probes.token import Issued
from preflight.probes.token_aws import issue, sign
from preflight.uri.identity import identity_of
from tests.clouds import aws
from tests.clouds.environment import enter, hermetic
from tests.clouds.sigv4 import Cache, signature, taken_apart

GOLDEN = ReadOnlyCredentials("accessKey", "secretKey", None)
WHEN = dt.datetime(2024, 8, 2, 12, 11, 50)  # noqa: DTZ001 - as botocore's own

SIGNED = (
    "{front}X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=accessKey%2F20240802%2Feu-west-1%2F{service}"
    "%2Faws4_request&X-Amz-Date=20240802T121150Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature={end}"
)


@pytest.fixture
def frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The moment of the vectors, for botocore alone."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_, **__: WHEN)


@pytest.fixture
def pod(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """A process that sees nothing of ours; the tests set what its pod was given."""
    enter(monkeypatch, hermetic(tmp_path))
    return monkeypatch


VECTORS = {
    "serverless": (
        AwsIam(cache_name="my-cache", serverless=True),
        "my-cache/?Action=connect&User=user123&ResourceType=ServerlessCache&",
        "5dda5db919b1337db6596b2a608924bc10197fb39289b933b60bdb114d5a70dc",
    ),
    "replication group": (
        AwsIam(cache_name="my-rg"),
        "my-rg/?Action=connect&User=user123&",
        "b3d318e2b70bfb200499b5f56e51268e8015cd845bf6da54f141e9c2e87b927e",
    ),
    "memorydb": (
        AwsIam(cache_name="my-cl", service="memorydb"),
        "my-cl/?Action=connect&User=user123&",
        "d5c65d38fc1aaaeb958d7725cee2ac7b6c18b794ca9d766a9f7b539a9e279ff8",
    ),
}


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("name", VECTORS)
def test_golden_vectors(name: str) -> None:
    """Another SDK of AWS signs the same; so does the recomputation that the other tests go by."""
    identity, front, end = VECTORS[name]
    text = sign(identity, "user123", "eu-west-1", GOLDEN)
    assert text == SIGNED.format(front=front, service=identity.service or "elasticache", end=end)
    assert signature(taken_apart(text), "secretKey") == end


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("name", VECTORS)
def test_the_session_is_signed_too(name: str) -> None:
    """Keys of a role come with a session token, which is part of what is signed."""
    identity, front, _end = VECTORS[name]
    text = sign(identity, "user123", "eu-west-1", ReadOnlyCredentials(*aws.KEYS))
    token = taken_apart(text)
    assert text.startswith(front)
    assert token.query["X-Amz-Security-Token"] == aws.KEYS.session
    assert token.query["X-Amz-Signature"] == signature(token, aws.KEYS.secret)


@pytest.mark.usefixtures("frozen")
@pytest.mark.parametrize("user", ["a user", "über+&=/@", "100%", "~tilde-._"])
def test_users_that_need_encoding(user: str) -> None:
    """A user id that no console would take is signed as it is sent."""
    token = taken_apart(sign(AwsIam(cache_name="my-rg"), user, "eu-west-1", GOLDEN))
    assert token.query["User"] == user
    assert token.query["X-Amz-Signature"] == signature(token, "secretKey")


def test_a_long_session_still_fits() -> None:
    """The largest session token that roles come with leaves room below what Redis reads of a stranger."""
    keys = ReadOnlyCredentials("ASIA", "secret", "F/+=" * 1024)
    assert len(sign(AwsIam(cache_name="c" * 40, serverless=True), "u" * 40, "eu-west-1", keys)) <= LONGEST


FORMS = {
    "clustercfg.My-RG.abc123.use1.cache.amazonaws.com": ("my-rg", "us-east-1", "elasticache", False),
    "my-rg.abc123.clustercfg.euc1.cache.amazonaws.com": ("my-rg", "eu-central-1", "elasticache", False),
    "master.my-rg.abc123.apne1.cache.amazonaws.com": ("my-rg", "ap-northeast-1", "elasticache", False),
    "replica.my-rg.abc123.apn2.cache.amazonaws.com": ("my-rg", "ap-northeast-2", "elasticache", False),
    "my-rg.abc123.ng.0001.sae1.cache.amazonaws.com": ("my-rg", "sa-east-1", "elasticache", False),
    "my-rg-ro.abc123.ng.0001.afs1.cache.amazonaws.com": ("my-rg", "af-south-1", "elasticache", False),
    "my-rg-001.my-rg.abc123.usgw1.cache.amazonaws.com": ("my-rg", "us-gov-west-1", "elasticache", False),
    "my-rg-0001-002.my-rg.abc123.cac1.cache.amazonaws.com": ("my-rg", "ca-central-1", "elasticache", False),
    "my-rg-001.abc123.0001.cnw1.cache.amazonaws.com.cn": ("my-rg", "cn-northwest-1", "elasticache", False),
    "my-rg-0001-001.abc123.0001.cnn1.cache.amazonaws.com.cn": ("my-rg", "cn-north-1", "elasticache", False),
    "My-Cache-1x2y3z.serverless.euw1.cache.amazonaws.com": ("my-cache", "eu-west-1", "elasticache", True),
    "clustercfg.my-cl.abc123.memorydb.us-east-1.amazonaws.com": ("my-cl", "us-east-1", "memorydb", False),
    "my-cl.abc123.clustercfg.memorydb.ap-southeast-2.amazonaws.com": ("my-cl", "ap-southeast-2", "memorydb", False),
    "my-cl-0001-001.my-cl.abc123.memorydb.us-gov-east-1.amazonaws.com": ("my-cl", "us-gov-east-1", "memorydb", False),
    "my-cl-0001-001.abc123.0001.memorydb.eu-west-1.amazonaws.com": ("my-cl", "eu-west-1", "memorydb", False),
}  # fmt: skip


def _cache(name: str, region: str, service: str, serverless: bool) -> Cache:
    return Cache(aws.known(aws.KEYS), name=name, region=region, service=service, serverless=serverless)


@pytest.mark.parametrize("host", FORMS)
def test_endpoints_are_signed_for(host: str) -> None:
    """Every form of AWS's names leads to the cache that takes the token, whatever their case."""
    identity = identity_of(Surroundings(iam=Provider.AWS), [Endpoint(host=host, port=6379)])
    assert isinstance(identity, AwsIam)
    text = sign(identity, "langsmith", identity.region_hint, ReadOnlyCredentials(*aws.KEYS))
    cache = _cache(*FORMS[host])
    assert (cache.admit("langsmith", text), cache.refusals) == (True, [])


def test_given_names_win() -> None:
    """What is given stands before what the host name tells; the name is signed in lower case."""
    given = AwsIam(cache_name="Other-Cache", region="eu-west-3", service="memorydb", serverless=False)
    host = "my-cache-1x2y3z.serverless.euw1.cache.amazonaws.com"
    identity = identity_of(Surroundings(iam=Provider.AWS, aws=given), [Endpoint(host=host, port=6379)])
    assert isinstance(identity, AwsIam)
    text = sign(identity, "langsmith", identity.region, ReadOnlyCredentials(*aws.KEYS))
    assert _cache("other-cache", "eu-west-3", "memorydb", serverless=False).admit("langsmith", text)


def _issued(region: str = "eu-west-1", hint: str = "", learned: list[str] | None = None) -> Issued:
    identity = AwsIam(cache_name="my-cache", region=region, region_hint=hint)
    return issue(identity, "langsmith", (learned if learned is not None else []).append)


def _static(pod: pytest.MonkeyPatch) -> None:
    pod.setenv("AWS_ACCESS_KEY_ID", aws.STATIC.access)
    pod.setenv("AWS_SECRET_ACCESS_KEY", aws.STATIC.secret)


def _given_a_role(pod: pytest.MonkeyPatch, folder: Path) -> None:
    file = folder / "projected"
    file.write_text(aws.PROJECTED)
    pod.setenv("AWS_ROLE_ARN", aws.ROLE)
    pod.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))


def test_what_is_recorded_of_a_role(pod: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whose token it is, where it comes from, until when; every secret on the way is learned to be scrubbed."""
    _given_a_role(pod, tmp_path)
    learned: list[str] = []
    with aws.endpoint(aws.sts(), ahead=-240) as sts:
        pod.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        text, token = _issued(learned=learned)
    assert (token.username, token.length) == ("langsmith", len(text))
    assert (token.principal, token.source) == (aws.ROLE, "assume-role-with-web-identity")
    assert token.claims == {
        "service": "elasticache", "cache": "my-cache", "region": "eu-west-1", "by": "--aws-region"
    }  # fmt: skip
    assert _lifetime(token.obtained_at, token.expires_at) == pytest.approx(900, abs=2)
    assert token.clock_offset == pytest.approx(-240, abs=3)
    assert token.shadowed == ""
    assert {aws.PROJECTED, aws.KEYS.secret, aws.KEYS.session} <= set(learned)
    assert sts.actions == ["AssumeRoleWithWebIdentity"]


def _lifetime(obtained: str, expires: str) -> float:
    return (dt.datetime.fromisoformat(expires) - dt.datetime.fromisoformat(obtained)).total_seconds()


def test_a_session_that_ends_before_the_token(pod: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A token dies with the session that signed it."""
    _given_a_role(pod, tmp_path)
    with aws.endpoint(aws.sts(life=720)) as sts:
        pod.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        token = _issued().token
    assert _lifetime(token.obtained_at, token.expires_at) == pytest.approx(720, abs=2)


def test_keys_of_the_environment_stand_before_the_role(pod: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The SDK takes them first, and the role that is passed over is told."""
    _given_a_role(pod, tmp_path)
    _static(pod)
    with aws.endpoint(aws.sts(arn="arn:aws:iam::1:user/ci")) as sts:
        pod.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        token = _issued().token
    assert (token.source, token.principal, token.shadowed) == ("env", "arn:aws:iam::1:user/ci", aws.ROLE)


def test_the_role_stands_before_an_association(pod: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A pod with both is given the role of the annotation; the agent of Pod Identity is not even asked."""
    _given_a_role(pod, tmp_path)
    with aws.endpoint(aws.sts()) as sts, aws.endpoint(aws.pod_identity()) as agent:
        pod.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        pod.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", agent.url)
        token = _issued().token
    assert (token.source, token.principal) == ("assume-role-with-web-identity", aws.ROLE)
    assert token.shadowed == "an EKS Pod Identity association"
    assert agent.asked == []


def test_who_says_the_region(pod: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What is given, then AWS_REGION, then the SDK's configuration, then the host name."""
    _static(pod)
    file = tmp_path / "config"
    file.write_text("[default]\nregion = ca-central-1\n")
    told = [_issued(region="", hint="sa-east-1").token.claims]
    pod.setenv("AWS_CONFIG_FILE", str(file))
    told.append(_issued(region="", hint="sa-east-1").token.claims)
    pod.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    told.append(_issued(region="", hint="sa-east-1").token.claims)
    pod.setenv("AWS_REGION", "ap-south-1")
    told.append(_issued(region="", hint="sa-east-1").token.claims)
    told.append(_issued(region="us-east-2", hint="sa-east-1").token.claims)
    assert [each["region"] for each in told] == ["sa-east-1", "ca-central-1", "eu-north-1", "ap-south-1", "us-east-2"]


def test_nobody_says_whose_the_keys_are(pod: pytest.MonkeyPatch) -> None:
    """Asking the token service is a courtesy: with it closed the token comes all the same."""
    _static(pod)
    text, token = _issued()
    assert (token.principal, token.source, token.clock_offset) == ("", "env", None)
    assert Cache(aws.known(aws.STATIC)).admit("langsmith", text)


@pytest.mark.parametrize("code", ["ThrottlingException", "PackedPolicyTooLarge", "RegionDisabledException"])
def test_codes_that_nobody_foresaw(pod: pytest.MonkeyPatch, tmp_path: Path, code: str) -> None:
    """The token service's own words are told, and it is the one who refuses."""
    _given_a_role(pod, tmp_path)
    with aws.endpoint(aws.sts(instead=aws.refusal(code, "for some reason"))) as sts:
        pod.setenv("AWS_ENDPOINT_URL_STS", sts.url)
        with pytest.raises(ProbeError, match=f"{code}: for some reason") as raised:
            _issued()
    assert raised.value.cause is Cause.ISSUER_REFUSED
    assert len(sts.asked) == 1
