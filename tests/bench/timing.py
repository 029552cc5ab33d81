"""Whole processes, timed in turn so that a machine that drifts slows both sides."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import NamedTuple

RUNS = 15


class Comparison(NamedTuple):
    ours: float
    """Median wall seconds."""
    theirs: float
    ratio: float
    """Median of the ratios, pair by pair."""


def compare(ours: Sequence[str], theirs: Sequence[str], runs: int = RUNS) -> Comparison:
    """After one warm-up of each."""
    seconds([*ours]), seconds([*theirs])
    pairs = [(seconds(ours), seconds(theirs)) for _ in range(runs)]
    return Comparison(
        statistics.median(mine for mine, _ in pairs),
        statistics.median(other for _, other in pairs),
        statistics.median(mine / other for mine, other in pairs),
    )


def seconds(arguments: Sequence[str]) -> float:
    """Wall time of one run of this Python with these arguments; it must succeed."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREFLIGHT_")}
    begun = time.perf_counter()
    subprocess.run([sys.executable, *arguments], env=environ, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
