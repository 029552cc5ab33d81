"""A connection string as text, before anybody reads it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.uri.text import Parts, has_stray_at, intended, secrets_of, show, split

TEXT = st.text(st.sampled_from("ab1:/?#@[]=&%"), max_size=30)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("redis://h:1/0?a=b#c", Parts("redis", None, "h", "1", "/0", "?a=b", "#c")),
        ("redis://u:p@h", Parts("redis", "u:p", "h", None, "", "", "")),
        ("redis://:p@h:", Parts("redis", ":p", "h", "", "", "", "")),
        ("redis://@h", Parts("redis", "", "h", None, "", "", "")),
        ("redis://u:a@b@h:1", Parts("redis", "u:a@b", "h", "1", "", "", "")),
        ("redis://[::1]:1/0", Parts("redis", None, "::1", "1", "/0", "", "")),
        ("redis://[::1]", Parts("redis", None, "::1", None, "", "", "")),
        ("h:1", Parts("", None, "h", "1", "", "", "")),
        ("", Parts("", None, "", None, "", "", "")),
        ("redis://h?a/b#c?d", Parts("redis", None, "h", None, "", "?a/b", "#c?d")),
    ],
)
def test_split(text: str, parts: Parts) -> None:
    """At the delimiters of RFC 3986, whatever stands between them."""
    assert split(text) == parts


@settings(deadline=None)
@given(TEXT)
def test_split_loses_nothing(text: str) -> None:
    """Every character of the rest is in the text, in its order, and splitting never raises."""
    parts = split(f"redis://{text}")
    assert f"redis://{text}".endswith(parts.path + parts.query + parts.fragment)


@pytest.mark.parametrize(
    ("text", "stray"),
    [
        ("redis://u:p@h/0", False),
        ("redis://h?password=a@b", False),
        ("redis://:a/b@h", True),
        ("redis://:a?b@h", True),
        ("redis://:a#b@h", True),
        ("redis://:a?x=1&b@h", True),
    ],
)
def test_stray_at(text: str, stray: bool) -> None:
    """An `@` behind the authority betrays a raw delimiter in the password, save in a parameter's value."""
    assert has_stray_at(split(text)) is stray


@pytest.mark.parametrize(
    ("text", "userinfo", "host"),
    [
        ("redis://:a/b@h:1/0", ":a/b", "h"),
        ("redis://u:a?b#c@d@h/0", "u:a?b#c@d", "h"),
        ("redis://u:p@h", "u:p", "h"),
    ],
)
def test_intended(text: str, userinfo: str, host: str) -> None:
    """Everything up to the last `@` was meant as user and password."""
    parts = intended(text)
    assert (parts.scheme, parts.userinfo, parts.host) == ("redis", userinfo, host)


@pytest.mark.parametrize(
    ("text", "secrets"),
    [
        ("redis://:tops3cret@h", {"tops3cret"}),
        ("redis://u:tops3cret@h", {"tops3cret"}),
        ("redis://h?password=tops3cret", {"tops3cret"}),
        ("redis://h?PASSWORD=tops3cret&db=1", {"tops3cret"}),
        ("redis://:tops/3cret@h", {"tops/3cret"}),
        ("redis://:tops%2F3cret@h", {"tops%2F3cret", "tops/3cret"}),
        ("redis://h?password=tops%2F3cret", {"tops%2F3cret", "tops/3cret"}),
        ("redis://:a:b@h", {"a:b"}),
        ("u:tops3cret@h", {"tops3cret"}),
    ],
)
def test_secrets(text: str, secrets: set[str]) -> None:
    """Whatever could be the password by any reading, raw and decoded, and the whole text."""
    assert {each.reveal() for each in secrets_of(text)} >= {*secrets, text}


@pytest.mark.parametrize("text", ["", "redis://h:1/0", "redis://app@h", "redis://:@h", "redis://h?password="])
def test_no_secrets(text: str) -> None:
    """A text without a password is no secret."""
    assert secrets_of(text) == ()


@pytest.mark.parametrize(
    ("username", "db", "masked", "shown"),
    [
        (None, 0, False, "redis://h:1/0"),
        (None, 0, True, "redis://:***@h:1/0"),
        ("app", 2, True, "redis://app:***@h:1/2"),
        ("app", 0, False, "redis://app@h:1/0"),
    ],
)
def test_show(username: str | None, db: int, masked: bool, shown: str) -> None:
    """A connection string of its parts, with the mask where the password stands."""
    assert show("redis", username, "h", 1, db, masked=masked) == shown


def test_show_brackets_ipv6() -> None:
    """What can be shown can be read back."""
    assert split(show("rediss", None, "2001:db8::1", 6380, 0, masked=False)).host == "2001:db8::1"
