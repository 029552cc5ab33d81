"""The nodes of a target: its shards, their slots, who follows whom, and who was not reached."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from preflight.drawing.svg import add, picture, written
from preflight.model.digest import more
from preflight.model.finding import TargetSummary
from preflight.model.portrait import Shard
from preflight.model.printable import shortened
from preflight.model.requirements import CLUSTER_SLOTS

_CELL: Final = 24
"""The square that a node takes up."""

_COLUMNS: Final = 12
"""Of nodes side by side: as many as fit on a telephone."""

_NAME: Final = 80
"""Characters of a name in the words for a picture."""

_RANGE: Final = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")


class Dot(NamedTuple):
    """A node as it is drawn."""

    name: str
    role: str
    """`primary`, `replica`, or `node` where the server did not say."""
    cause: str = ""
    """Why it was not reached; empty where it was."""

    @property
    def words(self) -> str:
        return f"{self.role} {shortened(self.name, _NAME)}" + (f", not reached ({self.cause})" if self.cause else "")

    @property
    def svg(self) -> str:
        svg = picture(_CELL, _CELL, class_="dot")
        _draw(svg, self)
        return written(svg)


class Group(NamedTuple):
    """A shard, its primary first; or nodes of which nobody said to which shard they belong."""

    name: str
    slots: str
    dots: tuple[Dot, ...]

    @property
    def svg(self) -> str:
        """Side by side, whoever follows tied to the first."""
        columns = min(len(self.dots), _COLUMNS)
        width, height = columns * _CELL, -(-len(self.dots) // _COLUMNS) * _CELL
        slots = f", slots {shortened(self.slots, _NAME)}" if self.slots else ""
        about = "; ".join(each.words for each in self.dots[:_COLUMNS]) + more(len(self.dots) - _COLUMNS)
        svg = picture(width, height, f"{self.name}{slots}", about, class_="tile")
        svg.attrib |= {"width": str(width), "height": str(height)}
        if self.dots[0].role == "primary" and columns > 1:
            add(svg, "path", d=f"M{_CELL // 2} {_CELL // 2}H{width - _CELL // 2}", class_="tie")
        for number, each in enumerate(self.dots):
            _draw(svg, each, number % _COLUMNS * _CELL, number // _COLUMNS * _CELL)
        return written(svg)


def groups(target: TargetSummary) -> Iterator[Group]:
    """Every shard; then what is in none: nodes apart, unreached ones, and the endpoints where there are no shards."""
    portrait = target.portrait
    lost = portrait.unreached
    placed: set[str] = set()
    for number, shard in enumerate(portrait.shards, 1):
        names = dict.fromkeys((shard.primary, *shard.replicas))
        roles = ("primary", *("replica" for _ in names))
        dots = tuple(Dot(name, role, lost.get(name, "")) for name, role in zip(names, roles, strict=False))
        yield Group(f"Shard {number}", shard.slots, dots)
        placed.update(names)
    others = dict.fromkeys((*(() if portrait.shards else target.endpoints), *portrait.apart, *lost))
    if loose := tuple(Dot(name, "node", lost.get(name, "")) for name in others if name not in placed):
        yield Group("In no shard" if portrait.shards else "Nodes", "", loose)


def node_count(found: Sequence[Group]) -> tuple[int, list[Dot]]:
    """How many nodes there are, and which were not reached."""
    nodes = {each.name: each for group in found for each in group.dots}
    return len(nodes), [each for each in nodes.values() if each.cause]


def roles(found: Iterable[Group]) -> list[str]:
    return list(dict.fromkeys(each.role for group in found for each in group.dots))


def slot_map(shards: Iterable[Shard]) -> str:
    """All slots from left to right, one tone beside another; what nobody serves stays empty."""
    served = [(number, list(_ranges(shard.slots))) for number, shard in enumerate(shards)]
    count = sum(last - first + 1 for _, ranges in served for first, last in ranges)
    title = f"{count:,} of {CLUSTER_SLOTS:,} slots are served"
    svg = picture(CLUSTER_SLOTS, 100, title, class_="slots", preserveAspectRatio="none")
    add(svg, "rect", width=CLUSTER_SLOTS, height=100, class_="unserved")
    for number, ranges in served:
        path = "".join(f"M{first} 0h{last - first + 1}v100h-{last - first + 1}z" for first, last in ranges)
        add(svg, "path", d=path, class_=f"served-{number % 4}")
    return written(svg)


def _ranges(slots: str) -> Iterator[tuple[int, int]]:
    for first, last in _RANGE.findall(slots):
        low, high = int(first), min(int(last or first), CLUSTER_SLOTS - 1)
        if low <= high:
            yield low, high


def _draw(svg: Element, dot: Dot, left: int = 0, top: int = 0) -> None:
    """A square, a circle or a diamond; hollow, dashed and crossed out where it was not reached."""
    state = "lost" if dot.cause else "seen"
    if dot.role == "primary":
        add(svg, "rect", x=left + 4, y=top + 4, width=16, height=16, rx=3, class_=f"{state} primary")
    elif dot.role == "replica":
        add(svg, "circle", cx=left + 12, cy=top + 12, r=7.5, class_=f"{state} replica")
    else:
        add(svg, "path", d=f"M{left + 12} {top + 3}l9 9l-9 9l-9-9z", class_=f"{state} node")
    if dot.cause:
        add(svg, "path", d=f"M{left + 8} {top + 8}l8 8m0-8l-8 8", class_="cross")
