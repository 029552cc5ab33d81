"""What a host name tells of the managed service behind it."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Final, NamedTuple

from msgspec import Struct

from preflight.model.identity import Provider


class Service(StrEnum):
    """The products whose names can be told; Memorystore has bare addresses."""

    ELASTICACHE = "ElastiCache"
    ELASTICACHE_SERVERLESS = "ElastiCache Serverless"
    MEMORYDB = "MemoryDB"
    AZURE_MANAGED_REDIS = "Azure Managed Redis"
    AZURE_CACHE = "Azure Cache for Redis"
    AZURE_CACHE_ENTERPRISE = "Azure Cache for Redis Enterprise"

    @property
    def provider(self) -> Provider:
        return Provider.AZURE if self in _AZURE.values() else Provider.AWS


class Kind(StrEnum):
    """What the name leads to."""

    CONFIGURATION = "configuration endpoint"
    PRIMARY = "primary endpoint"
    READER = "reader endpoint"
    NODE = "node endpoint"
    SERVERLESS = "serverless endpoint"
    SINGLE = "single endpoint"


class Ports(Struct, frozen=True, kw_only=True):
    """Where the service listens."""

    tls: int
    plaintext: int | None
    """None where it speaks nothing but TLS."""
    tls_nodes: range = range(0)
    plaintext_nodes: range = range(0)
    """Where the nodes of a cluster listen beside the port that they share."""
    reader: int | None = None
    """Takes no writes."""
    custom: bool = False
    """These are what the provider proposes; another can be chosen."""

    def usual(self, *, tls: bool) -> int:
        return self.tls if tls or self.plaintext is None else self.plaintext

    def speaks(self, port: int, *, tls: bool) -> bool:
        """The port is known to be one for TLS, or for plaintext."""
        shared, nodes = (self.tls, self.tls_nodes) if tls else (self.plaintext, self.plaintext_nodes)
        return port == shared or port in nodes


class Offering(Struct, frozen=True, kw_only=True):
    """A managed service, as far as one of its host names tells."""

    service: Service
    kind: Kind
    cache_name: str
    """In lower case, as tokens are signed for it."""
    region_hint: str | None
    """As the name spells it or abbreviates it, which is not regular enough to rely on."""
    tls: bool | None = None
    """What names of this form say of encryption; None where they say nothing."""
    clustered: bool | None = None
    """What names of this form say of cluster mode; None where they say nothing."""
    private_link: bool = False
    instead: str = ""
    """The name to write in its place: the primary's for a reader or a node, the public one for private link."""

    @property
    def provider(self) -> Provider:
        return self.service.provider

    @property
    def ports(self) -> Ports:
        return _PORTS[self.service]

    @property
    def supports_iam(self) -> bool:
        """The service knows workload identity; whether it is turned on, a name does not tell."""
        return self.service is not Service.AZURE_CACHE_ENTERPRISE


def offering_of(host: str) -> Offering | None:
    """None where the name is nobody's, or of a form that is not known."""
    if not host.isascii():
        return None
    name = host.lower().removesuffix(".")
    return _of_elasticache(name) or _of_memorydb(name) or _of_azure(name)


_CHOSEN: Final = Ports(tls=6379, plaintext=6379, custom=True)
_ENTERPRISE: Final = Ports(tls=10000, plaintext=10000)

_PORTS: Final[dict[Service, Ports]] = {
    Service.ELASTICACHE: _CHOSEN,
    Service.ELASTICACHE_SERVERLESS: Ports(tls=6379, plaintext=None, reader=6380),
    Service.MEMORYDB: _CHOSEN,
    Service.AZURE_MANAGED_REDIS: _ENTERPRISE,
    Service.AZURE_CACHE: Ports(
        tls=6380, plaintext=6379, tls_nodes=range(13000, 14000), plaintext_nodes=range(15000, 16000)
    ),
    Service.AZURE_CACHE_ENTERPRISE: _ENTERPRISE,
}

# The public cloud, then those of China, of the US government, and the sovereign ones of Germany and France.
_AZURE: Final[dict[str, Service]] = {
    "redis.azure.net": Service.AZURE_MANAGED_REDIS,
    "redis.chinacloudapi.cn": Service.AZURE_MANAGED_REDIS,
    "redis.usgovcloudapi.net": Service.AZURE_MANAGED_REDIS,
    "redis.sovcloud-api.de": Service.AZURE_MANAGED_REDIS,
    "redis.sovcloud-api.fr": Service.AZURE_MANAGED_REDIS,
    "redis.cache.windows.net": Service.AZURE_CACHE,
    "redis.cache.chinacloudapi.cn": Service.AZURE_CACHE,
    "redis.cache.usgovcloudapi.net": Service.AZURE_CACHE,
    "redisenterprise.cache.azure.net": Service.AZURE_CACHE_ENTERPRISE,
}

_PRIVATE: Final = "privatelink"

_AZURE_NAME: Final = re.compile(rf"((?:[a-z0-9_-]+\.)+)({'|'.join(map(re.escape, _AZURE))})")


