"""How long the PINGs took: how many in which time, and where the middle and the slowest ones are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import floor, isfinite, log10
from statistics import median
from typing import Final, NamedTuple
from xml.etree.ElementTree import Element

from preflight.drawing.svg import add, picture, written

# As wide as a telephone, so that its letters stay readable where it is not enlarged.
_WIDTH: Final = 328
_HEIGHT: Final = 170
_FLOOR: Final = 136
_BARS: Final = 20
_FAR: Final = 4
"""What takes more than so many medians goes into a last bar of its own."""

_ENOUGH: Final = 40
"""Samples: of fewer, the slowest twentieth would be a single one."""


class Bar(NamedTuple):
    low: float
    high: float
    """Milliseconds; infinite for the last bar that holds whatever is slower."""
    pings: int


def answered(seconds: Iterable[float]) -> list[float]:
    """Milliseconds, the fastest first."""
    return sorted(each * 1000 for each in seconds if isfinite(each * 1000) and each >= 0)


def percentiles(milliseconds: Sequence[float]) -> dict[str, float]:
    """What the sample can show, of `answered`: of few, the fastest, the middle and the slowest."""
    if not milliseconds:
        return {}
    rank = -(-95 * len(milliseconds) // 100) - 1
    tail = {"p95": milliseconds[rank]} if len(milliseconds) >= _ENOUGH else {}
    return {"fastest": milliseconds[0], "median": median(milliseconds)} | tail | {"slowest": milliseconds[-1]}


def bars(milliseconds: Sequence[float]) -> list[Bar]:
    """Of equal width, in round numbers."""
    if not milliseconds:
        return []
    far = median(milliseconds) * _FAR
    most = max(each for each in milliseconds if each <= far)
    step = _round_step(max(most - milliseconds[0], most / 100, 0.001) / _BARS)
    first, last = floor(milliseconds[0] / step), floor(most / step) + 1
    counts = [0] * (last - first + 1)
    for each in milliseconds:
        counts[min(floor(each / step) - first, len(counts) - 1)] += 1
    edges = [(first + number) * step for number in range(len(counts))]
    found = [Bar(low, low + step, count) for low, count in zip(edges[:-1], counts[:-1], strict=True)]
    return found + ([Bar(edges[-1], float("inf"), counts[-1])] if counts[-1] else [])


def histogram(seconds: Iterable[float]) -> str:
    """Empty where no PING was answered."""
    times = answered(seconds)
    found, marks = bars(times), percentiles(times)
    if not found:
        return ""
    title = f"Latency of {len(times):,} {'PING' if len(times) == 1 else 'PINGs'}"
    about = ", ".join(f"{name} {text(value)}" for name, value in marks.items())
    svg = picture(_WIDTH, _HEIGHT, title, about, class_="histogram")
    width = _WIDTH / len(found)
    tallest = max(each.pings for each in found)
    for number, each in enumerate(found):
        _bar(svg, each, number * width, width, (_FLOOR - 40) * each.pings / tallest)
    add(svg, "path", d=f"M0 {_FLOOR}H{_WIDTH}", class_="axis")
    _axis(svg, found, width)
    for name in ("median", "p95"):
        if name in marks:
            _mark(svg, name, _position(marks[name], found, width))
    return written(svg)


def figures(seconds: Iterable[float]) -> dict[str, str]:
    """The same in numbers."""
    return {name: text(value) for name, value in percentiles(answered(seconds)).items()}


def text(milliseconds: float) -> str:
    """In as many digits as say something."""
    return f"{milliseconds:.3g} ms" if milliseconds < 100 else f"{milliseconds:,.0f} ms"  # noqa: PLR2004 - three digits


def _bar(svg: Element, bar: Bar, left: float, width: float, height: float) -> None:
    if not bar.pings:
        return
    upper = f" to {text(bar.high)}" if isfinite(bar.high) else " or more"
    kind = "bar" if isfinite(bar.high) else "bar beyond"
    tall, wide = max(height, 2), max(width - 3, 1)
    drawn = add(svg, "rect", x=left + 1.5, y=_FLOOR - tall, width=wide, height=tall, rx=2, class_=kind)
    add(drawn, "title", f"{bar.pings} from {text(bar.low)}{upper}")


def _axis(svg: Element, found: list[Bar], width: float) -> None:
    last = found[-1]
    add(svg, "text", text(found[0].low), x=0, y=_FLOOR + 18, class_="tick")
    if isfinite(last.high):
        add(svg, "text", text(last.high), x=_WIDTH, y=_FLOOR + 18, text_anchor="end", class_="tick")
        return
    add(svg, "text", f"over {text(last.low)}", x=_WIDTH, y=_FLOOR + 18, text_anchor="end", class_="tick")
    edge = _WIDTH - width
    add(svg, "path", d=f"M{edge:.1f} {_FLOOR - 6}V{_FLOOR + 6}", class_="axis")


def _mark(svg: Element, name: str, at: float) -> None:
    """The median's name stands above that of the slowest twentieth: they may be close together."""
    top = 12 if name == "median" else 28
    anchor = "start" if at < _WIDTH / 2 else "end"
    add(svg, "path", d=f"M{at:.1f} {top - 8}V{_FLOOR}", class_=f"mark mark-{name}")
    add(svg, "text", name, x=at + (5 if anchor == "start" else -5), y=top, text_anchor=anchor, class_="tick")


def _position(value: float, found: list[Bar], width: float) -> float:
    step = found[0].high - found[0].low
    return min((value - found[0].low) / step * width, _WIDTH - width / 2 if len(found) > 1 else _WIDTH)


def _round_step(least: float) -> float:
    """The next of 1, 2, 5, 10, 20, 50 ..."""
    power = 10.0 ** floor(log10(least))
    return next(power * each for each in (1, 2, 5, 10) if power * each >= least * 0.999)
