"""The servers that hold the data of a target, each once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from preflight.model.evidence import Cause, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Role, Server
from preflight.model.target import Mode


class Primaries(NamedTuple):
    servers: dict[str, Server]
    """By the name of the node."""
    complete: bool = True
    """No others are known of; a cluster that does not show its map may have some."""


def primaries(each: TargetEvidence) -> Observed[Primaries]:
    """A failure where one that serves slots was not reached, or none at all was."""
    reached = [node for node in each.nodes if isinstance(node.server, Seen)]
    for node in each.nodes:
        if not isinstance(node.server, Seen) and (node.slots or not reached):
            return node.server
    if not reached:
        return Unreached(stage=Stage.SERVER, cause=Cause.NOT_ASKED)
    # A lone replica has a finding of its own.
    found = [node for node in reached if _server(node).role is not Role.REPLICA] or reached[:1]
    return Seen(fact=Primaries(_distinct(found), _is_mapped(each)))


def process(node: Node) -> str:
    """What tells the server behind a node from others: its run id, or the name where it does not say that."""
    return (isinstance(node.server, Seen) and node.server.fact.run_id) or node.name


def _distinct(nodes: Iterable[Node]) -> dict[str, Server]:
    by_process: dict[str, Node] = {}
    for node in nodes:
        by_process.setdefault(process(node), node)
    return {node.name: _server(node) for node in by_process.values()}


def _server(node: Node) -> Server:
    assert isinstance(node.server, Seen)  # noqa: S101 - those that were reached
    return node.server.fact


def _is_mapped(each: TargetEvidence) -> bool:
    if each.target.mode is not Mode.CLUSTER:
        return True
    return isinstance(each.topology, Seen) and bool(each.topology.fact.ranges)
