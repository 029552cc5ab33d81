"""Text in a picture stays text."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

from hypothesis import given
from hypothesis import strategies as st

from preflight.drawing.svg import add, picture, written
from preflight.model.printable import printable, shortened


@given(st.text(), st.text(min_size=1))
def test_any_text(text: str, title: str) -> None:
    """It comes out as it went in, and breaks no tag."""
    svg = picture(10, 10, title, text)
    add(svg, "text", text, x=1.005)
    read = fromstring(written(svg))  # noqa: S314 - our own
    assert (read.findtext("title"), read.findtext("text")) == (printable(shortened(title)), printable(shortened(text)))


def test_attributes() -> None:
    """By the names that SVG has for them, and numbers no longer than needed."""
    svg = picture(10, 10.123)
    add(svg, "rect", class_="a", stroke_width=1.0, x=0.3333)
    assert written(svg) == (
        '<svg viewBox="0 0 10 10.12" aria-hidden="true"><rect class="a" stroke-width="1" x="0.33" /></svg>'
    )
