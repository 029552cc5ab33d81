"""Patches of several findings as one."""

from __future__ import annotations

from preflight.chart.cures import Cures
from preflight.model.finding import failed, passed, warned
from tests.render.reports import finding


def test_the_later_patch_holds() -> None:
    found = [
        finding("config.url", failed("x", "y", patch={"a": {"b": 1, "c": 2}})),
        finding("topology.mode", warned("x", "y", patch={"a": {"c": 3}})),
    ]
    cures = Cures().and_of(found)
    assert (cures.values, cures.cured) == ({"a": {"b": 1, "c": 3}}, ("config.url", "topology.mode"))


def test_what_is_left_out() -> None:
    """A patch with a mask in it is named, and one of a finding that is in order counts for nothing."""
    found = [
        finding("topology.mode", failed("x", "y", patch={"a": {"password": "***"}})),
        finding("config.url", passed("x")),
        finding("config.tls", failed("x", "y")),
    ]
    assert Cures().and_of(found) == Cures(masked=("topology.mode",))


def test_a_second_round_adds_to_the_first() -> None:
    first = Cures().and_of([finding("config.url", failed("x", "y", patch={"a": 1}))])
    both = first.and_of([finding("config.iam", failed("x", "y", patch={"b": 2}))])
    assert (both.values, both.cured) == ({"a": 1, "b": 2}, ("config.url", "config.iam"))
    assert first.values == {"a": 1}
