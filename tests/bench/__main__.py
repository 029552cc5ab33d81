"""`make bench`: the design's budgets as ratios of one run, printed with the number of runs."""

from __future__ import annotations

import sys

from tests.bench import clusters, ending, healthy, image, round_trips, startup


def main() -> None:
    measures = (
        *(startup.measure, healthy.measure, round_trips.measure, ending.measure, image.measure),
        *(clusters.against_redis_cli, clusters.black_holed, clusters.memory, clusters.real),
    )
    for measure in measures:
        sys.stdout.write(measure() + "\n")


if __name__ == "__main__":
    main()
