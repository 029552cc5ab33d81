"""What a token is asked for with: what was given, and what the endpoints' names tell."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.identity import ENTRA_SCOPE, AwsIam, AzureIam, GcpIam, Identity
from preflight.model.target import Endpoint, Surroundings, Target
from preflight.uri.cluster import target_from_nodes
from preflight.uri.identity import identity_of
from preflight.uri.standalone import target_from_url

GROUP = "master.my-rg.abc123.use1.cache.amazonaws.com"
CLUSTERED = "clustercfg.my-rg.abc123.euw1.cache.amazonaws.com"
SERVERLESS = "my-cache-abc123.serverless.apne1.cache.amazonaws.com"
MEMORYDB = "clustercfg.my-cl.abc123.memorydb.eu-west-3.amazonaws.com"
CHINA = "master.my-rg.abc123.cnn1.cache.amazonaws.com.cn"
AZURE = "cache.eastus.redis.azure.net"


def found(*hosts: str, iam: str = "aws", **around: Any) -> Identity | None:
    return identity_of(Surroundings(iam=iam, **around), [Endpoint(host=each, port=6379) for each in hosts])


def elasticache(name: str, hint: str, **more: Any) -> AwsIam:
    known: dict[str, Any] = {"cache_name": name, "region_hint": hint, "service": "elasticache", "serverless": False}
    return AwsIam(**known | more)


@pytest.mark.parametrize(
    ("host", "identity"),
    [
        (GROUP, elasticache("my-rg", "us-east-1")),
        (GROUP.upper(), elasticache("my-rg", "us-east-1")),
        (f"{GROUP}.", elasticache("my-rg", "us-east-1")),
        (CLUSTERED, elasticache("my-rg", "eu-west-1")),
        ("my-rg-0001-002.my-rg.abc123.euw1.cache.amazonaws.com", elasticache("my-rg", "eu-west-1")),
        (SERVERLESS, elasticache("my-cache", "ap-northeast-1", serverless=True)),
        (MEMORYDB, elasticache("my-cl", "eu-west-3", service="memorydb")),
        (CHINA, elasticache("my-rg", "cn-north-1")),
        ("master.my-rg.abc123.zzz9.cache.amazonaws.com", elasticache("my-rg", "")),
        ("cache.example.com", AwsIam()),
        ("10.0.0.7", AwsIam()),
        ("::1", AwsIam()),
        (AZURE, AwsIam()),
    ],
)
def test_what_the_name_tells(host: str, identity: AwsIam) -> None:
    """The cache, its kind and a hint of its region; nothing from an alias, or from a name of another cloud."""
    assert found(host) == identity


def test_the_first_name_that_tells() -> None:
    """All nodes of a cluster bear its name, and some may be given by their addresses."""
    assert found("10.0.0.7", AZURE, CLUSTERED, GROUP) == elasticache("my-rg", "eu-west-1")
    assert found() == AwsIam()


@pytest.mark.parametrize(
    ("given_", "identity"),
    [
        (AwsIam(cache_name="Other"), elasticache("other", "us-east-1")),
        (AwsIam(region="eu-west-1"), elasticache("my-rg", "us-east-1", region="eu-west-1")),
        (AwsIam(service="memorydb"), elasticache("my-rg", "us-east-1", service="memorydb")),
        (AwsIam(serverless=True), elasticache("my-rg", "us-east-1", serverless=True)),
        (AwsIam(serverless=False), elasticache("my-rg", "us-east-1")),
    ],
)
def test_what_was_given_wins(given_: AwsIam, identity: AwsIam) -> None:
    """One by one; names are signed in lower case, and the hint stays to be compared with."""
    assert found(GROUP, aws=given_) == identity


@given(
    st.builds(
        AwsIam,
        cache_name=st.sampled_from(["", "Mine", "mine"]),
        region=st.sampled_from(["", "eu-west-1"]),
        service=st.sampled_from(["", "elasticache", "memorydb"]),
        serverless=st.sampled_from([None, True, False]),
    ),
    st.lists(st.sampled_from([GROUP, SERVERLESS, MEMORYDB, AZURE, "10.0.0.7"]), max_size=3),
)
def test_nothing_that_was_given_is_lost(given_: AwsIam, hosts: list[str]) -> None:
    """Whatever the hosts are called; and what was not given is the name's or nobody's."""
    identity = found(*hosts, aws=given_)
    told = found(*hosts)
    assert isinstance(identity, AwsIam)
    assert isinstance(told, AwsIam)
    assert identity.cache_name == (given_.cache_name.lower() or told.cache_name)
    assert identity.region == given_.region
    assert identity.service == (given_.service or told.service)
    assert identity.serverless is (told.serverless if given_.serverless is None else given_.serverless)
    assert identity.region_hint == told.region_hint


def test_google_needs_nothing() -> None:
    """Its tokens are for nobody in particular."""
    assert found(GROUP, "10.0.0.7", iam="gcp", aws=AwsIam(cache_name="x")) == GcpIam()


def test_azure_has_what_was_given() -> None:
    """No host tells it."""
    own = AzureIam(scope="https://redis.example/.default", authority="https://login.microsoftonline.us")
    assert found(AZURE, iam="azure") == AzureIam(scope=ENTRA_SCOPE)
    assert found(AZURE, iam="azure", azure=own) == own


@pytest.mark.parametrize("iam", ["", "AWS", " aws", "aws\n", "Azure", "GCP", "amazon", "true"])
def test_no_provider_that_langsmith_knows(iam: str) -> None:
    """It takes them in lower case alone."""
    assert found(GROUP, iam=iam) is None


def seen_in(target: Target) -> tuple[str, str, bool, bool]:
    """Who is to log in, what for, whether a password is beside it, and whether there can be a token."""
    assert isinstance(target.identity, AwsIam)
    return target.username, target.identity.cache_name, target.login is not None, target.tokenless


@pytest.mark.parametrize(
    ("url", "around", "seen"),
    [
        (f"rediss://app@{GROUP}:6379/0", {}, ("app", "my-rg", False, False)),
        (f"rediss://a%40b@{GROUP}/0", {}, ("a@b", "my-rg", False, False)),
        (f"rediss://app@{GROUP}/0", {"username": "other"}, ("other", "my-rg", False, False)),
        (f"rediss://{GROUP}/0", {}, ("", "my-rg", False, True)),
        (f"rediss://{GROUP}/0", {"username": "app"}, ("app", "my-rg", False, False)),
        (f"redis://app@{GROUP}/0", {}, ("app", "my-rg", False, True)),
        (f"rediss://app:tops3cret@{GROUP}/0", {}, ("app", "my-rg", True, False)),
        (f"rediss://:tops3cret@{GROUP}/0", {}, ("", "my-rg", True, True)),
    ],
)
def test_of_a_url(url: str, around: dict[str, Any], seen: tuple[str, str, bool, bool]) -> None:
    """The user name of the URL is the identity, unless one is given beside it."""
    assert seen_in(target_from_url(url, Surroundings(iam="aws", **around))) == seen


@pytest.mark.parametrize(
    ("uri", "around", "seen"),
    [
        (f"redis://{CLUSTERED}:6379", {}, ("", "my-rg", False, False)),
        (f"redis://{CLUSTERED}:6379", {"username": "app"}, ("app", "my-rg", False, False)),
        (f"redis://app@{CLUSTERED}:6379", {}, ("app", "my-rg", False, False)),
        (f"redis://app@{CLUSTERED}:6379", {"username": "other"}, ("other", "my-rg", False, False)),
        (f"redis://app:tops3cret@{CLUSTERED}:6379", {}, ("", "my-rg", False, False)),
        (f"redis://{CLUSTERED}:6379", {"tls": False}, ("", "my-rg", False, True)),
    ],
)
def test_of_a_node_list(uri: str, around: dict[str, Any], seen: tuple[str, str, bool, bool]) -> None:
    """A lone user in a URI may be meant; TLS is on unless it is switched off."""
    assert seen_in(target_from_nodes([uri], Surroundings(iam="aws", **around))) == seen


@pytest.mark.parametrize("text", ["", "nonsense", "rediss://host:port"])
def test_of_a_url_that_cannot_be_read(text: str) -> None:
    """It is known which cloud would be asked, and no more."""
    target = target_from_url(text, Surroundings(iam="aws", aws=AwsIam(cache_name="mine")))
    assert (target.identity, target.username) == (AwsIam(cache_name="mine"), "")


def test_without_workload_identity_nobody_is_the_user() -> None:
    """A user name then belongs to a password."""
    target = target_from_url(f"rediss://app@{GROUP}/0", Surroundings())
    assert (target.identity, target.username, target.tokenless) == (None, "", False)
