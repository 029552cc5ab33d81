"""A value that is written with a time to live is read back, and deleted.

The keys are our own, under `{preflight:<run>}`; they expire within a minute if they cannot be deleted. In a cluster
every primary is tried. A connection that breaks or falls silent while commands are tried on it is told here, too.

Why: This is the least that LangSmith does all day. A full memory with `noeviction`, a failed save, a replica or a
read-only user refuse it.

Fix: Read the server's own words in the evidence: they name the reason.
- AWS: READONLY is a reader endpoint, or port 6380 of ElastiCache Serverless: use the primary's.
- your own server: at OOM raise `maxmemory`, at MISCONF mend the disk, at NOREPLICAS the replicas that
  `min-replicas-to-write` asks for.

Read: https://redis.io/docs/latest/commands/set/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Evidence, Failed, Observed, Seen, Stage, TargetEvidence
from preflight.model.facts import Reply
from preflight.model.finding import Verdict, failed, passed
from preflight.model.target import Target

_NAMED: Final = 6

_REMEDIES: Final = {
    "OOM": "The memory is full: raise `maxmemory` or the size, or choose an eviction policy.",
    "MISCONF": "The server cannot save to disk and refuses writes: mend the disk, then run BGSAVE.",
    "READONLY": "This is a replica: use the primary's endpoint.",
    "NOREPLICAS": "The server demands replicas that are not connected (`min-replicas-to-write`): mend them.",
    "CLUSTERDOWN": "The cluster is down: look at its slots and nodes (`redis-cli --cluster check`).",
    "MOVED": "The key belongs to another node: look at the topology findings.",
    "LOST": "Somebody else answers reads than writes: use the primary's own endpoint, and none that reads from "
    "replicas.",
}


class Written(NamedTuple):
    reply: Reply
    on: str = ""
    """The node of a cluster that it comes from."""
    alike: tuple[str, ...] = ()
    """The other nodes that refused."""
    nodes: int = 1


def reads(evidence: Evidence) -> Iterable[Reading[Written]]:
    for each in evidence.targets:
        observed, during = _observed(each)
        yield Reading(target=each.target, subject="", observed=observed, about={"during": during} if during else {})


def _observed(each: TargetEvidence) -> tuple[Observed[Written], str]:
    """What the primaries say; where they took the write, what broke off after it and has no check of its own."""
    rehearsal = each.rehearsal
    if not isinstance(rehearsal, Seen):
        return rehearsal, ""
    replies = {each.rehearsed_on: rehearsal.fact.write} | {
        node.name: node.write.fact for node in each.nodes if isinstance(node.write, Seen)
    }
    refused = [name for name, reply in replies.items() if not reply.ok]
    if not refused and (broken := _broken(each)):
        return broken
    first, *alike = refused or [each.rehearsed_on]
    written = Written(replies[first], first if len(replies) > 1 else "", tuple(alike), len(replies))
    return Seen(fact=written, seconds=rehearsal.seconds), ""


def _broken(each: TargetEvidence) -> tuple[Failed, str] | None:
    steps: dict[str, Observed[Any]] = {
        "the exchange between two connections": each.exchange,
        "the measuring of the latency": each.latency,
    }
    steps |= {f"a write on {node.name}": node.write for node in each.nodes}
    for during, seen in steps.items():
        if isinstance(seen, Failed) and seen.stage is Stage.COMMANDS and seen.cause is not Cause.SECOND_REFUSED:
            return seen, during
    return None


def judge(_: Target, written: Written) -> Verdict:
    reply = written.reply
    if reply.ok:
        return passed("written, read and deleted" + (f" on {written.nodes} primaries" if written.on else ""))
    place = f" on {', '.join((written.on, *written.alike)[:_NAMED])}" if written.on else ""
    details = {"evidence": reply.message}
    if reply.code == "LOST":
        return failed(f"what was written could not be read back{place}", _REMEDIES[reply.code], details=details)
    remedy = _REMEDIES.get(reply.code, "Grant the user SET, GET and DEL, or look at the server's log.")
    return failed(f"the server refused a write ({reply.code}){place}", remedy, details=details, transient=reply.passes)


CHECK = Check(
    stage=Stage.COMMANDS,
    name="write",
    title="Writes are accepted and read back",
    reads=reads,
    judge=judge,
    gate=True,
    claims=frozenset({Cause.STALLED}),
    needs=("server.role", "auth.permissions", "topology.mode", "topology.slots", "server.ready"),
)
