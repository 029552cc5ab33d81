"""The server knows every command that LangSmith's queues send.

Some thirty commands are sent on keys of our own, and those answered with `unknown command` are listed.

Why: LangSmith's queues have no substitute for a command that is missing: the jobs that need it fail, one after the
other. Servers that only speak the protocol of Redis lack some, and proxies pass only those that they can route.

Fix: Take away the proxy or the renaming; where the server itself lacks the commands, use Redis or Valkey.
- Google Cloud: Memorystore answers NOPERM to what it does not offer, and has a list of supported commands.
- your own server: take `rename-command` out of the configuration.

Read: https://docs.cloud.google.com/memorystore/docs/valkey/supported-commands
https://redis.io/docs/latest/commands/
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct

from preflight.model.acl import is_denied
from preflight.model.check import Check, Reading
from preflight.model.evidence import Evidence, Observed, Seen, Stage, TargetEvidence
from preflight.model.facts import Reply, Server
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature
from preflight.model.rehearsal import Exchange, Rehearsal
from preflight.model.requirements import SUPPORTED
from preflight.model.target import Target

_UNKNOWN: Final = re.compile(
    r"(?:unknown|unsupported) (?:sub)?command|command .*not (?:found|supported)|command is not allowed", re.IGNORECASE
)
_NAME: Final = re.compile(r"\bcommand [`'\"](\w+)[`'\"]", re.IGNORECASE)
_SHOWN: Final = 6

Step: TypeAlias = tuple[tuple[str, ...], Reply]
"""Commands that were sent in a row, and the first error."""


class Tried(Struct, frozen=True, kw_only=True):
    """All that was sent to one node."""

    rehearsal: Rehearsal
    exchange: Exchange | None = None
    server: Server | None = None


def reads(evidence: Evidence) -> Iterable[Reading[Tried]]:
    return [Reading(target=each.target, subject="", observed=_tried(each)) for each in evidence.targets]


def _tried(each: TargetEvidence) -> Observed[Tried]:
    if not isinstance(each.rehearsal, Seen):
        return each.rehearsal
    servers = {node.name: node.server.fact for node in each.nodes if isinstance(node.server, Seen)}
    exchange = each.exchange.fact if isinstance(each.exchange, Seen) else None
    tried = Tried(rehearsal=each.rehearsal.fact, exchange=exchange, server=servers.get(each.rehearsed_on))
    return Seen(fact=tried)


def judge(target: Target, tried: Tried) -> Verdict:
    if target.feature is Feature.JUICEFS:
        return not_applicable("these are the commands of LangSmith's queues; JuiceFS has its own")
    unknown = {
        name: reply for sent, reply in _steps(tried) if _is_unknown(reply) for name in _names(sent, reply.message)
    }
    if unknown:
        return _missing(tried.server, unknown)
    if others := dict(_others(tried.rehearsal)):
        return failed(
            f"{', '.join(others)}: refused, where SET and GET are not",
            "Look at the server's log, and at the proxy if there is one, for the reason that the evidence gives.",
            details={command: reply.message for command, reply in others.items()},
            transient=all(reply.passes for reply in others.values()),
        )
    untried = "" if tried.exchange else ", but for those of a second connection, which could not be tried"
    return passed(f"all commands of the queues are known{untried}")


def _steps(tried: Tried) -> Iterator[Step]:
    rehearsal, exchange = tried.rehearsal, tried.exchange
    yield ("INFO",), tried.server.info if tried.server else Reply()
    yield ("SCAN",), rehearsal.occupancy.refusal
    yield from (((command,), reply) for command, reply in rehearsal.refused.items())
    yield ("MULTI", "EXEC"), rehearsal.transaction
    yield ("SCRIPT LOAD", "EVALSHA"), rehearsal.script
    if exchange:
        yield (exchange.pop,), exchange.blocking
        yield ("SUBSCRIBE", "PUBLISH"), exchange.channel
        yield ("PSUBSCRIBE", "PUBLISH"), exchange.pattern


def _is_unknown(reply: Reply) -> bool:
    return bool(_UNKNOWN.search(reply.message))


def _names(sent: tuple[str, ...], words: str) -> tuple[str, ...]:
    """The command that the server names, or else all that it can be."""
    named = _NAME.search(words)
    name = named[1].upper() if named else ""
    return (next((each for each in sent if each.partition(" ")[0] == name), name),) if name else sent


def _others(rehearsal: Rehearsal) -> Iterator[tuple[str, Reply]]:
    """What is refused for a reason that neither the ACL nor the write has told."""
    for command, reply in {**rehearsal.refused, "SCAN": rehearsal.occupancy.refusal}.items():
        if reply.code not in ("", rehearsal.write.code) and not is_denied(reply):
            yield command, reply


def _missing(server: Server | None, unknown: dict[str, Reply]) -> Verdict:
    commands, who = list(unknown), str(server or "the server")
    more = f" and {len(commands) - _SHOWN} more" if len(commands) > _SHOWN else ""
    if server and server.product in SUPPORTED:
        remedy = (
            f"{server.product} has them by itself: take `rename-command` out of its configuration, or connect to the "
            "server itself if a proxy stands between."
        )
    else:
        remedy = "Use Redis or Valkey; if a proxy stands before one of them, connect to the server itself."
    return failed(
        f"{who} does not know {', '.join(commands[:_SHOWN])}{more}",
        remedy,
        details={"commands": ", ".join(commands), "evidence": next(iter(unknown.values())).message},
    )


CHECK = Check(
    stage=Stage.COMMANDS,
    name="required",
    title="The server knows every command of the queues",
    reads=reads,
    judge=judge,
    needs=("server.role", "auth.permissions", "topology.mode", "topology.slots", "commands.write"),
)
