"""A value that is written with a time to live is read back, and deleted.

This is the least that LangSmith does all day. A full memory with `noeviction`, a failed save, a replica or a read-only
user refuse it. The keys are our own, under `{preflight:<run>}`; they expire within a minute if they
cannot be deleted.

To fix it, read the server's own words in the evidence: they name the reason.
"""

from __future__ import annotations

from typing import Final

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Rehearsal
from preflight.model.finding import Verdict, failed, passed
from preflight.model.target import Target

_REMEDIES: Final = {
    "OOM": "The memory is full: raise `maxmemory` or the size, or choose an eviction policy.",
    "MISCONF": "The server cannot save to disk and refuses writes: mend the disk, then run BGSAVE.",
    "READONLY": "This is a replica: use the primary's endpoint.",
    "NOREPLICAS": "The server demands replicas that are not connected (`min-replicas-to-write`): mend them.",
    "CLUSTERDOWN": "The cluster is down: look at its slots and nodes (`redis-cli --cluster check`).",
    "MOVED": "The key belongs to another node: look at the topology findings.",
}


def judge(_: Target, rehearsal: Rehearsal) -> Verdict:
    reply = rehearsal.write
    if reply.ok:
        return passed("written, read and deleted")
    remedy = _REMEDIES.get(reply.code, "Grant the user SET, GET and DEL, or look at the server's log.")
    return failed(f"the server refused a write ({reply.code})", remedy, details={"evidence": reply.message})


CHECK = Check(
    stage=Stage.COMMANDS,
    name="write",
    title="Writes are accepted and read back",
    reads=per_target(lambda each: each.rehearsal),
    judge=judge,
    gate=True,
    needs=("server.role", "auth.permissions", "topology.mode", "topology.slots", "server.ready"),
)
