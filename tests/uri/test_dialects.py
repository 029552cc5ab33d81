"""What holds for both dialects, whatever the text."""

from __future__ import annotations

from typing import Final
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.secret import Secret
from preflight.uri import go_redis, redis_py
from preflight.uri.dialect import LONGEST, Dialect, Reading, Refusal

both = pytest.mark.parametrize("read", [redis_py.read, go_redis.read], ids=["redis-py", "go-redis"])

NOISE: Final = st.one_of(st.characters(), st.sampled_from("\ud800\udfff\0\n@:/?#[]%&;=+"))
# No character of these stands in a reason, save those of words in lower case.
PASSWORDS: Final = st.text(alphabet="ABGHJKQWXYZ7892@:/?#[]%&;=+ ", min_size=4, max_size=30)
MISTAKES: Final = (
    "redis://:{}@cache.example.com:6379/0",
    "redis://{}@cache.example.com:6379/0",
    "redis://app:{}@",
    "redis://app:{}@cache.example.com:port/x",
    "rediss://cache.example.com?password={}",
    "rediss://cache.example.com?password={}&bogus=1",
    "rediss://cache.example.com/{}@other.example.com",
    "redis:{}@cache.example.com",
    "{}@cache.example.com",
    "{}",
)


@both
@given(noise=st.text(alphabet=NOISE))
def test_never_raises(read: Dialect, noise: str) -> None:
    for prefix in (
        "",
        "redis://",
        "rediss://:",
        "redis://h:",
        "redis://h/",
        "redis://h?",
        "redis://[",
        "redis:",
    ):
        assert isinstance(read(prefix + noise), Reading | Refusal)


@both
@pytest.mark.parametrize("unit", ["@", "[", "]", ":", "/", "&", "a=1&", "%41&b=", "é", "%C3", "0", ".", "\0", "x"])
@pytest.mark.parametrize(
    "prefix",
    [
        "",
        "redis://",
        "rediss://:",
        "redis://h:",
        "redis://[",
        "redis://h/",
        "redis://h?a=",
        "redis://h?dial_timeout=",
    ],
)
@pytest.mark.parametrize("length", [LONGEST, 1_000_000])
def test_ends_on_noise(read: Dialect, prefix: str, unit: str, length: int) -> None:
    """Each of these took minutes where an expression went back over what it had read."""
    assert isinstance(read((prefix + unit * length)[:length]), Reading | Refusal)


@both
@given(password=PASSWORDS, mistake=st.sampled_from(MISTAKES))
def test_refusals_hold_no_piece_of_the_password(read: Dialect, password: str, mistake: str) -> None:
    refusal = read(mistake.format(password))
    if isinstance(refusal, Refusal):
        shown = f"{refusal.reason} {refusal.parameter}"
        assert not any(password[start : start + 4] in shown for start in range(len(password) - 3))


@both
@given(
    username=st.text(max_size=20),
    password=st.text(min_size=1, max_size=40),
    port=st.integers(1, 65535),
    db=st.integers(0, 100),
    tls=st.booleans(),
)
def test_reads_an_escaped_url_exactly(
    read: Dialect, username: str, password: str, port: int, db: int, *, tls: bool
) -> None:
    scheme = "rediss" if tls else "redis"
    userinfo = f"{quote(username, safe='')}:{quote(password, safe='')}"
    assert read(f"{scheme}://{userinfo}@cache.example.com:{port}/{db}") == Reading(
        tls=tls,
        host="cache.example.com",
        port=port,
        db=db,
        username=username or None,
        password=Secret(password),
        parameters=(),
    )
