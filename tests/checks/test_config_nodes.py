"""Every mistake in a node list, by node."""

from __future__ import annotations

import json
from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.config_nodes import CHECK, judge
from preflight.model.evidence import Cause, Stage, Unreached
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Flaw, Purpose
from preflight.model.secret import Secret
from preflight.model.target import Surroundings
from preflight.uri.cluster import target_from_list
from tests.checks.facts import cluster, evidence, held, key, seen, standalone


def verdict_on(*uris: str) -> Verdict:
    target = cluster(*uris)
    return judge(target, target.declaration)


@pytest.mark.parametrize(
    ("uri", "outcome", "summary", "remedy"),
    [
        ("redis://a:7000", Outcome.PASS, "redis://a:7000", ""),
        ("redis://a:7000/", Outcome.PASS, "redis://a:7000", ""),
        ("redis://a:7000/0", Outcome.PASS, "redis://a:7000", ""),
        ("redis://a:7000?ssl_check_hostname=false", Outcome.PASS, "redis://a:7000", ""),
        ("redis://a:7000?ssl_check_hostname=True", Outcome.PASS, "redis://a:7000", ""),
        ("redis://a", Outcome.WARN, "node 1: it names no port; 6379 is taken", "host:port"),
        ("", Outcome.FAIL, "node 1: there is no node URI", "host:port"),
        ("a:7000", Outcome.FAIL, "node 1: it has no scheme", "host:port"),
        ("http://a:7000", Outcome.FAIL, "node 1: the scheme must be redis://, in lower case", "host:port"),
        ("valkeys://a:7000", Outcome.FAIL, "node 1: LangSmith's clients do not know valkeys://", "host:port"),
        ("rediss://a:7000", Outcome.FAIL, "node 1: the scheme is rediss://", "cluster.tlsEnabled"),
        ("redis://:7000", Outcome.FAIL, "node 1: it names no host", "host:port"),
        ("redis://a b:7000", Outcome.FAIL, "node 1: the host is not a host name or address", "host:port"),
        ("redis://a:1,b:2", Outcome.FAIL, "node 1: it names more than one host", "one URI for each node"),
        ("redis://a:x", Outcome.FAIL, "node 1: the port is not a number", "host:port"),
        ("redis://a:0", Outcome.FAIL, "node 1: there is no such port", "host:port"),
        ("redis://a:65536", Outcome.FAIL, "node 1: there is no such port", "host:port"),
        ("redis://a:7000/3", Outcome.FAIL, "node 1: it names a database", "host:port"),
        ("redis://u:tops3cret@a:7000", Outcome.FAIL, "node 1: it holds a password", "redis_cluster_password"),
        ("redis://:tops/3cret@a:7000", Outcome.FAIL, "node 1: it holds a password", "redis_cluster_password"),
        ("redis://app@a:7000", Outcome.FAIL, "node 1: it holds a user name", "host:port"),
        ("redis://a:7000?foo=1", Outcome.FAIL, "a parameter that LangSmith does not know", "ssl_check_hostname"),
        ("redis://a:7000?ssl_check_hostname=maybe", Outcome.FAIL, "the value of ssl_check_hostname is", "=false"),
        ("redis://<node_url>:7000", Outcome.FAIL, "node 1: a placeholder is left in it (<node_url>)", "own value"),
        ("redis://a:7000\n", Outcome.FAIL, "node 1: white space around it", "host:port"),
        ("redis://a" * 20_000, Outcome.FAIL, "longer than an environment variable can be (180,000 ch", "host:port"),
    ],
)
def test_one_node(uri: str, outcome: Outcome, summary: str, remedy: str) -> None:
    """Each mistake names its node and where the thing belongs."""
    verdict = verdict_on(uri)
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)
    assert remedy in (verdict.remedy or "")
    assert "3cret" not in repr(verdict)


@pytest.mark.parametrize(
    ("text", "summary"),
    [
        ("", "there is no node URI"),
        ("[]", "there is no node URI"),
        ("redis://a:7000", "the node list is not JSON (a URL)"),
        ("['redis://a:7000']", "the node list is not JSON"),
        ("{}", "the node list is JSON, but not an array (an object)"),
        ('"redis://a:7000"', "the node list is JSON, but not an array (a string)"),
        ("null", "the node list is JSON, but not an array"),
        ("[7000]", "the node list holds something that is not a string"),
    ],
)
def test_lists_that_are_none(text: str, summary: str) -> None:
    """A text that is not an array of strings is said to be what it is."""
    target = target_from_list(text, Surroundings())
    verdict = judge(target, target.declaration)
    assert (verdict.outcome, verdict.summary) == (Outcome.FAIL, summary)


def test_several_mistakes_are_all_told() -> None:
    """The first in the summary, the rest in the details, each remedy once."""
    verdict = verdict_on("redis://a:7000", "rediss://b:7000", "redis://c", "redis://app@d:7000")
    assert verdict.summary == "node 2: the scheme is rediss://"
    assert verdict.details == {
        "2": "node 3: it names no port; 6379 is taken",
        "3": "node 4: it holds a user name",
    }
    assert (verdict.remedy or "").count("Write each node as") == 1


def test_the_patch_is_the_same_list_as_documented() -> None:
    """Where every node could be read, the cure can be pasted."""
    verdict = verdict_on("rediss://a:7000", "redis://[::1]?foo=1", "redis://c:7002/1")
    nodes = ["redis://a:7000", "redis://[::1]:6379", "redis://c:7002"]
    assert verdict.patch == {"redis": {"external": {"cluster": {"nodeUris": nodes}}}}


@pytest.mark.parametrize(
    ("around", "password"),
    [({}, {"password": "***"}), ({"password": Secret("hunter22")}, {})],
)
def test_a_password_moves_to_its_own_place(around: dict[str, Any], password: dict[str, str]) -> None:
    """Masked, and only where none is said there yet."""
    target = cluster("redis://u:tops3cret@a:7000", **around)
    verdict = judge(target, target.declaration)
    assert verdict.patch == {"redis": {"external": {"cluster": {"nodeUris": ["redis://a:7000"]} | password}}}
    assert "3cret" not in repr(verdict)


def test_a_list_in_a_secret_has_no_patch() -> None:
    """Values do not change what a Secret holds."""
    target = held(cluster("rediss://a:7000"))
    assert judge(target, target.declaration).patch is None


def test_a_list_that_is_not_known_is_not_judged() -> None:
    """The Secret that should hold it comes first."""
    target = replace(cluster(""), keys=(key(Flaw.KEY_MISSING, Purpose.NODES),))
    [reading] = CHECK.reads(evidence(seen(target)))
    assert reading.observed == Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)


def test_no_patch_for_what_could_not_be_read() -> None:
    """A list with a node that leaves nothing to dial is not guessed at."""
    assert verdict_on("rediss://a:7000", "redis://:7001").patch is None


def test_urls_are_not_read() -> None:
    """A standalone target has no node list."""
    assert list(CHECK.reads(evidence(seen(standalone())))) == []
    good = target_from_list(json.dumps(["redis://a:7000"]), Surroundings())
    assert len(list(CHECK.reads(evidence(seen(good))))) == 1
