"""Clusters of many nodes, played by another process: how fast, how patient, and how small preflight is with them."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from tests.servers.cluster import cluster
from tests.servers.fleet import address
from tests.servers.scripted import black_hole

ROUND_TRIP = 0.020
RUNS = 5
FASTER = 10
MEBIBYTES = 150
DEADLINE = 60


class Ran(NamedTuple):
    seconds: float
    mebibytes: float
    """The most that the process had at once."""
    told: Any


def against_redis_cli() -> str:
    cli = shutil.which("redis-cli")
    if cli is None:
        return "100 nodes: redis-cli is not here to compare with"
    with fleet(100, ROUND_TRIP) as port:
        ours = statistics.median(checked(port).seconds for _ in range(RUNS))
        begun = time.perf_counter()
        subprocess.run([cli, "--cluster", "check", f"{address(0)}:{port}"], stdout=subprocess.DEVNULL, check=True)
        theirs = time.perf_counter() - begun
    return (
        f"100 nodes over {ROUND_TRIP * 1000:.0f} ms: {ours:.2f} s, redis-cli --cluster check {theirs:.2f} s: "
        f"{theirs / ours:.1f} times faster (budget {FASTER}; median of {RUNS} runs)"
    )


def black_holed() -> str:
    with contextlib.ExitStack() as stack:
        lost = [stack.enter_context(black_hole()) for _ in range(10)]
        port = stack.enter_context(fleet(100, ROUND_TRIP, [f"{each.host}:{each.port}" for each in lost]))
        ran = checked(port, passes=False)
    judged = sum(each["id"] == "server.version" and each["outcome"] == "pass" for each in ran.told["findings"])
    return (
        f"100 nodes of which 10 swallow packets: {ran.seconds:.1f} s (deadline {DEADLINE} s), {judged} of the other 90 "
        f"judged"
    )


def memory() -> str:
    with fleet(1000, 0.0) as port:
        ran = checked(port)
    return f"1,000 nodes: {ran.mebibytes:.0f} MiB at most (budget {MEBIBYTES}), {ran.seconds:.1f} s"


def real() -> str:
    with cluster("redis-7.0", primaries=30, replicas=1) as nodes:
        ran = checked(nodes.nodes[0].port, host=nodes.nodes[0].host)
    return f"a real cluster of {len(nodes.nodes)} nodes: {ran.seconds:.2f} s"


@contextlib.contextmanager
def fleet(nodes: int, delay: float, lost: Sequence[str] = ()) -> Iterator[int]:
    """The port that all nodes have."""
    command = [sys.executable, "-m", "tests.servers.fleet", str(nodes), str(delay), *lost]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            yield int(process.stdout.readline())
        finally:
            process.kill()


def checked(port: int, *, host: str = address(0), passes: bool = True) -> Ran:
    """One run of the command, from its start to its end."""
    node = f"redis://{host}:{port}"
    command = [sys.executable, "-m", "preflight", "check", "--node", node, "--no-tls", "-o", "json"]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("PREFLIGHT_")}
    begun = time.perf_counter()
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        told = json.loads(process.stdout.read())
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if passes and process.returncode:
        raise SystemExit(f"the measured run did not pass: {process.returncode}")
    return Ran(seconds, used.ru_maxrss / 1024, told)
