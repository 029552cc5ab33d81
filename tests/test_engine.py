"""What the engine makes of readings: judged, told, blocked, broken."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from msgspec.structs import replace

from preflight.engine import AnyCheck, assess, owner
from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Failed, Observed, Seen, Stage, Unreached
from preflight.model.finding import Finding, Outcome, Verdict, failed, not_applicable, passed, warned
from preflight.model.installation import Feature
from preflight.model.target import Target
from tests.checks.facts import HELD, cluster, evidence, held, standalone

PASS, WARN, BLOCKED, FAIL, ERROR = Outcome.PASS, Outcome.WARN, Outcome.BLOCKED, Outcome.FAIL, Outcome.ERROR
NOTHING = evidence()
REFUSED = Failed(stage=Stage.TCP, cause=Cause.REFUSED, message="errno 111", seconds=0.25)


def fake(
    name: str,
    observed: Observed[Any] | None = None,
    judge: Callable[[Target, Any], Verdict] = lambda _, fact: passed(str(fact)),
    target: Target | None = None,
    **more: Any,
) -> AnyCheck:
    """A check that reads one thing, of whatever evidence."""
    reading: Reading[Any] = Reading(
        target=target or standalone(), subject="", observed=observed or Seen(fact="fine"), about=more.pop("about", {})
    )
    stage, _, rest = name.partition(".")
    return Check(stage=Stage(stage), name=rest, title=name, reads=lambda _: [reading], judge=judge, **more)


def found(*checks: AnyCheck) -> dict[str, Finding]:
    return {finding.id: finding for finding in assess(NOTHING, checks)}


def test_seen_is_judged() -> None:
    """The rule gets the target and the fact, and its verdict is the finding, with the time that it took."""
    target = cluster()
    check = fake("tcp.connects", Seen(fact=7, seconds=0.5), lambda of, fact: warned(f"{of.mode} {fact}", "do"), target)
    [finding] = assess(NOTHING, [check])
    assert finding.verdict == warned("cluster 7", "do")
    assert (finding.id, finding.title, finding.target) == ("tcp.connects", "tcp.connects", target.name)
    assert (finding.seconds, finding.blocked_by) == (0.5, None)


def test_a_rule_that_breaks_is_one_error() -> None:
    """The report is not lost, the exception's text is not shown, and the other checks stand."""

    def broken(_: Target, __: object) -> Verdict:
        raise ValueError("tops3cret")

    report = found(fake("tcp.connects", judge=broken), fake("dns.resolves"))
    assert (report["tcp.connects"].outcome, report["dns.resolves"].outcome) == (ERROR, PASS)
    assert report["tcp.connects"].verdict.cause is Cause.BUG
    assert "ValueError" in report["tcp.connects"].verdict.summary
    assert "tops3cret" not in repr(report)


def test_failure_at_its_own_gate() -> None:
    """The gate tells the failure of its stage, with the words of the cause and the system's own."""
    gate = found(fake("tcp.connects", REFUSED, gate=True))["tcp.connects"]
    assert (gate.outcome, gate.verdict.cause, gate.blocked_by, gate.seconds) == (FAIL, Cause.REFUSED, None, 0.25)
    assert "refused" in gate.verdict.summary
    assert "redis.external.connectionUrl" in (gate.verdict.remedy or "")
    assert gate.verdict.details == {"evidence": "errno 111"}


def test_the_remedy_is_for_the_targets_mode() -> None:
    """A node list is corrected elsewhere than a URL."""
    gate = found(fake("tcp.connects", REFUSED, target=cluster(), gate=True))["tcp.connects"]
    assert "redis.external.cluster.nodeUris" in (gate.verdict.remedy or "")


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (held(standalone()), HELD),
        (replace(standalone(), feature=Feature.FLEET), "fleet.redis.external.connectionUrl"),
        (replace(standalone(), feature=Feature.JUICEFS), "sandboxes.juicefs.redis.metaURL"),
    ],
)
def test_the_remedy_is_for_the_target_s_place(target: Target, where: str) -> None:
    """A Secret's key, or the values of another feature."""
    remedy = found(fake("tcp.connects", REFUSED, target=target, gate=True))["tcp.connects"].verdict.remedy or ""
    assert f"Correct the port in {where}," in remedy
    assert " redis.external" not in remedy


