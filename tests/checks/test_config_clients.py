"""URLs that only one of the two clients reads, or that they read differently."""

from __future__ import annotations

import pytest

from preflight.checks.config_clients import judge, reads
from preflight.model.evidence import Cause, Seen, Stage, Unreached
from preflight.model.finding import Outcome
from preflight.model.secret import MASK
from tests.checks.facts import cluster, evidence, seen, standalone

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
