"""Workload identity: the provider's name, the user, TLS, and what is behind the host."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.chart.unread import unread as unread_in
from preflight.checks.config_iam import CHECK, Around, judge, reads
from preflight.engine import assess
from preflight.model.evidence import Cause, Seen, Stage, Unreached
from preflight.model.facts import Product, Server
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Feature, Flaw, Installation, Purpose, UnreadValue
from preflight.model.secret import Secret
from preflight.model.target import Target, Tls
from preflight.run import catalogue
from preflight.uri.patch import at
from tests.checks.facts import (
    AZURE_HOST,
    HELD,
    OBJECT_ID,
    admitted,
    azure_token,
    cluster,
    evidence,
    held,
    identified,
    installation,
    key,
    seen,
    server,
    standalone,
    tokenless_node,
    unread,
)

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL
AGENTS = [Feature.FLEET, Feature.INSIGHTS, Feature.POLLY]
AWS_HOST = "master.rg.abc123.use1.cache.amazonaws.com"
SERVERLESS = "cache-abc123.serverless.use1.cache.amazonaws.com"
AMR = AZURE_HOST
ENTERPRISE = "cache.eastus.redisenterprise.cache.azure.net"
ACR = "cache.redis.cache.windows.net"


def url(text: str, iam: str, **more: Any) -> Target:
    return replace(standalone(text, iam=iam), **more)


def verdict_on(target: Target, *misnamed: UnreadValue) -> Verdict:
    return judge(target, Around(misnamed=misnamed))


def external(**said: Any) -> dict[str, Any]:
    return {"redis": {"external": said}}


@pytest.mark.parametrize(
    ("target", "summary"),
    [
        (url("rediss://app@cache:6379/0", "aws"), "aws, as app"),
        (url(f"rediss://app@{AWS_HOST}:6379/0", "aws"), "aws, as app"),
        (url(f"rediss://{OBJECT_ID}@cache:10000/0", "azure"), f"azure, as {OBJECT_ID}"),
        (url(f"rediss://{OBJECT_ID}@{AMR}:10000/0", "azure"), f"azure, as {OBJECT_ID}"),
        (url(f"rediss://{OBJECT_ID}@{ACR}:6380/0", "azure"), f"azure, as {OBJECT_ID}"),
        (cluster(iam="aws"), "aws"),
        (cluster(iam="aws", username="app"), "aws, as app"),
        (cluster(iam="gcp"), "gcp"),
        (cluster(f"redis://{AMR}:10000", iam="azure"), "azure"),
        (held(url("rediss://app@cache:6379/0", "aws")), "aws, as app"),
        (url("rediss://app@cache/0", "aws", feature=Feature.FLEET), "aws, as app"),
        (url("rediss://default@cache/0", "gcp", feature=Feature.POLLY), "gcp, as default"),
        (url("rediss://cache/0", "gcp", feature=Feature.INSIGHTS), "gcp"),
        (replace(url("", "aws"), keys=(key(Flaw.NOT_GIVEN),)), "aws"),
    ],
)
def test_as_the_provider_wants_it(target: Target, summary: str) -> None:
    """A pass names the provider and the identity."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.summary) == (PASS, summary)


@pytest.mark.parametrize("target", [standalone(), standalone("redis://app@cache"), cluster(tls=False)])
def test_no_workload_identity(target: Target) -> None:
    """Without it, none of its rules hold."""
    assert verdict_on(target).outcome is NONE


@pytest.mark.parametrize(
    ("feature", "name"),
    [(Feature.LANGSMITH, "iamAuthProvider"), *((each, "iamProvider") for each in AGENTS)],
)
@pytest.mark.parametrize(
    ("written", "meant"),
    [("AWS", "aws"), ("Azure", "azure"), (" gcp", "gcp"), ("aws\n", "aws"), ("amazon", ""), ("awss", ""), ("true", "")],
)
def test_spelling(feature: Feature, name: str, written: str, meant: str) -> None:
    """The provider's own name in lower case, under the key that this feature has for it."""
    verdict = verdict_on(url("rediss://app@cache", written, feature=feature))
    assert verdict.outcome is FAIL
    assert ("in lower case" in verdict.summary) == bool(meant)
    assert verdict.remedy == f"Write aws, gcp or azure in {feature.root}.{name}."
    assert verdict.patch == (at(f"{feature.root}.{name}", meant) if meant else None)


