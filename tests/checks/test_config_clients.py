"""URLs that only one of the two clients reads, or that they read differently."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.config_clients import judge, reads
from preflight.model.evidence import Cause, Seen, Stage, Unreached
from preflight.model.finding import Outcome
from preflight.model.installation import Feature, Flaw
from preflight.model.secret import MASK
from preflight.uri.patch import at
from tests.checks.facts import HELD, cluster, evidence, held, key, seen, standalone

PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL


@pytest.mark.parametrize(
    ("url", "outcome", "summary"),
    [
        ("redis://cache:6379/0", PASS, "alike"),
        ("rediss://app:tops3cret@cache:6379/0", PASS, "alike"),
        ("redis://:tops%2F3cret@cache:6379/0", PASS, "alike"),
        ("redis://cache:6379?db=3", PASS, "alike"),
        ("redis://:tops 3cret@cache:6379/0", FAIL, "go-redis cannot read this URL"),
        ("redis://:töps3cret@cache:6379/0", FAIL, "go-redis cannot read this URL"),
        ("redis://:tops%3cret%@cache:6379/0", FAIL, "go-redis cannot read this URL"),
        ("redis://cache:6379/0?foo=1", FAIL, "redis-py and go-redis cannot read this URL"),
        ("redis://cache:6379/0?protocol=9", FAIL, "redis-py cannot read this URL"),
        ("redis://cache:6379/0?dial_timeout=5s", FAIL, "redis-py cannot read this URL"),
        ("redis://app@cache:6379/0", FAIL, "a user and no password"),
        ("redis://cache:6379/0?db=3&db=4", FAIL, "the two clients read another db from this URL"),
        ("redis://cache:6379/0?password=tops3cret", WARN, "go-redis cannot read this URL; LangSmith documents"),
        ("rediss://cache:6379/0?ssl_check_hostname=false", WARN, "LangSmith documents the form"),
        ("rediss://cache:6379/0?password=tops3cret&ssl_check_hostname=false", WARN, "LangSmith documents"),
        ("rediss://cache:6379/0?ssl_check_hostname=false&foo=1", FAIL, "cannot read this URL"),
    ],
)
def test_readings(url: str, outcome: Outcome, summary: str) -> None:
    """Documented forms warn, all others fail, and every violation shows the form to write."""
    target = standalone(url)
    verdict = judge(target, target.declaration)
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)
    assert "3cret" not in repr(verdict)
    if verdict.details:
        assert verdict.details["encoded"] == target.declaration.encoded


def test_each_client_gives_its_reason() -> None:
    """The details say why, client by client, beside the form to write."""
    target = standalone("redis://:tops 3cret@cache:6379/0")
    details = judge(target, target.declaration).details
    assert set(details) == {"go-redis", "encoded"}
    assert details["encoded"] == f"redis://:{MASK}@cache:6379/0"


def test_a_url_that_is_not_well_formed_is_config_url_s() -> None:
    """One mistake is shown once: there is nothing to compare."""
    [reading] = reads(evidence(seen(standalone("redis://cache:6379/x"))))
    assert reading.observed == Unreached(stage=Stage.CONFIG, cause=Cause.URL_UNUSABLE)
    [good] = reads(evidence(seen(standalone())))
    assert isinstance(good.observed, Seen)


def test_node_lists_are_not_compared() -> None:
    """LangSmith gives node URIs to one client only."""
    assert list(reads(evidence(seen(cluster())))) == []


def test_juicefs_has_a_client_of_its_own() -> None:
    """Its URL is read by neither of the two."""
    assert list(reads(evidence(seen(replace(standalone(), feature=Feature.JUICEFS))))) == []


def test_a_url_that_is_not_known_is_config_secret_s() -> None:
    """An empty text in its place is no mistake of its own."""
    [reading] = reads(evidence(seen(replace(standalone(""), keys=(key(Flaw.NOT_GIVEN),)))))
    assert reading.observed == Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)


@pytest.mark.parametrize("feature", [Feature.LANGSMITH, Feature.FLEET, Feature.INSIGHTS, Feature.POLLY])
@pytest.mark.parametrize(
    "url",
    ["redis://:tops 3cret@cache:6379/2", "redis://cache/2?password=tops3cret", "redis://:tops3cret@cache?db=2&db=3"],
)
def test_the_encoded_form_is_the_patch(feature: Feature, url: str) -> None:
    """Under the values of this feature; in a Secret it can only be described."""
    target = replace(standalone(url), feature=feature)
    verdict = judge(target, target.declaration)
    assert verdict.patch == at(f"{feature.root}.connectionUrl", f"redis://:{MASK}@cache:6379/2")
    assert judge(held(target), target.declaration).patch is None


def test_the_remedy_names_this_target_s_place() -> None:
    """A value of its own, or the key of a Secret."""
    target = replace(standalone("redis://:tops 3cret@cache:6379/0"), feature=Feature.POLLY)
    remedies = [judge(each, each.declaration).remedy for each in (target, held(target))]
    assert remedies == [f"Write {each} in the encoded form." for each in ("polly.redis.external.connectionUrl", HELD)]


@pytest.mark.parametrize("url", ["rediss://app@cache:6379/0", "rediss://app:@cache:6379/0", "rediss://cache:6379/0"])
def test_an_identity_needs_no_password(url: str) -> None:
    """With workload identity a lone user is as it should be; what else is read differently stays so."""
    target = standalone(url, iam="aws")
    assert judge(target, target.declaration).outcome is PASS
    target = standalone(f"{url}?db=3&db=4", iam="aws")
    assert judge(target, target.declaration).summary == "the two clients read another db from this URL"


def test_the_hostname_check_stays_off() -> None:
    """The encoded form would turn it on again, so that it is no patch."""
    target = standalone("rediss://:tops3cret@cache/0?ssl_check_hostname=false")
    verdict = judge(target, target.declaration)
    assert (verdict.outcome, verdict.patch) == (WARN, None)
