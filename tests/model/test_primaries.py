"""Which servers hold the data of a target."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.model.evidence import Cause, Failed, Node, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Role
from preflight.model.primaries import primaries, process
from tests.checks.facts import broken_node, cluster, node, seen, server, standalone, topology

CHART = Seen(fact=topology((0, 8191, "a:1+c:1"), (8192, 16383, "b:1")))
FAILED = Failed(stage=Stage.TOPOLOGY, cause=Cause.SERVER_ERROR)
BELOW = Unreached(stage=Stage.TCP, cause=Cause.REFUSED)


def one(name: str, run_id: str = "", slots: str = "", **more: Any) -> Node:
    return node(name, server_facts=server(run_id=run_id, **more), slots=slots)


def lost(name: str, slots: str = "") -> Node:
    return broken_node(Stage.TCP, Cause.REFUSED, name, slots=slots)


def of(*nodes: Node, **more: Any) -> TargetEvidence:
    return seen(cluster(), *nodes, **{"topology": CHART, **more})


@pytest.mark.parametrize(
    ("nodes", "names"),
    [
        ((one("a:1"),), ["a:1"]),
        ((one("a:1"), one("b:1")), ["a:1", "b:1"]),
        ((one("a:1", "x"), one("b:1", "y")), ["a:1", "b:1"]),
        ((one("seed:1", "x"), one("a:1", "x"), one("b:1", "y")), ["seed:1", "b:1"]),
        ((one("c:1", role=Role.REPLICA), one("a:1")), ["a:1"]),
        ((one("a:1", role=Role.UNKNOWN), one("b:1")), ["a:1", "b:1"]),
        ((one("c:1", role=Role.REPLICA), one("d:1", role=Role.REPLICA)), ["c:1"]),
        ((one("a:1", slots="0-8191"), lost("c:1")), ["a:1"]),
        ((lost("seed:1"), one("a:1", slots="0-8191")), ["a:1"]),
    ],
)
def test_each_once(nodes: tuple[Node, ...], names: list[str]) -> None:
    """By run id, which tells two names of one server; a replica counts only where there is nothing else."""
    found = primaries(of(*nodes))
    assert isinstance(found, Seen)
    assert list(found.fact.servers) == names


@pytest.mark.parametrize(
    ("nodes", "why"),
    [
        ((lost("a:1"),), BELOW),
        ((lost("a:1"), lost("b:1")), BELOW),
        ((one("a:1", slots="0-8191"), lost("b:1", slots="8192-16383")), BELOW),
        ((lost("b:1", slots="8192-16383"), one("a:1", slots="0-8191")), BELOW),
        ((), Unreached(stage=Stage.SERVER, cause=Cause.NOT_ASKED)),
    ],
)
def test_one_that_is_missing(nodes: tuple[Node, ...], why: object) -> None:
    """Nothing can be said of all of them: by the rung that broke."""
    assert primaries(of(node(), nodes=nodes)) == why


def test_a_map_that_is_not_shown() -> None:
    """Of a cluster that does not say who belongs to it, there may be others; a standalone server is alone."""
    hidden = Seen(fact=topology(cluster_enabled=True))
    for each, complete in (
        (of(one("a:1")), True),
        (of(one("a:1"), topology=hidden), False),
        (of(one("a:1"), topology=FAILED), False),
        (seen(standalone(), one("a:1"), topology=hidden), True),
    ):
        found = primaries(each)
        assert isinstance(found, Seen)
        assert found.fact.complete is complete


def test_process() -> None:
    """The run id, else the name."""
    assert process(one("a:1", "x")) == "x"
    assert process(one("a:1")) == "a:1"
    assert process(lost("a:1")) == "a:1"