def _of_azure(name: str) -> Offering | None:
    """Whatever lies below these domains is Azure's: the cache's name, for most a region, and private link."""
    found = _AZURE_NAME.fullmatch(name)
    if not found:
        return None
    first, *more = found[1].removesuffix(".").split(".")
    if first == _PRIVATE:
        return None
    service, public = _AZURE[found[2]], [label for label in more if label != _PRIVATE]
    private = public != more
    whole = len(public) == (0 if service is Service.AZURE_CACHE else 1)
    return Offering(
        service=service,
        kind=Kind.SINGLE,
        cache_name=first,
        region_hint=public[0] if whole and public else None,
        private_link=private,
        instead=".".join([first, *public, found[2]]) if private and whole else "",
    )


class _Form(NamedTuple):
    """One way in which AWS names an endpoint, up to the part that says where."""

    pattern: str
    kind: Kind
    tls: bool
    clustered: bool
    instead: str = ""


_NAME: Final = r"(?P<name>[a-z0-9-]+)"
_ID: Final = r"(?P<id>[a-z0-9]+)"

_CLUSTER_FORMS: Final = (
    _Form(rf"clustercfg\.{_NAME}\.{_ID}", Kind.CONFIGURATION, tls=True, clustered=True),
    _Form(rf"{_NAME}\.{_ID}\.clustercfg", Kind.CONFIGURATION, tls=False, clustered=True),
    _Form(rf"{_NAME}-\d{{4}}-\d{{3}}\.(?P=name)\.{_ID}", Kind.NODE, tls=True, clustered=True),
    _Form(rf"{_NAME}-\d{{4}}-\d{{3}}\.{_ID}\.\d{{4}}", Kind.NODE, tls=False, clustered=True),
)

# The first that matches counts: a reader is told from a primary, and a node from a lone server, by its ending.
_GROUP_FORMS: Final = (
    _Form(rf"master\.{_NAME}\.{_ID}", Kind.PRIMARY, tls=True, clustered=False),
    _Form(rf"replica\.{_NAME}\.{_ID}", Kind.READER, tls=True, clustered=False, instead="master.{name}.{id}"),
    _Form(rf"{_NAME}-ro\.{_ID}\.ng\.\d{{4}}", Kind.READER, tls=False, clustered=False, instead="{name}.{id}.ng.0001"),
    _Form(rf"{_NAME}\.{_ID}\.ng\.\d{{4}}", Kind.PRIMARY, tls=False, clustered=False),
    _Form(rf"{_NAME}-\d{{3}}\.(?P=name)\.{_ID}", Kind.NODE, tls=True, clustered=False, instead="master.{name}.{id}"),
    # No name instead: a lone server may be called so too, and that has no primary endpoint.
    _Form(rf"{_NAME}-\d{{3}}\.{_ID}\.\d{{4}}", Kind.NODE, tls=False, clustered=False),
    _Form(rf"{_NAME}\.{_ID}\.\d{{4}}", Kind.SINGLE, tls=False, clustered=False),
)

_SERVERLESS_FORMS: Final = (_Form(rf"{_NAME}-[a-z0-9]{{6}}\.serverless", Kind.SERVERLESS, tls=True, clustered=True),)

_ELASTICACHE_END: Final = re.compile(r"(.+)(\.([a-z]+[0-9]+)\.cache\.amazonaws\.com(?:\.cn)?)")
_MEMORYDB_END: Final = re.compile(r"(.+)\.memorydb\.([a-z]+(?:-[a-z]+)+-[0-9]+)\.amazonaws\.com(?:\.cn)?")


def _of_elasticache(name: str) -> Offering | None:
    found = _ELASTICACHE_END.fullmatch(name)
    if not found:
        return None
    front, end, region = found[1], found[2], region_of(found[3])
    return _of_forms(Service.ELASTICACHE_SERVERLESS, _SERVERLESS_FORMS, front, end, region) or _of_forms(
        Service.ELASTICACHE, _CLUSTER_FORMS + _GROUP_FORMS, front, end, region
    )


def _of_memorydb(name: str) -> Offering | None:
    found = _MEMORYDB_END.fullmatch(name)
    return _of_forms(Service.MEMORYDB, _CLUSTER_FORMS, found[1], "", found[2]) if found else None


def _of_forms(service: Service, forms: tuple[_Form, ...], front: str, end: str, region: str | None) -> Offering | None:
    for form in forms:
        if found := re.fullmatch(form.pattern, front):
            return Offering(
                service=service,
                kind=form.kind,
                cache_name=found["name"],
                region_hint=region,
                tls=form.tls,
                clustered=form.clustered,
                instead=form.instead.format_map(found.groupdict()) + end if form.instead else "",
            )
    return None


_DIRECTIONS: Final = {
    "n": "north", "s": "south", "e": "east", "w": "west", "c": "central",
    "ne": "northeast", "se": "southeast", "nw": "northwest", "sw": "southwest",
}  # fmt: skip

# There is no ap-north and no cn-west: their neighbours are abbreviated so.
_IRREGULAR: Final = {("ap", "n"): "northeast", ("cn", "w"): "northwest"}


def region_of(code: str) -> str | None:
    """The region that ElastiCache abbreviates so, as `use1`; None where the code follows no known pattern."""
    found = re.fullmatch(rf"(usg|[a-z]{{2}})({'|'.join(_DIRECTIONS)})([0-9]+)", code)
    if not found:
        return None
    area, direction, number = found.groups()
    where = _IRREGULAR.get((area, direction), _DIRECTIONS[direction])
    return f"{'us-gov' if area == 'usg' else area}-{where}-{number}"
