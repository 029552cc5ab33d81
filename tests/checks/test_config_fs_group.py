"""A key that only a group may read, and the pods that are not in it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.chart.declared import installation as declared_by
from preflight.chart.values import read_values
from preflight.checks.config_fs_group import judge
from preflight.model.components import WORKLOADS
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Component, Feature, Installation
from tests.checks.facts import component, installation, standalone, unread

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL
CURE = {"commonPodSecurityContext": {"fsGroup": 1000}}
CERT = {"redis": {"external": {"clientCert": {"secretName": "redis-client-cert"}}}}
# What Option 2 of the chart's examples/mtls_config.yaml sets, and what its templates read.
TRAPS = {
    "backend.podSecurityContext": "backend.deployment.podSecurityContext",
    "hostBackend.podSecurityContext": "hostBackend.deployment.podSecurityContext",
    "listener.podSecurityContext": "listener.deployment.podSecurityContext",
    "platformBackend.podSecurityContext": "platformBackend.deployment.podSecurityContext",
    "playground.podSecurityContext": "playground.deployment.podSecurityContext",
    "queue.podSecurityContext": "queue.deployment.podSecurityContext",
    "ingestQueue.podSecurityContext": "ingestQueue.deployment.podSecurityContext",
    "backend.migrations.fsGroup": "backend.migrations.podSecurityContext.fsGroup",
    "backend.clickhouseMigrations.fsGroup": "backend.clickhouseMigrations.podSecurityContext.fsGroup",
    "backend.authBootstrap.fsGroup": "backend.authBootstrap.podSecurityContext.fsGroup",
}


def mounting(name: str, group: int | None = None) -> Component:
    return component(name, mounts_client_certificate=True, fs_group=group)


def verdict_on(declared: Installation) -> Verdict:
    return judge(standalone("rediss://h"), declared)


def from_values(tree: dict[str, Any]) -> Verdict:
    """The verdict on what these values declare."""
    return verdict_on(declared_by(tree, read_values(tree), "langsmith", ""))


@pytest.mark.parametrize(
    ("components", "outcome", "summary"),
    [
        ((mounting("backend"),), FAIL, "1 of 1 components mount the client certificate without fsGroup"),
        (
            (mounting("backend", 1000), mounting("queue"), mounting("backend.migrations"), component("listener")),
            FAIL,
            "2 of 3 components mount the client certificate without fsGroup",
        ),
        ((mounting("backend", 1000), mounting("queue", 1000)), PASS, "every pod that mounts it has fsGroup"),
        ((mounting("backend", 0), mounting("queue", 4711)), PASS, "every pod that mounts it has fsGroup"),
        ((component("backend"), component("queue")), NONE, "no client certificate"),
        ((), NONE, "no values or manifests were given"),
    ],
)
def test_fs_group(components: tuple[Component, ...], outcome: Outcome, summary: str) -> None:
    """Each pod that mounts the certificate needs a group, whichever it is; one value gives it to all of them."""
    verdict = verdict_on(installation(*components))
    assert (verdict.outcome, verdict.summary) == (outcome, summary)
    assert verdict.patch == (CURE if outcome is FAIL else None)


def test_every_component_without_it_is_named() -> None:
    """Those that have it are not."""
    verdict = verdict_on(installation(*(mounting(each) for each in ("backend", "queue")), mounting("listener", 1)))
    assert verdict.details == {"without it": "backend, queue"}
    assert verdict.remedy == "Set commonPodSecurityContext.fsGroup: 1000."


@pytest.mark.parametrize("feature", [each for each in Feature if each is not Feature.LANGSMITH])
def test_once_for_an_installation(feature: Feature) -> None:
    """The certificate is LangSmith's own."""
    target = replace(standalone("rediss://h"), feature=feature)
    assert judge(target, installation(mounting("fleet.queue"))).outcome is NONE


@pytest.mark.parametrize(("path", "read"), TRAPS.items())
def test_keys_that_no_template_reads(path: str, read: str) -> None:
    """The chart's own example has them one level too high: told with a certificate and without."""
    where = unread(path, read)
    alone = verdict_on(installation(mounting("backend", 1000), unread=(where,)))
    assert (alone.outcome, alone.summary) == (WARN, f"the chart does not read {path}")
    assert alone.details == {path: f"read is {read}"}
    assert verdict_on(installation(component("backend"), unread=(where,))).outcome is WARN
    lacking = verdict_on(installation(mounting("backend"), unread=(where,)))
    assert (lacking.outcome, lacking.patch) == (FAIL, CURE)
    assert lacking.details == {"without it": "backend", path: f"read is {read}"}


def test_other_values_are_not_looked_at() -> None:
    """They have a check of their own."""
    other = unread("redis.external.tlsEnabled", "redis.external.cluster.tlsEnabled")
    assert verdict_on(installation(mounting("backend", 1), unread=(other,))).outcome is PASS


def nested(path: str) -> dict[str, Any]:
    *above, last = path.split(".")
    tree: dict[str, Any] = {last: 1000 if last == "fsGroup" else {"fsGroup": 1000}}
    for name in reversed(above):
        tree = {name: tree}
    return tree


@pytest.mark.parametrize("path", TRAPS)
def test_a_trap_in_a_values_file(path: str) -> None:
    """From the YAML to the finding, the group that stands one level too high counts for nothing."""
    verdict = from_values(CERT | nested(path))
    assert verdict.outcome is FAIL
    assert verdict.details[path] == f"read is {TRAPS[path]}"
    assert "backend" in verdict.details["without it"].split(", ")


def test_values_that_are_right() -> None:
    """The common context does for all; a component's own does for that one."""
    assert from_values(CERT | CURE).outcome is PASS
    own = from_values(CERT | {"queue": {"deployment": {"podSecurityContext": {"fsGroup": 1000}}}})
    assert own.outcome is FAIL
    assert "queue" not in own.details["without it"].split(", ")
    assert from_values({"commonPodSecurityContext": {"fsGroup": 1000}}).outcome is NONE


def test_the_cure_cures() -> None:
    """Whatever is installed: with the value that is named, every pod has its group."""
    everything = {
        "config": {"deployment": {"enabled": True}, "basicAuth": {"enabled": True}},
        "agentGateway": {"enabled": True},
        "presidioAnalyzer": {"enabled": True},
        "fleet": {"enabled": True},
    }
    before = from_values(CERT | everything)
    assert before.summary.startswith(f"{len(WORKLOADS)} of {len(WORKLOADS)} components")
    assert from_values(CERT | everything | CURE).outcome is PASS
