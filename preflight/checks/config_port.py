"""Host, port, TLS and mode agree with what the host name tells of the managed service behind it.

The names of AWS and Azure tell the product, and with it the port, and on AWS also whether an endpoint takes writes, is
a cluster's and speaks TLS. The server has the last word on all of this, so it only warns.

Why: A wrong port shows as a timeout, a wrong scheme as a connection that hangs or breaks. A reader looks healthy until
LangSmith writes, and a cluster behind a standalone URL until a key belongs to another node.

Fix: Write the endpoint as the provider's console shows it, with the port, scheme and mode of that service.
- AWS: ElastiCache Serverless listens on 6379, and its 6380 only reads; other caches take any port. Use the primary or
  the configuration endpoint, not the reader or one node.
- Azure: Azure Managed Redis, for which LangSmith's documentation shows 6380, and the Enterprise tiers listen on 10000
  only; Azure Cache for Redis on 6380 with TLS, on 6379 without. A `privatelink.` name is in no certificate; write the
  public one, which resolves to the private address where the private DNS zone is linked.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#azure-managed-redis
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from msgspec import Struct
from msgspec.structs import replace

from preflight.chart.merge import merged
from preflight.model.check import Check, per_target
from preflight.model.evidence import Cause, Observed, Seen, Stage, Unreached
from preflight.model.finding import Patch, Verdict, not_applicable, passed, warned
from preflight.model.installation import Feature
from preflight.model.remedies import terms
from preflight.model.secret import MASK
from preflight.model.target import Endpoint, Mode, Place, Target, Tls
from preflight.uri.offering import Kind, Offering, Service, offering_of
from preflight.uri.patch import address, below

_AZURE_CACHE_TLS: Final = 6380
_ENTERPRISE: Final = {Service.AZURE_MANAGED_REDIS, Service.AZURE_CACHE_ENTERPRISE}
_ADVERTISED: Final = range(8500, 8600)


class Cure(Struct, frozen=True, kw_only=True):
    """What to write in place of what is written; what is not named here stays."""

    host: str = ""
    port: int = 0
    tls: bool | None = None
    mode: Mode | None = None


class Fault(NamedTuple):
    """Something that does not fit the service; no cure where a change of the values alone is none."""

    summary: str
    remedy: str
    cure: Cure | None


def dialled(target: Target) -> Observed[tuple[Endpoint, ...]]:
    """The configured endpoints, unless the connection string gives none."""
    if target.undeclared:
        return Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)
    if not target.endpoints:
        cause = Cause.NODES_UNUSABLE if target.mode is Mode.CLUSTER else Cause.URL_UNUSABLE
        return Unreached(stage=Stage.CONFIG, cause=cause)
    return Seen(fact=target.endpoints)


def judge(target: Target, endpoints: tuple[Endpoint, ...]) -> Verdict:
    told = [(endpoint, offering) for endpoint in endpoints if (offering := offering_of(endpoint.host))]
    if not told:
        return not_applicable("the host is not named as any provider names its endpoints")
    faults = _faults(target, endpoints)
    if not faults:
        return passed("; ".join(dict.fromkeys(_described(endpoint, offering) for endpoint, offering in told)))
    first, *more = _lines(faults, len(endpoints))
    return warned(
        first,
        " ".join(dict.fromkeys(fault.remedy for _, fault in faults)),
        patch=_patch(target, faults),
        details={str(number): line for number, line in enumerate(more, 2)},
    )


def _faults(target: Target, endpoints: tuple[Endpoint, ...]) -> list[tuple[Endpoint, Fault]]:
    return [
        (endpoint, fault)
        for rule in (_name, _port, _encryption, _mode)
        for endpoint in endpoints
        if (offering := offering_of(endpoint.host)) and (fault := rule(target, endpoint, offering))
    ]


def _described(endpoint: Endpoint, offering: Offering) -> str:
    kind = "" if offering.kind in {Kind.SINGLE, Kind.SERVERLESS} else f", {offering.kind}"
    return f"{offering.service}{kind}, port {endpoint.port}"


def _lines(faults: Sequence[tuple[Endpoint, Fault]], count: int) -> list[str]:
    """Each fault once, with the endpoint that has it unless all have."""
    having: dict[str, list[Endpoint]] = {}
    for endpoint, fault in faults:
        having.setdefault(fault.summary, []).append(endpoint)
    return [_placed(at, count) + summary for summary, at in having.items()]


def _placed(at: list[Endpoint], count: int) -> str:
    more = f" and {len(at) - 1} more" if len(at) > 1 else ""
    return "" if len(at) == count else f"{at[0]}{more}: "


def _name(target: Target, _: Endpoint, offering: Offering) -> Fault | None:
    """LangSmith writes, and it compares the certificate's name."""
    place, other = terms(target)["address"], offering.instead
    cure = Cure(host=other) if other else None
    if offering.private_link:
        return Fault(
            "the server's certificate lists the public name, and a privatelink name is configured",
            f"Write {other or 'the public name'} in {place}: where the private DNS zone is linked, it resolves to the "
            "private address.",
            cure,
        )
    remedy = f"Write {other or 'the primary endpoint'} in {place}."
    if offering.kind is Kind.READER:
        return Fault("this is a reader endpoint, and LangSmith writes", remedy, cure)
    if offering.kind is Kind.NODE and not offering.clustered:
        return Fault("this is one node, which a failover can make a replica, and LangSmith writes", remedy, cure)
    return None


