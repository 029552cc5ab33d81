"""What is to be granted to whom: in the provider's own form, with the names that are known."""

from __future__ import annotations

import json
import shlex
from itertools import pairwise
from typing import Any

import pytest

from preflight.model.grants import account_of, grants
from preflight.model.identity import AwsIam, AzureIam, GcpIam
from preflight.model.token import Token
from tests.checks.facts import GOOGLE_ACCOUNT, OBJECT_ID, ROLE, TENANT, azure_token, gcp_token, token

SERVERLESS = AwsIam(cache_name="cache", serverless=True)
MEMORYDB = AwsIam(cache_name="cache", service="memorydb")
CACHE = AwsIam(cache_name="cache", service="elasticache")


def signed(region: str = "eu-west-1", service: str = "elasticache", **more: Any) -> Token:
    return token(claims=token().claims | {"region": region, "service": service}, **more)


def statement(details: dict[str, str]) -> dict[str, Any]:
    """The one of the policy."""
    policy = json.loads(details["policy"])
    assert policy["Version"] == "2012-10-17"
    [only] = policy["Statement"]
    assert only["Effect"] == "Allow"
    return dict(only)


def test_without_workload_identity() -> None:
    """Nothing is granted to a password."""
    assert grants(None, token()) == {}


@pytest.mark.parametrize(
    ("identity", "whose", "action", "resources"),
    [
        (
            CACHE,
            signed(),
            "elasticache:connect",
            [
                "arn:aws:elasticache:eu-west-1:123456789012:replicationgroup:cache",
                "arn:aws:elasticache:eu-west-1:123456789012:user:app",
            ],
        ),
        (
            SERVERLESS,
            signed("us-east-1"),
            "elasticache:connect",
            [
                "arn:aws:elasticache:us-east-1:123456789012:serverlesscache:cache",
                "arn:aws:elasticache:us-east-1:123456789012:user:app",
            ],
        ),
        (
            MEMORYDB,
            signed(service="memorydb"),
            "memorydb:connect",
            [
                "arn:aws:memorydb:eu-west-1:123456789012:cluster/cache",
                "arn:aws:memorydb:eu-west-1:123456789012:user/app",
            ],
        ),
    ],
    ids=["cache", "serverless", "memorydb"],
)
def test_a_policy(identity: AwsIam, whose: Token, action: str, resources: list[str]) -> None:
    """One action, on the cache and on the user; MemoryDB parts both with a slash."""
    details = grants(identity, whose)
    assert details["identity"] == ROLE
    # IAM does not tell the case of an action.
    assert statement(details)["Action"].lower() == action
    assert statement(details)["Resource"] == resources


@pytest.mark.parametrize(
    ("region", "partition"),
    [
        ("eu-west-1", "aws"),
        ("us-east-1", "aws"),
        ("cn-north-1", "aws-cn"),
        ("cn-northwest-1", "aws-cn"),
        ("us-gov-west-1", "aws-us-gov"),
        ("us-gov-east-1", "aws-us-gov"),
    ],
)
def test_partitions(region: str, partition: str) -> None:
    """China and the US government have ARNs of their own."""
    resources = statement(grants(CACHE, signed(region)))["Resource"]
    assert all(each.startswith(f"arn:{partition}:elasticache:{region}:") for each in resources)


@pytest.mark.parametrize(
    ("arn", "account"),
    [
        (ROLE, "123456789012"),
        ("arn:aws-cn:sts::210987654321:assumed-role/langsmith/session", "210987654321"),
        ("arn:aws:iam::123456789012:user/ci", "123456789012"),
        ("arn:aws:iam:::role/langsmith", "<account>"),
        ("", "<account>"),
        ("langsmith", "<account>"),
        ("arn:aws:iam::123456789012", "<account>"),
    ],
)
def test_the_account(arn: str, account: str) -> None:
    """Where it is not known, a person fills it in."""
    assert account_of(arn) == account
    details = grants(CACHE, signed(principal=arn))
    assert details["identity"] == (arn or "(not told)")
    assert all(f":{account}:" in each for each in statement(details)["Resource"])


def options(command: str) -> dict[str, str]:
    """By name, of a command as a shell takes it apart."""
    words = shlex.split(command.replace("<", "{").replace(">", "}"))
    return {name: text for name, text in pairwise(words) if name.startswith("--")}


def test_google_s_roles() -> None:
    """Each product has a role of its own, and only the person knows the project."""
    details = grants(GcpIam(), gcp_token())
    assert details.pop("identity") == GOOGLE_ACCOUNT
    granted = {product: options(command) for product, command in details.items()}
    assert {product: each["--role"] for product, each in granted.items()} == {
        "Memorystore for Valkey": "roles/memorystore.dbConnectionUser",
        "Memorystore for Redis Cluster": "roles/redis.dbConnectionUser",
    }
    assert {each["--member"] for each in granted.values()} == {f"serviceAccount:{GOOGLE_ACCOUNT}"}


def test_a_google_account_that_nobody_names() -> None:
    """There is a place to write it."""
    details = grants(GcpIam(), gcp_token(principal=""))
    assert details["identity"] == "(not told)"
    assert all("serviceAccount:<service account>" in each for name, each in details.items() if name != "identity")


def test_a_person_s_google_account() -> None:
    """Memorystore takes user accounts as well, and gcloud wants to know which it is."""
    details = grants(GcpIam(), gcp_token(principal="alice@example.com"))
    assert options(details["Memorystore for Valkey"])["--member"] == "user:alice@example.com"


def test_azure_s_assignments() -> None:
    """By object id; the two products have a command each."""
    details = grants(AzureIam(), azure_token())
    assert details["identity"] == f"object id {OBJECT_ID}, tenant {TENANT}"
    managed, cache = options(details["Azure Managed Redis"]), options(details["Azure Cache for Redis"])
    assert details["Azure Managed Redis"].startswith("az redisenterprise database access-policy-assignment create ")
    assert details["Azure Cache for Redis"].startswith("az redis access-policy-assignment create ")
    assert (managed["--object-id"], managed["--access-policy-name"]) == (OBJECT_ID, "default")
    assert (cache["--object-id"], cache["--access-policy-name"]) == (OBJECT_ID, "Data Owner")


def test_an_opaque_token_of_azure() -> None:
    """The user name stands in for the object id: it should be that."""
    opaque = Token(username=OBJECT_ID, length=9, claims={})
    details = grants(AzureIam(), opaque)
    assert details["identity"] == f"object id {OBJECT_ID}, tenant (not told)"
    assert options(details["Azure Managed Redis"])["--object-id"] == OBJECT_ID
