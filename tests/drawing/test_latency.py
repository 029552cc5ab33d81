"""The latency as bars: nobody is lost, and what is late is not squeezed in."""

from __future__ import annotations

from itertools import pairwise
from math import inf, nan
from xml.etree.ElementTree import fromstring

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.drawing.latency import answered, bars, figures, histogram, percentiles, text

TIMES = st.lists(st.floats(min_value=0, max_value=1e6), min_size=1, max_size=200)


@given(TIMES)
def test_every_ping_is_in_a_bar(seconds: list[float]) -> None:
    """Bars are of one width and touch; a few of them suffice for any sample."""
    found = bars(answered(seconds))
    assert sum(each.pings for each in found) == len(seconds)
    assert 1 <= len(found) <= 25
    assert all(before.high == pytest.approx(after.low) for before, after in pairwise(found))


@given(TIMES)
def test_any_sample_can_be_drawn(seconds: list[float]) -> None:
    """Well-formed, and nothing stands outside of the picture."""
    svg = fromstring(histogram(seconds))  # noqa: S314 - our own
    for bar in svg.iter("rect"):
        left, wide = float(bar.attrib["x"]), float(bar.attrib["width"])
        assert left >= 0
        assert left + wide <= 328
        assert float(bar.attrib["y"]) >= 0
    assert all(0 <= float(each.attrib["x"]) <= 333 for each in svg.iter("text"))


@given(TIMES)
def test_figures_are_in_order(seconds: list[float]) -> None:
    """From the fastest to the slowest."""
    found = list(percentiles(answered(seconds)).values())
    assert found == sorted(found)
    assert found[0] == min(seconds) * 1000
    assert found[-1] == max(seconds) * 1000


def test_few_samples_have_no_slowest_twentieth() -> None:
    """It would be a single one."""
    assert list(figures([0.001] * 39)) == ["fastest", "median", "slowest"]
    assert list(figures([0.001] * 40)) == ["fastest", "median", "p95", "slowest"]
    assert figures([each / 1000 for each in range(1, 101)])["p95"] == "95 ms"


def test_a_late_answer_has_a_bar_of_its_own() -> None:
    """The others keep their shape."""
    times = [each / 10_000 for each in range(8, 28)]
    *usual, last = bars(answered([*times, 0.5]))
    assert (last.pings, last.high) == (1, inf)
    assert sum(each.pings for each in usual) == len(times)
    assert len([each for each in usual if each.pings]) > 8
    svg = histogram([*times, 0.5])
    assert "beyond" in svg
    assert "over " in svg
    assert "beyond" not in histogram(times)


def test_nothing_to_draw() -> None:
    """No PING was answered, or in no time that there is."""
    assert histogram(()) == histogram([nan, inf, -1.0]) == ""
    assert figures(()) == {}


@pytest.mark.parametrize(
    ("milliseconds", "words"), [(0.0123, "0.0123 ms"), (1.2345, "1.23 ms"), (99.94, "99.9 ms"), (12345.6, "12,346 ms")]
)
def test_text(milliseconds: float, words: str) -> None:
    """As many digits as say something."""
    assert text(milliseconds) == words