def _port(target: Target, endpoint: Endpoint, offering: Offering) -> Fault | None:
    """Some services listen on ports of their own, and nobody can choose others."""
    service, ports, port, tls = offering.service, offering.ports, endpoint.port, target.tls is not None
    usual, said = ports.usual(tls=tls), terms(target)
    if ports.custom or port == usual or ports.speaks(port, tls=tls):
        return None
    if ports.speaks(port, tls=True):
        summary = f"port {port} of {service} speaks TLS, and plaintext is configured"
        return Fault(summary, f"Let LangSmith speak TLS: {said['tls_on']}.", Cure(tls=True))
    if port == ports.reader:
        summary = f"port {port} of {service} only reads, and LangSmith writes"
    elif ports.speaks(port, tls=False):
        summary = f"port {port} of {service} speaks plaintext, and TLS is configured"
    else:
        alone = ports.plaintext in {None, ports.tls}
        where = f"port {usual} only" if alone else f"{ports.tls} with TLS and {ports.plaintext} without"
        summary = f"{service} listens on {where}, and port {port} is configured"
    return Fault(summary, f"Write port {usual} in {said['address']}.{_origin(port, service)}", Cure(port=usual))


def _origin(port: int, service: Service) -> str:
    """Where people have this port from."""
    if service is Service.AZURE_MANAGED_REDIS and port == _AZURE_CACHE_TLS:
        return (
            f" LangSmith's documentation shows {port} there; that is the port of Azure Cache for Redis, and Azure "
            "Managed Redis has no such port."
        )
    if service in _ENTERPRISE and port in _ADVERTISED:
        return " The nodes of an OSS cluster listen on 85xx and change; it advertises them by itself."
    return ""


def _encryption(target: Target, _: Endpoint, offering: Offering) -> Fault | None:
    """AWS names an endpoint anew when encryption in transit is turned on."""
    service, said = offering.service, terms(target)
    if offering.tls is None or offering.tls == (target.tls is not None):
        return None
    if offering.tls:
        summary = f"a name of this form belongs to {service} with TLS, and plaintext is configured"
        return Fault(summary, f"Let LangSmith speak TLS: {said['tls_on']}.", Cure(tls=True))
    return Fault(
        f"a name of this form belongs to {service} without TLS, and TLS is configured",
        f"Turn on encryption in transit, and write the endpoint's new name in {said['address']}; or, if plaintext is "
        f"meant, {said['tls_off']}.",
        # Neither a token nor a client certificate is for plaintext.
        None if target.iam or (target.tls and target.tls.client_cert) else Cure(tls=False),
    )


