"""What the nodes of a cluster say of it: who serves which slots, and how each of them sees the others."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from preflight.model.facts import Reply, Role

SAME: Final = " = "
"""Between the names of one node, in the words of another."""


class SlotRange(Struct, frozen=True, kw_only=True):
    first: int
    last: int
    primary: str
    replicas: tuple[str, ...] = ()

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


class Topology(Struct, frozen=True, kw_only=True):
    """The cluster as the clients will learn of it: from the first endpoint that answers."""

    asked: str
    """The endpoint that was asked."""
    role: Role = Role.UNKNOWN
    cluster_enabled: bool | None = None
    """None where the server does not say."""
    state: str = ""
    """cluster_state of CLUSTER INFO."""
    ranges: tuple[SlotRange, ...] = ()
    refusal: Reply = Reply()
    """The answer to CLUSTER SLOTS where it is an error."""
    elsewhere: tuple[str, ...] = ()
    """The nodes that only the maps of other endpoints name."""

    @property
    def is_hidden(self) -> bool:
        """A cluster behind a proxy that shows one endpoint: Redis Enterprise answers so without its OSS Cluster API."""
        return "command is not allowed" in self.refusal.message

    def members(self) -> tuple[str, ...]:
        """Every node that the maps name, primaries and replicas."""
        return (*(name for each in self.ranges for name in (each.primary, *each.replicas)), *self.elsewhere)

    def slots_of(self, primary: str) -> str:
        return ", ".join(str(each) for each in self.ranges if each.primary == primary)


class Member(Struct, frozen=True, kw_only=True):
    """One node in the map of another: what they all have to agree upon."""

    id: str
    """The node's own name, 40 hexadecimal digits."""
    slots: str = ""
    """As `0-5460 6000`; empty for a replica and for a primary that serves none."""
    primary: str = ""
    """The id of a replica's primary."""


def owners_of(members: Iterable[Member]) -> frozenset[tuple[str, str]]:
    """Who serves which slots, by a map."""
    return frozenset((each.id, each.slots) for each in members if each.slots)


class View(Struct, frozen=True, kw_only=True):
    """How one node sees its cluster (CLUSTER NODES)."""

    own: str = ""
    """Its own id."""
    map: str = ""
    """The name of its map: nodes that agree in everything have the same."""
    failing: tuple[str, ...] = ()
    """The nodes that it cannot reach or calls failed, as `a:6379 (fail)` or, by two names, `a:6379 = b:6379 (fail)`."""
    open_slots: tuple[str, ...] = ()
    """Slots on their way, as `93 migrating to <id>`."""
    epoch: int = 0
    """The highest configuration epoch that it knows: the newest map wins."""
    refusal: Reply = Reply()
    """The answer where it is an error."""
