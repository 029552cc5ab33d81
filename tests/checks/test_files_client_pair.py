"""A client certificate that is there, or is not configured."""

from __future__ import annotations

import pytest

from preflight.checks.files_client_pair import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Stage, Unreached
from preflight.model.facts import Certificate, Files
from preflight.model.finding import Outcome
from preflight.run import catalogue
from tests.checks.facts import certificate, evidence, seen, standalone, unclimbed_node


@pytest.mark.parametrize(
    ("own", "outcome", "summary"),
    [
        (None, Outcome.NOT_APPLICABLE, "no client certificate is configured"),
        (certificate(subject="CN=me"), Outcome.PASS, "CN=me and its key"),
        (certificate(subject=""), Outcome.PASS, "the certificate and its key"),
    ],
)
def test_a_pair(own: Certificate | None, outcome: Outcome, summary: str) -> None:
    """One that was loaded passes by its name; none configured does not apply."""
    verdict = judge(standalone(), Files(client_certificate=own))
    assert (verdict.outcome, verdict.summary) == (outcome, summary)


@pytest.mark.parametrize(
    ("cause", "owner"),
    [
        (Cause.CLIENT_PAIR_UNREADABLE, "files.client-pair"),
        (Cause.CLIENT_PAIR_SWAPPED, "files.client-pair"),
        (Cause.CLIENT_PAIR_MISMATCHED, "files.client-pair"),
        (Cause.CLIENT_KEY_ENCRYPTED, "files.client-pair"),
        (Cause.FILE_FORBIDDEN, "files.access"),
        (Cause.CA_UNREADABLE, "files.ca"),
    ],
)
def test_each_cause_is_told_once(cause: Cause, owner: str) -> None:
    """Of all that can be wrong with the files, each by its own check, and nothing is dialled."""
    lost = Unreached(stage=Stage.FILES, cause=cause)
    facts = seen(
        standalone("rediss://h:1", client_cert="c"),
        unclimbed_node(Stage.FILES, cause),
        files=Failed(stage=Stage.FILES, cause=cause, message="c: its words"),
        topology=lost,
        rehearsal=lost,
    )
    found = {each.id: each for each in assess(evidence(facts), catalogue())}
    assert [name for name, each in found.items() if each.outcome is Outcome.FAIL] == [owner]
    assert found[owner].verdict.details == {"evidence": "c: its words"}
    assert {each.blocked_by for each in found.values() if each.outcome is Outcome.BLOCKED} == {owner}
    assert (found[CHECK.id].outcome is Outcome.FAIL) is (owner == CHECK.id)
