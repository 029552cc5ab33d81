"""Round trips of a standalone target with password and TLS: what a link of 50 ms adds, divided by 50 ms.

Two connections work side by side, so that their round trips cannot just be added up.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from preflight import Outcome, Surroundings, check
from tests.servers.certificates import authority
from tests.servers.link import delaying_proxy
from tests.servers.loopback import Dialable
from tests.servers.process import running
from tests.servers.terminator import terminated

BUDGET = 12
ROUND_TRIP = 0.050


def measure() -> str:
    with tempfile.TemporaryDirectory() as folder, running("redis-7.0", password="bench") as server:
        trusted = authority(Path(folder))
        with terminated(server, trusted.server()) as front:
            near, far = (_seconds(front, each, str(trusted.ca_file)) for each in (0.0, ROUND_TRIP))
    return (
        f"round trips with password and TLS: {(far - near) / ROUND_TRIP:.1f}, one after the other (budget {BUDGET}; "
        f"{far:.2f} s over a link of {ROUND_TRIP * 1000:.0f} ms, {near:.2f} s without)"
    )


def _seconds(front: Dialable, round_trip: float, ca_file: str) -> float:
    with delaying_proxy(front.host, front.port, round_trip / 2) as link:
        begun = time.perf_counter()
        report = check(f"rediss://:bench@{link.host}:{link.port}/0", around=Surroundings(ca_file=ca_file))
        elapsed = time.perf_counter() - begun
    if report.count(Outcome.FAIL) + report.count(Outcome.BLOCKED):
        raise SystemExit(f"the measured run did not pass: {report.outcome}")
    return elapsed
