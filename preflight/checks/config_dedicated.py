"""No two installations share an instance, and no two features of one share a database.

Within an installation, fleet, insights and polly may use the instance of LangSmith, each in a database of its own
number. The same host and port are one instance; two names are where the server behind both gives the same run id, or,
as long as no server has been seen, where they resolve to the same address and port.

Why: Where two installations of LangSmith share an instance, deployment tasks reach the wrong cluster. Two features in
one database can take each other's keys.

Fix: Give the second installation its own instance, or the feature another database number in its URL.
- AWS: a cache with cluster mode on, and ElastiCache Serverless, have database 0 alone: give the feature an instance.
- Azure: Azure Managed Redis, and Azure Cache for Redis with clustering, have database 0 alone: give the feature an
  instance.

Read: https://docs.langchain.com/langsmith/self-host-external-redis
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Evidence, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Product
from preflight.model.finding import Verdict, failed, not_applicable, passed, warned
from preflight.model.target import Mode, Target
from preflight.uri.offering import offering_of
from preflight.uri.patch import address

_DATABASES: Final = 16
"""As many as Redis has by default."""

_SEVERAL: Final = {Product.REDIS, Product.VALKEY}


class Partner(NamedTuple):
    """Another target on the same instance."""

    target: Target
    known_by: str


class Sharing(NamedTuple):
    partners: tuple[Partner, ...]
    others: int
    """The targets that it was compared with."""
    free: int | None
    """The database that it could move to; None where it is the first there, or nothing is known of others."""


def reads(evidence: Evidence) -> Iterable[Reading[Sharing]]:
    free = _free(evidence.targets)
    for each in evidence.targets:
        yield Reading(target=each.target, subject="", observed=_sharing(each, evidence.targets, free))


def _sharing(
    each: TargetEvidence, targets: tuple[TargetEvidence, ...], free: Mapping[str, int]
) -> Observed[Sharing]:  # fmt: skip
    if not each.target.endpoints and len(targets) > 1:
        cause = Cause.NODES_UNUSABLE if each.target.mode is Mode.CLUSTER else Cause.URL_UNUSABLE
        return Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE if each.target.undeclared else cause)
    others = [other for other in targets if other is not each and other.target.endpoints]
    partners = tuple(Partner(other.target, how) for other in others if (how := _same_instance(each, other)))
    return Seen(fact=Sharing(partners, len(others), free.get(each.target.name)))


def _free(targets: tuple[TargetEvidence, ...]) -> dict[str, int]:
    """By target: a database of its own, for each that finds its own taken by one before it."""
    taken = {each.target.db for each in targets}
    free: dict[str, int] = {}
    for place, each in enumerate(targets):
        before = [one for one in targets[:place] if one.target.name not in free]
        is_taken = any(one.target.db == each.target.db and _same_instance(one, each) for one in before)
        number = next((number for number in range(1, _DATABASES) if number not in taken), None)
        if is_taken and number is not None and _has_databases(each):
            free[each.target.name] = number
            taken.add(number)
    return free


def _has_databases(each: TargetEvidence) -> bool:
    """As far as can be told: a cluster has one, and so have the managed services that hide one."""
    servers = [node.server.fact for node in each.nodes if isinstance(node.server, Seen)]
    plain = [server.cluster_enabled is False and server.product in _SEVERAL for server in servers]
    return any(plain) and not any(offering_of(endpoint.host) for endpoint in each.target.endpoints)


def _same_instance(one: TargetEvidence, other: TargetEvidence) -> str:
    """How it is known; empty where it is not so."""
    if _names(one) & _names(other):
        return "host and port"
    mine, theirs = _run_ids(one), _run_ids(other)
    if mine and theirs:
        return "the server's run id" if mine & theirs else ""
    return "address and port" if _addresses(one) & _addresses(other) else ""


def _run_ids(each: TargetEvidence) -> set[str]:
    return {node.server.fact.run_id for node in each.nodes if isinstance(node.server, Seen)} - {""}


def _names(each: TargetEvidence) -> set[tuple[str, int]]:
    return {(endpoint.host.lower().removesuffix("."), endpoint.port) for endpoint in each.target.endpoints}


def _addresses(each: TargetEvidence) -> set[tuple[str, str]]:
    return {(address, _port(node)) for node in each.nodes for address in _resolved(node)}


def _resolved(node: Node) -> tuple[str, ...]:
    return node.dns.fact.addresses if isinstance(node.dns, Seen) else ()


def _port(node: Node) -> str:
    return node.name.rpartition(":")[2]


def judge(target: Target, sharing: Sharing) -> Verdict:
    if not sharing.others:
        return not_applicable("there is nothing to compare it with")
    for partner in sharing.partners:
        if partner.target.installation != target.installation:
            return failed(
                f"{partner.target.name}, another installation, uses the same instance",
                "Give each installation an instance of its own.",
                details={"told by": partner.known_by},
            )
    same = [partner for partner in sharing.partners if partner.target.db == target.db]
    if same:
        names = ", ".join(partner.target.name for partner in same)
        return warned(
            f"shares instance and database {target.db} with {names}",
            "Give one of them an instance of its own, or another database number where the server has more than one.",
            patch=None if sharing.free is None else address(target, db=sharing.free),
            details={"told by": same[0].known_by},
        )
    if sharing.partners:
        return passed(f"its own database {target.db} on the instance of {_names_of(sharing.partners)}")
    return passed("an instance of its own")


def _names_of(partners: Iterable[Partner]) -> str:
    return ", ".join(partner.target.name for partner in partners)


CHECK = Check(
    stage=Stage.CONFIG,
    name="dedicated",
    title="The instance belongs to this installation alone",
    reads=reads,
    judge=judge,
)
