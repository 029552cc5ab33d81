"""Every mistake in a URL, in words that name it and hide what is secret."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.config_url import CHECK, judge
from preflight.model.evidence import Cause, Stage, Unreached
from preflight.model.finding import Outcome
from preflight.model.installation import Feature, Flaw
from preflight.model.secret import MASK
from preflight.uri.patch import at
from tests.checks.facts import HELD, cluster, evidence, held, key, seen, standalone


@pytest.mark.parametrize(
    ("url", "summary", "remedy"),
    [
        ("", "the URL is empty", "redis.external.connectionUrl"),
        ("cache:6379", "has no scheme", "redis://host:port/0"),
        ("http://cache:6379", "must be redis:// or rediss://, in lower case", "redis://host:port/0"),
        ("valkey://cache:6379", "do not know valkey://", "Write `redis://`"),
        ("valkeys://cache:6379", "do not know valkeys://", "`rediss://` with TLS"),
        ("redis://host:port", "placeholder (host:port)", "your own value"),
        ("redis://<node_url>:6379", "placeholder (<node_url>)", "your own value"),
        ("redis://:6379/0", "names no host", "host name"),
        ("redis://::1:6379/0", "not a host name or address", "brackets"),
        ("redis://a:6379,b:6379/0", "more than one host", "Give one host in redis.external.connectionUrl"),
        ("redis://cache:0/0", "no such port", "1 to 65535"),
        ("redis://cache:70000/0", "no such port", "1 to 65535"),
        ("redis://cache:abc/0", "port is not a number", "1 to 65535"),
        ("redis://cache:6379/notanumber", "the database is not a plain number", "`/0`"),
        ("redis://cache:6379/0#staging", "a # cuts the URL short", "%23"),
        ("redis://:pass/word@cache:6379/0", "must be percent-encoded", "%2F"),
        ("redis://cache:6379/0\n", "white space", "printf %s"),
        ("redis://cache:6379/\0", "control character", "printf %s"),
        ("redis://" + "a" * 140_000, "longer than an environment variable can be (140,008 characters)", "redis://"),
    ],
)
def test_mistakes(url: str, summary: str, remedy: str) -> None:
    """What is so, quoting only what is harmless, and what to do."""
    target = standalone(url)
    verdict = judge(target, target.declaration)
    assert (verdict.outcome, summary in verdict.summary) == (Outcome.FAIL, True)
    assert remedy in (verdict.remedy or "")


@pytest.mark.parametrize("url", ["redis://:a/b!cdef@cache:6379/0", "redis://app:a#b!cdef@cache:6379/0"])
def test_password_problems_show_the_form_to_write(url: str) -> None:
    """The encoded URL stands in the details, its password masked."""
    target = standalone(url)
    verdict = judge(target, target.declaration)
    user = "app" if "app" in url else ""
    assert verdict.details == {"encoded": f"redis://{user}:{MASK}@cache:6379/0"}
    assert "cdef" not in repr(verdict)


def test_nothing_is_quoted_beside_a_password() -> None:
    """A port, host or path that cannot be read may be a password without its delimiter."""
    for url in ("redis://:a1@cache:tops3cret/0", "redis://tops3cret:x", "redis://cache:6379/tops3cret"):
        target = standalone(url)
        verdict = judge(target, target.declaration)
        assert verdict.outcome is Outcome.FAIL
        assert "tops3cret" not in repr(verdict)


def test_a_good_url_passes_as_it_is_shown() -> None:
    """The summary is the redacted URL."""
    target = standalone("redis://app:tops3cret@cache/2")
    verdict = judge(target, target.declaration)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, "redis://app:***@cache:6379/2")


def test_node_lists_are_not_read() -> None:
    """A cluster target has no URL."""
    assert list(CHECK.reads(evidence(seen(cluster()), seen(standalone())))) != []
    assert list(CHECK.reads(evidence(seen(cluster())))) == []


RAW = "rediss://app:tops/3cret@cache:6379/1"


@pytest.mark.parametrize(
    ("feature", "path"),
    [
        (Feature.LANGSMITH, "redis.external.connectionUrl"),
        (Feature.FLEET, "fleet.redis.external.connectionUrl"),
        (Feature.INSIGHTS, "engineInsightsAgent.redis.external.connectionUrl"),
        (Feature.POLLY, "polly.redis.external.connectionUrl"),
        (Feature.JUICEFS, "sandboxes.juicefs.redis.metaURL"),
    ],
)
def test_the_form_to_write_is_a_patch(feature: Feature, path: str) -> None:
    """Under the values of this feature, the password masked."""
    target = replace(standalone(RAW), feature=feature)
    assert judge(target, target.declaration).patch == at(path, f"rediss://app:{MASK}@cache:6379/1")


@pytest.mark.parametrize(
    ("feature", "where"),
    [
        (Feature.LANGSMITH, "redis.external.connectionUrl"),
        (Feature.POLLY, "polly.redis.external.connectionUrl"),
        (Feature.JUICEFS, "sandboxes.juicefs.redis.metaURL"),
    ],
)
def test_the_remedy_names_this_target_s_place(feature: Feature, where: str) -> None:
    """A value of its own, or the key of a Secret, which no patch can change."""
    inline = replace(standalone("http://cache:6379"), feature=feature)
    assert f"in {where}." in (judge(inline, inline.declaration).remedy or "")
    secret = held(replace(standalone("valkey://cache:6379"), feature=feature))
    assert judge(secret, secret.declaration).patch is None
    secret = held(inline)
    assert f"in {HELD}." in (judge(secret, secret.declaration).remedy or "")


def test_no_patch_for_what_cannot_be_made_out() -> None:
    """An empty text gives nothing to write."""
    assert judge(standalone(""), standalone("").declaration).patch is None


def test_a_url_that_is_not_known_is_not_judged() -> None:
    """The Secret that should hold it comes first; a flaw of another key hides nothing."""
    [reading] = CHECK.reads(evidence(seen(replace(standalone(""), keys=(key(Flaw.KEY_MISSING),)))))
    assert reading.observed == Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)
    [reading] = CHECK.reads(evidence(seen(replace(standalone(), keys=(key(Flaw.OUTDATED),)))))
    assert not isinstance(reading.observed, Unreached)


@pytest.mark.parametrize("feature", [Feature.FLEET, Feature.JUICEFS])
def test_several_hosts_of_another_feature(feature: Feature) -> None:
    """A node list is LangSmith's own, and nothing of it is proposed to others."""
    target = replace(standalone("redis://a:6379,b:6379/1"), feature=feature)
    assert "redis.external.cluster" not in (judge(target, target.declaration).remedy or "").replace(feature.root, "")
