"""A picture as a tree, so that text stays text. How it looks is up to the page: shapes carry classes, not colours."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, tostring

from preflight.model.printable import printable, shortened


def picture(width: float, height: float, title: str = "", about: str = "", **attributes: str | float) -> Element:
    """What it shows, in words; one without a title is an ornament, beside a text that says the same."""
    svg = Element("svg", {"viewBox": f"0 0 {_number(width)} {_number(height)}"} | _named(attributes))
    if not title:
        svg.set("aria-hidden", "true")
        return svg
    svg.set("role", "img")
    add(svg, "title", title)
    if about:
        add(svg, "desc", about)
    return svg


def add(parent: Element, tag: str, text: str = "", **attributes: str | float) -> Element:
    """Attributes are written with `_` for `-`; `class_` is `class`."""
    element = SubElement(parent, tag, _named(attributes))
    element.text = printable(shortened(text)) or None
    return element


def written(svg: Element) -> str:
    return tostring(svg, encoding="unicode")


def _named(attributes: dict[str, str | float]) -> dict[str, str]:
    return {name.strip("_").replace("_", "-"): _number(value) for name, value in attributes.items()}


def _number(value: str | float) -> str:
    return value if isinstance(value, str) else f"{round(value, 2):g}"