def test_spelling_of_whichever_agent() -> None:
    """Where nothing tells which agent it is, there is no path to write to."""
    assert verdict_on(url("rediss://app@cache", "AWS", feature=Feature.AGENT)).patch is None


@pytest.mark.parametrize(
    ("tree", "feature", "path", "meant"),
    [
        (external(iamProvider="aws"), Feature.LANGSMITH, "redis.external.iamProvider", "iamAuthProvider"),
        (external(iamauthprovider="aws"), Feature.LANGSMITH, "redis.external.iamauthprovider", "iamAuthProvider"),
        ({"fleet": external(iamAuthProvider="aws")}, Feature.FLEET, "fleet.redis.external.iamAuthProvider", ""),
        ({"polly": external(iamAuthProvider="gcp")}, Feature.POLLY, "polly.redis.external.iamAuthProvider", ""),
        (
            {"engineInsightsAgent": external(iamAuthProvider="azure")},
            Feature.INSIGHTS,
            "engineInsightsAgent.redis.external.iamAuthProvider",
            "",
        ),
    ],
)
def test_the_other_one_s_name(tree: dict[str, Any], feature: Feature, path: str, meant: str) -> None:
    """LangSmith's key and the agents' differ by four letters, and the chart looks at neither in the other's place."""
    declared = installation(unread=unread_in(tree))
    target = replace(standalone("rediss://app@cache"), feature=feature)
    [finding] = assess(evidence(seen(target), installations=(declared,)), (CHECK,))
    right = f"{feature.root}.{meant or 'iamProvider'}"
    assert finding.outcome is FAIL
    assert finding.verdict.summary == f"the chart does not read {path}: no workload identity is used"
    assert finding.verdict.remedy == f"Name it {right}."
    patched: Any = finding.verdict.patch
    for name in feature.root.split("."):
        patched = patched[name]
    [value] = [each.text for each in declared.unread]
    assert patched == {right.rpartition(".")[2]: value, path.rpartition(".")[2]: None}


def test_a_misnamed_value_that_is_none_of_the_three() -> None:
    """It is not quoted, and so cannot be moved for the person."""
    verdict = verdict_on(standalone(), *unread_in(external(iamProvider="tops3cret")))
    assert (verdict.outcome, verdict.patch) == (FAIL, None)
    assert "tops3cret" not in repr(verdict)


def test_each_target_has_its_own_name_for_it() -> None:
    """What stands under one feature is no other's fault, nor is what stands elsewhere."""
    values = (
        unread("redis.external.iamProvider", "redis.external.iamAuthProvider", "aws"),
        unread("fleet.redis.external.iamAuthProvider", "fleet.redis.external.iamProvider", "gcp"),
        unread("redis.external.tlsEnabled", "redis.external.cluster.tlsEnabled", "true"),
    )
    targets = [replace(standalone(), name=each, feature=each) for each in Feature if each is not Feature.AGENT]
    found = reads(evidence(*map(seen, targets), installations=(installation(unread=values),)))
    facts = {each.target.feature: each.observed.fact for each in found if isinstance(each.observed, Seen)}
    told = {feature: fact.misnamed for feature, fact in facts.items()}
    assert told == dict.fromkeys(facts, ()) | {Feature.LANGSMITH: values[:1], Feature.FLEET: values[1:2]}
    [lone] = reads(evidence(seen(standalone()), installations=(Installation(name="other", unread=values),)))
    assert isinstance(lone.observed, Seen)
    assert lone.observed.fact.misnamed == ()


