"""All nodes see one and the same cluster.

Each node keeps a map of its own, and a client follows the one of whichever node it asks. All maps are compared.

Why: Where they differ, LangSmith's keys go to nodes that do not own them, and meet MOVED, ASK or TRYAGAIN.

Fix: Wait out a failover or resharding. Then see that every node is up and reaches every other.
- your own server: open the cluster bus port (10000 above its own), and run `redis-cli --cluster fix`.

Read: https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final, NamedTuple

from msgspec.structs import replace

from preflight.model.check import Check, Reading
from preflight.model.cluster import SAME, Member, Topology, View, owners_of
from preflight.model.evidence import Cause, Evidence, Failed, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Details, Verdict, failed, not_applicable, passed, warned
from preflight.model.requirements import CLUSTER_SLOTS
from preflight.model.target import Target
from preflight.model.views import views_of

_MANY: Final = 6

Map = tuple[Member, ...]


class Accounts(NamedTuple):
    """What the nodes of one target say of each other; a node that has two names is here once."""

    chart: Topology
    views: dict[str, View]
    maps: dict[str, Map]
    refused: dict[str, str]
    """Node -> the server's words."""
    broken: dict[str, str]
    """Node -> how it fell silent over the question."""
    unreached: dict[str, Unreached]
    """Node -> what broke on the way to it, which is reported there."""

    def explained(self) -> Unreached | None:
        """Why a node that the others miss was not reached from here either."""
        missed = {name for view in self.views.values() for text in view.failing for name in _names(text)}
        return next((why for name, why in self.unreached.items() if name in missed), None)


def reads(evidence: Evidence) -> Iterable[Reading[Accounts]]:
    for each in evidence.targets:
        chart = each.topology
        observed = _observed(_accounts(each, chart.fact)) if isinstance(chart, Seen) else chart
        yield Reading(target=each.target, subject="", observed=observed)


def _observed(said: Accounts) -> Observed[Accounts]:
    """Blocked where all that there is to tell of is a node that was not reached."""
    if _troubles(said) or not said.chart.cluster_enabled:
        return Seen(fact=said)
    told = said.views or said.refused
    return (said.explained() if told else next(iter(said.unreached.values()), None)) or Seen(fact=said)


def _accounts(each: TargetEvidence, chart: Topology) -> Accounts:
    said = Accounts(chart, views_of(each, chart), each.maps, {}, {}, {})
    for node in each.nodes:
        _hear(node, said)
    return said


def _hear(node: Node, said: Accounts) -> None:
    match node.view:
        case Failed(cause=cause, message=message):
            said.broken[node.name] = message or cause
        case Unreached(cause=Cause.NOT_ASKED):
            pass
        case Unreached() as why:
            said.unreached[node.name] = why
        case Seen(fact=view) if not view.refusal.ok:
            said.refused[node.name] = view.refusal.message


def judge(_: Target, said: Accounts) -> Verdict:
    if not said.chart.cluster_enabled:
        return not_applicable("no cluster")
    if troubles := _troubles(said):
        return _together(troubles, said)
    if not said.views:
        words = [f"not permitted here: {text}" for text in said.refused.values()]
        return not_applicable(next(iter(words), "no node was asked"))
    count, epoch = len(said.views), max(view.epoch for view in said.views.values())
    alike = f"{count} nodes see the same map" if count > 1 else "one node was asked for its map"
    return passed(f"{alike}, epoch {epoch}" + "".join(f"; not asked: {names}" for names in _silent(said).values()))


def _together(troubles: list[Verdict], said: Accounts) -> Verdict:
    """The worst first."""
    ordered = sorted(troubles, key=lambda each: -each.outcome.rank)
    return replace(
        ordered[0],
        summary="; ".join(each.summary for each in ordered),
        remedy=" ".join(each.remedy or "" for each in ordered),
        details={name: value for each in ordered for name, value in each.details.items()} | _silent(said),
    )


def _silent(said: Accounts) -> Details:
    names = _listed([*said.refused, *said.unreached])
    return {"not asked": names} if names else {}


def _troubles(said: Accounts) -> list[Verdict]:
    found = (_broken(said), _maps(said), _missed(said), _open_slots(said))
    return [each for each in found if each]


def _broken(said: Accounts) -> Verdict | None:
    if not said.broken:
        return None
    return failed(
        f"{_listed(said.broken)} let us in and fell silent when asked for the map",
        "Look at that server's log and load (`SLOWLOG GET`), then run again.",
        details={"evidence": _listed([f"{name}: {words}" for name, words in said.broken.items()], "; ")},
    )


def _maps(said: Accounts) -> Verdict | None:
    parties: dict[str, list[str]] = {}
    for name, view in said.views.items():
        parties.setdefault(view.map, []).append(name)
    if len(parties) <= 1:
        return None
    owners = {owners_of(said.maps.get(one, ())) for one in parties}
    remedy = (
        "Let every node reach every other on its cluster bus port (10000 above its own), bring one that was left out "
        "back with CLUSTER MEET, and run again when no failover or resharding is on its way."
    )
    details = _compared(said, parties)
    if len(owners) > 1:
        return failed(
            f"the nodes see {len(parties)} different maps of the cluster", remedy, details=details, transient=True
        )
    return warned("the nodes agree on all slots, and differ on who belongs to the cluster", remedy, details=details)


