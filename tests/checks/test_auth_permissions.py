"""What the ACL denies, and the grant that cures it."""

from __future__ import annotations

import pytest

from preflight import run
from preflight.checks.auth_permissions import CHECK, judge, reads
from preflight.model.evidence import Cause, Seen, Stage, TargetEvidence, Unreached
from preflight.model.finding import Outcome
from preflight.model.target import Plan
from tests.checks.facts import (
    OBJECT_ID,
    admitted,
    azure_token,
    broken_node,
    evidence,
    identified,
    node,
    refusal,
    rehearsal,
    seen,
    server,
    standalone,
)

NOPERM = "NOPERM this user has no permissions"
NOPERM_KEY = "NOPERM this user has no permissions to access one of the keys used as arguments"
LOGGED_IN = "redis://app:secret@cache.example.com:6379/0"


def denials(facts: TargetEvidence) -> object:
    """The fact that the check reads of one target."""
    [reading] = reads(evidence(facts))
    return reading.observed.fact if isinstance(reading.observed, Seen) else reading.observed


@pytest.mark.parametrize(
    ("info", "replies", "expected"),
    [
        ("", {}, {}),
        (NOPERM, {}, {"INFO": NOPERM}),
        ("", {"write": NOPERM}, {"SET, GET": NOPERM}),
        ("", {"transaction": NOPERM}, {"MULTI, EXEC": NOPERM}),
        (NOPERM, {"write": NOPERM}, {"INFO": NOPERM, "SET, GET": NOPERM}),
        ("", {"cross_slot": NOPERM}, {}),
        ("LOADING wait", {"write": "OOM full", "transaction": "ERR no"}, {}),
    ],
)
def test_only_noperm_is_a_denial(info: str, replies: dict[str, str], expected: dict[str, str]) -> None:
    """Other refusals have checks of their own."""
    facts = seen(standalone(), node(server_facts=server(info=refusal(info))), rehearsal=Seen(fact=rehearsal(**replies)))
    assert denials(facts) == expected


def test_denials_of_all_nodes_come_together() -> None:
    """One node that denies is enough, and a node that was not reached does not hide it."""
    nodes = (
        node("a:1"),
        node("b:1", server_facts=server(info=refusal(NOPERM))),
        broken_node(Stage.TCP, Cause.REFUSED, "c:1"),
    )
    assert denials(seen(standalone(), *nodes)) == {"INFO": NOPERM}


def test_without_a_rehearsal_the_servers_still_count() -> None:
    """What was asked before the run broke off is judged."""
    lost = Unreached(stage=Stage.TOPOLOGY, cause=Cause.DEADLINE)
    assert denials(seen(standalone(), rehearsal=lost)) == {}


def test_nobody_answered() -> None:
    """The reason of the first node is the reason of the target."""
    nodes = (broken_node(Stage.DNS, Cause.NAME_UNKNOWN, "a:1"), broken_node(Stage.TCP, Cause.REFUSED, "b:1"))
    assert denials(seen(standalone(), *nodes)) == Unreached(stage=Stage.DNS, cause=Cause.NAME_UNKNOWN)


def test_no_nodes_at_all() -> None:
    """Evidence of the configuration alone, as `lint` gathers it, can be judged by the whole catalogue."""
    report = run.judge(run.unobserved(Plan(targets=(standalone(),))))
    assert {each.outcome for each in report.findings if each.id == CHECK.id} <= {Outcome.BLOCKED}


def test_nothing_denied() -> None:
    """A pass needs no grant."""
    assert judge(standalone(), {}).outcome is Outcome.PASS


@pytest.mark.parametrize(
    ("url", "denied", "grant"),
    [
        (LOGGED_IN, {"INFO": NOPERM}, "`ACL SETUSER app +info`"),
        ("redis://h:6379/0", {"INFO": NOPERM}, "`ACL SETUSER default +info`"),
        ("redis://:secret@h:6379/0", {"SET, GET": NOPERM}, "`ACL SETUSER default +set +get`"),
        (LOGGED_IN, {"INFO": NOPERM, "MULTI, EXEC": NOPERM}, "`ACL SETUSER app +info +multi +exec`"),
        (LOGGED_IN, {"SET, GET": NOPERM_KEY}, "`ACL SETUSER app ~*`"),
        (LOGGED_IN, {"INFO": NOPERM, "SET, GET": NOPERM_KEY}, "`ACL SETUSER app +info ~*`"),
    ],
)
def test_the_grant(url: str, denied: dict[str, str], grant: str) -> None:
    """The remedy is a command for this user and these commands, and the evidence stands beside it."""
    verdict = judge(standalone(url), denied)
    assert (verdict.outcome, verdict.details) == (Outcome.FAIL, denied)
    assert grant in (verdict.remedy or "")


@pytest.mark.parametrize(
    ("provider", "user"),
    [("aws", "app"), ("gcp", "default"), ("azure", OBJECT_ID)],
)
def test_the_grant_with_workload_identity(provider: str, user: str) -> None:
    """It is for whom the token logs in."""
    verdict = judge(identified(provider), {"INFO": NOPERM})
    assert f"`ACL SETUSER {user} +info`" in (verdict.remedy or "")


def test_the_grant_where_the_token_names_the_user() -> None:
    """On Azure the object id of the token stands in for a user that the configuration leaves out."""
    target = standalone("rediss://cache.eastus.redis.azure.net:10000/0", iam="azure")
    denied = admitted(user=OBJECT_ID, server_facts=server(info=refusal(NOPERM)))
    report = run.judge(evidence(seen(target, denied, token=Seen(fact=azure_token()))))
    [finding] = [each for each in report.findings if each.id == CHECK.id]
    assert f"`ACL SETUSER {OBJECT_ID} +info`" in (finding.verdict.remedy or "")


def test_denied_nothing_without_a_token() -> None:
    """Nobody was let in who could have been denied anything."""
    lost = Unreached(stage=Stage.TOKEN, cause=Cause.CREDENTIALS_MISSING)
    facts = seen(identified(), node(auth=lost, server=lost, renewal=lost), token=lost)
    assert denials(facts) == lost