@pytest.mark.parametrize(
    ("tree", "patch"),
    [
        (
            external(cluster={"iamAuthProvider": "aws"}),
            external(cluster={"iamAuthProvider": None}, iamAuthProvider="aws"),
        ),
        (external(iamProvider="AWS"), external(iamAuthProvider="aws", iamProvider=None)),
    ],
)
def test_misplaced_or_misspelt_as_well(tree: dict[str, Any], patch: dict[str, Any]) -> None:
    """Where it belongs is known whatever it is called, and the patch is a whole cure."""
    verdict = verdict_on(standalone(), *unread_in(tree))
    assert (verdict.remedy, verdict.patch) == ("Name it redis.external.iamAuthProvider.", patch)


@pytest.mark.parametrize(
    ("feature", "right", "other"),
    [(Feature.LANGSMITH, "iamAuthProvider", "iamProvider"), (Feature.POLLY, "iamProvider", "iamAuthProvider")],
)
def test_both_names(feature: Feature, right: str, other: str) -> None:
    """Beside the right name, the other one is only superfluous."""
    target, path = url("rediss://app@cache", "aws", feature=feature), f"{feature.root}.{other}"
    verdict = verdict_on(target, unread(path, f"{feature.root}.{right}", "aws"))
    assert (verdict.outcome, verdict.remedy, verdict.patch) == (WARN, f"Remove {path}.", at(path, None))
    assert verdict.summary == f"the chart does not read {path}, and {right} is set too"


def test_both_names_and_a_fault() -> None:
    """What fails comes before what is superfluous."""
    verdict = verdict_on(url("redis://cache", "aws"), *unread_in(external(iamProvider="aws")))
    assert verdict.outcome is FAIL


@pytest.mark.parametrize(
    ("target", "where"),
    [
        (url("rediss://app:tops3cret@cache:6379/0", "aws"), "redis.external.connectionUrl"),
        (url("rediss://:tops3cret@cache:6379/0", "azure"), "redis.external.connectionUrl"),
        (
            url("rediss://app:tops3cret@cache:6379/0", "aws", feature=Feature.POLLY),
            "polly.redis.external.connectionUrl",
        ),
        (held(url("rediss://app:tops3cret@cache:6379/0", "aws")), HELD),
        (cluster(iam="gcp", password=Secret("tops3cret")), "redis.external.cluster.password"),
    ],
)
def test_a_password_beside_it(target: Target, where: str) -> None:
    """One of the two goes; the place of the password is this target's."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.patch) == (FAIL, None)
    assert "a password is configured beside workload identity" in verdict.summary
    assert f"Remove it from {where}." in (verdict.remedy or "")
    assert "tops3cret" not in repr(verdict)


@pytest.mark.parametrize(
    ("target", "what"),
    [
        (url("rediss://cache:6379/0", "aws"), "the id of the ElastiCache user before the `@` of redis.external.conn"),
        (url("rediss://cache:6379/0", "azure"), "the object id of the managed identity before the `@` of redis.ext"),
        (url("rediss://cache/0", "aws", feature=Feature.FLEET), "before the `@` of fleet.redis.external.connectionUrl"),
        (held(url("rediss://cache:6379/0", "azure")), f"before the `@` of {HELD}."),
    ],
)
def test_no_identity(target: Target, what: str) -> None:
    """AWS and Azure look the identity up by its name."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.summary, verdict.patch) == (FAIL, "the URL names no identity", None)
    assert what in (verdict.remedy or "")


def test_google_knows_one_user() -> None:
    """It is called `default`, and need not be named."""
    verdict = verdict_on(url("rediss://app@cache/0", "gcp", feature=Feature.FLEET))
    assert (verdict.outcome, verdict.summary) == (FAIL, "Google knows no user but `default`")
    assert verdict.remedy == "Write `default@`, or no user, in fleet.redis.external.connectionUrl."


