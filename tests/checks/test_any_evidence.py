"""What holds for the findings on any evidence that a walk can bring home."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.engine import AnyCheck, assess
from preflight.model.cluster import Topology, View
from preflight.model.components import WORKLOADS
from preflight.model.evidence import Cause, Evidence, Failed, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Asked, Files, Load, Product, Role, Server, Shown
from preflight.model.finding import Finding, Outcome, Report
from preflight.model.installation import Feature, Flaw, Installation, Purpose
from preflight.model.rehearsal import Occupancy, Rehearsal, Rights
from preflight.model.secret import Secret
from preflight.model.target import Mode, Target
from preflight.model.token import Renewal, Token
from preflight.model.token_causes import TOKEN_WORDS
from preflight.model.verification import cause_of
from preflight.run import catalogue
from tests.checks.facts import (
    CLIENT_ID,
    NOW,
    ROLE,
    RUNGS,
    admitted,
    azure_token,
    broken_node,
    certificate,
    cluster,
    component,
    encrypted,
    evidence,
    exchange,
    gcp_token,
    held,
    identified,
    installation,
    issuer,
    key,
    latency,
    load,
    member,
    node,
    refusal,
    refused,
    rehearsal,
    rights,
    seen,
    server,
    shown,
    token,
    topology,
    unclimbed_node,
    unread,
    view,
)
from tests.checks.facts import standalone as url

CHECKS = catalogue()
LADDER = tuple(Stage(rung) for rung in RUNGS)
SERVERS = [
    server(),
    server("3.2", role=Role.REPLICA),
    server("9.1", Product.VALKEY, clock_offset=3600.0),
    server("", Product.UNKNOWN, role=Role.UNKNOWN, cluster_enabled=None, info=refusal("NOPERM no INFO")),
    server(cluster_enabled=True, loading=True),
    server(database=refusal("ERR DB index is out of range"), persistence_error="rdb_last_bgsave_status:err"),
    server(run_id="one", eviction="allkeys-lru"),
    server("6.0", run_id="two", eviction="noeviction"),
    server(load=Load()),
    server("5.0", load=load(memory_used=8 * 2**30, clients=9_999, keys={"0": 5, "2": 1})),
    server(load=load(memory_limit=0, clients_limit=None, keys=None)),
]
CHARTS = [
    topology(),
    topology((0, 16383, "a:1")),
    topology((0, 8000, "a:1+b:1")),
    topology((0, 16383, "a:1+?:1")),
    topology(cluster_enabled=True),
    topology(cluster_enabled=None, refusal=refusal("NOPERM no CLUSTER")),
]
REHEARSALS = [
    rehearsal(),
    rehearsal(cross_slot="CROSSSLOT no"),
    rehearsal(transaction="ERR unknown command"),
    rehearsal(write="READONLY no", transaction="READONLY no", cross_slot="READONLY no"),
    rehearsal(write="NOPERM no"),
    rehearsal(
        script="NOPERM no", refused={"ZADD": refusal("NOPERM no"), "LREM": refusal("ERR unknown command 'lrem'")}
    ),
    rehearsal(script="ERR unknown command 'eval'", script_cross_slot="ERR unknown command 'eval'", clients_limit=100),
    rehearsal(occupancy=Occupancy(prefixes={"saq": 3, "": 2}), script_cross_slot="CROSSSLOT no"),
]
EXCHANGES = [
    exchange(),
    exchange("BRPOPLPUSH", blocking="LOST no element came within 2 s"),
    exchange(channel="NOPERM no channel", pattern="NOPERM no channel"),
    exchange(blocking="ERR unknown command 'blmove'", pattern="LOST no message came within 2 s"),
]
REFUSED_SECOND = Failed(stage=Stage.COMMANDS, cause=Cause.SECOND_REFUSED, message="ERR max number of clients reached")
LATENCIES = [latency(), latency(30.0), latency(*[0.1] * 100)]
MAPS = {
    "one": (member("a" * 40, "0-8191"), member("b" * 40, "8192-16383"), member("c" * 40, primary="a" * 40)),
    "two": (member("a" * 40, "0-16383"), member("b" * 40)),
}
VIEWS: list[Observed[View]] = [
    Unreached(stage=Stage.TOPOLOGY, cause=Cause.NOT_ASKED),
    Failed(stage=Stage.TOPOLOGY, cause=Cause.STALLED),
    Seen(fact=view("a" * 40)),
    Seen(fact=view("b" * 40, "two", failing=("a:1 (fail)", "x:1 (fail?)"))),
    Seen(fact=view("c" * 40, open_slots=("93 migrating to " + "b" * 40,))),
    Seen(fact=View(refusal=refusal("NOPERM no CLUSTER"))),
]
RIGHTS = [
    rights(),
    rights("app", denied={"GET": "User app has no permissions to access the 'x' key"}),
    Rights(),
    Rights(unnamed=refusal("NOPERM no ACL")),
]
LOST = Unreached(stage=Stage.TOPOLOGY, cause=Cause.UNDIALLABLE)
WITHHELD = Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)
TOKENLESS = Unreached(stage=Stage.CONFIG, cause=Cause.IAM_UNUSABLE)
TARGETS = [
    url("redis://:tops3cret@a:1"),
    url("redis://h:1/9", safe_mode=True),
    url("redis://:tops 3cret@cache:6379/2"),
    held(url("rediss://app:tops3cret@a:1/3")),
    cluster("redis://a:1"),
    cluster("rediss://u:tops3cret@a:1", password=Secret("hunter22"), safe_mode=True),
    held(cluster("redis://a:1", tls=False)),
]
IDENTIFIED = [
    *(identified(each) for each in ("aws", "gcp", "azure")),
    url("redis://app@h:1", iam="aws"),
    url("rediss://h:1", iam="GCP"),
    url("redis://default@10.0.0.7:1/2", iam="gcp"),
    url("rediss://app:tops3cret@h:1", iam="aws"),
    held(url("rediss://h:1", iam="azure")),
    cluster("redis://a:1", iam="azure"),
    cluster("redis://app@a:1", iam="aws"),
]
OLD = "2026-01-02T03:00:00+00:00"
TOKENS: dict[str, list[Token]] = {
    "aws": [
        token(),
        token(principal="", clock_offset=None, expires_at="2026-01-02T03:05:05+00:00"),
        token(shadowed=ROLE, source="env", principal="arn:aws:iam::123456789012:user/ci"),
        token(claims=token().claims | {"region": "us-east-1"}),
        token(clock_offset=-400.0),
        token(expires_at=OLD),
    ],
    "gcp": [
        gcp_token(),
        gcp_token(principal="", expires_at=""),
        gcp_token(principal="project.svc.id.goog"),
        gcp_token(shadowed="x", expires_at=OLD),
    ],
    "azure": [
        azure_token(),
        azure_token(username=CLIENT_ID),
        azure_token(principal="", claims={"oid": "", "appid": ""}, expires_at=""),
        azure_token(claims={"aud": "https://management.azure.com"}, expires_at=OLD),
    ],
}
"""What comes of asking each provider."""
RENEWALS = [
    Seen(fact=Renewal(fresh=True)),
    Seen(fact=Renewal(fresh=False)),
    Failed(stage=Stage.AUTH, cause=Cause.RENEWAL_REFUSED),
    Failed(stage=Stage.AUTH, cause=Cause.RENEWAL_WITHOUT_TOKEN),
]
UNKNOWN = [
    replace(held(url("")), keys=(key(Flaw.KEY_MISSING),)),
    replace(held(cluster("")), keys=(key(Flaw.NOT_GIVEN, Purpose.NODES), key(None, Purpose.PASSWORD))),
    replace(url("rediss://h:1/9"), keys=(key(Flaw.NOT_PEM, Purpose.CA),)),
]
EXPIRED = certificate(not_after="2025-12-31T00:00:00+00:00")
CHAINS = [
    shown(),
    shown(certificate(issuer="CN=middle"), issuer(), issuer("CN=middle")),
    shown(certificate(not_after="2026-01-12T00:00:00+00:00")),
    shown(certificate("h", common_name="h"), compared=False),
    shown(replace(certificate(common_name="cache.example.com"), names=())),
]
"""Verified."""
REFUSED = [
    shown(code=18, vouched=False, problem="self-signed certificate"),
    shown(code=20, vouched=False, problem="unable to get local issuer certificate"),
    shown(code=20, akin=True, vouched=False, problem="unable to get local issuer certificate"),
    shown(code=67, problem="CA certificate key too weak"),
    shown(EXPIRED, code=10, problem="certificate has expired"),
    shown(EXPIRED, dialled="10.0.0.7", code=64, vouched=False, problem="IP address mismatch"),
    shown(certificate(not_before="2026-12-31T00:00:00+00:00"), code=9, problem="certificate is not yet valid"),
    shown(certificate("other.example.com"), code=62, problem="Hostname mismatch"),
    shown(replace(certificate(), names=()), code=62, vouched=False, problem="Hostname mismatch"),
]
"""Each with what makes it so."""
ASKED = [Asked(asked=False), Asked(asked=True), Asked(asked=True, authorities=("O=mine",))]
FILES = [
    Files(),
    Files(roots=1, public_roots=0, at=NOW),
    Files(client_certificate=certificate(), at=NOW),
    Files(client_certificate=EXPIRED, at=NOW),
    Files(client_certificate=certificate(for_clients=False), at=NOW),
]
ALONE = (Feature.FLEET, Feature.INSIGHTS, Feature.POLLY, Feature.JUICEFS, Feature.AGENT)
"""Those that have no cluster mode."""
INSTALLATIONS = [
    Installation(),
    installation(chart_version="0.12.24", client_certificate=True, lone_custom_ca="secretName"),
    installation(
        component("backend", mounts_client_certificate=True),
        component("queue", annotations={"eks.amazonaws.com/role-arn": "arn"}, mounts_client_certificate=True),
        component("fleet.queue", annotations=None),
        chart_version="0.17.0-rc.12",
        lone_custom_ca="secretKey",
        unread=(
            unread("redis.external.tlsEnabled", "redis.external.cluster.tlsEnabled", "true"),
            unread("fleet.redis.external.iamAuthProvider", "fleet.redis.external.iamProvider", "gcp"),
            unread("backend.podSecurityContext", "backend.deployment.podSecurityContext"),
        ),
    ),
]


OF_PASSWORDS = {each for each in Cause if each.startswith(("password-", "user-", "users-"))} - TOKEN_WORDS.keys()
REFUSALS = {f"{each}-token-refused" for each in TOKENS}


def causes(stage: Stage, iam: str = "") -> st.SearchStrategy[Cause]:
    """Those of the stage, and what the network can do at any; a token is refused for other reasons than a password."""
    # A node without an address is found in the map, a second token and connection come after the first,
    apart = {Cause.UNDIALLABLE, Cause.RENEWAL_REFUSED, Cause.RENEWAL_WITHOUT_TOKEN, Cause.SECOND_REFUSED}
    apart |= {Cause.DISAGREEMENT, Cause.UNDELETABLE}  # a check's own finding
    # and each provider has a refusal of its own.
    apart |= {each for each in Cause if each in REFUSALS and not each.startswith(iam)} if iam else set(TOKEN_WORDS)
    own = {cause for check in CHECKS if check.stage is stage for cause in check.claims}
    return st.sampled_from(sorted(own - apart - (OF_PASSWORDS if iam else set()) | {Cause.CLOSED}))


@st.composite
def tokens(draw: st.DrawFn, iam: str) -> Observed[Token]:
    """Seen three times out of four."""
    if draw(st.integers(1, 4)) == 4:
        obtained = next(check.claims for check in CHECKS if check.id == "token.obtained")
        return Failed(stage=Stage.TOKEN, cause=draw(st.sampled_from(sorted(obtained | {Cause.REFUSED}))))
    return Seen(fact=draw(st.sampled_from(TOKENS[iam])))


def logged_in(draw: st.DrawFn, one: Node, issued: Observed[Token]) -> Node:
    """The same node as the walk finds it with workload identity: without a token it ends below the login."""
    if not isinstance(one.tls, Seen):
        return one
    if not isinstance(issued, Seen):
        lost = Unreached(stage=issued.stage, cause=issued.cause)
        return replace(one, auth=lost, server=lost, renewal=lost, view=lost, rights=lost)
    renewal = draw(st.sampled_from(RENEWALS)) if isinstance(one.server, Seen) else one.renewal
    return replace(one, renewal=renewal)


@st.composite
def nodes(draw: st.DrawFn, name: str, iam: str = "") -> Node:
    stage = draw(st.sampled_from([None, None, *LADDER]))
    if stage is None:
        server_facts = draw(st.sampled_from(SERVERS))
        known = Seen(fact=draw(st.sampled_from(RIGHTS)))
        beside: dict[str, Any] = {"view": draw(st.sampled_from(VIEWS)), "rights": known}
        if draw(st.booleans()):
            return node(name, server_facts=server_facts, **beside)
        asked = draw(st.sampled_from(ASKED))
        return encrypted(name, draw(st.sampled_from(CHAINS)), asked, server=Seen(fact=server_facts), **beside)
    if stage is Stage.TLS and draw(st.booleans()):
        return rejected(draw(st.sampled_from(REFUSED)), name, draw(st.sampled_from(ASKED)))
    return broken_node(stage, draw(causes(stage, iam)), name)


def rejected(chain: Shown, name: str, asked: Asked) -> Node:
    cause = cause_of(chain)
    assert cause
    return refused(chain, cause, name, asked)


def observed(draw: st.DrawFn, stage: Stage, facts: list[Any]) -> Observed[Any]:
    """Seen three times out of four."""
    if draw(st.integers(1, 4)) == 4:
        return Failed(stage=stage, cause=draw(causes(stage)))
    return Seen(fact=draw(st.sampled_from(facts)))


def beyond(reached: Observed[Any]) -> Unreached | None:
    return None if isinstance(reached, Seen) else Unreached(stage=reached.stage, cause=reached.cause)


def without_database(target: Target, reached: Observed[Server]) -> Unreached | None:
    """A walk does not rehearse on a database that it could not select."""
    refused = isinstance(reached, Seen) and not reached.fact.database.ok and target.db
    return Unreached(stage=Stage.CAPACITY, cause=Cause.NO_SUCH_DATABASE) if refused else None


@st.composite
def targets(draw: st.DrawFn, name: str) -> TargetEvidence:
    target: Target = replace(draw(st.sampled_from(TARGETS + IDENTIFIED + UNKNOWN)), name=name)
    if target.mode is Mode.STANDALONE:
        target = replace(target, feature=draw(st.sampled_from([Feature.LANGSMITH, *ALONE])))
    if target.withheld:
        nowhere = unclimbed_node(Stage.CONFIG, Cause.SECRET_UNUSABLE, "a:1")
        return seen(target, nowhere, files=WITHHELD, topology=WITHHELD, rehearsal=WITHHELD, token=WITHHELD)
    if target.tls and draw(st.integers(1, 8)) == 8:
        return without_files(target)
    climbed = [draw(nodes(each, target.iam)) for each in ("a:1", "b:1", "c:1")[: draw(st.integers(1, 3))]]
    issued: Observed[Token] = TOKENLESS if target.tokenless or not target.iam else draw(tokens(target.iam))
    if target.iam:
        climbed = [logged_in(draw, each, issued) for each in climbed]
    first = next((each.server for each in climbed if isinstance(each.server, Seen)), climbed[0].server)
    chart: Observed[Topology] = beyond(first) or observed(draw, Stage.TOPOLOGY, CHARTS)
    missing = beyond(chart) or without_database(target, first)
    tried: Observed[Rehearsal] = missing or observed(draw, Stage.COMMANDS, REHEARSALS)
    if isinstance(chart, Seen) and "?:1" in chart.fact.members() and target.mode is Mode.CLUSTER:
        climbed.append(unclimbed_node(LOST.stage, LOST.cause, "?:1"))
    read = Seen(fact=draw(st.sampled_from(FILES if target.tls else FILES[:1])))
    more = exchanged(draw) if isinstance(tried, Seen) else {}
    return seen(target, *climbed, files=read, topology=chart, rehearsal=tried, token=issued, maps=MAPS, **more)


def exchanged(draw: st.DrawFn) -> dict[str, Observed[Any]]:
    """What follows the rehearsal: the latency, and then the second connection."""
    measured = observed(draw, Stage.COMMANDS, LATENCIES)
    second: list[Observed[Any]] = [REFUSED_SECOND, *(Seen(fact=each) for each in EXCHANGES)]
    return {"latency": measured, "exchange": beyond(measured) or draw(st.sampled_from(second))}


def without_files(target: Target) -> TargetEvidence:
    """Nothing is dialled, and no token asked for, with a CA bundle that cannot be read."""
    lost = Unreached(stage=Stage.FILES, cause=Cause.CA_UNREADABLE)
    nowhere = unclimbed_node(Stage.FILES, Cause.CA_UNREADABLE, "a:1")
    unread_ = Failed(stage=Stage.FILES, cause=Cause.CA_UNREADABLE)
    return seen(target, nowhere, files=unread_, topology=lost, rehearsal=lost, token=lost)


@st.composite
def gathered(draw: st.DrawFn) -> Evidence:
    """Two targets, and what the files declare around them, if they came from files."""
    declared = draw(st.sampled_from(INSTALLATIONS))
    return evidence(draw(targets("langsmith")), draw(targets("fleet")), installations=(declared,))


EVIDENCE = gathered()


def report(facts: Evidence, checks: tuple[AnyCheck, ...] = CHECKS) -> Report:
    return Report(tool="", started_at="", seconds=0, findings=assess(facts, checks))


def place(finding: Finding) -> tuple[str, str, str]:
    return finding.id, finding.target, finding.subject


@settings(deadline=None, max_examples=150)
@given(EVIDENCE)
def test_one_finding_for_each_reading(facts: Evidence) -> None:
    """Nothing is lost, doubled or out of order, and no rule breaks."""
    readings = [(check.id, each.target.name, each.subject) for check in CHECKS for each in check.reads(facts)]
    findings = report(facts).findings
    assert [place(finding) for finding in findings] == readings
    assert Outcome.ERROR not in {finding.outcome for finding in findings}


@settings(deadline=None, max_examples=150)
@given(EVIDENCE)
def test_what_is_blocked_leads_to_a_failure(facts: Evidence) -> None:
    """Following what blocks what, the person comes to something that can be cured."""
    findings = report(facts).findings
    cured = {(each.target, each.id) for each in findings if each.outcome is Outcome.FAIL and each.verdict.remedy}
    blocked = [each for each in findings if each.outcome is Outcome.BLOCKED]
    while reached := {(each.target, each.id) for each in blocked if (each.target, each.blocked_by) in cured} - cured:
        cured |= reached
    assert {(each.target, each.blocked_by) for each in blocked} <= cured
    assert all((each.blocked_by is not None) == (each.outcome is Outcome.BLOCKED) for each in findings)


NO_DATABASE = Unreached(stage=Stage.CAPACITY, cause=Cause.NO_SUCH_DATABASE)


@pytest.mark.parametrize("tried", [Failed(stage=Stage.COMMANDS, cause=Cause.CLOSED), NO_DATABASE])
def test_what_is_blocked_names_the_root_itself(tried: Failed | Unreached) -> None:
    """A URL on a cluster node: the mode is the root of all that follows, however it was come by."""
    one = node("a:1", server_facts=server(cluster_enabled=True, database=refusal("ERR out of range")))
    findings = report(evidence(seen(url(), one, topology=Seen(fact=CHARTS[1]), rehearsal=tried))).findings
    assert {each.blocked_by for each in findings if each.outcome is Outcome.BLOCKED} == {"topology.mode"}


@settings(deadline=None, max_examples=150)
@given(EVIDENCE, st.data())
def test_a_failure_never_improves_the_outcome(facts: Evidence, data: st.DataObject) -> None:
    """Break one more rung of one node, and the report is as bad or worse."""
    [first, *others] = facts.targets
    [broken, *rest] = first.nodes
    stages = [stage for stage in LADDER if isinstance(getattr(broken, stage), Seen)]
    if not stages:
        return
    stage = data.draw(st.sampled_from(stages))
    worse = replace(first, nodes=(broken_node(stage, data.draw(causes(stage, first.target.iam)), broken.name), *rest))
    after = report(evidence(worse, *others, installations=facts.installations)).outcome
    before = report(facts).outcome
    assert after.rank >= before.rank
    assert after.rank >= Outcome.FAIL.rank


OF_FILES = (
    *("chart-version", "dedicated", "external", "fs-group", "safe-mode", "secret", "service-accounts", "values"),
)
"""Nothing was read that they could judge, from a lone URL."""
OF_IDENTITY = [check.id for check in CHECKS if check.stage is Stage.TOKEN] + ["auth.renewal"]


@pytest.mark.parametrize("target", [url(), identified("azure")], ids=["password", "identity"])
@pytest.mark.parametrize("check", CHECKS, ids=[check.id for check in CHECKS])
def test_facts_that_were_not_reached_are_never_a_pass(check: AnyCheck, target: Target) -> None:
    """Whatever reads the network is blocked where nothing was reached, by the rung that broke."""
    lost = Unreached(stage=Stage.DNS, cause=Cause.NAME_UNKNOWN)
    broken = broken_node(Stage.DNS, Cause.NAME_UNKNOWN)
    facts = seen(target, broken, files=lost, topology=lost, rehearsal=lost, token=lost)
    found = {finding.outcome for finding in report(evidence(facts)).findings if finding.id == check.id}
    of_target = {"config.iam": {Outcome.PASS}, "config.port": {Outcome.PASS}}
    if not target.iam:
        of_target = {each: {Outcome.NOT_APPLICABLE} for each in of_target} | {each: set() for each in OF_IDENTITY}
    expected = {
        "dns.resolves": {Outcome.FAIL},
        "config.url": {Outcome.PASS},
        "config.clients": {Outcome.PASS},
        "config.tls": {Outcome.PASS},
        "config.nodes": set(),
        "topology.nodes": set(),
        "topology.names": set(),
    } | {f"config.{name}": {Outcome.NOT_APPLICABLE} for name in OF_FILES}
    assert found == (expected | of_target).get(check.id, {Outcome.BLOCKED})


SHARED = (
    "commonPodSecurityContext.fsGroup",
    *(f"{each.service_account}.annotations." for each in WORKLOADS),
    *(f"{each.pod}.labels." for each in WORKLOADS),
)
"""What a patch may name beside the target's own values."""


