"""From which chart version on a feature exists, and which fixes are known to matter; each with its source."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Need(StrEnum):
    """Something that a configuration uses and that older charts or servers do not have."""

    CLUSTER = "Redis Cluster"
    CLIENT_CERTIFICATE = "client certificates"
    IAM = "workload identity"
    HOSTNAME_PARAMETER = "ssl_check_hostname in node URIs"
    SAFE_MODE = "clusterSafeMode"
    VALKEY = "Valkey"
    CLUSTER_IAM = "workload identity on Redis Cluster"
    AGENT_IAM = "workload identity for fleet, insights and polly"
    ENTRA_WORKERS = "workers with Microsoft Entra ID on standalone Redis"
    GCP_IAM_TLS = "GCP workload identity with TLS on Redis Cluster"
    SAFE_MODE_RULES = "run rules and automations under clusterSafeMode"
    OLD_REDIS = "project activity and sorting on Redis before 6.2"


class Gate(NamedTuple):
    """`floor` is the first chart version that has it; before a `fix` it exists and does not work as it should."""

    need: Need
    floor: str
    source: str
    fix: bool = False


_DOCS: Final = "LangSmith docs, «Connect to an external Redis or Valkey database»"
_CHANGES: Final = "LangSmith self-hosted changelog"
_CHART: Final = "langchain-ai/helm"

GATES: Final = (
    Gate(Need.CLUSTER, "0.12.25", f"{_DOCS}; {_CHART} #526"),
    Gate(Need.CLIENT_CERTIFICATE, "0.12.29", f"{_DOCS}; {_CHART} #532 renamed its Secret keys in 0.12.28"),
    Gate(Need.IAM, "0.12.34", f"{_DOCS}; {_CHART} #545"),
    Gate(Need.HOSTNAME_PARAMETER, "0.13.33", _DOCS),
    Gate(Need.SAFE_MODE, "0.13.33", f"{_DOCS}; {_CHART} #654"),
    Gate(Need.VALKEY, "0.14.0", f"{_CHANGES}, 0.14.0"),
    Gate(Need.CLUSTER_IAM, "0.16.0", "langchain-ai/docs #5063"),
    Gate(Need.AGENT_IAM, "0.16.0", f"{_CHART} #844; {_CHANGES}, 0.16.0"),
    Gate(Need.OLD_REDIS, "0.16.0", f"{_CHANGES}, 0.16.0", fix=True),
    Gate(Need.ENTRA_WORKERS, "0.16.7", f"{_CHANGES}, 0.16.7", fix=True),
    Gate(Need.GCP_IAM_TLS, "0.16.9", f"{_CHANGES}, 0.16.9", fix=True),
    Gate(Need.SAFE_MODE_RULES, "0.16.13", f"{_CHANGES}, 0.16.13", fix=True),
)
"""In the order of their floors."""
