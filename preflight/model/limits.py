"""How long and how wide a run may be."""

from __future__ import annotations

from msgspec import Struct


class Limits(Struct, frozen=True, kw_only=True):
    step: float = 5.0
    """Seconds for one step on one node."""
    token: float = 10.0
    """Seconds for a token of workload identity, which the clouds' packages take their time for."""
    deadline: float = 60.0
    """Seconds for the whole run."""
    concurrency: int = 128
    """Nodes in work at once."""
