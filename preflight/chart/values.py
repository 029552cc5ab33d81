"""The part of the LangSmith chart's values that has to do with Redis, with the chart's own defaults (0.17.0-rc.12)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct, field

from preflight.model.errors import InputError


class ClientCert(Struct, rename="camel"):
    secret_name: str = ""
    cert_secret_key: str = "tls.crt"  # noqa: S105 - the name of a key
    key_secret_key: str = "tls.key"  # noqa: S105 - the name of a key


class Cluster(Struct, rename="camel"):
    enabled: bool = False
    node_uris: list[str] = []
    node_uris_secret_key: str = "redis_cluster_node_uris"  # noqa: S105 - the name of a key
    password: str = ""
    password_secret_key: str = "redis_cluster_password"  # noqa: S105 - the name of a key
    tls_enabled: bool = True


class External(Struct, rename="camel"):
    """`redis.external`."""

    enabled: bool = False
    connection_url: str = ""
    connection_url_secret_key: str = "connection_url"  # noqa: S105 - the name of a key
    existing_secret_name: str = ""
    iam_auth_provider: str = ""
    client_cert: ClientCert = field(default_factory=ClientCert)
    cluster_safe_mode: bool = False
    cluster: Cluster = field(default_factory=Cluster)


class Redis(Struct, rename="camel"):
    external: External = field(default_factory=External)
    disable_secret_creation: bool = False


class AgentExternal(Struct, rename="camel"):
    """`fleet.redis.external` and its like."""

    enabled: bool = False
    connection_url: str = ""
    existing_secret_name: str = ""
    iam_provider: str = ""


class AgentRedis(Struct, rename="camel"):
    external: AgentExternal = field(default_factory=AgentExternal)


class Pods(Struct, rename="camel"):
    """What the values say of a workload's pods."""

    labels: dict[str, Any] = {}
    pod_security_context: dict[str, Any] = {}
    replicas: Any = None
    replica_count: Any = None
    """What the agents have in place of it."""
    extra_env: list[Any] = []


class Hpa(Struct, rename="camel"):
    enabled: Any = False
    max_replicas: Any = None


class Keda(Struct, rename="camel"):
    enabled: Any = False
    max_replica_count: Any = None


class Autoscaling(Struct, rename="camel"):
    """Of a workload: of LangSmith's own services in parts, of the others directly. Helm takes any text for a number."""

    enabled: Any = False
    create_hpa: Any = True
    max_replicas: Any = None
    hpa: Hpa = field(default_factory=Hpa)
    keda: Keda = field(default_factory=Keda)


class ServiceAccount(Struct, rename="camel"):
    create: bool = True
    annotations: dict[str, str] = {}


class Service(Struct, rename="camel"):
    """A workload of the chart; without `enabled` its own default holds."""

    enabled: bool | None = None
    service_account: ServiceAccount = field(default_factory=ServiceAccount)
    deployment: Pods = field(default_factory=Pods)
    autoscaling: Autoscaling = field(default_factory=Autoscaling)


class Job(Pods, rename="camel"):
    enabled: bool = True


class Backend(Service, rename="camel"):
    migrations: Job = field(default_factory=Job)
    clickhouse_migrations: Job = field(default_factory=Job)
    auth_bootstrap: Job = field(default_factory=Job)
    e2e_test: Job = field(default_factory=Job, name="e2eTest")
    backfill_check: Job = field(default_factory=Job)


class Agent(Struct, rename="camel"):
    enabled: bool | None = None
    redis: AgentRedis = field(default_factory=AgentRedis)
    api_server: Service = field(default_factory=Service)
    queue: Service = field(default_factory=Service)


class Switch(Struct, rename="camel"):
    enabled: bool | None = None


class CustomCa(Struct, rename="camel"):
    secret_name: str = ""
    secret_key: str = ""


class Config(Struct, rename="camel"):
    custom_ca: CustomCa = field(default_factory=CustomCa)
    disable_secret_creation: bool = False
    deployment: Switch = field(default_factory=Switch)
    agent_builder: Switch = field(default_factory=Switch)
    basic_auth: Switch = field(default_factory=Switch)


class JuicefsRedis(Struct, rename="camel"):
    meta_url: str = field(default="", name="metaURL")


class JuicefsCsi(Struct, rename="camel"):
    """Where chart 0.16 and older have the Secret's name."""

    existing_secret_name: str = ""


class Juicefs(Struct, rename="camel"):
    existing_secret_name: str = ""
    csi: JuicefsCsi = field(default_factory=JuicefsCsi)
    redis: JuicefsRedis = field(default_factory=JuicefsRedis)


class Sandboxes(Struct, rename="camel"):
    enabled: bool = False
    juicefs: Juicefs = field(default_factory=Juicefs)


class Values(Struct, rename="camel"):
    name_override: str = ""
    fullname_override: str = ""
    config: Config = field(default_factory=Config)
    common_pod_security_context: dict[str, Any] = {}
    redis: Redis = field(default_factory=Redis)
    backend: Backend = field(default_factory=Backend)
    queue: Service = field(default_factory=Service)
    platform_backend: Service = field(default_factory=Service)
    host_backend: Service = field(default_factory=Service)
    ingest_queue: Service = field(default_factory=Service)
    listener: Service = field(default_factory=Service)
    agent_gateway: Service = field(default_factory=Service)
    presidio_analyzer: Service = field(default_factory=Service)
    fleet_tool_server: Service = field(default_factory=Service)
    fleet_trigger_server: Service = field(default_factory=Service)
    fleet: Agent = field(default_factory=Agent)
    insights: Switch = field(default_factory=Switch)
    engine: Switch = field(default_factory=Switch)
    engine_insights_agent: Agent = field(default_factory=Agent)
    polly: Agent = field(default_factory=Agent)
    sandboxes: Sandboxes = field(default_factory=Sandboxes)

    def fullname(self, release: str) -> str:
        """What the chart's objects are called, as its template makes it."""
        name = self.name_override or "langsmith"
        full = self.fullname_override or (release if name in release else f"{release}-{name}")
        return full[:63].removesuffix("-")


def read_values(tree: Mapping[str, Any]) -> Values:
    """Values without nulls. Raises `InputError` with the path of the first value of a wrong type, not its text."""
    try:
        return msgspec.convert(tree, Values)
    except msgspec.ValidationError as error:
        raise InputError(f"The values cannot be read: {str(error).replace('`', '')}.") from None
