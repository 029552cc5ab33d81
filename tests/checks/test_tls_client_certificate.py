"""What the server asks of its clients, and whether it gets it."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.checks.tls_client_certificate import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Node, Seen, Stage, Unreached
from preflight.model.facts import Asked, Certificate, Files
from preflight.model.finding import Finding, Outcome
from preflight.run import catalogue
from tests.checks.facts import (
    NOW,
    broken_node,
    certificate,
    encrypted,
    evidence,
    node,
    refused,
    seen,
    shown,
    standalone,
)

URL = "rediss://cache.example.com:6379/0"
BARE = standalone(URL)
OWN = standalone(URL, client_cert="/etc/tls.crt", client_key="/etc/tls.key")
BY = ("O=mine", "CN=other")


@pytest.mark.parametrize(
    ("target", "asked", "outcome", "summary"),
    [
        (BARE, Asked(asked=False), Outcome.NOT_APPLICABLE, "the server asks for none"),
        (OWN, Asked(asked=False), Outcome.NOT_APPLICABLE, "the server asks for none, and one is configured"),
        (BARE, Asked(asked=True), Outcome.PASS, "the server asks for one, and does without"),
        (OWN, Asked(asked=True), Outcome.PASS, "the server asks for one, and takes /etc/tls.crt"),
        (
            OWN,
            Asked(asked=True, authorities=BY),
            Outcome.PASS,
            "the server asks for one signed by O=mine, CN=other, and takes /etc/tls.crt",
        ),
        (standalone(), Asked(asked=False), Outcome.NOT_APPLICABLE, "the server asks for none"),
    ],
)
def test_what_was_asked(target: Any, asked: Asked, outcome: Outcome, summary: str) -> None:
    """A connection that was taken, with what is configured."""
    verdict = judge(target, asked)
    assert (verdict.outcome, verdict.summary) == (outcome, summary)


WANTED = Asked(asked=True, authorities=BY)


@pytest.mark.parametrize(
    ("climbed", "observed"),
    [
        (encrypted(asked=WANTED), Seen(fact=WANTED)),
        (node(), Seen(fact=Asked(asked=False))),
        (refused(shown(), Cause.UNTRUSTED, asked=WANTED), None),
        (broken_node(Stage.TCP, Cause.REFUSED), Unreached(stage=Stage.TCP, cause=Cause.REFUSED)),
    ],
)
def test_what_counts(climbed: Node, observed: Any) -> None:
    """What was asked before the handshake failed says nothing of what would have been taken."""
    [reading] = CHECK.reads(evidence(seen(OWN, climbed)))
    assert reading.observed == (observed or climbed.tls)


def files(**own: Any) -> Seen[Files]:
    made: Certificate = certificate(**own)
    return Seen(fact=Files(client_certificate=made, at=NOW))


def found(*nodes: Node, **own: Any) -> dict[str, Finding]:
    return {each.id: each for each in assess(evidence(seen(OWN, *nodes, files=files(**own))), catalogue())}


REFUSED = [
    (Cause.CLIENT_CERTIFICATE_EXPIRED, {"not_after": "2025-12-31T00:00:00+00:00"}),
    (Cause.CLIENT_CERTIFICATE_REFUSED, {"not_before": "2026-12-31T00:00:00+00:00"}),
    (Cause.CLIENT_CERTIFICATE_UNSUITED, {"for_clients": False}),
]


@pytest.mark.parametrize(("cause", "own"), REFUSED)
def test_a_fault_of_our_own_is_told_once(cause: Cause, own: dict[str, Any]) -> None:
    """The file tells why; that the server refuses it is what follows, and so is all above."""
    findings = found(refused(shown(), cause, asked=WANTED), **own)
    assert [name for name, each in findings.items() if each.outcome is Outcome.FAIL] == ["files.client-validity"]
    assert findings[CHECK.id].blocked_by == "files.client-validity"
    assert {each.blocked_by for each in findings.values() if each.outcome is Outcome.BLOCKED} == {
        "files.client-validity"
    }
    assert findings["tls.trusted"].outcome is Outcome.PASS


@pytest.mark.parametrize(("cause", "_own"), REFUSED)
def test_a_valid_certificate_that_is_refused(cause: Cause, _own: dict[str, Any]) -> None:
    """Then the server's word is all there is."""
    findings = found(refused(shown(), cause, asked=WANTED))
    assert [name for name, each in findings.items() if each.outcome is Outcome.FAIL] == [CHECK.id]
    assert {each.blocked_by for each in findings.values() if each.outcome is Outcome.BLOCKED} == {CHECK.id}


def test_an_expired_one_that_nobody_asks_for() -> None:
    """The file is told; the server takes connections, and they are not put down to it."""
    findings = found(encrypted(), not_after="2025-12-31T00:00:00+00:00")
    assert [name for name, each in findings.items() if each.outcome is Outcome.FAIL] == ["files.client-validity"]
    assert findings[CHECK.id].outcome is Outcome.NOT_APPLICABLE
    assert findings["auth.accepted"].outcome is Outcome.PASS
