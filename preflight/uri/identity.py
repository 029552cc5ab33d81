"""What a token is asked for with: what was given, else what the endpoints' names tell."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from preflight.model.identity import AwsIam, GcpIam, Identity, Provider
from preflight.model.target import Endpoint, Surroundings
from preflight.uri.offering import Offering, Service, offering_of


def identity_of(around: Surroundings, endpoints: Iterable[Endpoint]) -> Identity | None:
    """None where no provider is configured, or none that LangSmith knows: it takes them in lower case alone."""
    match around.iam:
        case Provider.AWS:
            return _of_aws(around.aws, endpoints)
        case Provider.GCP:
            return GcpIam()
        case Provider.AZURE:
            return around.azure
        case _:
            return None


def _of_aws(given: AwsIam, endpoints: Iterable[Endpoint]) -> AwsIam:
    """All nodes of a cluster bear its name. AWS keeps the names of caches in lower case, and so signs them."""
    found = (offering_of(each.host) for each in endpoints)
    of_aws = next((each for each in found if each and each.provider is Provider.AWS), None)
    derived = _named(of_aws) if of_aws else AwsIam()
    return replace(
        derived,
        cache_name=(given.cache_name or derived.cache_name).lower(),
        region=given.region,
        service=given.service or derived.service,
        serverless=derived.serverless if given.serverless is None else given.serverless,
    )


def _named(offering: Offering) -> AwsIam:
    return AwsIam(
        cache_name=offering.cache_name,
        region_hint=offering.region_hint or "",
        service="memorydb" if offering.service is Service.MEMORYDB else "elasticache",
        serverless=offering.service is Service.ELASTICACHE_SERVERLESS,
    )
