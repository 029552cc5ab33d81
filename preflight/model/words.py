"""What is said of a cause."""

from __future__ import annotations

from typing import NamedTuple


class Words(NamedTuple):
    """`remedy` may name a Helm value, as `{address}`, and what a cloud calls its things, as `{annotation}`."""

    summary: str
    remedy: str
