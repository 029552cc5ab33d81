"""Host names of managed services, form by form, and names that only look like one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.identity import Provider
from preflight.uri.offering import Kind, Offering, Service, offering_of, region_of

ON, OFF = {"tls": True}, {"tls": False}
CLUSTER, ALONE = {"clustered": True}, {"clustered": False}
USE1 = "use1.cache.amazonaws.com"

ELASTICACHE = [
    ("clustercfg.rg.abc123.{end}", Kind.CONFIGURATION, ON | CLUSTER),
    ("rg.abc123.clustercfg.{end}", Kind.CONFIGURATION, OFF | CLUSTER),
    ("master.rg.abc123.{end}", Kind.PRIMARY, ON | ALONE),
    ("replica.rg.abc123.{end}", Kind.READER, ON | ALONE | {"instead": "master.rg.abc123.{end}"}),
    ("rg.abc123.ng.0001.{end}", Kind.PRIMARY, OFF | ALONE),
    ("rg-ro.abc123.ng.0001.{end}", Kind.READER, OFF | ALONE | {"instead": "rg.abc123.ng.0001.{end}"}),
    ("rg-002.rg.abc123.{end}", Kind.NODE, ON | ALONE | {"instead": "master.rg.abc123.{end}"}),
    ("rg-0003-002.rg.abc123.{end}", Kind.NODE, ON | CLUSTER),
    ("rg-002.abc123.0001.{end}", Kind.NODE, OFF | ALONE),
    ("rg-0003-002.abc123.0003.{end}", Kind.NODE, OFF | CLUSTER),
    ("rg.abc123.0001.{end}", Kind.SINGLE, OFF | ALONE),
]
MEMORYDB = [
    ("clustercfg.rg.abc123.{end}", Kind.CONFIGURATION, ON),
    ("rg.abc123.clustercfg.{end}", Kind.CONFIGURATION, OFF),
    ("rg-0001-002.rg.abc123.{end}", Kind.NODE, ON),
    ("rg-0001-002.abc123.0001.{end}", Kind.NODE, OFF),
]
SUFFIXES = [
    ("redis.azure.net", Service.AZURE_MANAGED_REDIS),
    ("redis.chinacloudapi.cn", Service.AZURE_MANAGED_REDIS),
    ("redis.usgovcloudapi.net", Service.AZURE_MANAGED_REDIS),
    ("redis.sovcloud-api.de", Service.AZURE_MANAGED_REDIS),
    ("redis.sovcloud-api.fr", Service.AZURE_MANAGED_REDIS),
    ("redisenterprise.cache.azure.net", Service.AZURE_CACHE_ENTERPRISE),
    ("redis.cache.windows.net", Service.AZURE_CACHE),
    ("redis.cache.chinacloudapi.cn", Service.AZURE_CACHE),
    ("redis.cache.usgovcloudapi.net", Service.AZURE_CACHE),
]
NAMES = [
    *(form.format(end=USE1) for form, _, _ in ELASTICACHE),
    *(form.format(end="memorydb.us-east-1.amazonaws.com") for form, _, _ in MEMORYDB),
    *(f"cache.eastus.{suffix}" for suffix, _ in SUFFIXES),
    f"cache-abc123.serverless.{USE1}",
    "cache.eastus.privatelink.redis.azure.net",
]


def told(host: str) -> Offering:
    offering = offering_of(host)
    assert offering
    return offering


@pytest.mark.parametrize(("form", "kind", "more"), ELASTICACHE)
@pytest.mark.parametrize(
    ("end", "region"), [(USE1, "us-east-1"), ("cnn1.cache.amazonaws.com.cn", "cn-north-1")], ids=["com", "cn"]
)
def test_elasticache(form: str, kind: Kind, more: dict[str, Any], end: str, region: str) -> None:
    """Each form tells encryption and mode, and the primary's name where it follows from this one."""
    expected = more | {"instead": more.get("instead", "").format(end=end)}
    service = Service.ELASTICACHE
    assert offering_of(form.format(end=end)) == Offering(
        service=service, kind=kind, cache_name="rg", region_hint=region, **expected
    )


