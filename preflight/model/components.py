"""The workloads of the LangSmith chart that receive the Redis environment (templates of chart 0.17.0-rc.12).

The most pods under an autoscaler are those of chart 0.16.8, and where its page does not tell them, of 0.13.16.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from preflight.model.installation import Feature
from preflight.model.requirements import QUEUE_CONNECTIONS


class Pods(NamedTuple):
    """How many pods there are of a workload, by the chart's own values."""

    number: int = 1
    most: int | None = None
    """Under an autoscaler, once one is switched on; None where no value changes the number."""
    nested: bool = False
    """Its `autoscaling` has a part for each kind of autoscaler, `hpa` and `keda`."""


class Workload(NamedTuple):
    """One workload: `name` is its key in the values, `suffix` ends the name that its objects have in the cluster."""

    name: str
    suffix: str
    service_account: str
    pod: str
    """The values key that the pods' `labels` and `podSecurityContext` stand under."""
    documented: bool = False
    """LangSmith's documentation lists it among those that need the workload-identity annotations."""
    feature: Feature = Feature.LANGSMITH
    """Whose Redis it uses beside LangSmith's own."""
    pods: Pods = Pods()
    connections: int | None = None
    """REDIS_MAX_CONNECTIONS, as its template sets it."""

    @property
    def features(self) -> tuple[Feature, ...]:
        return tuple(dict.fromkeys((Feature.LANGSMITH, self.feature)))


def _service(
    name: str, suffix: str, pods: Pods, *, documented: bool = False, connections: int | None = None
) -> Workload:  # fmt: skip
    places = f"{name}.serviceAccount", f"{name}.deployment"
    return Workload(name, suffix, *places, documented, pods=pods, connections=connections)


def _job(name: str, suffix: str) -> Workload:
    return Workload(f"backend.{name}", suffix, "backend.serviceAccount", f"backend.{name}")


def _agent(name: str, suffix: str, feature: Feature) -> tuple[Workload, ...]:
    parts = {"apiServer": "api-server", "queue": "queue"}
    return tuple(
        Workload(
            f"{name}.{part}",
            f"{suffix}-{end}",
            f"{name}.{part}.serviceAccount",
            f"{name}.{part}.deployment",
            feature=feature,
            pods=Pods(1, 5),
        )
        for part, end in parts.items()
    )


WORKLOADS: Final = (
    _service("backend", "backend", Pods(2, 6, nested=True), documented=True),
    _service("queue", "queue", Pods(1, 10, nested=True), documented=True, connections=QUEUE_CONNECTIONS),
    _service("platformBackend", "platform-backend", Pods(3, 10, nested=True), documented=True),
    _service("hostBackend", "host-backend", Pods(1, 5, nested=True), documented=True),
    _service("ingestQueue", "ingest-queue", Pods(3, 10, nested=True), documented=True),
    _service("listener", "listener", Pods(1, 10, nested=True), connections=QUEUE_CONNECTIONS),
    _service("agentGateway", "agent-gateway", Pods(1, 5)),
    _service("presidioAnalyzer", "presidio-analyzer", Pods(1, 10)),
    _service("fleetToolServer", "fleet-tool-server", Pods(1, 3)),
    _service("fleetTriggerServer", "fleet-trigger-server", Pods()),
    *_agent("fleet", "standalone-fleet", Feature.FLEET),
    *_agent("engineInsightsAgent", "standalone-insights", Feature.INSIGHTS),
    *_agent("polly", "standalone-polly", Feature.POLLY),
    _job("migrations", "backend-migrations"),
    _job("clickhouseMigrations", "backend-ch-migrations"),
    _job("authBootstrap", "backend-auth-bootstrap"),
    _job("e2eTest", "e2e-test"),
    _job("backfillCheck", "backend-backfill-check"),
)


def workload_named(name: str) -> Workload | None:
    """The chart's workload behind an object's name, as `langsmith-platform-backend`."""
    found = [each for each in WORKLOADS if name == each.suffix or name.endswith(f"-{each.suffix}")]
    return max(found, key=lambda each: len(each.suffix), default=None)