@pytest.mark.parametrize(
    ("target", "outcome", "where", "patch"),
    [
        (
            url("redis://app@cache:1/2", "aws"),
            FAIL,
            "Write `rediss://` in redis.external.connectionUrl.",
            external(connectionUrl="rediss://app@cache:1/2"),
        ),
        (
            url(f"redis://{OBJECT_ID}@cache:1/2", "azure"),
            FAIL,
            "Write `rediss://` in redis.external.connectionUrl.",
            external(connectionUrl=f"rediss://{OBJECT_ID}@cache:1/2"),
        ),
        (
            url("redis://cache:1/2", "gcp", feature=Feature.POLLY),
            WARN,
            "Write `rediss://` in polly.redis.external.connectionUrl.",
            {"polly": external(connectionUrl="rediss://cache:1/2")},
        ),
        (held(url("redis://app@cache:1/2", "aws")), FAIL, f"Write `rediss://` in {HELD}.", None),
        (
            cluster(iam="aws", tls=False),
            FAIL,
            "Set redis.external.cluster.tlsEnabled: true.",
            external(cluster={"tlsEnabled": True}),
        ),
        (
            cluster(iam="azure", tls=False),
            FAIL,
            "Set redis.external.cluster.tlsEnabled: true.",
            external(cluster={"tlsEnabled": True}),
        ),
        (
            held(cluster(iam="gcp", tls=False)),
            WARN,
            "Set redis.external.cluster.tlsEnabled: true.",
            external(cluster={"tlsEnabled": True}),
        ),
    ],
)
def test_plaintext(target: Target, outcome: Outcome, where: str, patch: dict[str, Any] | None) -> None:
    """AWS and Azure refuse tokens there; Google takes them and lets everyone read them."""
    verdict = verdict_on(target)
    assert (verdict.outcome, verdict.remedy, verdict.patch) == (outcome, where, patch)
    assert verdict.summary.startswith("TLS is off")
    assert ("takes tokens over TLS only" in verdict.summary) == (outcome is FAIL)


@pytest.mark.parametrize(
    "target",
    [
        replace(url("", "aws"), keys=(key(Flaw.NOT_GIVEN),)),
        url("rediss://host:port", "aws"),
        cluster("nonsense", iam="azure"),
    ],
)
def test_nothing_is_said_of_a_url_that_is_not_known(target: Target) -> None:
    """Neither that it is in plaintext nor that it names nobody."""
    assert verdict_on(target).outcome is not FAIL


def test_a_node_list_in_a_secret_that_is_not_given() -> None:
    """Whether TLS is on is a value of its own, known without the Secret."""
    unknown = replace(cluster("", iam="aws", tls=False), keys=(key(Flaw.NOT_GIVEN, Purpose.NODES),))
    verdict = verdict_on(unknown)
    assert (verdict.outcome, verdict.patch) == (FAIL, external(cluster={"tlsEnabled": True}))
    assert verdict_on(replace(unknown, tls=Tls())).outcome is PASS


@pytest.mark.parametrize(
    ("target", "outcome", "summary"),
    [
        (url("rediss://default@10.0.0.3:6379/0", "gcp"), FAIL, "Google's standalone Memorystore"),
        (held(url("rediss://10.0.0.3:6379/0", "gcp")), FAIL, "Google's standalone Memorystore"),
        (cluster("redis://10.0.0.3:6379", iam="gcp"), PASS, "gcp"),
        (url("rediss://10.0.0.3:6379/0", "gcp", feature=Feature.FLEET), PASS, "gcp"),
        (
            url(f"rediss://{OBJECT_ID}@{ENTERPRISE}:10000", "azure"),
            FAIL,
            "Azure Cache for Redis Enterprise knows no workload identity",
        ),
        (
            cluster(f"redis://{ENTERPRISE}:10000", iam="azure"),
            FAIL,
            "Azure Cache for Redis Enterprise knows no workload identity",
        ),
        (url(f"rediss://app@{AMR}:10000", "aws"), FAIL, "the host is Azure Managed Redis, and the provider is aws"),
        (url(f"rediss://app@{AWS_HOST}", "azure"), FAIL, "the host is ElastiCache, and the provider is azure"),
        (
            cluster(f"redis://{SERVERLESS}:6379", iam="gcp"),
            FAIL,
            "the host is ElastiCache Serverless, and the provider is gcp",
        ),
        (
            url(f"rediss://app@{ENTERPRISE}:10000", "aws"),
            FAIL,
            "the host is Azure Cache for Redis Enterprise, and the provider is aws",
        ),
        (cluster(f"redis://{SERVERLESS}:6379", iam="aws"), PASS, "aws"),
        (url("rediss://app@cache.example.com", "aws"), PASS, "aws, as app"),
    ],
)
def test_what_is_behind_the_host(target: Target, outcome: Outcome, summary: str) -> None:
    """The name tells whose it is and whether that product knows identities; an unknown name tells nothing."""
    verdict = verdict_on(target)
    assert (verdict.outcome, summary in verdict.summary) == (outcome, True)
    assert verdict.patch is None