@pytest.mark.parametrize(
    ("stage", "cause", "target", "patch"),
    [
        (
            Stage.TLS,
            Cause.TLS_PLAINTEXT,
            standalone("rediss://app:tops3cret@h:1/2"),
            {"redis": {"external": {"connectionUrl": "redis://app:***@h:1/2"}}},
        ),
        (
            Stage.AUTH,
            Cause.TLS_SPOKEN,
            replace(standalone("redis://h:1/2"), feature=Feature.POLLY),
            {"polly": {"redis": {"external": {"connectionUrl": "rediss://h:1/2"}}}},
        ),
        (Stage.TLS, Cause.TLS_PLAINTEXT, cluster(), {"redis": {"external": {"cluster": {"tlsEnabled": False}}}}),
        (Stage.TLS, Cause.TLS_PLAINTEXT, held(standalone("rediss://h:1/2")), None),
        (Stage.TCP, Cause.REFUSED, standalone(), None),
    ],
)
def test_a_cause_that_lies_in_the_values_has_a_patch(
    stage: Stage, cause: Cause, target: Target, patch: dict[str, Any] | None
) -> None:
    """At the check that owns it; where it blocks, there is nothing to change."""
    name = f"{stage}.own"
    checks = [
        fake(name, Failed(stage=stage, cause=cause), target=target, gate=True),
        fake("server.ready", Unreached(stage=stage, cause=cause), target=target),
    ]
    report = found(*checks)
    assert (report[name].outcome, report[name].verdict.patch) == (FAIL, patch)
    assert (report["server.ready"].blocked_by, report["server.ready"].verdict.patch) == (name, None)


def test_failure_that_another_check_claims() -> None:
    """The check that claims the cause tells it; the stage's gate is blocked by that one, in either order."""
    gate = fake("tcp.connects", REFUSED, gate=True)
    claiming = fake("tcp.alive", REFUSED, claims=frozenset({Cause.REFUSED}))
    for checks in ((gate, claiming), (claiming, gate)):
        report = found(*checks)
        assert (report["tcp.alive"].outcome, report["tcp.connects"].outcome) == (FAIL, BLOCKED)
        assert report["tcp.connects"].blocked_by == "tcp.alive"


def test_a_claim_counts_in_its_own_stage_only() -> None:
    """The same cause at another stage is that stage's gate's."""
    claims = frozenset({Cause.REFUSED})
    checks = [fake("tcp.connects", gate=True), fake("server.ready", claims=claims)]
    assert owner(REFUSED, checks) == "tcp.connects"


@pytest.mark.parametrize("observed", [REFUSED, Unreached(stage=Stage.TCP, cause=Cause.REFUSED)])
def test_everything_behind_is_blocked_by_the_root(observed: Failed | Unreached) -> None:
    """Also a gate, where it is another stage that broke; the finding names the check, not the stage."""
    report = found(fake("tcp.connects", REFUSED, gate=True), fake("auth.accepted", observed, gate=True))
    blocked = report["auth.accepted"]
    assert (blocked.outcome, blocked.blocked_by, blocked.verdict.cause) == (BLOCKED, "tcp.connects", Cause.REFUSED)
    assert "tcp.connects" in blocked.verdict.summary
    assert blocked.verdict.remedy is None


def test_a_failure_that_no_check_owns_is_named_by_its_cause() -> None:
    """A catalogue without the gate still says why."""
    report = found(fake("auth.accepted", Unreached(stage=Stage.TCP, cause=Cause.REFUSED)))
    assert report["auth.accepted"].blocked_by == "refused"


def test_what_was_not_asked_is_no_check_s_fault() -> None:
    """What lies behind the login is blocked by that, and nothing fails."""
    lost = Failed(stage=Stage.TOKEN, cause=Cause.NOT_ASKED)
    report = found(
        fake("auth.accepted", lost, gate=True),
        fake("server.ready", Unreached(stage=Stage.TOKEN, cause=Cause.NOT_ASKED), gate=True),
        fake("tcp.connects"),
    )
    assert [each.outcome for each in report.values()] == [BLOCKED, BLOCKED, PASS]
    assert {each.blocked_by for each in report.values()} == {None, "not-asked"}


@pytest.mark.parametrize("cause", [Cause.DEADLINE, Cause.INTERRUPTED])
def test_a_run_that_was_cut_short_blames_no_check(cause: Cause) -> None:
    """`blocked_by` is the deadline or the interruption; no check blocks itself."""
    cut = Unreached(stage=Stage.TCP, cause=cause)
    report = found(fake("tcp.connects", cut, gate=True), fake("auth.accepted", cut, gate=True))
    assert {finding.blocked_by for finding in report.values()} == {cause.value}


@pytest.mark.parametrize("gate", [True, False])
def test_a_bug_of_ours_is_an_error(gate: bool) -> None:
    """Wherever it shows, it is no failure of the server."""
    bug = Failed(stage=Stage.TCP, cause=Cause.BUG, message="KeyError in dial:7")
    report = found(fake("tcp.connects", bug, gate=gate))
    assert (report["tcp.connects"].outcome, report["tcp.connects"].verdict.cause) == (ERROR, Cause.BUG)
    assert report["tcp.connects"].verdict.details == {"evidence": "KeyError in dial:7"}


