"""Who was let in, and every reason for which nobody is."""

from __future__ import annotations

import pytest

from preflight.checks.auth_accepted import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Seen, Stage, Unreached
from preflight.model.facts import Session
from preflight.model.finding import Finding, Outcome
from preflight.model.grants import grants
from preflight.model.identity import Provider
from preflight.run import catalogue
from tests.checks.facts import TOKENS, admitted, broken_node, cluster, evidence, identified, seen, standalone, token


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


REFUSALS = {"aws": Cause.AWS_TOKEN_REFUSED, "gcp": Cause.GCP_TOKEN_REFUSED, "azure": Cause.AZURE_TOKEN_REFUSED}


@pytest.mark.parametrize(
    ("session", "summary"),
    [
        (Session(username="app", password=True), "lets us in as user app, with the token"),
        (Session(username="default", password=True), "lets us in as user default, with the token"),
    ],
)
def test_let_in_with_a_token(session: Session, summary: str) -> None:
    """A token takes the place of the password, and is called by its name."""
    verdict = judge(identified(), session)
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, summary)


@pytest.mark.parametrize("provider", Provider)
def test_a_refused_token_comes_with_what_to_grant(provider: str) -> None:
    """Every reason reads alike, so the finding says what is wanted, to whom and on what."""
    target, whose = identified(provider), TOKENS[provider]()
    node = broken_node(Stage.AUTH, REFUSALS[provider], message="WRONGPASS no", advertised_by="a:1")
    [finding] = [
        each
        for each in assess(evidence(seen(target, node, token=Seen(fact=whose))), catalogue())
        if each.id == CHECK.id
    ]
    granted = grants(target.identity, whose)
    assert granted
    assert (finding.outcome, finding.verdict.cause) == (Outcome.FAIL, REFUSALS[provider])
    assert finding.verdict.details == {"evidence": "WRONGPASS no", "advertised by": "a:1"} | granted


@pytest.mark.parametrize("provider", Provider)
@pytest.mark.parametrize("cause", sorted(CHECK.claims - set(REFUSALS.values())))
def test_other_refusals_grant_nothing(cause: Cause, provider: str) -> None:
    """A policy is no cure for a port that speaks TLS, or for a backend that is busy."""
    node = broken_node(Stage.AUTH, cause, message="in the server's words")
    facts = seen(identified(provider), node, token=Seen(fact=TOKENS[provider]()))
    [finding] = [each for each in assess(evidence(facts), catalogue()) if each.id == CHECK.id]
    assert (finding.outcome, finding.verdict.cause) == (Outcome.FAIL, cause)
    assert finding.verdict.details == {"evidence": "in the server's words"}


def test_who_was_let_in_is_granted_nothing() -> None:
    """What is there already need not be said."""
    facts = seen(identified(), admitted("a:1"), broken_node(Stage.TCP, Cause.REFUSED, "b:1"), token=Seen(fact=token()))
    assert [each.about for each in CHECK.reads(evidence(facts))] == [{}, {}]


@pytest.mark.parametrize(
    ("lost", "root"),
    [
        (Unreached(stage=Stage.CONFIG, cause=Cause.IAM_UNUSABLE), "config.iam"),
        (Unreached(stage=Stage.TOKEN, cause=Cause.METADATA_SILENT), "token.obtained"),
    ],
)
def test_without_a_token_nobody_logs_in(lost: Unreached, root: str) -> None:
    """The port may answer and TLS hold: the login is not tried, and no password is asked for."""
    node = broken_node(Stage.AUTH, lost.cause, auth=lost, server=lost, renewal=lost)
    [finding] = [
        each
        for each in assess(evidence(seen(cluster(iam="aws"), node, token=lost)), catalogue())
        if each.id == CHECK.id
    ]
    assert (finding.outcome, finding.blocked_by) == (Outcome.BLOCKED, root)


def test_the_remedies_of_the_three_clouds_differ() -> None:
    """Each names its own things, in the order of likelihood."""
    remedies = []
    for provider, cause in REFUSALS.items():
        facts = seen(identified(provider), broken_node(Stage.AUTH, cause), token=Seen(fact=TOKENS[provider]()))
        [finding] = [each for each in assess(evidence(facts), catalogue()) if each.id == CHECK.id]
        remedies.append(finding.verdict.remedy or "")
    assert len(set(remedies)) == len(REFUSALS)
    assert all(each.startswith("In the order of likelihood: (1) ") for each in remedies)
