"""The ACL user may run what LangSmith sends.

The queues need INFO (they decide by its version which blocking pop to use), transactions and plain reads and
writes. A user made with `+@all -@dangerous`, a common recipe, may not run INFO: nothing is ever dequeued.

To fix it, grant the command that the evidence names to the user, on the server.
"""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from preflight.model.check import Check, Reading
from preflight.model.evidence import Evidence, Seen, Stage, TargetEvidence
from preflight.model.facts import Reply, Server
from preflight.model.finding import Verdict, failed, passed
from preflight.model.target import Target

Denials = dict[str, str]


def reads(evidence: Evidence) -> Iterable[Reading[Denials]]:
    """Every answer to a command of ours, of all nodes of a target together."""
    for each in evidence.targets:
        servers = [node.server.fact for node in each.nodes if isinstance(node.server, Seen)]
        replies = [(name, reply) for server in servers for name, reply in _answers(server)]
        if isinstance(each.rehearsal, Seen):
            rehearsal = each.rehearsal.fact
            replies += [("SET, GET", rehearsal.write), ("MULTI, EXEC", rehearsal.transaction)]
        unseen = [seen for seen in (*(node.server for node in each.nodes), each.files) if not isinstance(seen, Seen)]
        observed = unseen[0] if unseen and not replies else Seen(fact=_denied(replies))
        yield Reading(target=_named(each), subject="", observed=observed)


def _named(each: TargetEvidence) -> Target:
    """With a token the session tells the user where the configuration does not."""
    names = [node.auth.fact.username for node in each.nodes if isinstance(node.auth, Seen)]
    return replace(each.target, username=names[0]) if each.target.identity and names else each.target


def _answers(server: Server) -> tuple[tuple[str, Reply], ...]:
    return ("INFO", server.info), ("SELECT", server.database)


def _denied(replies: Iterable[tuple[str, Reply]]) -> Denials:
    return {command: reply.message for command, reply in replies if reply.code == "NOPERM"}


def judge(target: Target, denials: Denials) -> Verdict:
    if not denials:
        return passed("nothing that was tried was denied")
    user = (target.login and target.login.username) or target.username or "default"
    by_key = {command for command, message in denials.items() if " key" in message}
    commands = [name.lower() for command in denials if command not in by_key for name in command.split(", ")]
    grants = " ".join([*(f"+{name}" for name in commands), *(["~*"] if by_key else [])])
    return failed(
        f"the ACL denies {', '.join(denials)}" + (" on other keys than its own" if by_key == denials.keys() else ""),
        f"On the server: `ACL SETUSER {user} {grants}`.",
        details=denials,
    )


CHECK = Check(
    stage=Stage.AUTH,
    name="permissions",
    title="The ACL user may run what LangSmith sends",
    reads=reads,
    judge=judge,
)
