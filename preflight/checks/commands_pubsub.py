"""A published message reaches a second connection, by its channel and by a pattern.

One connection subscribes to a channel, and to a pattern of channels (PSUBSCRIBE), and waits for what another one
publishes.

Why: LangSmith's queues tell by messages that a job has changed. Where messages are lost everything looks healthy, and
those who wait go on waiting.

Fix: Connect to the server itself, or through a proxy that knows SUBSCRIBE, PSUBSCRIBE and PUBLISH. One that shares its
connections to the server among clients can pass on no subscription.
- your own server: a user needs the channels, too, from Redis 7 on: `ACL SETUSER <user> &*`.

Read: https://redis.io/docs/latest/commands/psubscribe/
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Stage
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature
from preflight.model.rehearsal import Exchange
from preflight.model.target import Target


def judge(target: Target, exchange: Exchange) -> Verdict:
    if target.feature is Feature.JUICEFS:
        return not_applicable("JuiceFS publishes nothing")
    replies = {"SUBSCRIBE": exchange.channel, "PSUBSCRIBE": exchange.pattern}
    failures = {command: reply for command, reply in replies.items() if not reply.ok}
    if not failures:
        return passed("a message came by channel and by pattern")
    codes = ", ".join(dict.fromkeys(reply.code for reply in failures.values()))
    lost = codes == "LOST"
    told = "a published message did not come by" if lost else f"a message could not be exchanged ({codes}) by"
    return failed(
        f"{told} {' and '.join(failures)}",
        "Connect to the server itself, or through a proxy that passes SUBSCRIBE, PSUBSCRIBE and PUBLISH on.",
        details={command: reply.message for command, reply in failures.items()},
        transient=all(reply.passes for reply in failures.values()),
    )


CHECK = Check(
    stage=Stage.COMMANDS,
    name="pubsub",
    title="A published message reaches its subscribers",
    reads=per_target(lambda each: each.exchange),
    judge=judge,
    needs=(
        *("server.role", "auth.permissions", "topology.mode", "topology.slots"),
        *("commands.write", "commands.required"),
    ),
)
