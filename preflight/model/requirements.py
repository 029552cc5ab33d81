"""What LangSmith demands of the server, as data (docs: «Connect to an external Redis or Valkey database»)."""

from __future__ import annotations

from typing import Final, NamedTuple

from preflight.model.facts import Product


class Supported(NamedTuple):
    """Versions from `floor` on are supported; from `beyond` on they are not in LangSmith's list."""

    floor: tuple[int, ...]
    beyond: tuple[int, ...] | None
    documented: str


SUPPORTED: Final[dict[Product, Supported]] = {
    Product.REDIS: Supported((5,), None, "Redis 5 and newer"),
    # Azure Managed Redis, which LangSmith documents, is Redis Enterprise; INFO gives the Redis version it serves.
    Product.REDIS_ENTERPRISE: Supported((5,), None, "Redis 5 and newer"),
    Product.VALKEY: Supported((8,), (9,), "Valkey 8"),
}

CLUSTER_SLOTS: Final = 16384

EXPIRY_DAYS: Final = 30
"""A certificate that ends sooner is worth a warning."""

CLOCK_SKEW_SECONDS: Final = 60.0
"""Tokens and job schedules are judged by the clock; a minute apart means that nobody keeps it."""

CUSTOM_CA_PATH: Final = "/etc/ssl/certs/custom-ca-certificates.crt"
"""Where the chart mounts config.customCa, and what it sets SSL_CERT_FILE to."""

IAM_FLOORS: Final[dict[Product, tuple[int, ...]]] = {Product.REDIS: (7,), Product.VALKEY: (7, 2)}
"""From which engine versions on AWS takes tokens (ElastiCache and MemoryDB, «Authenticating with IAM»)."""

TOKEN_SECONDS: Final = 300.0
"""The providers advise to renew a token some minutes before it expires."""

SIGNATURE_SKEW_SECONDS: Final = 300.0
"""AWS refuses a signature that is further off (SigV4)."""

SIGNATURE_SKEW_WORTH_TELLING: Final = 120.0

MEMORY_RECOMMENDED: Final = "8 GB"

MEMORY_FLOOR: Final = 4.5 * 2**30
"""Bytes for data that an instance of 8 GB may have been left with. LangChain's own Terraform takes cache.m5.large on
AWS: of its 6.38 GiB, ElastiCache reserves a quarter (reserved-memory-percent), and INFO says 4.78 GiB."""

MEMORY_FULL: Final = 0.8
"""The part of the memory that may be in use: snapshots and bursts of traces want the rest."""

QUEUE_CONNECTIONS: Final = 250
"""REDIS_MAX_CONNECTIONS of a queue or listener pod (templates queue/deployment.yaml, listener/deployment.yaml)."""

CLIENTS_FULL: Final = 0.8
"""The part of maxclients that may be in use where nobody knows how many more will come."""

LATENCY_MEDIAN: Final = 0.010
"""Seconds. Within one region a round trip takes a few milliseconds at most, also between availability zones (AWS:
«single-digit millisecond»); more is another region, or a way around."""
