"""The identity that a service account is annotated with, against that of a token."""

from __future__ import annotations

import pytest

from preflight.model.identity import Provider
from preflight.model.workload import ANNOTATIONS, is_same
from tests.checks.facts import CLIENT_ID, GOOGLE_ACCOUNT, OBJECT_ID, ROLE, azure_token, gcp_token, token

ASSUMED = "arn:aws:sts::123456789012:assumed-role/langsmith/botocore-session-1700000000"


def test_every_provider_has_an_annotation() -> None:
    """And no two have the same."""
    assert set(ANNOTATIONS) == set(Provider)
    assert len(set(ANNOTATIONS.values())) == len(Provider)


@pytest.mark.parametrize(
    ("declared", "principal", "same"),
    [
        (ROLE, ROLE, True),
        (ROLE, ASSUMED, True),
        ("arn:aws:iam::123456789012:role/team/a/langsmith", ASSUMED, True),
        ("arn:aws:iam::123456789012:role/team/a/langsmith", "arn:aws:iam::123456789012:role/team/a/langsmith", True),
        ("arn:aws-cn:iam::123456789012:role/langsmith", ASSUMED.replace("arn:aws:", "arn:aws-cn:"), True),
        ("arn:aws:iam::123456789012:role/other", ASSUMED, False),
        ("arn:aws:iam::210987654321:role/langsmith", ASSUMED, False),
        ("arn:aws:iam::123456789012:role/langsmit", ASSUMED, False),
        (ROLE, "arn:aws:sts::123456789012:assumed-role/other/langsmith", False),
        (ROLE, "arn:aws:iam::123456789012:user/ci", False),
        (ROLE, "arn:aws:iam::123456789012:root", False),
        ("langsmith", ASSUMED, False),
        ("", ASSUMED, False),
        ("arn", ASSUMED, False),
        ("arn:aws:iam::123456789012:role/", ASSUMED, False),
    ],
)
def test_aws(declared: str, principal: str, same: bool) -> None:
    """STS names an assumed role without its path, and the session after it."""
    assert is_same("aws", declared, token(principal=principal)) is same


def test_a_user_is_no_role() -> None:
    """Keys of the user `langsmith` are not the role `langsmith`."""
    assert not is_same("aws", ROLE, token(principal="arn:aws:iam::123456789012:user/langsmith"))


@pytest.mark.parametrize(
    ("declared", "same"),
    [(GOOGLE_ACCOUNT, True), ("other@project.iam.gserviceaccount.com", False), ("", False)],
)
def test_gcp(declared: str, same: bool) -> None:
    """By its address."""
    assert is_same("gcp", declared, gcp_token()) is same


@pytest.mark.parametrize(
    ("claims", "declared", "same"),
    [
        ({}, CLIENT_ID, True),
        ({}, CLIENT_ID.upper(), True),
        ({"appid": CLIENT_ID.upper()}, CLIENT_ID, True),
        ({"appid": "", "azp": CLIENT_ID}, CLIENT_ID, True),
        ({}, OBJECT_ID, False),
    ],
)
def test_azure(claims: dict[str, str], declared: str, same: bool) -> None:
    """By the client id, which version 1 and version 2 of its tokens call differently; not by the object id."""
    assert is_same("azure", declared, azure_token(claims=claims)) is same
