"""Workload identity is configured as LangSmith and the provider want it.

redis.external.iamAuthProvider takes aws, gcp or azure, in lower case; the agents (fleet, insights, polly) call the same
setting iamProvider, and the chart ignores the other's name. The identity is the user name of the URL, and there is no
password.

Why: The chart hands on whatever is written and is silent about a name that it does not read. The pods then come up
without a token, or with one that the server does not take, and cannot log in.

Fix: Write the provider in lower case under the right key, `rediss://` in the URL (for a cluster tlsEnabled: true), and
no password.
- AWS: the user id of the IAM user stands before the `@`. ElastiCache and MemoryDB take tokens over TLS only, from Redis
  7.0 and Valkey 7.2 on.
- Google Cloud: the user is `default`, or left out. LangSmith supports it on Memorystore Cluster; Memorystore for Redis
  without clusters has an AUTH string alone.
- Azure: the object id of the managed identity stands before the `@`. TLS is a must. The Enterprise tiers of Azure Cache
  for Redis know no Entra ID.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#iam-authentication
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Final

from msgspec import Struct

from preflight.chart.merge import merged
from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Evidence, Seen, Stage, TargetEvidence
from preflight.model.facts import Server
from preflight.model.finding import Outcome, Patch, Verdict, failed, not_applicable, passed, warned
from preflight.model.identity import Provider
from preflight.model.installation import Feature, UnreadValue
from preflight.model.remedies import sentence, terms
from preflight.model.requirements import IAM_FLOORS
from preflight.model.target import Mode, Target
from preflight.uri.offering import offering_of
from preflight.uri.patch import at, below, encryption

_MISNAMED: Final = ("iamprovider", "iamauthprovider")


class Around(Struct, frozen=True, kw_only=True):
    """What is known beside the target's own configuration."""

    misnamed: tuple[UnreadValue, ...] = ()
    """The settings that stand under the other feature's name for them."""
    servers: tuple[Server, ...] = ()
    principal: str = ""
    """Whose token came."""


def reads(evidence: Evidence) -> list[Reading[Around]]:
    return [
        Reading(target=each.target, subject="", observed=Seen(fact=_around(evidence, each)))
        for each in evidence.targets
    ]


def _around(evidence: Evidence, each: TargetEvidence) -> Around:
    token = each.token.fact if isinstance(each.token, Seen) else None
    return Around(
        misnamed=_misnamed(evidence, each.target),
        servers=tuple(node.server.fact for node in each.nodes if isinstance(node.server, Seen)),
        principal=token.principal if token else "",
    )


def _misnamed(evidence: Evidence, target: Target) -> tuple[UnreadValue, ...]:
    installation = evidence.installation_of(target)
    unread = installation.unread if installation else ()
    root = f"{target.feature.root}."
    return tuple(each for each in unread if each.path.startswith(root) and each.path.lower().endswith(_MISNAMED))


class Fault(Struct, frozen=True):
    outcome: Outcome
    summary: str
    remedy: str
    patch: Patch = None


def judge(target: Target, around: Around) -> Verdict:
    misnamed = around.misnamed
    if not target.iam:
        return _of_name(target, misnamed[0]) if misnamed else not_applicable("no workload identity is configured")
    faults = [*_faults(target, around), *(_superfluous(target, each) for each in misnamed)]
    if not faults:
        return passed(f"{target.iam}, as {target.username}" if target.username else target.iam)
    worst = max(faults, key=lambda fault: fault.outcome.rank)
    judged = failed if worst.outcome is Outcome.FAIL else warned
    more = {str(number): each.summary for number, each in enumerate(faults, 1) if len(faults) > 1}
    return judged(worst.summary, " ".join(each.remedy for each in faults), patch=_patch(faults), details=more)


def _of_name(target: Target, unread: UnreadValue) -> Verdict:
    right = f"{target.feature.root}.{_name(target)}"
    return failed(
        f"the chart does not read {unread.path}: no workload identity is used",
        f"Name it {right}.",
        patch=merged(at(right, unread.text.lower()), at(unread.path, None)) if unread.text else None,
    )


def _superfluous(target: Target, unread: UnreadValue) -> Fault:
    summary = f"the chart does not read {unread.path}, and {_name(target)} is set too"
    return Fault(Outcome.WARN, summary, f"Remove {unread.path}.", at(unread.path, None))


