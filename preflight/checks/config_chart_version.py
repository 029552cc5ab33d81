"""Everything that the configuration uses exists in the chart version that will be installed.

The version is given by --chart-version or told by the manifests, and compared with the one from which on each feature
in use exists. Some features exist earlier than they work: what LangSmith's changelog mends in a later version only
warns.

Why: Helm drops values that a version does not know yet, without a word: the pods come up without the cluster, the
certificate or the identity that the values name.

Fix: Install the chart version that the finding names, or a newer one.

Read: https://docs.langchain.com/langsmith/self-hosted-changelog
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from preflight.model.check import Check, Reading
from preflight.model.evidence import Evidence, Seen, Stage, TargetEvidence
from preflight.model.facts import Product, Server
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.gates import GATES, Gate, Need
from preflight.model.target import Mode, Target


class Use(NamedTuple):
    """The chart's version, and what of it is used; the server's part only where it has been seen."""

    version: str
    needs: frozenset[Need]


def reads(evidence: Evidence) -> Iterable[Reading[Use]]:
    for each in evidence.targets:
        installation = evidence.installation_of(each.target)
        needs = frozenset((*_of_target(each.target), *_of_server(each)))
        fact = Use(installation.chart_version if installation else "", needs)
        yield Reading(target=each.target, subject="", observed=Seen(fact=fact))


def _of_target(target: Target) -> Iterator[Need]:
    cluster, provider = target.mode is Mode.CLUSTER, target.iam.lower()
    uses = {
        Need.CLUSTER: cluster,
        Need.CLIENT_CERTIFICATE: bool(target.tls and target.tls.client_cert),
        Need.IAM: bool(provider) and not target.feature.is_agent,
        Need.AGENT_IAM: bool(provider) and target.feature.is_agent,
        Need.CLUSTER_IAM: bool(provider) and cluster,
        Need.HOSTNAME_PARAMETER: cluster and not all(each.check_hostname for each in target.endpoints),
        Need.SAFE_MODE: target.safe_mode and not cluster,
        Need.SAFE_MODE_RULES: target.safe_mode and not cluster,
        Need.ENTRA_WORKERS: provider == "azure" and not cluster and not target.feature.is_agent,
        Need.GCP_IAM_TLS: provider == "gcp" and cluster and target.tls is not None,
    }
    return (need for need, is_used in uses.items() if is_used)


def _of_server(each: TargetEvidence) -> Iterator[Need]:
    for node in each.nodes:
        if isinstance(node.server, Seen):
            server: Server = node.server.fact
            if server.product is Product.VALKEY:
                yield Need.VALKEY
            if server.product is Product.REDIS and () < server.version < (6, 2):
                yield Need.OLD_REDIS


def judge(_: Target, use: Use) -> Verdict:
    used = [gate for gate in GATES if gate.need in use.needs]
    if not use.version:
        floors = [gate.floor for gate in used if not gate.fix]
        what = f"; what is used exists from {floors[-1]} on" if floors else ""
        return not_applicable(f"the chart's version is not known{what} (--chart-version)")
    behind = _behind(use.version, used)
    if not behind:
        return passed(f"chart {use.version} has all that is used")
    lacking = [gate for gate in behind if not gate.fix]
    judged = failed if lacking else warned
    verb = "does not have" if lacking else "has a known fault in"
    return judged(
        f"chart {use.version} {verb} {', '.join(gate.need for gate in lacking or behind)}",
        f"Install chart {behind[-1].floor} or newer.",
        details={gate.need: _said(gate) for gate in behind},
    )


def _behind(version: str, used: list[Gate]) -> list[Gate]:
    """The gates that the version does not reach; a release candidate comes before its release."""
    # Who gives a URL alone need not wait for it.
    from semver import Version  # noqa: PLC0415

    given = Version.parse(version, optional_minor_and_patch=True)
    return [gate for gate in used if given < Version.parse(gate.floor)]


def _said(gate: Gate) -> str:
    return f"{'mended in' if gate.fix else 'from'} {gate.floor} ({gate.source})"


CHECK = Check(
    stage=Stage.CONFIG,
    name="chart-version",
    title="The chart's version has all that is used",
    reads=reads,
    judge=judge,
)
