"""How many pods a workload may come to, and how many connections each may open: by values, and by manifests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from preflight.chart.values import Autoscaling, Pods
from preflight.model.components import Workload

CONNECTIONS: Final = "REDIS_MAX_CONNECTIONS"

_NUMBERS: Final = {
    **dict.fromkeys(("Deployment", "StatefulSet", "ReplicaSet", "Rollout"), "replicas"),
    "Job": "parallelism",
    "CronJob": "",
    "Pod": "",
}
"""The field that says how many pods an object of this kind makes; of some it is one pod at a time."""

_AUTOSCALERS: Final = {"HorizontalPodAutoscaler": ("maxReplicas", None), "ScaledObject": ("maxReplicaCount", 100)}
"""The field that says how many pods it makes at most, and what holds without it (KEDA's own default)."""


def count(value: object) -> int | None:
    """A whole number, also one that is written as text; None for anything else."""
    match value:
        case bool():
            return None
        case int() if value >= 0:
            return value
        case float() if value >= 0 and value.is_integer():
            return int(value)
        case str() if re.fullmatch(r"[0-9]{1,9}", value.strip()):
            return int(value)
        case _:
            return None


def grown(workload: Workload, pods: Pods, autoscaling: Autoscaling) -> int | None:
    """How many pods the values allow; None where they say something that is no number."""
    usual, most = workload.pods.number, workload.pods.most
    if most is None:
        return usual
    limits = _limits(workload, autoscaling, most)
    if limits:
        return None if None in limits else max(filter(None, limits), default=0)
    said = pods.replica_count if workload.feature.is_agent else pods.replicas
    # Where another autoscaler is to come, the template leaves the number out.
    return 1 if _is_left_open(workload, autoscaling) else _told(said, usual)


def _limits(workload: Workload, autoscaling: Autoscaling, most: int) -> list[int | None]:
    """Those of the autoscalers that the templates make."""
    if not workload.pods.nested:
        is_made = autoscaling.enabled and not _is_left_open(workload, autoscaling)
        return [_told(autoscaling.max_replicas, most)] if is_made else []
    hpa, keda = autoscaling.hpa, autoscaling.keda
    by_kind = ((hpa.enabled, hpa.max_replicas), (keda.enabled, keda.max_replica_count))
    return [_told(said, most) for enabled, said in by_kind if enabled]


def _is_left_open(workload: Workload, autoscaling: Autoscaling) -> bool:
    looks = not workload.pods.nested and not workload.feature.is_agent
    return looks and bool(autoscaling.enabled) and not autoscaling.create_hpa


def _told(said: object, usual: int) -> int | None:
    return usual if said is None else count(said)


def allowed(workload: Workload, pods: Pods) -> int | None:
    """How many connections each pod may open by the values: what `extraEnv` sets, else the template."""
    said = [each.get("value") for each in pods.extra_env if isinstance(each, dict) and each.get("name") == CONNECTIONS]
    return count(said[-1]) if said else workload.connections


def together(said: Iterable[object]) -> int | None:
    """How many the containers of a pod may open; None where none of them says."""
    numbers = [number for each in said if (number := count(each)) is not None]
    return sum(numbers) if numbers else None


def made(kind: str, manifest: Mapping[str, Any]) -> int | None:
    """How many pods an object makes by itself; None for one on every node."""
    if kind not in _NUMBERS:
        return None
    said = _section(manifest, "spec").get(_NUMBERS[kind])
    return 1 if said is None else count(said)


def limited(kind: str, manifest: Mapping[str, Any]) -> tuple[str, str, int | None] | None:
    """The kind and name of what an autoscaler looks after, and how many pods it makes of it at most."""
    if kind not in _AUTOSCALERS:
        return None
    field, usual = _AUTOSCALERS[kind]
    spec = _section(manifest, "spec")
    target = _section(spec, "scaleTargetRef")
    said = spec.get(field)
    return str(target.get("kind") or "Deployment"), str(target.get("name")), usual if said is None else count(said)


def _section(manifest: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = manifest.get(name)
    return section if isinstance(section, Mapping) else {}
