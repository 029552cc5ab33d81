"""Who was let in, and every reason for which nobody is."""

from __future__ import annotations

import pytest

from preflight.checks.auth_accepted import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Session
from preflight.model.finding import Finding, Outcome
from preflight.run import catalogue
from tests.checks.facts import broken_node, evidence, seen, standalone


@pytest.mark.parametrize(
    ("session", "summary"),
    [
        (Session(), "lets us in without a password"),
        (Session(password=True), "lets us in as user default"),
        (Session(username="langsmith", password=True), "lets us in as user langsmith"),
    ],
)
def test_let_in(session: Session, summary: str) -> None:
    """Whether a password was needed, and as whom."""
    verdict = judge(standalone(), session)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, summary)


def refused(cause: Cause) -> dict[str, Finding]:
    node = broken_node(Stage.AUTH, cause, message="in the server's words")
    return {each.id: each for each in assess(evidence(seen(standalone(), node)), catalogue())}


@pytest.mark.parametrize("cause", sorted(CHECK.claims))
def test_refused(cause: Cause) -> None:
    """Each cause is this check's failure, with the server's words, and what lies behind is blocked by it."""
    found = refused(cause)
    verdict = found[CHECK.id].verdict
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, cause)
    assert verdict.details == {"evidence": "in the server's words"}
    assert {found[each].blocked_by for each in ("server.version", "server.role", "auth.permissions")} == {CHECK.id}


def test_causes_of_the_password_have_remedies_of_their_own() -> None:
    """Wrong, missing, superfluous, and a user unknown are four different things to do."""
    causes = (Cause.PASSWORD_WRONG, Cause.PASSWORD_REQUIRED, Cause.PASSWORD_UNEXPECTED, Cause.USER_UNKNOWN)
    verdicts = [refused(cause)[CHECK.id].verdict for cause in causes]
    assert len({verdict.remedy for verdict in verdicts}) == len(causes)
    assert len({verdict.summary for verdict in verdicts}) == len(causes)
