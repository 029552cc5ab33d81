"""A check: a claim, the facts it reads, and the rule that judges them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import ip_address, ip_network
from typing import Final, Generic, TypeVar

from msgspec import Struct

from preflight.model.evidence import Cause, Evidence, Failed, Node, Observed, Seen, Stage, TargetEvidence, Unreached
from preflight.model.facts import Shown
from preflight.model.finding import Verdict
from preflight.model.installation import Installation
from preflight.model.target import Declaration, Mode, Target
from preflight.model.token import Token

F = TypeVar("F")

ADVERTISED: Final = "advertised by"

_CONTAINERS: Final = tuple(
    ip_network(each) for each in ("172.17.0.0/16", "172.18.0.0/15", "172.20.0.0/14", "10.244.0.0/16", "10.88.0.0/16")
)
"""Where Docker, Kubernetes' usual pod networks and Podman number their containers."""

_INNER: Final = "an address of the kind that container networks use: set cluster-announce-ip on that node"


class Reading(Struct, Generic[F], frozen=True, kw_only=True):
    """One thing to judge: a fact, or why there is none."""

    target: Target
    subject: str
    observed: Observed[F]
    about: dict[str, str] = {}
    """What helps to place the subject, shown beside a verdict that is not a pass."""

    @property
    def announced(self) -> bool:
        """The subject is a node that nobody configured."""
        return ADVERTISED in self.about


class Check(Struct, Generic[F], frozen=True, kw_only=True):
    """Its id is `stage.name`; its module is named `stage_name`."""

    stage: Stage
    name: str
    title: str
    """The claim, affirmative: a pass confirms it."""
    reads: Callable[[Evidence], Iterable[Reading[F]]]
    judge: Callable[[Target, F], Verdict]
    gate: bool = False
    """Failures of its stage are this check's own, unless another check of the stage claims their cause."""
    claims: frozenset[Cause] = frozenset()
    """The causes that this check reports in place of the stage's gate."""
    needs: tuple[str, ...] = ()
    """Ids of checks whose failure explains whatever this one would see."""

    @property
    def id(self) -> str:
        return f"{self.stage}.{self.name}"


def per_target(fact: Callable[[TargetEvidence], Observed[F]]) -> Callable[[Evidence], Iterable[Reading[F]]]:
    """Read one fact of each target."""

    def reads(evidence: Evidence) -> Iterable[Reading[F]]:
        return [Reading(target=each.target, subject="", observed=fact(each)) for each in evidence.targets]

    return reads


def per_declaration(mode: Mode) -> Callable[[Evidence], Iterable[Reading[Declaration]]]:
    """Read how each target of this mode was written down; this needs no network."""

    def reads(evidence: Evidence) -> Iterable[Reading[Declaration]]:
        return [
            Reading(target=each.target, subject="", observed=declared(each.target))
            for each in evidence.targets
            if each.target.mode is mode
        ]

    return reads


def declared(target: Target) -> Observed[Declaration]:
    """The connection string as written, unless the Secret that should hold it does not give it."""
    if target.undeclared:
        return Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)
    return Seen(fact=target.declaration)


def per_installation(evidence: Evidence) -> Iterable[Reading[Installation]]:
    """Read what the files declare around each target; an empty record where it came without files."""
    return [
        Reading(
            target=each.target, subject="", observed=Seen(fact=evidence.installation_of(each.target) or Installation())
        )
        for each in evidence.targets
    ]


def per_node(fact: Callable[[Node], Observed[F]]) -> Callable[[Evidence], Iterable[Reading[F]]]:
    """Read one fact of each node that was dialled, configured or advertised."""

    def reads(evidence: Evidence) -> Iterable[Reading[F]]:
        return [
            Reading(target=each.target, subject=node.name, observed=fact(node), about=placing(node))
            for each in evidence.targets
            for node in each.nodes
        ]

    return reads


def certificates(node: Node) -> Observed[Shown | None]:
    """What the server showed, also where the handshake failed; None in plaintext."""
    if isinstance(node.shown, Seen):
        return Seen(fact=node.shown.fact)
    return Seen(fact=None) if isinstance(node.tls, Seen) else node.tls


def per_identity(fact: Callable[[Evidence, TargetEvidence, Token], F]) -> Callable[[Evidence], Iterable[Reading[F]]]:
    """Read something around the token of each target that has workload identity; others have none to speak of."""

    def reads(evidence: Evidence) -> Iterable[Reading[F]]:
        for each in evidence.targets:
            if each.target.iam:
                token = each.token
                observed = Seen(fact=fact(evidence, each, token.fact)) if isinstance(token, Seen) else token
                yield Reading(target=each.target, subject="", observed=observed)

    return reads


def placing(node: Node) -> dict[str, str]:
    """Where a node that nobody configured comes from."""
    unreached = node.advertised_by and isinstance(node.tcp, Failed)
    about = {
        ADVERTISED: node.advertised_by,
        "serves slots": node.slots,
        "announces": _INNER if unreached and _is_inner(node.name) else "",
    }
    return {name: value for name, value in about.items() if value}


def _is_inner(name: str) -> bool:
    try:
        address = ip_address(name.rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return any(address in network for network in _CONTAINERS)
