"""`preflight --help` against its budget of 150 ms."""

from __future__ import annotations

import statistics

from tests.bench.timing import RUNS, seconds

BUDGET = 0.150


def measure() -> str:
    seconds(["-m", "preflight", "--help"])
    median = statistics.median(seconds(["-m", "preflight", "--help"]) for _ in range(RUNS))
    return f"--help: {median * 1000:.0f} ms (budget {BUDGET * 1000:.0f} ms; median of {RUNS} runs)"
