"""Whose token it is, against what the server, the host name and the values expect."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.checks.token_identity import CHECK, Bearer, bearer, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Seen, Stage
from preflight.model.finding import Outcome, Verdict
from preflight.model.identity import AzureIam, Provider
from preflight.model.installation import Feature
from preflight.model.target import Target
from preflight.model.token import Token
from preflight.run import catalogue
from tests.checks.facts import (
    AZURE_HOST,
    CLIENT_ID,
    GOOGLE_ACCOUNT,
    HELD,
    OBJECT_ID,
    ROLE,
    TENANT,
    TOKENS,
    admitted,
    azure_token,
    broken_node,
    cluster,
    component,
    evidence,
    gcp_token,
    held,
    identified,
    installation,
    seen,
    standalone,
    token,
)

PASS, WARN, FAIL = Outcome.PASS, Outcome.WARN, Outcome.FAIL
OTHER_ID = "77777777-2222-3333-4444-555555555555"
REFUSED = {"aws": Cause.AWS_TOKEN_REFUSED, "gcp": Cause.GCP_TOKEN_REFUSED, "azure": Cause.AZURE_TOKEN_REFUSED}
POOL = "project.svc.id.goog"
MACHINE = "123456789012-compute@developer.gserviceaccount.com"


def judged(target: Target, whose: Token, *, refused: bool = False, declared: tuple[str, ...] = ()) -> Verdict:
    return judge(target, Bearer(token=whose, refused=refused, declared=declared))


@pytest.mark.parametrize(
    ("provider", "whose", "summary"),
    [
        ("aws", token(), f"{ROLE}; signed for cache in eu-west-1, by AWS_REGION"),
        ("aws", token(principal=""), "somebody whom nobody names; signed for cache in eu-west-1, by AWS_REGION"),
        ("gcp", gcp_token(), GOOGLE_ACCOUNT),
        ("gcp", gcp_token(principal=""), "somebody whom nobody names"),
        ("azure", azure_token(), f"object id {OBJECT_ID}, client id {CLIENT_ID}, tenant {TENANT}"),
        (
            "azure",
            replace(azure_token(), claims={"oid": OBJECT_ID, "azp": CLIENT_ID}),
            f"object id {OBJECT_ID}, client id {CLIENT_ID}, tenant (not told)",
        ),
        (
            "azure",
            azure_token(principal="", claims={"oid": "", "appid": ""}),
            f"somebody whom nobody names, client id (not told), tenant {TENANT}",
        ),
    ],
)
@pytest.mark.parametrize("refused", [False, True])
def test_in_order(provider: str, whose: Token, summary: str, refused: bool) -> None:
    """A pass names the identity in the provider's own words, whatever the server made of it."""
    verdict = judged(identified(provider), whose, refused=refused)
    assert (verdict.outcome, verdict.summary) == (PASS, summary)


DOUBTS: list[tuple[Target, Token, Cause, str]] = [
    (identified(), token(shadowed=ROLE, source="env"), Cause.IDENTITY_SHADOWED, "Remove AWS_ACCESS_KEY_ID"),
    (identified("gcp"), gcp_token(shadowed="x"), Cause.IDENTITY_SHADOWED, "Remove GOOGLE_APPLICATION_CREDENTIALS"),
    (identified("azure"), azure_token(shadowed="x"), Cause.IDENTITY_SHADOWED, "Remove AZURE_CLIENT_SECRET and"),
    (
        identified(),
        token(claims=token().claims | {"region": "eu-west-2"}),
        Cause.REGION_DOUBTFUL,
        "Set AWS_REGION to the cache's region",
    ),
    (identified("gcp"), gcp_token(principal=MACHINE), Cause.IDENTITY_UNBOUND, "iam.gke.io/gcp-service-account"),
    (identified("gcp"), gcp_token(principal=POOL), Cause.IDENTITY_UNBOUND, "iam.gke.io/gcp-service-account"),
    (
        identified("azure"),
        azure_token(username=CLIENT_ID),
        Cause.OBJECT_ID_EXPECTED,
        "into redis.external.connectionUrl",
    ),
    (
        identified("azure"),
        azure_token(claims={"aud": "https://management.azure.com"}),
        Cause.AUDIENCE_WRONG,
        "Leave --azure-scope out",
    ),
]


@pytest.mark.parametrize(("target", "whose", "cause", "remedy"), DOUBTS, ids=[str(each[2]) for each in DOUBTS])
def test_a_doubt(target: Target, whose: Token, cause: Cause, remedy: str) -> None:
    """Where a server has refused the token it is the failure; where one took it, or none was asked, a warning."""
    verdict = judged(target, whose, refused=True)
    assert (verdict.outcome, verdict.cause, remedy in (verdict.remedy or "")) == (FAIL, cause, True)
    softened = judged(target, whose)
    assert (softened.outcome, softened.cause, softened.patch) == (WARN, None, None)
    assert (softened.summary, softened.remedy, softened.details) == (verdict.summary, verdict.remedy, verdict.details)


