"""A secret shows itself to nobody who does not ask by name."""

from __future__ import annotations

import pytest

from preflight.model.secret import MASK, Secret
from preflight.model.target import Password, Surroundings


@pytest.mark.parametrize("secret", ["tops3cret", "", MASK, "a\nb"])
def test_text_forms(secret: str) -> None:
    """`str`, `repr` and formatting see the mask; `reveal` the value."""
    hidden = Secret(secret)
    assert (str(hidden), repr(hidden), f"{hidden}", f"{hidden!r}") == (MASK, f"Secret({MASK!r})") * 2
    assert hidden.reveal() == secret


def test_records_hide_it() -> None:
    """A record that holds a secret can be logged."""
    for record in (Password(password=Secret("tops3cret"), username="app"), Surroundings(password=Secret("tops3cret"))):
        assert "tops3cret" not in f"{record} {record!r}"


def test_comparison() -> None:
    """Equal by value, and never to a plain text, so that no comparison reveals it."""
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a"), Secret("b")}) == 2
    assert not Secret("")
    assert Secret("a")
