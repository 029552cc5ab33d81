"""The database holds the keys of nobody else.

Before an installation the database is expected to be empty; of the keys that are there, the prefixes of a sample are
shown, never a whole key. Other clients are only counted: managed services have some of their own.

Why: Each LangSmith installation needs a Redis of its own. Keys of another application compete for memory and are in
danger themselves, and where another LangSmith has its queues here, each takes the jobs of the other.

Fix: Use an instance of its own, or say `--upgrade` where the keys are LangSmith's already.
- AWS: databases cannot keep applications apart where cluster mode is on, nor on ElastiCache Serverless: there is only
  one.
- Azure: nor on Azure Managed Redis, for the same reason.
- your own server: start a second server process; another database number still shares the memory.

Read: https://docs.langchain.com/langsmith/self-host-external-redis
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final, NamedTuple

from preflight.model.check import Check, Reading
from preflight.model.evidence import Evidence, Observed, Seen, Stage, TargetEvidence
from preflight.model.facts import Reply
from preflight.model.finding import Details, Verdict, not_applicable, passed, warned
from preflight.model.primaries import Primaries, primaries, process
from preflight.model.rehearsal import Occupancy
from preflight.model.target import Mode, Target

_SHOWN: Final = 5

_JOBS: Final = "saq"
"""The prefix of SAQ, whose queues LangSmith uses."""


class Contents(NamedTuple):
    """Of all primaries together."""

    keys: dict[str, int]
    """By number of the database."""
    told: bool
    """Every primary said it."""
    clients: int | None
    """Without ours."""
    in_cluster: bool = False
    """There is one database, whatever the URL says."""
    refusal: Reply = Reply()
    """Of INFO."""
    sample: Occupancy = Occupancy()


def reads(evidence: Evidence) -> Iterable[Reading[Contents]]:
    # INFO comes first on a connection: there is one to each node then, also of the other targets.
    ours = Counter(process(node) for each in evidence.targets for node in each.nodes if isinstance(node.server, Seen))
    for each in evidence.targets:
        yield Reading(target=each.target, subject="", observed=_contents(each, ours))


def _contents(each: TargetEvidence, ours: Counter[str]) -> Observed[Contents]:
    found = primaries(each)
    if not isinstance(found, Seen):
        return found
    servers = found.fact.servers
    told = [server.load.keys for server in servers.values() if server.load.keys is not None]
    keys = Counter[str]()
    for counts in told:
        keys.update(counts)
    contents = Contents(
        keys=dict(keys),
        told=found.fact.complete and len(told) == len(servers),
        clients=_clients(found.fact, ours),
        in_cluster=any(server.cluster_enabled for server in servers.values()),
        refusal=next((server.info for server in servers.values() if not server.info.ok), Reply()),
        sample=each.rehearsal.fact.occupancy if isinstance(each.rehearsal, Seen) else Occupancy(),
    )
    return Seen(fact=contents)


def _clients(found: Primaries, ours: Counter[str]) -> int | None:
    counts = [
        None if server.load.clients is None else max(server.load.clients - ours[server.run_id or name], 0)
        for name, server in found.servers.items()
    ]
    return None if None in counts else sum(filter(None, counts))


def judge(target: Target, contents: Contents) -> Verdict:
    number = "0" if contents.in_cluster or target.mode is Mode.CLUSTER else str(target.db)
    here = max(contents.keys.get(number, 0) - contents.sample.own, 0)
    if not contents.told and not here:
        said = contents.refusal.message
        return not_applicable(f"not permitted here: {said}" if said else "the server does not say")
    clients = "" if contents.clients is None else _counted(contents.clients, "other client")
    if target.upgrade:
        found = " and ".join(filter(None, (_counted(here, "key"), clients)))
        return passed(f"{found}, as expected of an upgrade")
    if not here:
        others = f"keys in {_elsewhere(contents.keys, number)}" if len(contents.keys.keys() - {number}) else ""
        return passed("; ".join(filter(None, (f"no keys in database {number}", others, clients))))
    jobs = f", a job queue ({_JOBS}:) among them" if _JOBS in contents.sample.prefixes else ""
    return warned(
        f"{_counted(here, 'key')} of others in database {number}{jobs}",
        "Use an instance of its own for LangSmith, or say `--upgrade` where the keys are LangSmith's already.",
        details=_details(contents, number),
    )


def _details(contents: Contents, number: str) -> Details:
    told = {
        "prefixes": _prefixes(contents.sample),
        "other databases": _elsewhere(contents.keys, number),
        "other clients": "" if contents.clients is None else f"{contents.clients:,}",
    }
    return {name: text for name, text in told.items() if text}


def _prefixes(sample: Occupancy) -> str:
    if not sample.refusal.ok:
        return f"not permitted here: {sample.refusal.message}"
    if not sample.prefixes:
        return ""
    common = Counter(sample.prefixes).most_common()
    shown = [f"{prefix + ':' if prefix else '(none)'} {keys:,}" for prefix, keys in common[:_SHOWN]]
    more = f" and {len(common) - _SHOWN} more" if len(common) > _SHOWN else ""
    return f"{', '.join(shown)}{more}, in a sample of {sum(sample.prefixes.values()):,}"


def _elsewhere(keys: dict[str, int], number: str) -> str:
    """The other databases, as `database 1 (5), 3 (7)`."""
    others = [f"{each} ({keys[each]:,})" for each in sorted(keys, key=int) if each != number]
    return f"database {', '.join(others)}" if others else ""


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}" if number else f"no {what}s"


CHECK = Check(
    stage=Stage.CAPACITY,
    name="empty",
    title="The database is LangSmith's alone",
    reads=reads,
    judge=judge,
    needs=("topology.mode", "capacity.database", "server.ready"),
)
