"""Workload identity: what a token is asked for with, by provider."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, TypeAlias

from msgspec import Struct

ENTRA_SCOPE: Final = "https://redis.azure.com/.default"
"""Microsoft documents it for the public cloud, and no other for the sovereign ones."""


class Provider(StrEnum):
    """The clouds, by the names that LangSmith has for them where it says who gives out identities."""

    AWS = "aws"
    GCP = "gcp"
    AZURE = "azure"


class AwsIam(Struct, frozen=True, kw_only=True, tag="aws"):
    """A request to connect, signed by SigV4 for the cache's name."""

    cache_name: str = ""
    """The replication group, serverless cache or cluster; empty where neither the endpoint nor anybody says it."""
    region: str = ""
    """As given; empty leaves it to the environment, then to the hint."""
    region_hint: str = ""
    """What the endpoint's name says, by abbreviations that are not quite regular."""
    service: str = ""
    """`elasticache` or `memorydb`; empty means the first."""
    serverless: bool | None = None


class GcpIam(Struct, frozen=True, kw_only=True, tag="gcp"):
    """An OAuth access token of the Application Default Credentials."""


class AzureIam(Struct, frozen=True, kw_only=True, tag="azure"):
    """An access token of Microsoft Entra ID."""

    scope: str = ENTRA_SCOPE
    authority: str = ""
    """As `https://login.microsoftonline.us`; empty leaves it to AZURE_AUTHORITY_HOST, then to the public cloud."""


Identity: TypeAlias = AwsIam | GcpIam | AzureIam
