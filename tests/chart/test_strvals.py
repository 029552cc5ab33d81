"""`--set`: as Helm reads it, and whatever the text."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.chart.strvals import HIGHEST_INDEX, MOST_INDEXES, MOST_NAMES, assigned
from preflight.model.errors import InputError

# Made with a Go program of Helm 3.22.0: what its strvals.ParseInto makes of `onto`, or that it refuses the text.
ROWS: Final = json.loads(Path(__file__).with_name("helm_readings.json").read_text("ascii"))["set"]
SENTINEL: Final = "tops3cret"

EXPRESSIONS: Final = st.lists(
    st.sampled_from([*"ab.=,[]{}\\01 -é", "[0]", "[1]", "[65537]", "null", "true", "\ud800", SENTINEL]), max_size=20
).map("".join)
TREES: Final = st.sampled_from(
    [{}, {"a": {"b": 1, "c": [1, 2]}}, {"a": [{"b": 1}, [5], None, "s"], "b": None}, {"a": "text", "b": [[]]}]
)


def refusal(expression: str, onto: dict[str, Any] | None = None) -> str:
    with pytest.raises(InputError) as caught:
        assigned(expression, onto or {})
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_reads_as_helm_does(row: dict[str, Any]) -> None:
    onto = row.get("onto", {})
    if "refused" in row:
        refusal(row["set"], onto)
    else:
        read = json.dumps(assigned(row["set"], onto), sort_keys=True)
        assert read == json.dumps(row["gives"], sort_keys=True)


def test_table_holds_both_verdicts() -> None:
    refused = sum("refused" in row for row in ROWS)
    assert len(ROWS) > 250
    assert 50 < refused < len(ROWS) - 150


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("a", "--set: a key has no value"),
        ("a=b,c", "--set a=...: a key has no value (assignment 2; a comma within a value is written `\\,`)"),
        ("a.b={c", "--set a.b=...: a list has no `}`"),
        ("a[0=b", "--set a[0=...: an index has no `]`"),
        ("a[x]=b", "--set a[x]=...: an index is no whole number"),
        ("a[-1]=b", "--set a[-1]=...: an index is negative"),
        (f"a[{HIGHEST_INDEX + 1}]=b", "--set a[65537]=...: an index is above 65536"),
        ("a[0]b=c", "--set a[0]b=...: a key has text behind an index"),
        ("a..b=c", "--set a..b=...: a key has an empty name where its value is assigned"),
        ("a=b,a.c=d", "--set a=...: a key goes on below what is no mapping (assignment 2; "),
        ("a=b,a[0]=d", "--set a=...: a key has an index on what is no list (assignment 2; "),
        ("a:redis://:b@c/0?d=e,f", "--set: a key has no value (assignment 2; "),
    ],
)
def test_refusals_say_what_is_wrong(expression: str, told: str) -> None:
    assert refusal(expression).startswith(told)


@pytest.mark.parametrize(
    ("expression", "told"),
    [
        ("a" + ".a" * (MOST_NAMES + 1) + "=b", f"a key has more than {MOST_NAMES} names"),
        ("a." * 100_000 + "=b", f"a key has more than {MOST_NAMES} names"),
        # Helm would take these; no values of a chart need them, and they cost the stack and the memory.
        ("a" + "[0]" * (MOST_INDEXES + 1) + "=b", f"a key has more than {MOST_INDEXES} indexes"),
        ("a" + "[0]" * 100_000 + "=b", f"a key has more than {MOST_INDEXES} indexes"),
        ("a" + "[0].a[0]" * 100_000 + "=b", "a key has more than"),
        (",".join(f"a{n}[65536]=b" for n in range(1_000)), "its indexes make lists that are too long"),
    ],
)
def test_limits(expression: str, told: str) -> None:
    assert told in refusal(expression)


def test_a_list_is_not_shared_with_the_tree_it_came_from() -> None:
    shared = [1]
    tree = {"a": shared, "b": shared}
    assert assigned("a[0]=2", tree) == {"a": [2], "b": [1]}
    assert shared == [1]


@settings(deadline=None, max_examples=400)
@given(EXPRESSIONS, TREES)
def test_raises_nothing_but_input_errors(expression: str, onto: dict[str, Any]) -> None:
    """Whatever the text; the tree it is laid on stays as it is."""
    before = deepcopy(onto)
    try:
        assigned(expression, onto)
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017 - about half of them can be read
    assert onto == before


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(["a", "a.b", "a[0].b", "a\\.b", "a[0][1]", "a b", "a.", "a[x]", ""]), EXPRESSIONS, EXPRESSIONS)
def test_no_message_quotes_a_value(key: str, before: str, after: str) -> None:
    """Nor what stands behind a comma, which may be the rest of the value."""
    try:
        assigned(f"{key}={before}{SENTINEL}{after}", {"a": {"b": {"c": 1}}})
    except InputError as error:
        assert SENTINEL not in str(error)  # noqa: PT017 - about half of them can be read
