"""A second token on the open connection: accepted, the same again, refused, or never had."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from preflight.checks.auth_renewal import CHECK, judge, reads
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Finding, Outcome
from preflight.model.identity import Provider
from preflight.model.target import Mode
from preflight.model.token import Renewal
from preflight.run import catalogue
from tests.checks.facts import (
    TOKENS,
    admitted,
    broken_node,
    evidence,
    identified,
    seen,
    standalone,
    tokenless_node,
    topology,
)

FAIL, BLOCKED = Outcome.FAIL, Outcome.BLOCKED


def found(facts: TargetEvidence) -> list[Finding]:
    """Its findings among those of the whole catalogue."""
    return [each for each in assess(evidence(facts), catalogue()) if each.id == CHECK.id]


@pytest.mark.parametrize(
    ("fresh", "summary"),
    [
        (True, "a second token was accepted on the open connection"),
        (False, "the same token again, as the issuer gives it, was accepted on the open connection"),
    ],
)
def test_accepted(fresh: bool, summary: str) -> None:
    """An issuer may give the same token out again, which proves less."""
    verdict = judge(identified(), Renewal(fresh=fresh))
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, summary)


def test_without_workload_identity() -> None:
    """A password is not renewed."""
    assert list(reads(evidence(seen(standalone())))) == []


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize("cause", sorted(CHECK.claims))
def test_not_renewed(provider: str, cause: Cause) -> None:
    """It is a failure of its own, of one node, and nothing else follows from it."""
    lost = admitted("b:1", renewal=Failed(stage=Stage.AUTH, cause=cause, message="in its words"), advertised_by="a:1")
    target = identified(provider)
    chart = topology((0, 16383, "a:1")) if target.mode is Mode.CLUSTER else topology()
    facts = seen(target, admitted("a:1"), lost, token=Seen(fact=TOKENS[provider]()), topology=Seen(fact=chart))
    first, second = found(facts)
    assert (first.subject, first.outcome) == ("a:1", Outcome.PASS)
    assert (second.subject, second.outcome, second.verdict.cause) == ("b:1", FAIL, cause)
    assert second.verdict.details == {"evidence": "in its words", "advertised by": "a:1"}
    assert second.verdict.remedy
    all_ = assess(evidence(facts), catalogue())
    assert [each.id for each in all_ if each.outcome is FAIL] == [CHECK.id]
    assert [each for each in all_ if each.blocked_by] == []


def test_refused_at_once() -> None:
    """Where the first token was refused, there is no connection to renew anything on."""
    facts = seen(
        identified(),
        broken_node(Stage.AUTH, Cause.AWS_TOKEN_REFUSED),
        token=Seen(fact=TOKENS["aws"](clock_offset=None)),
    )
    [finding] = found(facts)
    assert (finding.outcome, finding.blocked_by) == (BLOCKED, "auth.accepted")


@pytest.mark.parametrize(
    ("lost", "root"),
    [
        (Unreached(stage=Stage.TCP, cause=Cause.REFUSED), "tcp.connects"),
        (Unreached(stage=Stage.TOKEN, cause=Cause.ROLE_REFUSED), "token.obtained"),
        (Unreached(stage=Stage.CONFIG, cause=Cause.IAM_UNUSABLE), "config.iam"),
        (Unreached(stage=Stage.SERVER, cause=Cause.DEADLINE), "deadline"),
    ],
)
def test_never_tried(lost: Unreached, root: str) -> None:
    """Whatever ended the climb before is the root."""
    node = replace(tokenless_node(), auth=lost, server=lost, renewal=lost)
    [finding] = found(seen(identified(), node, token=lost))
    assert (finding.outcome, finding.blocked_by) == (BLOCKED, root)
