"""What else is asked of a node that has said who it is: its cluster, and our rights. One round trip."""

from __future__ import annotations

from typing import NamedTuple

from preflight.model.cluster import Member, Topology, View
from preflight.model.facts import Server
from preflight.model.rehearsal import Rights
from preflight.model.target import Endpoint
from preflight.probes import rights, topology, view
from preflight.probes.wire import Command, Wire


class Inquiry(NamedTuple):
    """What to ask the nodes about."""

    tag: str
    """Below which the keys lie that rights are asked for."""
    charts: bool
    """The map as the clients ask for it: of the endpoints of the configuration."""
    views: bool
    """How they see their cluster: where one is configured."""
    rehearses: bool
    """This is known to be the node that is rehearsed on, so that a second connection sets out at once."""
    maps: dict[str, tuple[Member, ...]]
    """Where their maps are kept, one for all that agree: each has a line for every node."""


class Survey(NamedTuple):
    topology: Topology | None
    view: View | None
    rights: Rights


async def survey(wire: Wire, endpoint: Endpoint, server: Server, user: str, inquiry: Inquiry) -> Survey:
    """Asks nothing where there is nothing to ask."""
    charting: tuple[Command, ...] = topology.CHART if inquiry.charts else ()
    viewing: tuple[Command, ...] = (view.VIEW,) if inquiry.views and server.cluster_enabled is not False else ()
    answers = await wire.ask(*charting, *viewing, *rights.asking(server, user, inquiry.tag))
    start, end = len(charting), len(charting) + len(viewing)
    seen = view.view_of(answers[start]) if viewing else None
    if seen and seen.view.refusal.ok:
        inquiry.maps.setdefault(seen.view.map, seen.members)
    return Survey(
        topology=topology.chart_of(endpoint, server, answers[:start]) if charting else None,
        view=seen.view if seen else None,
        rights=rights.rights_of(server, inquiry.tag, answers[end:]),
    )