def _name(target: Target) -> str:
    return "iamProvider" if target.feature.is_agent else "iamAuthProvider"


def _faults(target: Target, around: Around) -> Iterator[Fault]:
    provider = target.iam.strip().lower()
    if target.iam not in set(Provider):
        yield _of_spelling(target, provider)
        return
    yield from _of_login(target, provider, around.principal)
    if target.tls is None and (target.endpoints or target.mode is Mode.CLUSTER):
        yield _of_plaintext(target, provider)
    yield from _of_offering(target, provider)
    if provider == Provider.AWS:
        yield from _of_engine(around.servers)


def _of_engine(servers: tuple[Server, ...]) -> Iterator[Fault]:
    old = next((each for each in servers if each.version and each.version < IAM_FLOORS.get(each.product, ())), None)
    if old:
        yield Fault(
            Outcome.FAIL,
            f"{old} is older than workload identity on AWS",
            "Upgrade the engine to Redis 7.0, Valkey 7.2 or newer.",
        )


def _of_spelling(target: Target, provider: str) -> Fault:
    name = _name(target)
    known = provider in set(Provider)
    return Fault(
        Outcome.FAIL,
        "the provider is none of aws, gcp and azure" + (", which are written in lower case" if known else ""),
        f"Write aws, gcp or azure in {target.feature.root}.{name}.",
        below(target, **{name: provider}) if known and target.feature is not Feature.AGENT else None,
    )


def _of_login(target: Target, provider: str, principal: str) -> Iterator[Fault]:
    places = terms(target)
    if target.login and target.login.password:
        place = places["password"]
        yield Fault(Outcome.FAIL, "a password is configured beside workload identity", f"Remove it from {place}.")
    if target.mode is Mode.CLUSTER or not target.endpoints or target.login:
        return
    place = places["address"]
    if provider == Provider.GCP and target.username not in {"", "default"}:
        yield Fault(
            Outcome.FAIL, "Google knows no user but `default`", f"Write `default@`, or no user, in {place}."
        )  # fmt: skip
    elif provider != Provider.GCP and not target.username:
        azure = provider == Provider.AZURE
        what = "the object id of the managed identity" if azure else "the id of the ElastiCache user"
        told = f" ({principal}, if the pods have this identity)" if azure and principal else ""
        yield Fault(Outcome.FAIL, "the URL names no identity", f"Put {what}{told} before the `@` of {place}.")


def _of_plaintext(target: Target, provider: str) -> Fault:
    remedy = sentence(terms(target)["tls_on"])
    patch = encryption(target, on=True)
    if provider == Provider.GCP:
        return Fault(Outcome.WARN, "TLS is off: the token travels in clear", remedy, patch)
    return Fault(Outcome.FAIL, f"TLS is off, and {provider} takes tokens over TLS only", remedy, patch)


def _of_offering(target: Target, provider: str) -> Iterator[Fault]:
    found = [offering for each in target.endpoints if (offering := offering_of(each.host))]
    if provider == Provider.GCP and target.mode is Mode.STANDALONE and target.feature is Feature.LANGSMITH:
        yield Fault(
            Outcome.FAIL,
            "Google's standalone Memorystore knows no workload identity; LangSmith supports it on clusters",
            "Use Memorystore Cluster in cluster mode, or the instance's AUTH string as password.",
        )
    for offering in found[:1]:
        if offering.provider != provider:
            yield Fault(
                Outcome.FAIL,
                f"the host is {offering.service}, and the provider is {provider}",
                f"Set the provider to {offering.provider}, or correct the host.",
            )
        elif not offering.supports_iam:
            yield Fault(
                Outcome.FAIL,
                f"{offering.service} knows no workload identity",
                "Use its access key as password, or move to Azure Managed Redis.",
            )


def _patch(faults: list[Fault]) -> Patch:
    """All of it, or nothing: half a cure is none."""
    cures = [fault.patch for fault in faults if fault.patch]
    return reduce(merged, cures) if len(cures) == len(faults) else None


CHECK = Check(
    stage=Stage.CONFIG,
    name="iam",
    title="Workload identity is configured as the provider wants it",
    reads=reads,
    judge=judge,
    claims=frozenset({Cause.IAM_UNUSABLE}),
)