def leaves(values: dict[str, Any], path: str = "") -> Iterator[str]:
    """The dotted paths of whatever the values set."""
    for name, value in values.items():
        here = f"{path}.{name}".removeprefix(".")
        yield from leaves(value, here) if isinstance(value, dict) and value else [here]


@settings(deadline=None, max_examples=300)
@given(EVIDENCE)
def test_what_is_said_can_be_done(facts: Evidence) -> None:
    """No placeholder is left in a remedy, every patch lies below its target's root, and neither has a password."""
    features = {each.target.name: each.target.feature for each in facts.targets}
    for finding in report(facts).findings:
        verdict = finding.verdict
        assert not {"{", "}"} & set(verdict.summary + (verdict.remedy or ""))
        assert "3cret" not in repr(verdict)
        assert "hunter22" not in repr(verdict)
        for path in leaves(verdict.patch or {}):
            assert path.startswith((f"{features[finding.target].root}.", *SHARED))


@settings(deadline=None, max_examples=150)
@given(EVIDENCE)
def test_nobody_speaks_of_tokens_without_workload_identity(facts: Evidence) -> None:
    """Nor of passwords with it: its login has causes of its own."""
    identity = {each.target.name: bool(each.target.iam) for each in facts.targets}
    for finding in report(facts).findings:
        cause = finding.verdict.cause
        assert identity[finding.target] or finding.id not in OF_IDENTITY
        assert identity[finding.target] or cause not in TOKEN_WORDS
        assert not identity[finding.target] or cause not in OF_PASSWORDS


@settings(deadline=None, max_examples=150)
@given(EVIDENCE)
def test_one_root_for_a_refused_token(facts: Evidence) -> None:
    """A token that was refused is one failure for each node, or one of the token's own, and never both."""
    failed = {(each.target, each.id) for each in report(facts).findings if each.outcome is Outcome.FAIL}
    of_token = {target for target, name in failed if name.startswith("token.")}
    assert not of_token & {target for target, name in failed if name == "auth.accepted"}


def test_a_node_that_took_the_token() -> None:
    """With everything in order there is nothing to say against any of the three clouds."""
    for provider, made in TOKENS.items():
        target = identified(provider)
        chart = CHARTS[1] if target.mode is Mode.CLUSTER else CHARTS[0]
        facts = seen(target, admitted("a:1"), token=Seen(fact=made[0]), topology=Seen(fact=chart))
        outcomes = {each.outcome for each in report(evidence(facts)).findings}
        assert outcomes == {Outcome.PASS, Outcome.NOT_APPLICABLE}