def _mode(target: Target, _: Endpoint, offering: Offering) -> Fault | None:
    """A cluster wants a node list and anything else a URL; JuiceFS finds out by itself."""
    if offering.clustered in {None, target.mode is Mode.CLUSTER} or target.feature is Feature.JUICEFS:
        return None
    other = Mode.CLUSTER if offering.clustered else Mode.STANDALONE
    there, switch = terms(replace(target, mode=other, place=Place())), f"{target.feature.root}.cluster.enabled"
    if not offering.clustered:
        return Fault(
            f"this {offering.kind} belongs to a cache with cluster mode off, and a cluster node list is configured",
            f"Set {switch}: false, and write the endpoint in {there['address']}, the password percent-encoded.",
            None if target.iam else Cure(mode=other),
        )
    # A cluster's settings have a place for a password and none for a user.
    named = target.login is not None and target.login.username not in {None, "default"}
    kind = f"this is a cluster's {offering.kind}"
    always = f"{offering.service} is always a cluster"
    summary = f"{kind if offering.service is Service.ELASTICACHE else always}, and a standalone URL is configured"
    if target.feature.is_agent:
        place, name = terms(target)["address"], target.feature.capitalize()
        return Fault(summary, f"{name} knows no clusters: write a server with cluster mode off in {place}.", None)
    return Fault(
        summary,
        f"Set {switch}: true, and write the endpoint in {there['address']} and its password in {there['password']}.",
        None if target.iam or named else Cure(mode=other),
    )


def _patch(target: Target, faults: Sequence[tuple[Endpoint, Fault]]) -> Patch:
    """The values that cure all the faults, or none."""
    cured = _cured(target, faults)
    if cured is None:
        return None
    clustered, switched = cured.mode is Mode.CLUSTER, cured.mode is not target.mode
    cluster: dict[str, Any] = {"enabled": clustered} if switched else {}
    if clustered and (switched or cured.tls != target.tls):
        cluster["tlsEnabled"] = cured.tls is not None
    if clustered and switched and target.login and target.login.password:
        cluster["password"] = MASK
    values = below(target, cluster=cluster) if cluster else {}
    if clustered and not switched and cured.endpoints == target.endpoints:
        return values
    said = address(cured)
    return None if said is None else merged(values or {}, said)


def _cured(target: Target, faults: Sequence[tuple[Endpoint, Fault]]) -> Target | None:
    """The target as it should be, if all the cures together leave nothing to warn of."""
    cures = [(endpoint, fault.cure) for endpoint, fault in faults if fault.cure]
    endpoints = tuple(dict.fromkeys(_moved(each, cures) for each in target.endpoints))
    mode = next((cure.mode for _, cure in cures if cure.mode), target.mode)
    encrypted = next((cure.tls for _, cure in cures if cure.tls is not None), target.tls is not None)
    cured = replace(target, endpoints=endpoints, mode=mode, tls=(target.tls or Tls()) if encrypted else None)
    return None if (mode is Mode.STANDALONE and len(endpoints) > 1) or _faults(cured, endpoints) else cured


def _moved(endpoint: Endpoint, cures: Sequence[tuple[Endpoint, Cure]]) -> Endpoint:
    own = [cure for at, cure in cures if at == endpoint]
    host = next((cure.host for cure in own if cure.host), endpoint.host)
    port = next((cure.port for cure in own if cure.port), endpoint.port)
    return replace(endpoint, host=host, port=port)


CHECK = Check(
    stage=Stage.CONFIG,
    name="port",
    title="The port and host suit the provider",
    reads=per_target(lambda each: dialled(each.target)),
    judge=judge,
)