@pytest.mark.parametrize(("target", "whose", "cause", "remedy"), DOUBTS, ids=[str(each[2]) for each in DOUBTS])
def test_a_doubt_explains_the_refusal(target: Target, whose: Token, cause: Cause, remedy: str) -> None:
    """Then the login is no failure of its own, and what is behind it is put down to this as well."""
    node = broken_node(Stage.AUTH, REFUSED[target.iam])
    found = assess(evidence(seen(target, node, token=Seen(fact=whose))), catalogue())
    failed = [(each.id, each.verdict.cause) for each in found if each.outcome is FAIL]
    assert (failed, bool(remedy)) == ([(CHECK.id, cause)], True)
    assert {each.blocked_by for each in found if each.outcome is Outcome.BLOCKED} == {CHECK.id}


@pytest.mark.parametrize("provider", Provider)
def test_no_doubt_leaves_the_refusal_alone(provider: str) -> None:
    """It is then the login's own failure, with what is to be granted."""
    node = broken_node(Stage.AUTH, REFUSED[provider])
    found = assess(evidence(seen(identified(provider), node, token=Seen(fact=TOKENS[provider]()))), catalogue())
    assert [each.id for each in found if each.outcome is FAIL] == ["auth.accepted"]


def test_what_is_told_of_a_doubt() -> None:
    """Everything that helps to see who it is and what it was signed for."""
    whose = token(shadowed=ROLE, source="env", principal="arn:aws:iam::123456789012:user/ci")
    assert judged(identified(), whose, refused=True).details == {
        "identity": "arn:aws:iam::123456789012:user/ci",
        "credentials": "env",
        "user name": "app",
        "passed over": ROLE,
        "host name": "eu-west-1",
        "service": "elasticache",
        "cache": "cache",
        "region": "eu-west-1",
        "by": "AWS_REGION",
    }


def test_a_region_that_the_name_does_not_tell() -> None:
    """Where the host says nothing, nothing can be doubted."""
    unknown = standalone("rediss://app@cache.example.com", iam="aws")
    assert judged(unknown, token(claims=token().claims | {"region": "eu-west-2"}), refused=True).outcome is PASS


@pytest.mark.parametrize(
    "audience",
    [
        "https://redis.azure.com",
        "https://redis.azure.com/",
        "acca5fbb-b7e4-4009-81f1-37e38fd66d78",
        "",
    ],
)
def test_audiences_of_redis(audience: str) -> None:
    """By its name or by its id; an opaque token tells none."""
    assert judged(identified("azure"), azure_token(claims={"aud": audience}), refused=True).outcome is PASS


def test_a_scope_of_one_s_own() -> None:
    """Who asks for another scope gets another audience, and knows why."""
    own = identified("azure", azure=AzureIam(scope="https://redis.example.cn/.default"))
    assert judged(own, azure_token(claims={"aud": "https://redis.example.cn"}), refused=True).outcome is PASS


@pytest.mark.parametrize("username", [OBJECT_ID, OBJECT_ID.upper(), "aBcDeF00-2222-3333-4444-555555555555"])
def test_object_ids_in_any_case(username: str) -> None:
    """They are hexadecimal."""
    whose = azure_token(username=username, principal=username.lower())
    assert judged(identified("azure"), whose, refused=True).outcome is PASS


def test_a_user_of_an_opaque_token() -> None:
    """Where nothing tells the object id, the user name cannot be compared."""
    assert judged(identified("azure"), azure_token(username="app", principal=""), refused=True).outcome is PASS


WRONG = azure_token(username=CLIENT_ID)


def test_the_patch_of_a_url() -> None:
    """The object id where the client id or a name stands; everything else stays."""
    target = standalone(f"rediss://{CLIENT_ID}@{AZURE_HOST}:10000/0", iam="azure")
    right = f"rediss://{OBJECT_ID}@{AZURE_HOST}:10000/0"
    assert judged(target, WRONG, refused=True).patch == {"redis": {"external": {"connectionUrl": right}}}
    agent = judged(replace(target, feature=Feature.POLLY), WRONG, refused=True)
    assert agent.patch == {"polly": {"redis": {"external": {"connectionUrl": right}}}}


def test_the_patch_of_a_url_in_a_secret() -> None:
    """No values change what a Secret holds, and the remedy names its key."""
    target = held(standalone(f"rediss://x@{AZURE_HOST}:10000/0", iam="azure"))
    verdict = judged(target, WRONG, refused=True)
    assert (verdict.patch, HELD in (verdict.remedy or "")) == (None, True)


@pytest.mark.parametrize("uri", [f"redis://x@{AZURE_HOST}:10000", f"redis://{AZURE_HOST}:10000"])
def test_the_patch_of_a_node_list(uri: str) -> None:
    """There is no place for a user in it, and a patch is a whole cure or none."""
    verdict = judged(cluster(uri, iam="azure", username="x"), WRONG, refused=True)
    assert (verdict.outcome, verdict.cause) == (FAIL, Cause.OBJECT_ID_EXPECTED)
    assert verdict.patch is None


