"""The name that is dialled, and those that the certificate lists."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.checks.tls_hostname import CHECK, Dialled, judge
from preflight.engine import assess
from preflight.model.evidence import Cause
from preflight.model.facts import Shown
from preflight.model.finding import Finding, Outcome, Verdict
from preflight.model.target import Target
from preflight.run import catalogue
from tests.checks.facts import certificate, cluster, encrypted, evidence, held, refused, seen, shown, standalone

URL = standalone("rediss://cache.example.com:6379/0")
AZURE = "redis://demo.eastus.redis.azure.net:10000"
OTHER = "redis://demo.westus.redis.azure.net:10000"
ADVERTISED = "10.0.0.7:8500"
LAST_RESORT = "last resort"


def told(chain: Shown | None, target: Target = URL, *, advertised: bool = False) -> Verdict:
    return judge(target, Dialled(chain, advertised))


def test_plaintext_compares_nothing() -> None:
    """There is no certificate."""
    assert told(None).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("names", "dialled"),
    [
        (("cache.example.com",), "cache.example.com"),
        (("other.example.com", "cache.example.com"), "cache.example.com"),
        (("cache.example.com",), "CACHE.Example.COM"),
        (("Cache.example.com",), "cache.example.com"),
        (("*.example.com",), "cache.example.com"),
        (("10.0.0.7",), "10.0.0.7"),
        (("fd00::7",), "fd00:0:0::7"),
    ],
)
def test_a_name_that_is_listed(names: tuple[str, ...], dialled: str) -> None:
    """The name itself, in any case, or a wildcard for its first label; an address as an address."""
    verdict = told(shown(certificate(*names), dialled=dialled))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, f"lists {dialled}")


@pytest.mark.parametrize(
    ("names", "dialled"),
    [
        (("other.example.com",), "cache.example.com"),
        (("*.example.com",), "example.com"),
        (("*.example.com",), "a.cache.example.com"),
        (("*.com",), "example.com"),
        (("*.0.0.7",), "10.0.0.7"),
        (("cache.example.com",), "10.0.0.7"),
        (("10.0.0.8",), "10.0.0.7"),
        (("fd00::8",), "fd00::7"),
    ],
)
def test_a_name_that_is_not(names: tuple[str, ...], dialled: str) -> None:
    """A wildcard is one label of a name, and not of an address."""
    verdict = told(shown(certificate(*names), dialled=dialled, code=62))
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, Cause.HOSTNAME_MISMATCH)
    assert (verdict.details["dialled"], verdict.details["names"]) == (dialled, ", ".join(names))
    assert verdict.patch is None


def test_a_name_that_is_not_compared() -> None:
    """`ssl_check_hostname=false`: the fact stays, and it is no failure."""
    verdict = told(shown(dialled="10.0.0.7", compared=False))
    assert verdict.outcome is Outcome.PASS
    assert "ssl_check_hostname=false" in verdict.summary


REFUSES = "redis-py before 6.0 does not look; from 6.0 on it refuses it; Go refuses it"
TAKES = "redis-py before 6.0 does not look; from 6.0 on it takes it; Go refuses it"


@pytest.mark.parametrize(
    ("names", "common", "dialled", "means"),
    [
        (("other.example.com",), "", "cache.example.com", REFUSES),
        (("other.example.com",), "cache.example.com", "cache.example.com", REFUSES),
        ((), "cache.example.com", "cache.example.com", TAKES),
        ((), "*.example.com", "cache.example.com", TAKES),
        ((), "other.example.com", "cache.example.com", REFUSES),
        ((), "", "cache.example.com", REFUSES),
        pytest.param((), "10.0.0.7", "10.0.0.7", REFUSES),
        pytest.param(("10.0.0.7",), "cache.example.com", "cache.example.com", TAKES),
    ],
)
def test_what_it_means_to_each_client(names: tuple[str, ...], common: str, dialled: str, means: str) -> None:
    """redis-py before 6.0, from 6.0 on, and Go; only Python still takes a common name."""
    own = certificate(common_name=common)
    own = type(own)(subject=own.subject, issuer=own.issuer, common_name=common, names=names)
    verdict = told(shown(own, dialled=dialled))
    assert verdict.outcome is Outcome.FAIL
    assert verdict.details["means"] == means


def bare(common: str) -> Shown:
    own = certificate(common_name=common)
    return shown(type(own)(subject=own.subject, issuer=own.issuer, common_name=common))


def test_a_common_name_alone() -> None:
    """It has to be reissued, whatever Python makes of it."""
    verdict = told(bare("cache.example.com"))
    assert verdict.outcome is Outcome.FAIL
    assert "common name alone" in verdict.summary
    assert verdict.details["names"] == "cache.example.com"


def test_a_certificate_without_any_name() -> None:
    """It says so."""
    assert told(bare("")).details["names"] == "none"


def test_many_names_are_counted() -> None:
    """Certificates of large services list hundreds."""
    names = tuple(f"n{number}.example.com" for number in range(11))
    assert told(shown(certificate(*names), dialled="h")).details["names"] == ", ".join(names[:8]) + " and 3 more"
    assert "more" not in told(shown(certificate(*names[:8]), dialled="h")).details["names"]


@pytest.mark.parametrize(
    ("names", "remedy"),
    [
        (("a.example.com", "b.example.com"), "Dial a.example.com, which it lists, in redis.external.connectionUrl; or"),
        (("*.example.org", "b.example.com"), "Dial b.example.com, which it lists, in redis.external.connectionUrl; or"),
        (("*.example.org",), "Use a host name that the certificate lists in redis.external.connectionUrl, or"),
    ],
)
def test_what_to_dial_instead(names: tuple[str, ...], remedy: str) -> None:
    """The first name that can be dialled; a URL has no way not to compare."""
    verdict = told(shown(certificate(*names)))
    assert (verdict.remedy or "").startswith(remedy)
    assert LAST_RESORT not in (verdict.remedy or "")


def test_a_secret_is_where_the_name_is_written() -> None:
    """Not in the values."""
    verdict = told(shown(certificate("a.example.com")), held(URL))
    assert "Dial a.example.com, which it lists, in key connection_url of Secret redis" in (verdict.remedy or "")


def test_a_seed_of_a_cluster() -> None:
    """The name is the person's own to change; not to compare comes last."""
    verdict = told(shown(certificate("a.example.com")), cluster())
    assert (verdict.remedy or "").startswith(
        "Dial a.example.com, which it lists, in redis.external.cluster.nodeUris; or"
    )
    assert LAST_RESORT in (verdict.remedy or "")
    assert verdict.patch is None


