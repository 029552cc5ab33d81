"""What the files declare around a target: the chart's version, the components that connect, the Secrets they read."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct


class Feature(StrEnum):
    """The part of an installation that uses a Redis."""

    LANGSMITH = "langsmith"
    FLEET = "fleet"
    INSIGHTS = "insights"
    POLLY = "polly"
    JUICEFS = "juicefs"
    AGENT = "agent"
    """One of fleet, insights and polly, and nothing tells which."""

    @property
    def root(self) -> str:
        """Where the chart's values say how it is reached."""
        return _ROOTS[self]

    @property
    def is_agent(self) -> bool:
        """It runs on LangGraph: one URL, no cluster mode, and settings of its own name."""
        return self not in {Feature.LANGSMITH, Feature.JUICEFS}


_ROOTS = {
    Feature.LANGSMITH: "redis.external",
    Feature.FLEET: "fleet.redis.external",
    Feature.INSIGHTS: "engineInsightsAgent.redis.external",
    Feature.POLLY: "polly.redis.external",
    Feature.JUICEFS: "sandboxes.juicefs.redis",
    Feature.AGENT: "<feature>.redis.external",
}


class Purpose(StrEnum):
    """What the value of a Secret's key is for."""

    URL = "a connection URL"
    NODES = "a JSON array of node URIs"
    PASSWORD = "a password"  # noqa: S105 - the name of a purpose
    CA = "a bundle of CA certificates"
    CERTIFICATE = "a client certificate"
    KEY = "a private key"


class Flaw(StrEnum):
    """Why the value of a Secret's key cannot be used."""

    NOT_GIVEN = "not-given"
    UNDELIVERED = "undelivered"
    SECRET_MISSING = "secret-missing"  # noqa: S105 - the name of a flaw
    FORBIDDEN = "forbidden"
    KEY_MISSING = "key-missing"
    IMMUTABLE_EMPTY = "immutable-empty"
    EMPTY = "empty"
    NOT_BASE64 = "not-base64"
    NOT_TEXT = "not-text"
    TWICE_BASE64 = "twice-base64"
    BYTE_ORDER_MARK = "byte-order-mark"
    NEWLINE = "newline"
    WHITE_SPACE = "white-space"
    LIST_FOR_URL = "list-for-url"
    URL_FOR_LIST = "url-for-list"
    NOT_PEM = "not-pem"
    SWAPPED = "swapped"
    OUTDATED = "outdated"


class SecretKey(Struct, frozen=True, kw_only=True):
    """One key of a Secret that the pods read: its shape, never its value."""

    secret: str
    key: str
    purpose: Purpose
    flaw: Flaw | None = None
    length: int = 0
    """Characters of the decoded value; bytes where it is no text."""
    shape: str = ""
    """What the value looks like, as `a URL` or `a JSON array`."""
    others: tuple[str, ...] = ()
    """The keys that the Secret has."""
    candidate: str = ""
    """The one other key whose value would do."""
    namespace: str = ""
    """Where it was looked for, if that is known."""

    def __str__(self) -> str:
        return f"key {self.key} of Secret {self.secret}"


class Component(Struct, frozen=True, kw_only=True):
    """One workload that receives the environment of a target."""

    name: str
    """Its key in the chart's values, as `platformBackend` or `backend.migrations`; else the workload's name."""
    features: tuple[Feature, ...]
    """Whose environment it receives."""
    workload: str = ""
    """As `Deployment/langsmith-queue`, where the manifests say it."""
    documented: bool = False
    """LangSmith's documentation lists it among those that connect to Redis."""
    service_account: str = ""
    """The values key that its service account's annotations stand under."""
    annotations: dict[str, str] | None = None
    """Of its service account; None where that is made elsewhere."""
    labels: dict[str, str] = {}
    """Of its pods; a value that is no string, which Kubernetes refuses, is kept as `!` and its YAML."""
    labels_path: str = ""
    """The values key that its pods' labels stand under."""
    fs_group: int | None = None
    mounts_client_certificate: bool = False
    replicas: int | None = None
    """How many pods it may grow to; None where the files do not say."""
    connections: int | None = None
    """How many each of them may open to Redis (REDIS_MAX_CONNECTIONS); None for no limit that is known."""


class UnreadValue(Struct, frozen=True, kw_only=True):
    """A value that the chart never looks at."""

    path: str
    """As `redis.external.iamProvider`."""
    meant: str = ""
    """The path of the value that it is most likely meant to be, if one is close."""
    text: str = ""
    """What it is set to, where that is harmless to show."""


class Installation(Struct, frozen=True, kw_only=True):
    """One release of the chart, as far as the files tell."""

    name: str = ""
    """The release, where it is known."""
    chart_version: str = ""
    components: tuple[Component, ...] = ()
    unread: tuple[UnreadValue, ...] = ()
    lone_custom_ca: str = ""
    """The one of config.customCa.secretName and secretKey that is set without the other."""
    client_certificate: bool = False
    from_values: bool = False
    """Read from values, so that a change can be said as values to merge."""
