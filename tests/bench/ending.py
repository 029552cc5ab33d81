"""How long a run takes to end after SIGTERM, at the worst moment: the server hangs, and our keys are on it."""

from __future__ import annotations

import signal
import statistics
import subprocess
import sys
import time

from tests.servers.link import Link, delaying_proxy
from tests.servers.process import Server, running
from tests.servers.readiness import until

BUDGET = 1.0
RUNS = 5
LATENCY = 0.2
REHEARSAL = 4
"""The flight that carries the keys, on a link slow enough to see it leave."""


def measure() -> str:
    with running("redis-7.0") as server:
        slowest = [_ended(server) for _ in range(RUNS)]
    return (
        f"from SIGTERM to the end, with keys on a server that hangs: {statistics.median(slowest):.2f} s "
        f"(budget {BUDGET:g} s; median of {RUNS} runs, slowest {max(slowest):.2f} s)"
    )


def _ended(server: Server) -> float:
    with delaying_proxy(server.host, server.port, LATENCY) as link:
        command = [sys.executable, "-m", "preflight", "check", f"redis://{link.host}:{link.port}/0", "-o", "json"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as run:
            until(lambda: _has_left(link), "the rehearsal to leave", seconds=20)
            server.pause()
            begun = time.perf_counter()
            run.send_signal(signal.SIGTERM)
            run.wait()
            lasted = time.perf_counter() - begun
    server.resume()
    return lasted


def _has_left(link: Link) -> bool:
    return link.flights[:1] >= [REHEARSAL]
