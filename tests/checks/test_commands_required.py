"""Commands that a server or a proxy does not know."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight import run
from preflight.checks.commands_required import CHECK, reads
from preflight.model.evidence import Cause, Failed, Seen, Stage, TargetEvidence
from preflight.model.facts import Product, Server
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature
from preflight.model.rehearsal import Occupancy
from preflight.model.target import Target
from tests.checks.facts import cluster, evidence, exchange, node, refusal, rehearsal, seen, server, standalone

DENIED = "NOPERM User app has no permissions to run the 'zadd' command"
KNOWN = "all commands of the queues are known"


def tried(target: Target | None = None, server_facts: Server | None = None, **facts: Any) -> TargetEvidence:
    """What a node answered; each fact is seen."""
    known = {name: Seen(fact=fact) for name, fact in facts.items()}
    return seen(target or standalone(), node("a:1", server_facts=server_facts), **known)


def judged(facts: TargetEvidence) -> Verdict:
    [reading] = reads(evidence(facts))
    assert isinstance(reading.observed, Seen)
    return CHECK.judge(reading.target, reading.observed.fact)


def refused(**words: str) -> dict[str, Any]:
    return {"rehearsal": rehearsal(refused={command: refusal(said) for command, said in words.items()})}


@pytest.mark.parametrize(
    ("facts", "commands"),
    [
        (refused(SETEX="ERR unknown command `SETEX`, with args beginning with: `k`, "), "SETEX"),
        (refused(SETEX="ERR unknown command 'SETEX', with args beginning with: 'k' "), "SETEX"),
        (refused(SETEX="ERR unknown command", ZADD="ERR unknown command 'ZADD'"), "SETEX, ZADD"),
        ({"rehearsal": rehearsal(transaction="ERR unknown command 'MULTI'")}, "MULTI"),
        ({"rehearsal": rehearsal(transaction="ERR unknown command 'exec'")}, "EXEC"),
        ({"rehearsal": rehearsal(transaction="ERR unknown command")}, "MULTI, EXEC"),
        ({"rehearsal": rehearsal(script="ERR unknown command `SCRIPT`, with args beginning with:")}, "SCRIPT LOAD"),
        ({"rehearsal": rehearsal(script="ERR unknown command 'EVALSHA'")}, "EVALSHA"),
        ({"rehearsal": rehearsal(script="ERR unknown subcommand 'LOAD'. Try SCRIPT HELP.")}, "SCRIPT LOAD, EVALSHA"),
        (
            {"rehearsal": rehearsal(script="ERR Unknown subcommand or wrong number of arguments for 'LOAD'.")},
            "SCRIPT LOAD, EVALSHA",
        ),
        ({"rehearsal": rehearsal(occupancy=Occupancy(refusal=refusal("ERR unknown command 'SCAN'")))}, "SCAN"),
        ({"server_facts": server(info=refusal("ERR unknown command 'INFO'"))}, "INFO"),
        ({"exchange": exchange(blocking="ERR unknown command 'BLMOVE'")}, "BLMOVE"),
        ({"exchange": exchange("BRPOPLPUSH", blocking="ERR unsupported command")}, "BRPOPLPUSH"),
        ({"exchange": exchange(blocking="ERR unknown command 'EXPIRE'")}, "EXPIRE"),
        ({"exchange": exchange(channel="ERR unknown command 'SUBSCRIBE'")}, "SUBSCRIBE"),
        ({"exchange": exchange(pattern="ERR Command 'PSUBSCRIBE' not found")}, "PSUBSCRIBE"),
        (
            {"exchange": exchange(channel="ERR unknown command 'PUBLISH'", pattern="ERR unknown command 'PUBLISH'")},
            "PUBLISH",
        ),
        ({"exchange": exchange(pattern="ERR command is not allowed")}, "PSUBSCRIBE, PUBLISH"),
    ],
)
def test_unknown_commands(facts: dict[str, Any], commands: str) -> None:
    """In the words of each version and of others; the command that is named, or all that it can be."""
    verdict = judged(tried(**facts))
    assert (verdict.outcome, verdict.details["commands"]) == (Outcome.FAIL, commands)
    assert verdict.summary == f"Redis 7.2.4 does not know {commands}"
    assert verdict.details["evidence"].startswith("ERR ")


def test_all_at_once() -> None:
    """Every step is looked at; the summary stays short, and the details name each."""
    words = {each: f"ERR unknown command '{each}'" for each in ("SETEX", "MGET", "ZADD", "ZREM")}
    facts = refused(**words)["rehearsal"]
    facts = replace(facts, transaction=refusal("ERR unknown command 'MULTI'"), script=refusal("ERR unknown command"))
    verdict = judged(tried(rehearsal=facts, exchange=exchange(blocking="ERR unknown command 'BLMOVE'")))
    assert verdict.summary == ("Redis 7.2.4 does not know SETEX, MGET, ZADD, ZREM, MULTI, SCRIPT LOAD and 2 more")
    assert verdict.details == {
        "commands": "SETEX, MGET, ZADD, ZREM, MULTI, SCRIPT LOAD, EVALSHA, BLMOVE",
        "evidence": "ERR unknown command 'SETEX'",
    }


@pytest.mark.parametrize(
    ("version", "summary", "remedy"),
    [
        (server("7.0.15"), "Redis 7.0.15 does", "rename-command"),
        (server("8.1.0", Product.VALKEY), "Valkey 8.1.0 does", "rename-command"),
        (server("7.4.0", Product.REDIS_ENTERPRISE), "Redis Enterprise 7.4.0 does", "proxy"),
        (server("1.0.65", Product.GARNET), "Garnet 1.0.65 does", "Use Redis or Valkey"),
        (server("", Product.UNKNOWN), "an unknown server does", "Use Redis or Valkey"),
    ],
)
def test_whose_lack_it_is(version: Server, summary: str, remedy: str) -> None:
    """Redis and Valkey have them all, unless somebody took them away."""
    verdict = judged(tried(server_facts=version, **refused(ZADD="ERR unknown command 'ZADD'")))
    assert verdict.summary.startswith(summary)
    assert remedy in (verdict.remedy or "")


def test_the_server_of_the_rehearsal() -> None:
    """A cluster has several, and one of them was tried."""
    nodes = node("a:1", server_facts=server("7.0.1")), node("b:1", server_facts=server("7.0.2"))
    unknown = Seen(fact=refused(ZADD="ERR unknown command 'ZADD'")["rehearsal"])
    facts = seen(cluster(), *nodes, rehearsal=unknown, rehearsed_on="b:1")
    assert judged(facts).summary == "Redis 7.0.2 does not know ZADD"
    assert judged(replace(facts, rehearsed_on="")).summary == "the server does not know ZADD"


@pytest.mark.parametrize(
    ("write", "words", "outcome"),
    [
        ("", "OOM command not allowed when used memory > 'maxmemory'.", Outcome.FAIL),
        ("", "READONLY You can't write against a read only replica.", Outcome.FAIL),
        ("", "ERR wrong number of arguments for 'zadd' command", Outcome.FAIL),
        ("OOM full", "OOM command not allowed when used memory > 'maxmemory'.", Outcome.PASS),
        ("READONLY no", "OOM command not allowed when used memory > 'maxmemory'.", Outcome.FAIL),
        ("", DENIED, Outcome.PASS),
        ("", "", Outcome.PASS),
    ],
)
def test_other_refusals(write: str, words: str, outcome: Outcome) -> None:
    """What the ACL denies, and what is refused like every write, has been told; nothing else has."""
    verdict = judged(tried(rehearsal=rehearsal(write=write, refused={"ZADD": refusal(words)})))
    assert verdict.outcome is outcome
    if outcome is Outcome.FAIL:
        assert verdict.summary == "ZADD: refused, where SET and GET are not"
        assert verdict.details == {"ZADD": words}


def test_a_scan_that_is_refused() -> None:
    """The queues list their jobs by it."""
    words = "ERR cursors are switched off"
    verdict = judged(tried(rehearsal=rehearsal(occupancy=Occupancy(refusal=refusal(words)))))
    assert (verdict.outcome, verdict.details) == (Outcome.FAIL, {"SCAN": words})


@pytest.mark.parametrize(
    "facts",
    [
        {"rehearsal": rehearsal(transaction="ERR EXEC without MULTI")},
        {"rehearsal": rehearsal(script="ERR This instance has Lua scripting support disabled")},
        {"exchange": exchange(channel="LOST no message came within 2 s", blocking="UNBLOCKED no")},
    ],
)
def test_what_other_checks_tell(facts: dict[str, Any]) -> None:
    """A transaction, a script and an exchange that fail are known, at least."""
    verdict = judged(tried(**facts))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, KNOWN)


def test_without_a_second_connection() -> None:
    """What could not be tried is not claimed, and not counted against it."""
    facts = replace(tried(), exchange=Failed(stage=Stage.COMMANDS, cause=Cause.SECOND_REFUSED))
    verdict = judged(facts)
    assert verdict.outcome is Outcome.PASS
    assert verdict.summary == f"{KNOWN}, but for those of a second connection, which could not be tried"


def test_without_a_rehearsal() -> None:
    """It is the reason."""
    lost = Failed(stage=Stage.COMMANDS, cause=Cause.CLOSED)
    [reading] = reads(evidence(replace(tried(), rehearsal=lost)))
    assert reading.observed == lost


def test_juicefs() -> None:
    """It sends others."""
    juicefs = replace(standalone(), feature=Feature.JUICEFS)
    facts = tried(juicefs, **refused(ZADD="ERR unknown command 'ZADD'"))
    assert judged(facts).outcome is Outcome.NOT_APPLICABLE


@pytest.mark.parametrize("command", ["MULTI", "SCRIPT", "BLMOVE", "SUBSCRIBE"])
def test_one_root_for_a_command_that_is_missing(command: str) -> None:
    """It is told once; the checks that use it are blocked by that."""
    words = f"ERR unknown command '{command}'"
    steps = {"MULTI": "transaction", "SCRIPT": "script", "BLMOVE": "blocking", "SUBSCRIBE": "channel"}
    step = {steps[command]: words}
    facts = {"rehearsal": rehearsal(**step)} if command in ("MULTI", "SCRIPT") else {"exchange": exchange(**step)}
    findings = run.judge(evidence(tried(**facts))).findings
    assert [each.id for each in findings if each.outcome is Outcome.FAIL] == [CHECK.id]
    blocked = {each.id for each in findings if each.blocked_by == CHECK.id}
    assert {"commands.transaction", "commands.scripting", "commands.blocking", "commands.pubsub"} <= blocked
