"""`make bench`: the design's budgets as ratios of one run, printed with the number of runs."""

from __future__ import annotations

import sys

from tests.bench import healthy, round_trips, startup


def main() -> None:
    for measure in (startup.measure, healthy.measure, round_trips.measure):
        sys.stdout.write(measure() + "\n")


if __name__ == "__main__":
    main()
