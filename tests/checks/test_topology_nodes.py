"""The nodes of the map, and nobody else."""

from __future__ import annotations

import pytest

from preflight.checks.topology_nodes import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Node, Seen, Stage, Unreached
from preflight.model.facts import Role
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import broken_node, cluster, evidence, node, seen, server, standalone, topology, unclimbed_node

MAP = Seen(fact=topology((0, 8191, "a:1+c:1"), (8192, 16383, "b:1")))


def findings(*nodes: Node) -> dict[str, tuple[Outcome, str | None]]:
    """Outcome and root of each subject."""
    report = assess(evidence(seen(cluster("redis://a:1"), *nodes, topology=MAP)), catalogue())
    return {each.subject: (each.outcome, each.blocked_by) for each in report if each.id == CHECK.id}


def test_every_member_is_judged_and_nobody_else() -> None:
    """A seed that is not in the map (a load balancer) is no node of the cluster."""
    assert findings(node("a:1"), node("b:1"), node("c:1"), node("lb:1")) == dict.fromkeys(
        ("a:1", "b:1", "c:1"), (Outcome.PASS, None)
    )


@pytest.mark.parametrize(
    ("stage", "cause", "root"),
    [
        (Stage.DNS, Cause.NAME_UNKNOWN, "dns.resolves"),
        (Stage.TCP, Cause.REFUSED, "tcp.connects"),
        (Stage.TLS, Cause.TLS_CLOSED, "tls.handshake"),
        (Stage.TLS, Cause.UNTRUSTED, "tls.trusted"),
        (Stage.TLS, Cause.HOSTNAME_MISMATCH, "tls.hostname"),
        (Stage.TLS, Cause.CLIENT_CERTIFICATE_REQUIRED, "tls.client-certificate"),
        (Stage.AUTH, Cause.PASSWORD_WRONG, "auth.accepted"),
    ],
)
def test_a_node_that_is_not_reached(stage: Stage, cause: Cause, root: str) -> None:
    """It is blocked by the rung that broke, and the others pass."""
    assert findings(node("a:1"), broken_node(stage, cause, "b:1")) == {
        "a:1": (Outcome.PASS, None),
        "b:1": (Outcome.BLOCKED, root),
    }


def test_a_node_without_a_usable_address() -> None:
    """What it announces is the root."""
    lost = unclimbed_node(Stage.TOPOLOGY, Cause.UNDIALLABLE, "a:1")
    assert findings(lost) == {"a:1": (Outcome.BLOCKED, "topology.names")}


def test_a_standalone_target_has_no_nodes() -> None:
    """A URL is not judged by a map."""
    assert list(CHECK.reads(evidence(seen(standalone(), topology=MAP)))) == []


@pytest.mark.parametrize("lost", [Failed, Unreached])
def test_without_a_map_there_is_one_reading(lost: type[Failed | Unreached]) -> None:
    """What kept the map from us is named once, and is not this check's own."""
    behind = lost(stage=Stage.TOPOLOGY, cause=Cause.SERVER_ERROR)
    [reading] = CHECK.reads(evidence(seen(cluster(), topology=behind)))
    assert reading.observed == Unreached(stage=Stage.TOPOLOGY, cause=Cause.SERVER_ERROR)
    assert reading.subject == ""


def test_summary_says_who_answered() -> None:
    """Role, product and version of the node."""
    assert judge(cluster(), server("8.1.4", role=Role.REPLICA)).summary == "replica, Redis 8.1.4"