@pytest.mark.parametrize(("form", "kind", "more"), MEMORYDB)
@pytest.mark.parametrize(("region", "top"), [("us-east-1", "com"), ("us-gov-west-1", "com"), ("cn-north-1", "com.cn")])
def test_memorydb(form: str, kind: Kind, more: dict[str, Any], region: str, top: str) -> None:
    """It spells its region out, and is a cluster whatever the form."""
    assert offering_of(form.format(end=f"memorydb.{region}.amazonaws.{top}")) == Offering(
        service=Service.MEMORYDB, kind=kind, cache_name="rg", region_hint=region, clustered=True, **more
    )


@pytest.mark.parametrize(
    ("label", "name"),
    [("cache-abc123", "cache"), ("my-cache-2-0a1b2c", "my-cache-2"), ("cache-prod-abc123", "cache-prod")],
)
def test_serverless(label: str, name: str) -> None:
    """The cache's name is the label without what AWS appends; tokens are signed for it."""
    assert offering_of(f"{label}.serverless.{USE1}") == Offering(
        service=Service.ELASTICACHE_SERVERLESS,
        kind=Kind.SERVERLESS,
        cache_name=name,
        region_hint="us-east-1",
        tls=True,
        clustered=True,
    )


@pytest.mark.parametrize(("suffix", "service"), SUFFIXES)
def test_azure(suffix: str, service: Service) -> None:
    """Only Azure Cache for Redis has its names without a region; neither says anything of TLS or mode."""
    regional = service is not Service.AZURE_CACHE
    front = "cache.eastus" if regional else "cache"
    public = Offering(service=service, kind=Kind.SINGLE, cache_name="cache", region_hint="eastus" if regional else None)
    assert offering_of(f"{front}.{suffix}") == public
    private = told(f"{front}.privatelink.{suffix}")
    assert (private.private_link, private.instead) == (True, f"{front}.{suffix}")
    assert (private.service, private.cache_name, private.region_hint) == (service, "cache", public.region_hint)


@pytest.mark.parametrize(
    ("host", "private"),
    [
        ("cache.geo.redis.cache.windows.net", False),
        ("cache.redis.azure.net", False),
        ("cache.privatelink.redis.azure.net", True),
    ],
)
def test_azure_name_without_its_usual_labels(host: str, *, private: bool) -> None:
    """The product is told all the same; region and public name are not."""
    offering = told(host)
    assert (offering.cache_name, offering.region_hint, offering.instead) == ("cache", None, "")
    assert offering.private_link is private


@pytest.mark.parametrize(
    ("code", "region"),
    [
        ("use1", "us-east-1"), ("use2", "us-east-2"), ("usw1", "us-west-1"), ("usw2", "us-west-2"),
        ("usgw1", "us-gov-west-1"), ("usge1", "us-gov-east-1"), ("euc1", "eu-central-1"), ("euw1", "eu-west-1"),
        ("eun1", "eu-north-1"), ("eus2", "eu-south-2"), ("apne1", "ap-northeast-1"), ("apne2", "ap-northeast-2"),
        ("apn2", "ap-northeast-2"), ("apse2", "ap-southeast-2"), ("aps1", "ap-south-1"), ("ape1", "ap-east-1"),
        ("sae1", "sa-east-1"), ("cac1", "ca-central-1"), ("afs1", "af-south-1"), ("mec1", "me-central-1"),
        ("ilc1", "il-central-1"), ("cnn1", "cn-north-1"), ("cnw1", "cn-northwest-1"), ("cnnw1", "cn-northwest-1"),
        ("xyz1", None), ("usx1", None), ("use", None), ("", None), ("us-east-1", None), ("use1\n", None),
    ],
)  # fmt: skip
def test_region(code: str, region: str | None) -> None:
    """Regular codes, the two that are not, and what is none."""
    assert region_of(code) == region


def test_unknown_region_leaves_the_rest() -> None:
    """A code of a kind not seen before says nothing of where, and the form still says what."""
    offering = told("master.rg.abc123.zzq9.cache.amazonaws.com")
    assert (offering.kind, offering.region_hint) == (Kind.PRIMARY, None)