def test_every_other_doubt_has_no_patch() -> None:
    """What is wrong then lies outside the values."""
    doubts = [each for each in DOUBTS if each[2] is not Cause.OBJECT_ID_EXPECTED]
    assert {str(judged(target, whose, refused=True).patch) for target, whose, _, _ in doubts} == {"None"}


def test_the_remedy_of_a_node_list() -> None:
    """No URI of the list takes a user, and so none is told to."""
    target = cluster(f"redis://{AZURE_HOST}:10000", iam="azure", username="x")
    remedy = judged(target, azure_token(username="x"), refused=True).remedy or ""
    assert "--username" in remedy
    assert "nodeUris" not in remedy


DECLARED = {
    "aws": (ROLE, "arn:aws:iam::123456789012:role/other"),
    "gcp": (GOOGLE_ACCOUNT, "other@project.iam.gserviceaccount.com"),
    "azure": (CLIENT_ID, OTHER_ID),
}
"""What the service accounts are annotated with: the token's identity, and another."""
ANNOTATION = {
    "aws": "eks.amazonaws.com/role-arn",
    "gcp": "iam.gke.io/gcp-service-account",
    "azure": "azure.workload.identity/client-id",
}


@pytest.mark.parametrize("provider", Provider)
def test_the_identity_of_the_values(provider: str) -> None:
    """One of the components' is enough; where it is none of theirs, the run has rehearsed somebody else."""
    own, other = DECLARED[provider]
    whose = TOKENS[provider]()
    assert judged(identified(provider), whose, declared=(other, own)).outcome is PASS
    verdict = judged(identified(provider), whose, declared=(other,), refused=True)
    named = f"object id {OBJECT_ID}" if provider == "azure" else whose.principal
    assert (verdict.outcome, verdict.details) == (WARN, {"values": other})
    assert verdict.summary == f"the token is of {named}, and the pods will have another identity"
    assert "under one of LangSmith's service accounts" in (verdict.remedy or "")


@pytest.mark.parametrize("provider", Provider)
def test_nobody_says_whose_it_is(provider: str) -> None:
    """Then it cannot be another's."""
    whose = TOKENS[provider](principal="")
    assert judged(identified(provider), whose, declared=(DECLARED[provider][1],)).outcome is PASS


def test_a_doubt_comes_before_the_values() -> None:
    """What the server refuses matters more than whose rehearsal it is."""
    verdict = judged(identified("gcp"), gcp_token(principal=POOL), refused=True, declared=(GOOGLE_ACCOUNT,))
    assert (verdict.outcome, verdict.cause) == (FAIL, Cause.IDENTITY_UNBOUND)


def bearer_of(target: Target, *nodes: Any, declared: Any = None) -> Bearer:
    installations = (declared,) if declared else ()
    facts = evidence(seen(target, *nodes), installations=installations)
    return bearer(facts, facts.targets[0], TOKENS[target.iam]())


@pytest.mark.parametrize("provider", Provider)
def test_what_is_read(provider: str) -> None:
    """A refusal by any node counts, and of the annotations only this provider's."""
    target, annotation = identified(provider), ANNOTATION[provider]
    assert not bearer_of(target, admitted()).refused
    assert not bearer_of(target, broken_node(Stage.AUTH, Cause.SERVER_ERROR)).refused
    assert bearer_of(target, admitted("a:1"), broken_node(Stage.AUTH, REFUSED[provider], "b:1")).refused
    declared = installation(
        component("backend", annotations=dict.fromkeys(ANNOTATION.values(), "else") | {annotation: "two"}),
        component("queue", annotations={annotation: "one"}),
        component("fleet.queue", annotations={annotation: "one"}),
        component("ingestQueue", annotations={annotation: ""}),
        component("platformBackend", annotations=None),
        component("listener", annotations={"else": "three"}),
    )
    assert bearer_of(target, admitted(), declared=declared).declared == ("one", "two")
    assert bearer_of(target, admitted(), declared=replace(declared, name="other")).declared == ()
    assert bearer_of(target, admitted()).declared == ()


def test_an_agent_s_own_service_accounts() -> None:
    """To the Redis of fleet only fleet's pods log in: what the backend is annotated with is no excuse."""
    target = replace(identified(), feature=Feature.FLEET)
    fleet = component("fleet.queue", annotations={ANNOTATION["aws"]: "arn:aws:iam::123456789012:role/fleet"})
    declared = installation(component("backend", annotations={ANNOTATION["aws"]: ROLE}), fleet)
    told = bearer_of(target, admitted(), declared=declared)
    assert told.declared == ("arn:aws:iam::123456789012:role/fleet",)
    assert judge(target, told).outcome is WARN


def test_without_workload_identity() -> None:
    """Nobody has a token to belong to anybody."""
    assert list(CHECK.reads(evidence(seen(standalone())))) == []