@pytest.mark.parametrize(
    ("target", "remedy"),
    [
        (url(f"rediss://app@{AMR}:10000", "aws"), "Set the provider to azure, or correct the host."),
        (url(f"rediss://app@{AWS_HOST}", "azure"), "Set the provider to aws, or correct the host."),
        (url(f"rediss://app@{ENTERPRISE}:10000", "azure"), "move to Azure Managed Redis"),
        (url("rediss://10.0.0.3", "gcp"), "the instance's AUTH string as password"),
    ],
)
def test_what_to_do_about_the_host(target: Target, remedy: str) -> None:
    """Another provider, another product, or a password after all."""
    assert remedy in (verdict_on(target).remedy or "")


def test_several_faults() -> None:
    """The worst is the summary, all are listed, every remedy is given, and there is no half a patch."""
    verdict = verdict_on(url(f"redis://:tops3cret@{AMR}:10000/0", "aws"))
    faults = [
        "a password is configured beside workload identity",
        "TLS is off, and aws takes tokens over TLS only",
        "the host is Azure Managed Redis, and the provider is aws",
    ]
    assert (verdict.outcome, verdict.summary, verdict.patch) == (FAIL, faults[0], None)
    assert list(verdict.details.values()) == faults
    assert [(verdict.remedy or "").count(each) for each in ("Remove it", "Write `rediss://`", "Set the prov")] == [
        1
    ] * 3


def test_a_failure_comes_before_a_warning() -> None:
    """Whatever the order of the rules."""
    verdict = verdict_on(url("redis://10.0.0.3", "gcp"))
    assert (verdict.outcome, "Memorystore" in verdict.summary, len(verdict.details)) == (FAIL, True, 2)
    assert verdict.patch is None


def test_one_fault_has_no_list() -> None:
    """The summary says it."""
    assert verdict_on(url("rediss://cache", "aws")).details == {}


OLD = "{} is older than workload identity on AWS"


@pytest.mark.parametrize(
    ("facts", "old"),
    [
        (server("7.0.0"), ""),
        (server("7.1.0"), ""),
        (server("8.0"), ""),
        (server("6.2.6"), "Redis 6.2.6"),
        (server("5.0.14"), "Redis 5.0.14"),
        (server("7.2.4", Product.VALKEY), ""),
        (server("7.2", Product.VALKEY), ""),
        (server("8.1.0", Product.VALKEY), ""),
        (server("7.1.9", Product.VALKEY), "Valkey 7.1.9"),
        (server("1.0", Product.DRAGONFLY), ""),
        (server("", Product.UNKNOWN), ""),
    ],
    ids=str,
)
def test_the_engine_behind_aws(facts: Server, old: str) -> None:
    """Redis 7.0 and Valkey 7.2 are the first with workload identity there; what is unknown is not judged."""
    verdict = judge(identified(), Around(servers=(server("7.2.4"), facts)))
    assert verdict.outcome is (FAIL if old else PASS)
    assert verdict.summary == (OLD.format(old) if old else "aws, as app")


def test_a_version_that_is_not_known() -> None:
    """A Valkey whose version cannot be read is not called old."""
    assert judge(identified(), Around(servers=(server("", Product.VALKEY),))).outcome is PASS


