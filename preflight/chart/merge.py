"""Values laid over values, as Helm lays the files of its user over each other and over the chart's defaults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def merged(base: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings merge key by key; of anything else `over` wins, and its null stays as a mark that `settled` removes.

    Helm merges the files first, in their order, and lays the result over the defaults: in another order, what one
    file replaces and the next one gives as a mapping again would still hold the defaults or would lose them.
    """
    both = {**base}
    for key, value in over.items():
        under = both.get(key)
        both[key] = merged(under, value) if isinstance(under, Mapping) and isinstance(value, Mapping) else value
    return both


def settled(tree: Mapping[str, Any]) -> dict[str, Any]:
    """Without the keys whose value is null, in mappings within mappings; lists stay as they are."""
    return {
        key: settled(value) if isinstance(value, Mapping) else value for key, value in tree.items() if value is not None
    }
