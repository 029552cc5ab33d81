"""The workloads of the LangSmith chart that receive the Redis environment (templates of chart 0.17.0-rc.12)."""

from __future__ import annotations

from typing import Final, NamedTuple

from preflight.model.installation import Feature


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

    @property
    def features(self) -> tuple[Feature, ...]:
        return tuple(dict.fromkeys((Feature.LANGSMITH, self.feature)))


def _service(name: str, suffix: str, *, documented: bool = False) -> Workload:
    return Workload(name, suffix, f"{name}.serviceAccount", f"{name}.deployment", documented)


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
        )
        for part, end in parts.items()
    )


WORKLOADS: Final = (
    _service("backend", "backend", documented=True),
    _service("queue", "queue", documented=True),
    _service("platformBackend", "platform-backend", documented=True),
    _service("hostBackend", "host-backend", documented=True),
    _service("ingestQueue", "ingest-queue", documented=True),
    _service("listener", "listener"),
    _service("agentGateway", "agent-gateway"),
    _service("presidioAnalyzer", "presidio-analyzer"),
    _service("fleetToolServer", "fleet-tool-server"),
    _service("fleetTriggerServer", "fleet-trigger-server"),
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
