"""A write, each reason why a server refuses it, and connections that break off behind it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight import run
from preflight.checks.commands_write import CHECK, Written, judge
from preflight.model.evidence import Cause, Failed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Finding, Outcome, passed
from tests.checks.facts import cluster, evidence, node, refusal, rehearsal, seen, standalone, topology


@pytest.mark.parametrize(
    ("refused", "remedy"),
    [
        ("OOM command not allowed when used memory > 'maxmemory'.", "maxmemory"),
        ("MISCONF Redis is configured to save RDB snapshots", "BGSAVE"),
        ("READONLY You can't write against a read only replica.", "primary"),
        ("NOREPLICAS Not enough good replicas to write.", "min-replicas-to-write"),
        ("CLUSTERDOWN The cluster is down", "--cluster check"),
        ("MOVED 1234 10.0.0.2:6379", "topology"),
        ("NOPERM this user has no permissions to run the 'set' command", "Grant the user SET"),
        ("ERR something new", "log"),
    ],
)
def test_refused_write(refused: str, remedy: str) -> None:
    """The error code decides what to do, and the server's words stand beside it."""
    verdict = judge(standalone(), Written(refusal(refused)))
    assert (verdict.outcome, remedy in (verdict.remedy or "")) == (Outcome.FAIL, True)
    assert verdict.summary == f"the server refused a write ({refused.partition(' ')[0]})"
    assert verdict.details == {"evidence": refused}


def test_a_write_that_is_not_there() -> None:
    """It was accepted, and somebody else answers what is read."""
    words = "LOST GET returned another value than SET had written"
    verdict = judge(standalone(), Written(refusal(words)))
    assert (verdict.outcome, verdict.summary) == (Outcome.FAIL, "what was written could not be read back")
    assert "replicas" in (verdict.remedy or "")
    assert verdict.details == {"evidence": words}


def test_accepted_write() -> None:
    """Nothing but the write itself counts."""
    tried = Seen(fact=rehearsal(cross_slot="CROSSSLOT no", script="ERR no"))
    assert found(seen(standalone(), rehearsal=tried)).verdict == passed("written, read and deleted")


def clustered(*replies: str, **more: Any) -> TargetEvidence:
    """Three primaries, of which the first is rehearsed on."""
    names = ("a:1", "b:1", "c:1")
    others = [Seen(fact=refusal(each)) for each in replies[1:]]
    nodes = [node(names[0]), *(node(name, write=seen_) for name, seen_ in zip(names[1:], others, strict=True))]
    chart = Seen(fact=topology(*((first, first, name) for first, name in enumerate(names))))
    tried = Seen(fact=rehearsal(write=replies[0]))
    return seen(cluster("redis://a:1"), *nodes, topology=chart, rehearsal=tried, **more)


@pytest.mark.parametrize(
    ("replies", "summary"),
    [
        (("", "", ""), "written, read and deleted on 3 primaries"),
        (("NOREPLICAS no", "", ""), "the server refused a write (NOREPLICAS) on a:1"),
        (("", "", "OOM full"), "the server refused a write (OOM) on c:1"),
        (("", "OOM full", "MISCONF no"), "the server refused a write (OOM) on b:1, c:1"),
    ],
)
def test_every_primary_of_a_cluster(replies: tuple[str, ...], summary: str) -> None:
    """One that refuses is enough, and is named."""
    [reading] = CHECK.reads(evidence(clustered(*replies)))
    assert isinstance(reading.observed, Seen)
    assert judge(reading.target, reading.observed.fact).summary == summary


def test_a_primary_that_falls_silent() -> None:
    """It is told as what broke off, and where."""
    facts = clustered("", "", "")
    [first, second, third] = facts.nodes
    facts = replace(facts, nodes=(first, second, replace(third, write=broken(Cause.STALLED))))
    [reading] = CHECK.reads(evidence(facts))
    assert reading.observed == broken(Cause.STALLED)
    assert reading.about == {"during": "a write on c:1"}


def broken(cause: Cause, stage: Stage = Stage.COMMANDS) -> Failed:
    return Failed(stage=stage, cause=cause, message="at BLMOVE")


def found(facts: TargetEvidence) -> Finding:
    """As the whole catalogue finds it."""
    report = run.judge(evidence(facts))
    [finding] = [each for each in report.findings if each.id == CHECK.id]
    return finding


@pytest.mark.parametrize("cause", [Cause.STALLED, Cause.CLOSED, Cause.SERVER_ERROR])
@pytest.mark.parametrize(
    ("step", "during"),
    [
        ("rehearsal", None),
        ("exchange", "the exchange between two connections"),
        ("latency", "the measuring of the latency"),
    ],
)
def test_a_connection_that_breaks_off(step: str, during: str | None, cause: Cause) -> None:
    """Whichever step it is, it is told once, in the words of its cause; what it broke is blocked by it."""
    finding = found(replace(seen(standalone()), **{step: broken(cause)}))
    assert (finding.outcome, finding.verdict.cause) == (Outcome.FAIL, cause)
    assert finding.verdict.details == {"evidence": "at BLMOVE"} | ({"during": during} if during else {})
    assert finding.verdict.remedy


def test_one_of_several_that_break_off() -> None:
    """The first is the reason of the others."""
    facts = replace(seen(standalone()), exchange=broken(Cause.CLOSED), latency=broken(Cause.STALLED))
    assert found(facts).verdict.cause is Cause.CLOSED


@pytest.mark.parametrize(
    "later",
    [
        broken(Cause.SECOND_REFUSED),
        broken(Cause.CLOSED, Stage.CAPACITY),
        Unreached(stage=Stage.COMMANDS, cause=Cause.DEADLINE),
    ],
)
def test_what_others_tell(later: Failed | Unreached) -> None:
    """The write went well."""
    assert found(replace(seen(standalone()), exchange=later)).outcome is Outcome.PASS


def test_a_refused_write_comes_first() -> None:
    """Its reason is the server's, and may be that of what broke behind it."""
    facts = seen(standalone(), rehearsal=Seen(fact=rehearsal(write="OOM full")), exchange=broken(Cause.CLOSED))
    assert found(facts).verdict.summary == "the server refused a write (OOM)"
