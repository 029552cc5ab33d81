"""What the values declare around the targets: the components that will connect, and keys that the chart never reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from typing import Any, Final

import msgspec
from msgspec import Struct

from preflight.chart.scale import allowed, grown
from preflight.chart.unread import unread
from preflight.chart.values import Autoscaling, Pods, Service, ServiceAccount, Values
from preflight.model.components import WORKLOADS, Workload
from preflight.model.installation import Component, Installation

_Rule = Callable[[Values], bool]

# When the chart renders a workload (its templates' conditions); whatever is not here, always.
_RENDERED: Final[dict[str, _Rule]] = {
    "ingestQueue": lambda values: values.ingest_queue.enabled is not False,
    "hostBackend": lambda values: bool(values.config.deployment.enabled or values.host_backend.enabled),
    "listener": lambda values: bool(values.config.deployment.enabled),
    "agentGateway": lambda values: bool(values.agent_gateway.enabled),
    "presidioAnalyzer": lambda values: bool(values.presidio_analyzer.enabled),
    "fleetToolServer": lambda values: _fleet(values) and values.fleet_tool_server.enabled is not False,
    "fleetTriggerServer": lambda values: _fleet(values) and values.fleet_trigger_server.enabled is not False,
    "backend.migrations": lambda values: values.backend.migrations.enabled,
    "backend.clickhouseMigrations": lambda values: values.backend.clickhouse_migrations.enabled,
    "backend.e2eTest": lambda values: values.backend.e2e_test.enabled and bool(values.config.basic_auth.enabled),
    "backend.backfillCheck": lambda values: values.backend.backfill_check.enabled,
}


def agent_is_on(name: str, values: Values) -> bool:
    """Whether `fleet`, `engineInsightsAgent` or `polly` is installed."""
    if name == "fleet":
        return values.fleet.enabled is True
    if name == "polly":
        return values.polly.enabled is not False
    return values.insights.enabled is not False or bool(values.engine.enabled)


def installation(tree: Mapping[str, Any], values: Values, release: str, chart_version: str) -> Installation:
    """The installation that `tree`, read as `values`, declares."""
    ca = values.config.custom_ca
    lone = "" if bool(ca.secret_name) == bool(ca.secret_key) else ("secretName" if ca.secret_name else "secretKey")
    return Installation(
        name=release,
        chart_version=chart_version,
        components=tuple(_component(each, values) for each in WORKLOADS if _is_rendered(each, values)),
        unread=unread(tree),
        lone_custom_ca=lone,
        client_certificate=bool(values.redis.external.client_cert.secret_name),
        from_values=True,
    )


def _fleet(values: Values) -> bool:
    return values.fleet.enabled is True or bool(values.config.agent_builder.enabled)


def _is_rendered(workload: Workload, values: Values) -> bool:
    if workload.feature.is_agent:
        return agent_is_on(workload.name.partition(".")[0], values)
    rule = _RENDERED.get(workload.name)
    return rule is None or rule(values)


def _component(workload: Workload, values: Values) -> Component:
    account, pods = _at(values, workload.service_account), _at(values, workload.pod)
    assert isinstance(account, ServiceAccount)  # noqa: S101 - the table of workloads
    assert isinstance(pods, Pods)  # noqa: S101 - the table of workloads
    whole = _at(values, workload.name)
    autoscaling = whole.autoscaling if isinstance(whole, Service) else Autoscaling()
    security = values.common_pod_security_context | pods.pod_security_context
    group = security.get("fsGroup")
    return Component(
        name=workload.name,
        features=workload.features,
        documented=workload.documented,
        service_account=workload.service_account,
        annotations=account.annotations if account.create else None,
        labels={name: as_label(value) for name, value in pods.labels.items()},
        labels_path=f"{workload.pod}.labels",
        fs_group=group if isinstance(group, int) else None,
        mounts_client_certificate=bool(values.redis.external.client_cert.secret_name),
        replicas=grown(workload, pods, autoscaling),
        connections=allowed(workload, pods),
    )


def as_label(value: object) -> str:
    """A label must be a string: another value is marked, so that nobody takes `true` for `"true"`."""
    return value if isinstance(value, str) else f"!{msgspec.json.encode(value).decode()}"


def _at(values: Struct, path: str) -> object:
    """What stands at a path of values keys."""

    def inner(struct: Struct, name: str) -> Any:  # noqa: ANN401 - a field of any of the structs
        names = dict(zip(struct.__struct_encode_fields__, struct.__struct_fields__, strict=True))
        return getattr(struct, names[name])

    return reduce(inner, path.split("."), values)
