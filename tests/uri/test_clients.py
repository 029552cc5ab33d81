"""Where redis-py and go-redis do not read one URL alike."""

from __future__ import annotations

import pytest

from preflight.model.target import Disagreement
from preflight.uri.clients import compare

PYTHON, GO = "redis-py", "go-redis"


@pytest.mark.parametrize(
    "url",
    [
        "redis://cache",
        "redis://cache:6379/3",
        "redis://CACHE.example.com/0",
        "rediss://app:tops%2F3cret@cache/0",
        "redis://:a+b@cache/0",
        "redis://cache?db=2",
        "redis://cache/0?client_name=langsmith",
        "redis://[::1]:6379/0",
    ],
)
def test_read_alike(url: str) -> None:
    """Nothing is said of a URL that both read the same way."""
    assert compare(url) == Disagreement()


@pytest.mark.parametrize(
    ("url", "refused_by", "documented"),
    [
        ("redis://:a b@cache", {GO}, False),
        ("redis://:ä@cache", {GO}, False),
        ("redis://:a%@cache", {GO}, False),
        ("redis://cache/x", {GO}, False),
        ("redis://cache/0/1", {GO}, False),
        ("redis://cache?read_timeout=5s", {PYTHON}, False),
        ("redis://cache?socket_timeout=5", {GO}, False),
        ("redis://cache?bogus=1", {PYTHON, GO}, False),
        ("http://cache", {PYTHON, GO}, False),
        ("redis://cache?password=tops3cret", {GO}, True),
        ("rediss://cache?ssl_check_hostname=false", {GO}, True),
        ("redis://cache?ssl_check_hostname=false", {PYTHON, GO}, True),
        ("rediss://cache?password=tops3cret&bogus=1", {PYTHON, GO}, False),
    ],
)
def test_refused(url: str, refused_by: set[str], documented: bool) -> None:
    """Who refuses it, why, and whether LangSmith documents the form."""
    found = compare(url)
    assert (set(found.refused_by), found.documented, found.differing) == (refused_by, documented, ())
    assert all(found.refused_by.values())
    assert "3cret" not in repr(found)


def test_a_user_without_a_password() -> None:
    """redis-py signs in with an empty password, Go not at all."""
    found = compare("redis://app@cache/0")
    assert found.passwordless
    assert set(found.differing) == {"username", "password"}
    assert not compare("redis://:tops3cret@cache/0").passwordless