def _compared(said: Accounts, parties: Mapping[str, list[str]]) -> Details:
    """Each map with those who see it, and how it differs from the newest."""
    epochs = {one: max(said.views[name].epoch for name in names) for one, names in parties.items()}
    newest, *others = sorted(parties, key=lambda one: (-epochs[one], -len(parties[one])))
    seen_by = {one: f"{_listed(names)} (epoch {epochs[one]})" for one, names in parties.items()}
    names = {view.own: name for name, view in said.views.items() if view.own}
    details = {"newest map": seen_by[newest]}
    for number, other in enumerate(others[:_MANY], 2):
        differences = _differences(said.maps.get(newest, ()), said.maps.get(other, ()), names)
        details[f"map {number}"] = f"{seen_by[other]}: {_listed(differences, '; ')}"
    return details | ({"more maps": str(len(others) - _MANY)} if len(others) > _MANY else {})


def _differences(newest: Map, other: Map, names: Mapping[str, str]) -> list[str]:
    here, there = ({each.id: each for each in one} for one in (other, newest))
    followed = [each for each in here if each in there and here[each].primary != there[each].primary]
    return [
        *_moved(_owners(newest), _owners(other), names),
        *(f"{_called(each, names)} is missing" for each in there if each not in here),
        *(f"{_called(each, names)} is in this map alone" for each in here if each not in there),
        *(f"{_called(each, names)} is a replica of {_called(here[each].primary, names)}" for each in followed),
    ]


def _owners(one: Map) -> dict[int, str]:
    owners: dict[int, str] = {}
    for each in one:
        for first, last in re.findall(r"(\d{1,5})(?:-(\d{1,5}))?", each.slots):
            owners |= dict.fromkeys(range(int(first), min(int(last or first), CLUSTER_SLOTS - 1) + 1), each.id)
    return owners


def _moved(newest: Mapping[int, str], other: Mapping[int, str], names: Mapping[str, str]) -> Iterable[str]:
    """Slots that change hands between two maps, run by run."""
    start, before = 0, ("", "")
    for slot in range(CLUSTER_SLOTS + 1):
        pair = (other.get(slot, ""), newest.get(slot, ""))
        if pair != before:
            if before[0] != before[1]:
                slots = f"slot {start} belongs" if start == slot - 1 else f"slots {start}-{slot - 1} belong"
                yield f"{slots} to {_called(before[0], names)} instead of {_called(before[1], names)}"
            start, before = slot, pair


def _called(id_: str, names: Mapping[str, str]) -> str:
    return names.get(id_, f"node {id_[:8]}") if id_ else "nobody"


def _missed(said: Accounts) -> Verdict | None:
    """The nodes that others cannot reach, but for those that were not reached from here either."""
    seers: dict[str, list[str]] = {}
    for name, view in said.views.items():
        for text in view.failing:
            if said.unreached.keys().isdisjoint(_names(text)):
                seers.setdefault(text, []).append(name)
    if not seers:
        return None
    details = {"seen by": _listed([f"{text} by {_listed(names)}" for text, names in seers.items()], "; ")}
    remedy = (
        "Start it, and open its cluster bus port (10000 above its own) to the others; one that is gone for good is "
        "taken out with CLUSTER FORGET and its id, on every node."
    )
    served = {each.primary for each in said.chart.ranges}
    # A replica's loss costs no slot, and the clients do not learn of it.
    if lost := [name for text in seers if text.endswith(" (fail)") for name in _names(text) if name in served]:
        return failed(f"the cluster has given up {_listed(lost)}", remedy, details=details, transient=True)
    return warned(f"not all nodes reach {_listed(seers)}", remedy, details=details)


def _names(text: str) -> list[str]:
    return text.rpartition(" (")[0].split(SAME)


def _open_slots(said: Accounts) -> Verdict | None:
    names = {view.own: name for name, view in said.views.items()}
    moves = [(name, text) for name, view in said.views.items() for text in view.open_slots]
    if not moves:
        return None
    slots = _listed(dict.fromkeys(text.partition(" ")[0] for _, text in moves))
    told = [f"{name}: {' '.join(names.get(word, word) for word in text.split())}" for name, text in moves]
    return warned(
        f"on the way from one node to another: slot {slots}",
        f"If no resharding is running, end the one that was left behind: `redis-cli --cluster fix {said.chart.asked}`.",
        details={"open slots": _listed(told, "; ")},
    )


def _listed(texts: Collection[str], separator: str = ", ") -> str:
    more = f" and {len(texts) - _MANY} more" if len(texts) > _MANY else ""
    return separator.join([*texts][:_MANY]) + more


CHECK = Check(
    stage=Stage.TOPOLOGY,
    name="agreement",
    title="All nodes see the same cluster",
    reads=reads,
    judge=judge,
    claims=frozenset({Cause.DISAGREEMENT}),
    needs=("topology.mode", "topology.seeds"),
)
