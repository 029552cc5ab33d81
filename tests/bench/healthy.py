"""The whole check of a healthy local server, against a bare redis-py script that does the least."""

from __future__ import annotations

from tests.bench.timing import RUNS, compare
from tests.servers.process import running

BUDGET = 2.0

BARE = """
import redis, sys
client = redis.Redis.from_url(sys.argv[1])
client.ping()
client.info()
with client.pipeline(transaction=True) as pipe:
    pipe.set("preflight-bench", 1, ex=60)
    pipe.delete("preflight-bench")
    pipe.execute()
"""


def measure() -> str:
    with running("redis-7.0") as server:
        url = server.url()
        result = compare(["-m", "preflight", "check", url], ["-c", BARE, url])
    return (
        f"healthy check: {result.ratio:.2f} times a bare redis-py script (budget {BUDGET:g}; "
        f"{result.ours * 1000:.0f} ms against {result.theirs * 1000:.0f} ms, medians of {RUNS} pairs)"
    )
