"""What the nodes announce, and whether a pod comes anywhere with it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.topology_names import CHECK
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Node, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Finding, Outcome
from preflight.model.installation import Feature
from preflight.model.target import Target
from preflight.run import catalogue
from tests.checks.facts import broken_node, cluster, evidence, node, seen, standalone, topology, unclimbed_node


def facts(*names: str, nodes: tuple[Node, ...] = (), target: Target | None = None) -> TargetEvidence:
    """A cluster that announces these; all are reached but those that are given."""
    given = {each.name: each for each in nodes}
    climbed = [given.get(name) or node(name, advertised_by="a.example.com:1") for name in names]
    chart = topology(*((slot, slot, name) for slot, name in enumerate(names)))
    return seen(target or cluster("redis://a.example.com:1"), *climbed, topology=Seen(fact=chart))


def found(target: TargetEvidence) -> dict[str, Finding]:
    """By the subject."""
    return {each.subject: each for each in assess(evidence(target), catalogue()) if each.id == CHECK.id}


@pytest.mark.parametrize(
    ("name", "summary"),
    [
        ("10.0.0.7:6379", "announced as an IP address"),
        ("[fd00::7]:6379", "announced as an IP address"),
        ("node-1.example.com:6379", "announced as a host name"),
        ("mylocalhost:6379", "announced as a host name"),
    ],
)
def test_an_address_that_was_reached(name: str, summary: str) -> None:
    """Either kind will do, and it is told which."""
    finding = found(facts(name))[name]
    assert (finding.outcome, finding.verdict.summary) == (Outcome.PASS, summary)


OWN = [
    "127.0.0.1:7000",
    "127.1.2.3:7000",
    "[::1]:7000",
    "localhost:7000",
    "LOCALHOST:7000",
    "db.localhost:7000",
    "0.0.0.0:7000",
]


@pytest.mark.parametrize("name", OWN)
def test_an_address_of_whoever_dials_it(name: str) -> None:
    """It is told also where nothing listens there, which is the rule."""
    host = name.rpartition(":")[0].strip("[]")
    refused = broken_node(Stage.TCP, Cause.REFUSED, name, advertised_by="a.example.com:1")
    for one in (facts(name), facts(name, nodes=(refused,))):
        finding = found(one)[name]
        assert (finding.outcome, finding.verdict.summary) == (
            Outcome.FAIL,
            f"announced as {host}, which leads every client back to its own machine",
        )
        assert "`cluster-announce-ip`" in (finding.verdict.remedy or "")
        assert finding.verdict.details["advertised by"] == "a.example.com:1"


@pytest.mark.parametrize("name", OWN)
def test_a_cluster_on_this_machine(name: str) -> None:
    """Whoever configured the loopback means it."""
    for uri in ("redis://127.0.0.1:1", "redis://localhost:1", "redis://[::1]:1"):
        assert found(facts(name, target=cluster(uri, "redis://a.example.com:1")))[name].outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("stage", "cause", "root"),
    [
        (Stage.DNS, Cause.NAME_UNKNOWN, "dns.resolves"),
        (Stage.TCP, Cause.REFUSED, "tcp.connects"),
        (Stage.TCP, Cause.UNREACHABLE, "tcp.connects"),
    ],
)
def test_an_address_that_was_not_reached(stage: Stage, cause: Cause, root: str) -> None:
    """The rung that broke tells it."""
    finding = found(facts("b:1", nodes=(broken_node(stage, cause, "b:1"),)))["b:1"]
    assert (finding.outcome, finding.blocked_by) == (Outcome.BLOCKED, root)


def test_what_fails_behind_the_address_is_not_its_fault() -> None:
    """Somebody answers there."""
    refused = broken_node(Stage.AUTH, Cause.PASSWORD_WRONG, "b:1")
    assert found(facts("b:1", nodes=(refused,)))["b:1"].outcome is Outcome.PASS


def lost(name: str) -> Node:
    return unclimbed_node(Stage.TOPOLOGY, Cause.UNDIALLABLE, name)


@pytest.mark.parametrize("name", ["?:6379", "10.0.0.7:0", "10.0.0.7:70000"])
def test_no_address_at_all(name: str) -> None:
    """A node that there was no way to dial is reported here, also one that stands in no range."""
    target = facts("a.example.com:1", name, nodes=(lost(name),))
    apart = replace(facts("a.example.com:1"), nodes=(node("a.example.com:1"), lost(name)))
    for one in (target, apart):
        finding = found(one)[name]
        assert (finding.outcome, finding.verdict.cause) == (Outcome.FAIL, Cause.UNDIALLABLE)
        assert "cluster-announce-ip" in (finding.verdict.remedy or "")


def test_a_node_of_another_endpoint_s_map() -> None:
    """Both clients may learn of it."""
    chart = topology((0, 16383, "a:1"), elsewhere=("127.0.0.1:1",))
    target = seen(cluster("redis://a:1"), node("a:1"), node("127.0.0.1:1"), topology=Seen(fact=chart))
    assert {name: each.outcome for name, each in found(target).items()} == {
        "a:1": Outcome.PASS,
        "127.0.0.1:1": Outcome.FAIL,
    }


def test_a_seed_outside_the_map_announces_nothing() -> None:
    """A load balancer is no node."""
    target = facts("b:1")
    assert set(found(replace(target, nodes=(*target.nodes, node("127.0.0.1:9"))))) == {"b:1"}


def test_a_url_is_not_judged_by_a_map() -> None:
    """JuiceFS, which finds out by itself, is."""
    target = facts("127.0.0.1:1", target=standalone("redis://a.example.com:1"))
    assert found(target) == {}
    juicefs = replace(target, target=replace(target.target, feature=Feature.JUICEFS))
    assert found(juicefs)["127.0.0.1:1"].outcome is Outcome.FAIL


@pytest.mark.parametrize("behind", [Failed, Unreached])
def test_without_a_map_there_is_one_reading(behind: type[Failed | Unreached]) -> None:
    """What kept the map from us is named once, and is not this check's own."""
    chart = behind(stage=Stage.TOPOLOGY, cause=Cause.SERVER_ERROR)
    [reading] = CHECK.reads(evidence(seen(cluster(), topology=chart)))
    assert (reading.subject, reading.observed) == ("", Unreached(stage=Stage.TOPOLOGY, cause=Cause.SERVER_ERROR))