@pytest.mark.parametrize("provider", ["gcp", "azure"])
def test_the_engine_behind_other_clouds(provider: str) -> None:
    """They have no such floor; Azure Cache for Redis serves version 6."""
    assert judge(identified(provider), Around(servers=(server("6.0"),))).outcome is PASS


def test_what_is_read_of_the_network() -> None:
    """The servers that let us in, and whose token came: neither is needed for a judgement."""
    target = identified("azure")
    told = [
        seen(target, admitted("a:1"), tokenless_node("b:1"), token=Seen(fact=azure_token())),
        seen(target, tokenless_node()),
    ]
    found = [each.observed.fact for each in reads(evidence(*told)) if isinstance(each.observed, Seen)]
    assert found == [Around(servers=(server(),), principal=OBJECT_ID), Around()]


@pytest.mark.parametrize(
    ("target", "principal", "told"),
    [
        (
            url(f"rediss://{AMR}:10000", "azure"),
            OBJECT_ID,
            f"Put the object id of the managed identity ({OBJECT_ID}, if the pods have this identity) before the `@`",
        ),
        (url(f"rediss://{AMR}:10000", "azure"), "", "Put the object id of the managed identity before the `@` of"),
        (
            url("rediss://cache:6379", "aws"),
            "arn:aws:iam::1:role/x",
            "Put the id of the ElastiCache user before the `@`",
        ),
    ],
)
def test_the_identity_to_write(target: Target, principal: str, told: str) -> None:
    """On Azure the token itself tells it; the ARN of a role is no user of a cache."""
    verdict = judge(target, Around(principal=principal))
    assert (verdict.outcome, verdict.summary) == (FAIL, "the URL names no identity")
    assert (verdict.remedy or "").startswith(told)


@st.composite
def targets(draw: st.DrawFn) -> Target:
    """Whatever may be written of workload identity, for a URL or for a node list."""
    iam = draw(st.sampled_from(["aws", "gcp", "azure", "AWS", " azure", "gcp\n", "amazon"]))
    user = draw(st.sampled_from([None, "app"]))
    password = draw(st.sampled_from([None, Secret("tops3cret")]))
    host = draw(st.sampled_from(["cache", "10.0.0.7", AWS_HOST, SERVERLESS, AMR, ENTERPRISE]))
    login = draw(st.sampled_from(["", "app@", "default@", ":tops3cret@", "app:tops3cret@", "@", ":@"]))
    around = {"iam": iam, "username": user, "password": password}
    if draw(st.booleans()):
        return cluster(f"redis://{login}{host}:6379", tls=draw(st.sampled_from([None, True, False])), **around)
    scheme, feature = draw(st.sampled_from(["redis", "rediss"])), draw(st.sampled_from(list(Feature)))
    return replace(standalone(f"{scheme}://{login}{host}:6379/0", **around), feature=feature)


@given(targets(), st.booleans())
def test_whoever_is_asked_for_no_token_is_told_why(target: Target, in_secret: bool) -> None:
    """The walk puts it down to this check, which must then fail, with a remedy and without a secret."""
    assume(target.endpoints)
    verdict = verdict_on(held(target) if in_secret else target)
    if target.tokenless:
        assert verdict.outcome is FAIL
        assert verdict.remedy
    assert "tops3cret" not in repr(verdict)


def test_what_was_not_asked_for_is_this_check_s_failure() -> None:
    """Nothing else fails, and everything behind the login is blocked by it."""
    lost = Unreached(stage=Stage.CONFIG, cause=Cause.IAM_UNUSABLE)
    target = url("redis://app@cache:6379/0", "aws")
    node = replace(tokenless_node(), auth=lost, server=lost, renewal=lost, view=lost, rights=lost)
    found = assess(evidence(seen(target, node, token=lost, topology=lost, rehearsal=lost)), catalogue())
    assert [each.id for each in found if each.outcome is FAIL] == [CHECK.id]
    assert {each.blocked_by for each in found} == {None, CHECK.id}
    assert {"token.obtained", "auth.accepted"} <= {each.id for each in found if each.blocked_by}
