"""The nodes as shapes: everyone is there once, and who was not reached looks different."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.drawing.topology import Dot, Group, groups, node_count, roles, slot_map
from preflight.model.finding import TargetSummary
from preflight.model.portrait import Portrait, Shard
from preflight.model.target import Mode

SHARDS = (
    Shard(primary="a:1", slots="0-99, 200", replicas=("b:1", "c:1")),
    Shard(primary="d:1", slots="100-199", replicas=()),
)


def target(shards: tuple[Shard, ...] = (), unreached: dict[str, str] | None = None, *endpoints: str) -> TargetSummary:
    portrait = Portrait(shards=shards, unreached=unreached or {})
    return TargetSummary(name="x", mode=Mode.CLUSTER, endpoints=endpoints, shown="", portrait=portrait)


def tree(svg: str) -> Element:
    return fromstring(svg)  # noqa: S314 - our own


def test_shards_and_who_is_in_none() -> None:
    """An endpoint may have another name in the cluster; a node that was not reached is always there."""
    found = list(groups(target(SHARDS, {"c:1": "refused", "e:1": "silent"}, "seed:1")))
    assert [each.name for each in found] == ["Shard 1", "Shard 2", "In no shard"]
    assert found[0].dots == (Dot("a:1", "primary"), Dot("b:1", "replica"), Dot("c:1", "replica", "refused"))
    assert found[2].dots == (Dot("e:1", "node", "silent"),)
    total, lost = node_count(found)
    assert (total, [each.name for each in lost]) == (5, ["c:1", "e:1"])
    assert roles(found) == ["primary", "replica", "node"]


def test_without_shards_the_endpoints_are_drawn() -> None:
    """Once each, reached or not; and there may be none."""
    [found] = groups(target((), {"b:1": "refused"}, "a:1", "b:1", "a:1"))
    assert found == Group("Nodes", "", (Dot("a:1", "node"), Dot("b:1", "node", "refused")))
    assert list(groups(target())) == []


@pytest.mark.parametrize(("role", "shape"), [("primary", "rect"), ("replica", "circle"), ("node", "path")])
def test_a_shape_for_each_role(role: str, shape: str) -> None:
    """And a cross where it was not reached, whatever the colours are."""
    reached, lost = tree(Dot("a:1", role).svg), tree(Dot("a:1", role, "refused").svg)
    assert [each.tag for each in reached] == [shape]
    assert [each.tag for each in lost] == [shape, "path"]
    assert lost[1].attrib["class"] == "cross"


def test_a_picture_says_what_it_shows() -> None:
    """Who is in the shard, and who was not reached."""
    [first, *_] = groups(target(SHARDS, {"c:1": "refused"}))
    svg = tree(first.svg)
    assert svg.attrib["role"] == "img"
    assert svg.findtext("title") == "Shard 1, slots 0-99, 200"
    assert svg.findtext("desc") == "primary a:1; replica b:1; replica c:1, not reached (refused)"


@given(st.integers(1, 200), st.sampled_from(["primary", "node"]))
def test_nobody_is_drawn_outside_or_upon_another(count: int, role: str) -> None:
    """Any number of nodes, in rows that fit on a telephone."""
    dots = (Dot("n", role), *(Dot(f"n{each}", "replica") for each in range(count - 1)))
    svg = tree(Group("Shard 1", "", dots).svg)
    _, _, width, height = map(float, svg.attrib["viewBox"].split())
    places = {(each.attrib["cx"], each.attrib["cy"]) for each in svg.iter("circle")}
    assert len(places) == count - 1
    assert width <= 296
    assert all(float(x) < width and float(y) < height for x, y in places)


def covered(svg: Element) -> set[int]:
    pieces = [piece for path in svg.iter("path") for piece in re.findall(r"M(\d+) 0h(\d+)v", path.attrib["d"])]
    return {slot for first, size in pieces for slot in range(int(first), int(first) + int(size))}


def test_the_slots_that_nobody_serves_stay_empty() -> None:
    """The map covers what is served and no more, and says how much it is."""
    svg = tree(slot_map(SHARDS))
    assert covered(svg) == set(range(201))
    assert svg.findtext("title") == "201 of 16,384 slots are served"


@given(st.sets(st.integers(0, 16383), max_size=60))
def test_any_slots_can_be_drawn(slots: set[int]) -> None:
    """Each where it belongs."""
    shard = Shard(primary="a:1", slots=", ".join(map(str, sorted(slots))))
    assert covered(tree(slot_map([shard]))) == slots


@pytest.mark.parametrize("slots", ["", "none", "9-3", "99999", "-", "1-2-3", "\x00"])
def test_odd_slots_do_no_harm(slots: str) -> None:
    """What a file says may be no slots at all."""
    assert max(covered(tree(slot_map([Shard(primary="a:1", slots=slots)]))), default=0) < 16384
