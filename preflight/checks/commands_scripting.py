"""Lua scripts run, also on keys that they do not declare.

A script is loaded once and called by its digest (SCRIPT LOAD, EVALSHA), and reads a key that it did not name.

Why: LangSmith's queues enqueue, schedule and sweep by scripts. The sweep reads the jobs whose keys it finds in a list,
and so cannot name them beforehand. Redis and Valkey allow that; Dragonfly and some managed clusters refuse it, and
others have Lua switched off: jobs are then never enqueued, or never swept.

Fix: Let scripts touch undeclared keys, switch Lua on, or use Redis or Valkey.
- Azure: under the EnterpriseCluster policy the keys of one script must be in one hash slot: see commands.cross-slot.
- your own server: Dragonfly takes `--default_lua_flags=allow-undeclared-keys`, Garnet `--lua`.

Read: https://redis.io/docs/latest/commands/evalsha/
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.facts import Reply
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature
from preflight.model.rehearsal import Rehearsal
from preflight.model.target import Target
from preflight.model.words import Words


def judge(target: Target, rehearsal: Rehearsal) -> Verdict:
    if target.feature is Feature.JUICEFS:
        return not_applicable("JuiceFS does without where it cannot load its scripts")
    reply = rehearsal.script
    if reply.ok:
        return passed("SCRIPT LOAD and EVALSHA, also on an undeclared key")
    summary, remedy = _words(reply)
    return failed(f"{summary} ({reply.code})", remedy, details={"evidence": reply.message}, transient=reply.passes)


def _words(reply: Reply) -> Words:
    """By what the servers say that refuse scripts by their setting."""
    said = reply.message.lower()
    if "undeclared key" in said or "keys array" in said:
        return Words(
            "a script may not touch a key that it does not declare",
            "Allow it: start Dragonfly with `--default_lua_flags=allow-undeclared-keys`; other services have a "
            "parameter for it. Else use Redis or Valkey.",
        )
    if "lua" in said and "disabled" in said:
        return Words(
            "Lua scripts are switched off", "Switch them on (Garnet: start it with `--lua`), or use Redis or Valkey."
        )
    return Words(
        "a Lua script was refused",
        "Connect to the server itself and not through a proxy that knows no scripts; the evidence has the server's "
        "reason.",
    )


CHECK = Check(
    stage=Stage.COMMANDS,
    name="scripting",
    title="Lua scripts run",
    reads=per_target(lambda each: each.rehearsal),
    judge=judge,
    needs=(
        *("server.role", "auth.permissions", "topology.mode", "topology.slots"),
        *("commands.write", "commands.required"),
    ),
)