def advertised(*uris: str, dialled: str = "10.0.0.7", **more: Any) -> Verdict:
    return told(shown(dialled=dialled, code=64), cluster(*uris, **more), advertised=True)


def test_an_address_that_azure_announces() -> None:
    """What LangSmith documents: every node URI says not to compare, and nothing else changes."""
    verdict = advertised(AZURE, f"{OTHER}?ssl_check_hostname=true", "redis://h.example.com:1?ssl_check_hostname=false")
    assert "LangSmith documents `ssl_check_hostname=false`" in (verdict.remedy or "")
    assert LAST_RESORT not in (verdict.remedy or "")
    uris = [f"{each}?ssl_check_hostname=false" for each in (AZURE, OTHER, "redis://h.example.com:1")]
    assert verdict.patch == {"redis": {"external": {"cluster": {"nodeUris": uris}}}}


def test_node_uris_in_a_secret_have_no_patch() -> None:
    """The values do not hold them; the words are the same."""
    verdict = told(shown(dialled="10.0.0.7", code=64), held(cluster(AZURE)), advertised=True)
    assert "LangSmith documents" in (verdict.remedy or "")
    assert verdict.patch is None


@pytest.mark.parametrize("dialled", ["10.0.0.7", "fd00::7"])
def test_an_address_that_another_cluster_announces(dialled: str) -> None:
    """Names are to be announced, and not to compare is the last resort; nobody is given a patch for it."""
    verdict = advertised("redis://cache.example.com:6379", dialled=dialled)
    assert "cluster-announce-hostname" in (verdict.remedy or "")
    assert LAST_RESORT in (verdict.remedy or "")
    assert verdict.patch is None


def test_a_name_that_azure_announces() -> None:
    """What is documented is for addresses; here something else is wrong."""
    verdict = advertised(AZURE, dialled="other.example.com")
    assert "LangSmith documents" not in (verdict.remedy or "")
    assert verdict.patch is None


def test_a_configured_address_of_azure() -> None:
    """The person wrote it: another name can be written."""
    verdict = told(shown(dialled="10.0.0.7", code=64), cluster(AZURE))
    assert "LangSmith documents" not in (verdict.remedy or "")
    assert verdict.patch is None


def found(*nodes: Any, target: Target = URL) -> dict[str, Finding]:
    findings = assess(evidence(seen(target, *nodes)), catalogue())
    return {each.subject: each for each in findings if each.id == CHECK.id}


def test_who_announced_it_is_read_from_the_node() -> None:
    """The seed passes; its neighbour is the one that the patch is for, and says where it comes from."""
    chain = shown(
        certificate("demo.eastus.redis.azure.net"), dialled="10.0.0.7", code=64, problem="IP address mismatch"
    )
    neighbour = refused(chain, Cause.HOSTNAME_MISMATCH, ADVERTISED)
    neighbour = type(neighbour)(
        name=neighbour.name, dns=neighbour.dns, tcp=neighbour.tcp, tls=neighbour.tls, shown=neighbour.shown,
        asked=neighbour.asked, auth=neighbour.auth, server=neighbour.server, advertised_by="a:1", slots="0-9",
    )  # fmt: skip
    seed = encrypted("a:1", shown(certificate("demo.eastus.redis.azure.net"), dialled="demo.eastus.redis.azure.net"))
    findings = found(seed, neighbour, target=cluster(AZURE))
    assert findings["a:1"].outcome is Outcome.PASS
    assert findings[ADVERTISED].outcome is Outcome.FAIL
    assert findings[ADVERTISED].verdict.patch
    about = {"advertised by": "a:1", "serves slots": "0-9"}
    assert about.items() <= findings[ADVERTISED].verdict.details.items()


def test_a_refused_name_is_always_told() -> None:
    """Where OpenSSL refused the name, the check that owns the cause fails."""
    chain = shown(dialled="cache.example.com.", code=62, problem="Hostname mismatch")
    [finding] = found(refused(chain, Cause.HOSTNAME_MISMATCH)).values()
    assert finding.outcome is Outcome.FAIL
