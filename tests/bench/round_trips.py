"""Round trips of a standalone target with password and TLS, counted over a link of 50 ms."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from preflight import Outcome, Surroundings, check
from tests.servers.certificates import authority
from tests.servers.link import delaying_proxy
from tests.servers.process import running
from tests.servers.terminator import terminated

BUDGET = 12
ROUND_TRIP = 0.050


def measure() -> str:
    with tempfile.TemporaryDirectory() as folder, running("redis-7.0", password="bench") as server:
        trusted = authority(Path(folder))
        with (
            terminated(server, trusted.server()) as front,
            delaying_proxy(front.host, front.port, ROUND_TRIP / 2) as link,
        ):
            begun = time.perf_counter()
            report = check(
                f"rediss://:bench@{link.host}:{link.port}/0",
                around=Surroundings(ca_file=str(trusted.ca_file)),
            )
            elapsed = time.perf_counter() - begun
    if report.outcome is not Outcome.PASS:
        raise SystemExit(f"the measured run did not pass: {report.outcome}")
    return (
        f"round trips with password and TLS: {link.round_trips} (budget {BUDGET}; one run over {ROUND_TRIP * 1000:.0f} "
        f"ms took {elapsed:.2f} s)"
    )