@pytest.mark.parametrize(
    ("verdict", "shown"),
    [
        (passed("fine"), False),
        (not_applicable("none"), False),
        (warned("odd", "do"), True),
        (failed("bad", "do", details={"evidence": "x"}), True),
    ],
)
def test_where_a_node_comes_from_stands_beside_what_is_not_in_order(verdict: Verdict, shown: bool) -> None:
    """A pass needs no placing, and a verdict keeps its own details."""
    about = {"advertised by": "a:1"}
    details = found(fake("tcp.connects", judge=lambda _, __: verdict, about=about))["tcp.connects"].verdict.details
    assert details == verdict.details | (about if shown else {})


def test_what_a_need_explains_is_blocked_by_it() -> None:
    """One root cause is shown, through any number of checks that need one another."""
    bad = lambda _, __: failed("bad", "do")  # noqa: E731 - a rule in a line
    report = found(
        fake("server.role", judge=bad),
        fake("commands.write", judge=bad, needs=("server.role",)),
        fake("commands.transaction", judge=bad, needs=("commands.write",)),
        fake("capacity.database", judge=bad, needs=("server.clock",)),
        fake("server.clock"),
    )
    assert {each.id: each.blocked_by for each in report.values()} == {
        "server.role": None,
        "commands.write": "server.role",
        "commands.transaction": "server.role",
        "capacity.database": None,
        "server.clock": None,
    }
    assert report["commands.write"].outcome is BLOCKED
    assert report["commands.write"].verdict.remedy is None


def test_a_blocked_need_passes_its_root_on() -> None:
    """What blocks the need is the root, not the need."""
    report = found(
        fake("tcp.connects", REFUSED, gate=True),
        fake("server.role", Unreached(stage=Stage.TCP, cause=Cause.REFUSED)),
        fake("commands.write", judge=lambda _, __: failed("bad", "do"), needs=("server.role",)),
    )
    assert report["commands.write"].blocked_by == "tcp.connects"


def test_a_need_that_is_only_blocked_takes_no_pass_away() -> None:
    """With one node of a cluster down, what passed on another has passed; what failed is the fault of that node."""
    lost = Unreached(stage=Stage.TCP, cause=Cause.REFUSED)
    report = found(
        fake("tcp.connects", REFUSED, gate=True),
        fake("server.role", lost),
        fake("commands.write", needs=("server.role",)),
        fake("commands.transaction", judge=lambda _, __: failed("bad", "do"), needs=("server.role",)),
        fake("commands.cross-slot", judge=lambda _, __: failed("bad", "do"), needs=("commands.transaction",)),
    )
    assert report["commands.write"].outcome is PASS
    assert report["commands.transaction"].blocked_by == "tcp.connects"
    assert report["commands.cross-slot"].blocked_by == "tcp.connects"


def test_a_warning_explains_nothing() -> None:
    """Only a failure of what is needed hides what follows."""
    report = found(
        fake("server.role", judge=lambda _, __: warned("odd", "do")),
        fake("commands.write", judge=lambda _, __: failed("bad", "do"), needs=("server.role",)),
    )
    assert report["commands.write"].outcome is FAIL


def test_what_does_not_apply_is_not_blocked() -> None:
    """It would not apply either if all were well."""
    report = found(
        fake("server.role", judge=lambda _, __: failed("bad", "do")),
        fake("topology.slots", judge=lambda _, __: not_applicable("no cluster"), needs=("server.role",)),
    )
    assert report["topology.slots"].outcome is Outcome.NOT_APPLICABLE


def test_needs_count_within_one_target() -> None:
    """A failure of one target explains nothing of another."""
    one, other = cluster(), standalone()
    renamed = Target(name="polly", mode=other.mode, declaration=other.declaration)
    report = assess(
        NOTHING,
        [
            fake("server.role", judge=lambda _, __: failed("bad", "do"), target=one),
            fake("commands.write", judge=lambda _, __: failed("bad", "do"), needs=("server.role",), target=renamed),
        ],
    )
    assert [finding.outcome for finding in report] == [FAIL, FAIL]


def test_a_need_that_is_not_in_the_catalogue() -> None:
    """A part of the catalogue can be assessed: what is not there explains nothing."""
    assert found(fake("commands.write", needs=("server.role",)))["commands.write"].outcome is PASS


def test_a_check_that_cannot_read_its_facts() -> None:
    """It is one error, as where its rule breaks."""

    def broken(_: object) -> list[Reading[Any]]:
        raise ValueError("tops3cret")

    check: AnyCheck = Check(stage=Stage.TCP, name="x", title="x", reads=broken, judge=lambda _, __: passed(""))
    report = found(check, fake("dns.resolves"))
    assert report["dns.resolves"].outcome is PASS
