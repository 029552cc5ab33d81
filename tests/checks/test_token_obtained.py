"""A token came; or why none did, and that whatever lies behind is put down to that."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from preflight.checks.token_obtained import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Observed, Stage, TargetEvidence, Unreached
from preflight.model.finding import Finding, Outcome
from preflight.model.identity import Provider
from preflight.model.installation import Feature
from preflight.model.token import Token
from preflight.run import catalogue
from tests.checks.facts import TOKENS, evidence, identified, seen, standalone, tokenless_node

PROVIDERS = list(Provider)

BEHIND = ("token.identity", "token.clock", "token.lifetime", "auth.accepted", "auth.permissions", "auth.renewal")
"""And everything above these."""


def without(target_provider: str, token: Observed[Token]) -> TargetEvidence:
    """What a walk brings home that got no token."""
    cause = token.cause if isinstance(token, Failed | Unreached) else Cause.BUG
    stage = token.stage if isinstance(token, Failed | Unreached) else Stage.TOKEN
    lost = Unreached(stage=stage, cause=cause)
    node = replace(tokenless_node(), auth=lost, server=lost, renewal=lost)
    return seen(identified(target_provider), node, token=token, topology=lost, rehearsal=lost)


def found(facts: TargetEvidence) -> dict[str, Finding]:
    return {each.id: each for each in assess(evidence(facts), catalogue())}


@pytest.mark.parametrize(
    ("provider", "summary"),
    [
        ("aws", "a token of 1,320 characters, by assume-role-with-web-identity"),
        ("gcp", "a token of 1,024 characters, by google.auth.compute_engine.credentials"),
        ("azure", "a token of 1,700 characters, by WorkloadIdentityCredential"),
    ],
)
def test_a_token(provider: str, summary: str) -> None:
    """Its length, as the server limits that, and the SDK's own word for where it found the credentials."""
    verdict = judge(identified(provider), TOKENS[provider]())
    assert (verdict.outcome, verdict.summary) == (Outcome.PASS, summary)


def test_without_workload_identity() -> None:
    """There is nothing to say of a token that nobody needs."""
    assert list(CHECK.reads(evidence(seen(standalone())))) == []


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("cause", sorted(CHECK.claims))
def test_no_token(cause: Cause, provider: str) -> None:
    """The one failure: it has the evidence and a remedy, and everything that needs the token is blocked by it."""
    told = found(without(provider, Failed(stage=Stage.TOKEN, cause=cause, message="in the issuer's words")))
    verdict = told[CHECK.id].verdict
    assert (verdict.outcome, verdict.cause) == (Outcome.FAIL, cause)
    assert verdict.details == {"evidence": "in the issuer's words"}
    assert verdict.remedy
    assert {told[name].blocked_by for name in BEHIND} == {CHECK.id}
    assert {each.blocked_by for each in told.values()} == {None, CHECK.id}
    assert [each.id for each in told.values() if each.outcome is Outcome.FAIL] == [CHECK.id]


@pytest.mark.parametrize("cause", [Cause.CLOSED, Cause.REFUSED, Cause.NAME_UNKNOWN])
def test_what_nobody_foresaw(cause: Cause) -> None:
    """The gate of its stage takes every other failure for its own."""
    told = found(without("aws", Failed(stage=Stage.TOKEN, cause=cause)))
    assert told[CHECK.id].outcome is Outcome.FAIL
    assert {each.blocked_by for each in told.values()} == {None, CHECK.id}


def test_a_fault_of_ours() -> None:
    """An error is not put down to the cloud."""
    told = found(without("gcp", Failed(stage=Stage.TOKEN, cause=Cause.BUG, message="KeyError at issue:1")))
    assert (told[CHECK.id].outcome, told[CHECK.id].verdict.cause) == (Outcome.ERROR, Cause.BUG)


@pytest.mark.parametrize(
    ("lost", "root"),
    [
        (Unreached(stage=Stage.CONFIG, cause=Cause.IAM_UNUSABLE), "config.iam"),
        (Unreached(stage=Stage.FILES, cause=Cause.CA_UNREADABLE), "files.ca"),
        (Unreached(stage=Stage.TOKEN, cause=Cause.DEADLINE), "deadline"),
        (Unreached(stage=Stage.TOKEN, cause=Cause.INTERRUPTED), "interrupted"),
    ],
)
def test_not_asked(lost: Unreached, root: str) -> None:
    """A token that was never asked for is no failure of this check's."""
    told = found(without("azure", lost))
    assert {told[name].blocked_by for name in (CHECK.id, *BEHIND)} == {root}


FOREIGN = {
    "aws": r"iam\.gke\.io|azure\.workload|gcloud|Entra|Google|AZURE_|GOOGLE_|az login",
    "gcp": r"eks\.amazonaws|azure\.workload|Entra|AZURE_|aws sso|sts\.amazonaws|\bAWS_",
    "azure": r"eks\.amazonaws|iam\.gke\.io|gcloud|Google|GOOGLE_|aws sso|\bAWS_",
}
"""Of other clouds' things."""

ANYWHERE = sorted(
    CHECK.claims
    - {
        # These are one cloud's own,
        *(Cause.USER_UNNAMED, Cause.CACHE_UNNAMED, Cause.REGION_UNKNOWN, Cause.IDENTITY_TOKEN_REFUSED),
        *(Cause.ROLE_REFUSED, Cause.IMPERSONATION_REFUSED, Cause.TENANT_WRONG, Cause.CLIENT_UNKNOWN),
        *(Cause.SCOPE_UNKNOWN, Cause.KEY_REFUSED),
        # and this one says itself of which cloud each of its sentences speaks.
        Cause.METADATA_SILENT,
    }
)


@pytest.mark.parametrize("provider", PROVIDERS)
@pytest.mark.parametrize("cause", ANYWHERE)
def test_the_remedy_is_the_provider_s(cause: Cause, provider: str) -> None:
    """Nobody on one cloud is sent to the settings of another."""
    verdict = found(without(provider, Failed(stage=Stage.TOKEN, cause=cause)))[CHECK.id].verdict
    assert not re.search(FOREIGN[provider], f"{verdict.summary} {verdict.remedy}")
    assert not {"{", "}"} & set(verdict.remedy or "")


@pytest.mark.parametrize("provider", PROVIDERS)
def test_the_package_to_install(provider: str) -> None:
    """Each cloud has an extra of its own."""
    verdict = found(without(provider, Failed(stage=Stage.TOKEN, cause=Cause.SDK_MISSING)))[CHECK.id].verdict
    assert verdict.remedy == f"Install it: `pip install 'redis-preflight[{provider}]'`."


@pytest.mark.parametrize("feature", [Feature.FLEET, Feature.INSIGHTS, Feature.POLLY])
def test_the_remedy_is_the_feature_s(feature: Feature) -> None:
    """The endpoint to correct is that of the agent whose token it is."""
    lost = without("aws", Failed(stage=Stage.TOKEN, cause=Cause.CACHE_UNNAMED))
    verdict = found(replace(lost, target=replace(lost.target, feature=feature)))[CHECK.id].verdict
    assert f"in {feature.root}.connectionUrl instead of an alias" in (verdict.remedy or "")
