"""Values over values: as Helm merges them, and what holds of any values."""

from __future__ import annotations

import json
from copy import deepcopy
from functools import reduce
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.chart.merge import merged, settled

# Made with a Go program of Helm 3.22.0: `merged` is what its values.Options.MergeValues gives for the files, and
# `settled` the Values of chartutil.ToRenderValues for a chart with these defaults.
ROWS: Final = json.loads(Path(__file__).with_name("helm_readings.json").read_text("ascii"))["merge"]

LEAVES: Final = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=3), st.lists(st.none(), max_size=2))
TREES: Final = st.dictionaries(
    st.sampled_from("abc"),
    st.recursive(LEAVES, lambda below: st.dictionaries(st.sampled_from("abc"), below, max_size=3), max_leaves=9),
    max_size=3,
)
# With one shape: `m` and `n` are always mappings, `x` and `y` never are.
SHAPED: Final = st.recursive(
    st.dictionaries(st.sampled_from("xy"), LEAVES, max_size=2),
    lambda below: st.builds(
        lambda leaves, maps: {**leaves, **maps},
        st.dictionaries(st.sampled_from("xy"), LEAVES, max_size=2),
        st.dictionaries(st.sampled_from("mn"), below, max_size=2),
    ),
    max_leaves=9,
)


def same(left: object, right: object) -> bool:
    """As JSON, which tells `true` from `1`."""
    return json.dumps(left, sort_keys=True) == json.dumps(right, sort_keys=True)


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_merges_as_helm_does(row: dict[str, Any]) -> None:
    files: dict[str, Any] = reduce(merged, row["files"], {})
    assert same(files, row["merged"])
    assert same(settled(merged(row["defaults"], files)), settled(row["settled"]))


def test_nulls_that_helm_keeps_are_removed() -> None:
    """The one difference: where the chart has no default to remove, Helm passes null on to its templates.

    They read null and a missing key alike (`if`, `default`, `with`), and so it is one thing here.
    """
    kept = [row for row in ROWS if not same(settled(row["settled"]), row["settled"])]
    assert len(ROWS) > 40
    assert 0 < len(kept) < 12
    assert settled({"a": None, "b": {"c": None}, "d": [None, {"e": None}]}) == {"b": {}, "d": [None, {"e": None}]}


def test_order_of_merging_matters_where_shapes_differ() -> None:
    """The files first, then over the defaults: null in one file and a mapping in the next keeps the defaults."""
    default, null, mapping = {"a": {"c": 2}}, {"a": None}, {"a": {"b": 1}}
    assert merged(default, merged(null, mapping)) == {"a": {"b": 1, "c": 2}}
    assert merged(merged(default, null), mapping) == {"a": {"b": 1}}


@given(SHAPED, SHAPED, SHAPED)
def test_merging_is_associative_where_shapes_agree(
    first: dict[str, Any], second: dict[str, Any], third: dict[str, Any]
) -> None:
    assert same(merged(merged(first, second), third), merged(first, merged(second, third)))


@given(TREES, TREES)
def test_inputs_stay_as_they_are(base: dict[str, Any], over: dict[str, Any]) -> None:
    before = deepcopy((base, over))
    settled(merged(base, over))
    assert same((base, over), before)


@given(TREES)
def test_nothing_changes_nothing(tree: dict[str, Any]) -> None:
    assert same(merged(tree, {}), tree)
    assert same(merged({}, tree), tree)
    assert same(merged(tree, tree), tree)
    assert same(settled(settled(tree)), settled(tree))
