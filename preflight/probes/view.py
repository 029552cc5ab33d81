"""How one node sees its cluster: CLUSTER NODES, which Redis has had since 3.0."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from preflight.model.cluster import SAME, Member, View
from preflight.model.facts import Reply
from preflight.probes.wire import Answer, Command

VIEW: Final[Command] = ("CLUSTER", "NODES")

_TROUBLE: Final = ("fail", "fail?", "handshake", "noaddr")
_FIELDS: Final = 8


class Seen(NamedTuple):
    """The view, and the map that it names."""

    view: View
    members: tuple[Member, ...]


class _Line(NamedTuple):
    """`<id> <address> <flags> <primary> <ping> <pong> <epoch> <link> <slot> ...`."""

    id: str
    address: str
    flags: list[str]
    primary: str
    epoch: int
    slots: list[str]


def view_of(answer: Answer) -> Seen:
    """What is no such table is taken as a refusal."""
    if isinstance(answer, Reply):
        return Seen(View(refusal=answer), ())
    try:
        lines = [_line(text) for text in answer.decode(errors="replace").splitlines()]
    except (ValueError, AttributeError):
        lines = []
    if not lines:  # a node is in its own table
        return Seen(View(refusal=Reply(code="ERR", message="CLUSTER NODES gave no table")), ())
    members = tuple(sorted((_member(line) for line in lines), key=lambda member: member.id))
    view = View(
        own=next((line.id for line in lines if "myself" in line.flags), ""),
        map=_name(members),
        failing=tuple(said for line in lines if (said := _trouble(line))),
        open_slots=tuple(slot for line in lines for slot in _open(line)),
        epoch=max((line.epoch for line in lines), default=0),
    )
    return Seen(view, members)


def _line(text: str) -> _Line:
    words = text.split()
    id_, address, flags, primary, _ping, _pong, epoch, _link = words[:_FIELDS]
    return _Line(id_, address, flags.split(","), primary.strip("-"), int(epoch), words[_FIELDS:])


def _member(line: _Line) -> Member:
    """What all nodes must agree upon: addresses and flags differ by who looks."""
    served = " ".join(slot for slot in line.slots if not slot.startswith("["))
    return Member(id=line.id, slots=served, primary=line.primary)


def _trouble(line: _Line) -> str:
    # A link that is down says little: nodes renew them, and one that stays away is soon called `fail?`.
    said = next((flag for flag in _TROUBLE if flag in line.flags), "")
    return f"{_address(line.address)} ({said})" if said else ""


def _address(text: str) -> str:
    """`10.0.0.7:6379@16379,name.example` has two names, and clients may know it by either."""
    address, _, names = text.partition(",")
    host, _, port = address.partition("@")[0].rpartition(":")
    name = names.partition(",")[0]
    known = [f"[{host}]" if ":" in host else host, *([name] if name and "=" not in name else [])]
    return SAME.join(f"{each}:{port}" for each in known)


def _open(line: _Line) -> Sequence[str]:
    """`[93->-id]` and `[93-<-id]`."""
    moves = [slot.strip("[]") for slot in line.slots if slot.startswith("[")]
    pairs = [(slot, "migrating to", "->-") if "->-" in slot else (slot, "importing from", "-<-") for slot in moves]
    return [f"{slot.partition(arrow)[0]} {way} {slot.partition(arrow)[2]}" for slot, way, arrow in pairs]


def _name(members: Sequence[Member]) -> str:
    text = "\n".join(f"{each.id} {each.primary} {each.slots}" for each in members)
    return hashlib.sha256(text.encode()).hexdigest()[:12]
