"""The node URIs of a Redis Cluster: one by one, as a JSON array, or in a file."""

from __future__ import annotations

from preflight.model.errors import InputError
from preflight.model.source import Flag, Request, Source
from preflight.model.target import Plan

NODE = Flag(name="--node", metavar="URI", help="node URI of a cluster, redis://host:port; repeatable", repeat=True)
NODES = Flag(name="--nodes", metavar="JSON|FILE", help="the node URIs as a JSON array, or a file that holds one")


def read(request: Request) -> Plan | None:
    one_by_one, together = request.texts(NODE), request.texts(NODES)
    if one_by_one and together:
        raise InputError("Give the nodes by --node or by --nodes, not by both.")
    # `--help` need not wait for it.
    from preflight.uri.cluster import target_from_list, target_from_nodes  # noqa: PLC0415

    if one_by_one:
        return Plan(targets=(target_from_nodes(one_by_one, request.around),))
    if together:
        return Plan(targets=(target_from_list(_text(request, together[0]), request.around),))
    return None


def _text(request: Request, given: str) -> str:
    """A file's text, unless it is the array itself or something that no file is named like."""
    is_array = given.lstrip()[:1] in {"[", "{", '"', ""} or "://" in given
    return given if is_array else request.read(given, "--nodes, which is no JSON array and so must be a file")


SOURCE = Source(flags=(NODE, NODES), read=read)
