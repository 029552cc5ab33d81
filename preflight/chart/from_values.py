"""From the chart's values to the wirings that its templates make of them."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from preflight.chart.declared import agent_is_on
from preflight.chart.secrets import Reference, Secrets
from preflight.chart.values import Agent, External, Values
from preflight.chart.wiring import Said, Setting, Wiring
from preflight.model.installation import Feature, Purpose
from preflight.model.secret import Secret
from preflight.model.target import Mode

AGENT_KEY = "redis_connection_url"
METADATA_KEY = "metaurl"


def wirings(values: Values, release: str, secrets: Secrets) -> Iterator[Wiring]:
    """One for each Redis that the installation will use and that the chart does not deploy itself."""
    if _is_declared(values.redis.external):
        yield _main(values, release, secrets)
    agents = (
        (Feature.FLEET, values.fleet, "fleet"),
        (Feature.INSIGHTS, values.engine_insights_agent, "engineInsightsAgent"),
        (Feature.POLLY, values.polly, "polly"),
    )
    for feature, agent, name in agents:
        if agent_is_on(name, values) and _agent_is_declared(agent):
            yield _agent(values, feature, agent, release)
    if values.sandboxes.enabled:
        yield _juicefs(values, release)


def _is_declared(external: External) -> bool:
    """Also where `enabled` was forgotten: that is a finding, not nothing."""
    said = (external.connection_url, external.existing_secret_name, external.cluster.node_uris)
    return external.enabled or external.cluster.enabled or any(said)


def _agent_is_declared(agent: Agent) -> bool:
    external = agent.redis.external
    return external.enabled or bool(external.connection_url or external.existing_secret_name)


def _main(values: Values, release: str, secrets: Secrets) -> Wiring:
    external, cluster = values.redis.external, values.redis.external.cluster
    made = f"{values.fullname(release)}-redis"
    kept = external.existing_secret_name or (made if values.redis.disable_secret_creation else "")
    cert = external.client_cert
    key = cluster.node_uris_secret_key if cluster.enabled else external.connection_url_secret_key
    purpose = Purpose.NODES if cluster.enabled else Purpose.URL
    optional = values.config.disable_secret_creation
    nodes = msgspec.json.encode(cluster.node_uris).decode()
    password = _setting(kept, cluster.password_secret_key, cluster.password, optional=optional)
    return Wiring(
        name=Feature.LANGSMITH,
        mode=Mode.CLUSTER if cluster.enabled else Mode.STANDALONE,
        address=_setting(kept, key, nodes if cluster.enabled else external.connection_url, optional=optional),
        password=password if cluster.enabled else None,
        tls=cluster.tls_enabled,
        safe_mode=external.cluster_safe_mode,
        iam=external.iam_auth_provider,
        ca=_custom_ca(values),
        client_cert=Reference(secret=cert.secret_name, key=cert.cert_secret_key) if cert.secret_name else None,
        client_key=Reference(secret=cert.secret_name, key=cert.key_secret_key) if cert.secret_name else None,
        installation=release,
        switched_on=external.enabled,
        standing_by=None if kept else secrets.outdated(Reference(secret=made, key=key), purpose),
    )


def _agent(values: Values, feature: Feature, agent: Agent, release: str) -> Wiring:
    external = agent.redis.external
    return Wiring(
        name=feature,
        mode=Mode.STANDALONE,
        address=_setting(external.existing_secret_name, AGENT_KEY, external.connection_url),
        iam=external.iam_provider,
        ca=_custom_ca(values),
        feature=feature,
        installation=release,
        switched_on=external.enabled,
    )


def _juicefs(values: Values, release: str) -> Wiring:
    juicefs = values.sandboxes.juicefs
    kept = juicefs.existing_secret_name or juicefs.csi.existing_secret_name
    return Wiring(
        name=Feature.JUICEFS,
        mode=Mode.STANDALONE,
        address=_setting(kept, METADATA_KEY, juicefs.redis.meta_url),
        ca=_custom_ca(values),
        feature=Feature.JUICEFS,
        installation=release,
    )


def _custom_ca(values: Values) -> Reference | None:
    ca = values.config.custom_ca
    return Reference(secret=ca.secret_name, key=ca.secret_key) if ca.secret_name and ca.secret_key else None


def _setting(secret: str, key: str, text: str, *, optional: bool = False) -> Setting:
    """From the Secret where one is named; the chart then looks at nothing else."""
    return Reference(secret=secret, key=key, optional=optional) if secret else Said(text=Secret(text))
