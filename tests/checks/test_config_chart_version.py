"""What is used, and from which chart version on it exists."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.checks.config_chart_version import Use, judge, reads
from preflight.model.evidence import Cause, Seen, Stage, TargetEvidence
from preflight.model.facts import Product
from preflight.model.finding import Outcome
from preflight.model.gates import GATES, Gate, Need
from preflight.model.installation import Feature
from preflight.model.target import Target, Tls
from tests.checks.facts import broken_node, cluster, evidence, installation, node, seen, server, standalone

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL
TARGET = standalone()

each_gate = pytest.mark.parametrize("gate", GATES, ids=[gate.need.name for gate in GATES])


def below(floor: str) -> str:
    """The last version before it."""
    *front, last = map(int, floor.split("."))
    return ".".join(map(str, [*front, last - 1])) if last else ".".join(map(str, [*front[:-1], front[-1] - 1, 99]))


@each_gate
@pytest.mark.parametrize(
    ("written", "is_older"),
    [
        ("{floor}", False),
        ("{floor}+build.7", False),
        ("99.0.0", False),
        ("99.0.0-rc.1", False),
        ("{below}", True),
        ("{below}+build.7", True),
        ("{floor}-rc.12", True),
        ("{floor}-alpha.1", True),
        ("0.1.0", True),
    ],
)
def test_gate(gate: Gate, written: str, is_older: bool) -> None:
    """What a version does not have fails, what it has with a fault warns; a pre-release comes before its release."""
    version = written.format(floor=gate.floor, below=below(gate.floor))
    verdict = judge(TARGET, Use(version, frozenset({gate.need})))
    assert verdict.outcome is ((WARN if gate.fix else FAIL) if is_older else PASS)
    if is_older:
        assert verdict.remedy == f"Install chart {gate.floor} or newer."
        assert version in verdict.summary
        assert gate.need in verdict.summary
        assert gate.source in verdict.details[gate.need]
        assert gate.floor in verdict.details[gate.need]


@pytest.mark.parametrize("need", [Need.CLUSTER_IAM, Need.ENTRA_WORKERS, Need.SAFE_MODE_RULES])
def test_a_release_candidate_is_newer_than_what_came_before(need: Need) -> None:
    """0.17.0-rc.12 has all that any 0.16 has, and 0.16.0-rc.18 not even what 0.16.0 has."""
    assert judge(TARGET, Use("0.17.0-rc.12", frozenset({need}))).outcome is PASS
    assert judge(TARGET, Use("0.16.0-rc.18", frozenset({need}))).outcome is not PASS


@pytest.mark.parametrize(
    ("needs", "summary"),
    [
        ((), "the chart's version is not known (--chart-version)"),
        ((Need.SAFE_MODE_RULES,), "the chart's version is not known (--chart-version)"),
        ((Need.CLUSTER,), "the chart's version is not known; what is used exists from 0.12.25 on (--chart-version)"),
        (
            (Need.CLUSTER, Need.SAFE_MODE, Need.VALKEY, Need.SAFE_MODE_RULES),
            "the chart's version is not known; what is used exists from 0.14.0 on (--chart-version)",
        ),
    ],
)
def test_unknown_version(needs: tuple[Need, ...], summary: str) -> None:
    """The highest floor of what is used is told; what is only mended later is no floor."""
    verdict = judge(TARGET, Use("", frozenset(needs)))
    assert (verdict.outcome, verdict.summary) == (NONE, summary)


@given(st.sets(st.sampled_from(sorted(Need))), st.permutations(GATES))
def test_the_version_to_install_has_all_of_it(needs: set[Need], gates: list[Gate]) -> None:
    """Whatever is used: the one that is named is the least with nothing missing and nothing broken."""
    use = Use("0.1.0", frozenset(needs))
    verdict = judge(TARGET, use)
    behind = [gate for gate in gates if gate.need in needs]
    if not behind:
        assert verdict.outcome is PASS
        return
    [floor] = re.findall(r"\d+\.\d+\.\d+", verdict.remedy or "")
    assert judge(TARGET, use._replace(version=floor)).outcome is PASS
    assert judge(TARGET, use._replace(version=below(floor))).outcome is not PASS
    assert verdict.outcome is (WARN if all(gate.fix for gate in behind) else FAIL)
    assert set(verdict.details) == needs
    told = {gate.need for gate in behind if gate.need in verdict.summary}
    assert {gate.need for gate in behind if not gate.fix or verdict.outcome is WARN} <= told


def test_several_at_once() -> None:
    """What is missing comes before what is broken, and the version cures both."""
    verdict = judge(TARGET, Use("0.15.0", frozenset({Need.CLUSTER, Need.CLUSTER_IAM, Need.GCP_IAM_TLS})))
    assert verdict.summary == "chart 0.15.0 does not have workload identity on Redis Cluster"
    assert verdict.remedy == "Install chart 0.16.9 or newer."
    assert set(verdict.details) == {Need.CLUSTER_IAM, Need.GCP_IAM_TLS}
    assert verdict.details[Need.CLUSTER_IAM].startswith("from 0.16.0 (")
    assert verdict.details[Need.GCP_IAM_TLS].startswith("mended in 0.16.9 (")


def used(facts: TargetEvidence, version: str = "") -> Use:
    [reading] = reads(evidence(facts, installations=(installation(chart_version=version),)))
    assert isinstance(reading.observed, Seen)
    return reading.observed.fact


def fleet(url: str, **around: object) -> Target:
    return replace(standalone(url, **around), feature=Feature.FLEET)


@pytest.mark.parametrize(
    ("target", "needs"),
    [
        (standalone(), set()),
        (standalone("rediss://app:pw@h/3"), set()),
        (standalone("rediss://h?ssl_check_hostname=false"), set()),
        (cluster(), {Need.CLUSTER}),
        (cluster("redis://a", "redis://b?ssl_check_hostname=false"), {Need.CLUSTER, Need.HOSTNAME_PARAMETER}),
        (standalone(safe_mode=True), {Need.SAFE_MODE, Need.SAFE_MODE_RULES}),
        (cluster(safe_mode=True), {Need.CLUSTER}),
        (replace(standalone("rediss://h"), tls=Tls(client_cert="/c.pem", client_key="/k")), {Need.CLIENT_CERTIFICATE}),
        (standalone("redis://h", client_cert="/c.pem", client_key="/k.pem"), set()),
        (standalone("rediss://u@h", iam="aws"), {Need.IAM}),
        (standalone("rediss://u@h", iam="azure"), {Need.IAM, Need.ENTRA_WORKERS}),
        (standalone("rediss://u@h", iam="Azure"), {Need.IAM, Need.ENTRA_WORKERS}),
        (standalone("rediss://h", iam="gcp"), {Need.IAM}),
        (cluster(iam="aws"), {Need.CLUSTER, Need.IAM, Need.CLUSTER_IAM}),
        (cluster(iam="azure"), {Need.CLUSTER, Need.IAM, Need.CLUSTER_IAM}),
        (cluster(iam="gcp"), {Need.CLUSTER, Need.IAM, Need.CLUSTER_IAM, Need.GCP_IAM_TLS}),
        (cluster(iam="gcp", tls=False), {Need.CLUSTER, Need.IAM, Need.CLUSTER_IAM}),
        (fleet("rediss://u@h", iam="aws"), {Need.AGENT_IAM}),
        (fleet("rediss://u@h", iam="azure"), {Need.AGENT_IAM}),
        (fleet("rediss://u:pw@h"), set()),
    ],
)
def test_what_a_target_uses(target: Target, needs: set[Need]) -> None:
    """Each feature of the chart by the setting that it goes with."""
    assert used(seen(target)).needs == needs


@pytest.mark.parametrize(
    ("version", "product", "needs"),
    [
        ("7.2.4", Product.REDIS, set()),
        ("6.2", Product.REDIS, set()),
        ("6.2.0", Product.REDIS, set()),
        ("6.0.20", Product.REDIS, {Need.OLD_REDIS}),
        ("5.0.14", Product.REDIS, {Need.OLD_REDIS}),
        ("", Product.REDIS, set()),
        ("6.0", Product.REDIS_ENTERPRISE, set()),
        ("8.1.3", Product.VALKEY, {Need.VALKEY}),
        ("", Product.VALKEY, {Need.VALKEY}),
        ("", Product.UNKNOWN, set()),
    ],
)
def test_what_a_server_needs(version: str, product: Product, needs: set[Need]) -> None:
    """One node that answered is enough; silence about the version is no old version."""
    nodes = broken_node(Stage.TCP, Cause.REFUSED, "a:1"), node("b:1", server_facts=server(version, product))
    assert used(seen(standalone(), *nodes)).needs == needs
    assert used(seen(standalone(), nodes[0])).needs == set()


def test_the_version_is_the_installation_s() -> None:
    """A target that came without files has none."""
    assert used(seen(standalone()), "0.16.11").version == "0.16.11"
    assert used(seen(replace(standalone(), installation="other")), "0.16.11").version == ""


def test_floors_and_sources() -> None:
    """Each need has one gate, with a release as its floor and a source that a person can look up."""
    assert sorted(gate.need for gate in GATES) == sorted(Need)
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", gate.floor) and gate.source for gate in GATES)


@pytest.mark.parametrize("version", ["0.16.7-custom.1", "0.16.11-hotfix", "0.16.7-1-gabcdef"])
def test_a_version_that_is_semver_alone(version: str) -> None:
    """Forks of the chart have a label of their own, and manifests give it unasked."""
    assert judge(TARGET, Use(version, frozenset({Need.CLUSTER}))).outcome is PASS