@pytest.mark.parametrize("service", Service)
def test_ports(service: Service) -> None:
    """The usual port is one that the service listens on; Serverless has none for plaintext."""
    tls, plaintext = {
        Service.AZURE_MANAGED_REDIS: (10000, 10000),
        Service.AZURE_CACHE_ENTERPRISE: (10000, 10000),
        Service.AZURE_CACHE: (6380, 6379),
    }.get(service, (6379, 6379))
    ports = Offering(service=service, kind=Kind.SINGLE, cache_name="", region_hint=None).ports
    assert (ports.usual(tls=True), ports.usual(tls=False)) == (tls, plaintext)
    assert ports.speaks(tls, tls=True)
    assert ports.speaks(plaintext, tls=False) is (service is not Service.ELASTICACHE_SERVERLESS)
    assert ports.custom is (service in {Service.ELASTICACHE, Service.MEMORYDB})


@pytest.mark.parametrize("service", Service)
def test_provider_and_identity(service: Service) -> None:
    """Every service takes workload identities but the Enterprise tiers of Azure Cache for Redis."""
    offering = Offering(service=service, kind=Kind.SINGLE, cache_name="", region_hint=None)
    assert offering.provider is (Provider.AZURE if service.startswith("Azure") else Provider.AWS)
    assert offering.supports_iam is (service is not Service.AZURE_CACHE_ENTERPRISE)


@pytest.mark.parametrize(
    "host",
    [
        "",
        ".",
        "cache",
        "10.0.0.7",
        "fd00::7",
        "cache.example.com",
        "redis.azure.net",
        ".redis.azure.net",
        "cache..redis.azure.net",
        "cache.eastus.redis.azure.net..",
        "cache.eastus.redis.azure.net:10000",
        "cache.eastus.redis.azure.net\n",
        "privatelink.redis.azure.net",
        "cache.eastus.redis.azure.net.evil.example",
        "cache.redis.cache.windows.net.evil.example",
        "cache.redis.cache.windows.nett",
        "cacheredis.azure.net",
        "cache.eastus.redisXazure.net",
        "\u212aache.eastus.redis.azure.net",
        f"master.rg.abc123.{USE1}.evil.example",
        "master.rg.abc123.use1.cacheXamazonaws.com",
        "master.rg.abc123.use1.cache.amazonaws.ca",
        "master.rg.abc123.us-east-1.cache.amazonaws.com",
        "master.rg.abc123.memorydb.us-east-1.amazonaws.com",
        f"memcached.abc123.cfg.{USE1}",
        f"rg.{USE1}",
        f"rg-002.other.abc123.{USE1}",
        f"cache.serverless.{USE1}",
        USE1,
        "clustercfg.rg.abc123.memorydb.use1.amazonaws.com",
        "unknown.form.memorydb.us-east-1.amazonaws.com",
    ],
)
def test_nobody_s_name(host: str) -> None:
    """An address, a name of one's own, an unknown form, or a name with a provider's in its middle."""
    assert offering_of(host) is None


@given(st.text() | st.builds("{}.{}".format, st.text(), st.sampled_from([*NAMES, USE1])))
def test_any_text_is_judged(text: str) -> None:
    """It never raises, and what it tells has a name."""
    offering = offering_of(text)
    assert offering is None or offering.cache_name


@given(st.data(), st.sampled_from(NAMES))
def test_case_and_trailing_dot_do_not_matter(data: st.DataObject, name: str) -> None:
    """DNS ignores both."""
    upper = data.draw(st.lists(st.booleans(), min_size=len(name), max_size=len(name)))
    written = "".join(letter.upper() if up else letter for letter, up in zip(name, upper, strict=True))
    assert offering_of(written) == offering_of(f"{written}.") == told(name)


@given(st.sampled_from(NAMES), st.from_regex(r"([a-z0-9-]{1,9}\.){0,3}example", fullmatch=True))
def test_a_longer_name_is_another_s(name: str, more: str) -> None:
    """What stands before somebody else's domain may look like anything."""
    assert offering_of(f"{name}.{more}") is None


@given(st.sampled_from(NAMES))
def test_the_name_to_write_instead_is_in_order(name: str) -> None:
    """It is the same cache's, and there is nothing left to write in its place."""
    if instead := told(name).instead:
        better = told(instead)
        assert (better.service, better.cache_name) == (told(name).service, told(name).cache_name)
        assert (better.instead, better.private_link, better.kind is Kind.READER) == ("", False, False)
