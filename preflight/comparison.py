"""Two reports side by side: what differs between two places that the same Redis was looked at from.

Roots come before what only follows from them. What was measured differs every time, and is told apart.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from msgspec import Struct

from preflight.model.digest import LOUD
from preflight.model.finding import Finding, Outcome, Report

MEASURED: Final = frozenset(
    {
        "capacity.connections",
        "capacity.empty",
        "capacity.latency",
        "capacity.memory",
        "server.clock",
        "token.clock",
        "token.lifetime",
        "token.obtained",
    }
)
"""Checks that tell a measurement: no two runs find the same."""

_ONE_SIDED: Final = "What the nodes announce can be reached from one of the two only (cluster-announce-ip, -hostname)."

MEANINGS: Final[Mapping[str, str]] = {
    "config": "The two were configured differently: compare the values, Secrets or variables that each was given.",
    "files": "The TLS files differ, or who may read them: they are not mounted alike.",
    "token": "The two have different identities: the SDK finds other credentials there.",
    "dns": (
        "The resolvers answer differently: split-horizon DNS, or a private endpoint whose zone is not linked to the "
        "network of one of them."
    ),
    "tcp": "The way to the port differs: a firewall, NetworkPolicy or security group lets one of the two through only.",
    "tls": (
        "Something between changes TLS, as a proxy that ends it or has a certificate of its own, or each has another "
        "CA bundle."
    ),
    "auth": "The two log in differently: another user, password or identity, or another server's ACL.",
    "server": "Another server answers, or another version of it: from there, the address leads elsewhere.",
    "server.clock": "The clocks of the two machines differ.",
    "topology": "The two are shown other nodes: another cluster answers, or this one has changed in between.",
    "topology.names": _ONE_SIDED,
    "topology.nodes": _ONE_SIDED,
    "capacity.latency": "The way is longer for one of the two: another region, a VPN, a proxy or a port-forward.",
}
"""What it means where this check, or else one of this stage, turns out differently."""


class Pair(Struct, frozen=True, kw_only=True):
    """What each of the two calls it; empty for the one that does not know it."""

    first: str
    second: str

    def __str__(self) -> str:
        return " / ".join(dict.fromkeys(filter(None, (self.first, self.second))))


class Told(Struct, frozen=True, kw_only=True):
    """What one of the two found."""

    outcome: Outcome
    summary: str
    blocked_by: str | None = None


class Difference(Struct, frozen=True, kw_only=True):
    """One check on one subject; `first` or `second` is None where that one did not look at it."""

    id: str
    target: Pair
    subject: Pair
    first: Told | None = None
    second: Told | None = None
    meaning: str = ""
    follows: str = ""
    """The id of the check that it is put down to, or what ended the run; empty for a difference of its own."""

    @property
    def shares_target(self) -> bool:
        return bool(self.target.first and self.target.second)

    @property
    def place(self) -> str:
        """What the other side does not know, if this was not looked at from there."""
        return (str(self.subject) or self.id) if self.shares_target else str(self.target)

    @property
    def worst(self) -> Outcome:
        return max((each.outcome for each in (self.first, self.second) if each), key=lambda outcome: outcome.rank)


class Comparison(Struct, frozen=True, kw_only=True):
    """What differs; roots first, and of those the worst."""

    targets: tuple[Pair, ...] = ()
    """All of them."""
    outcomes: tuple[Difference, ...] = ()
    """The outcome differs."""
    facts: tuple[Difference, ...] = ()
    """The outcome is the same, and what was found is not."""
    measured: tuple[Difference, ...] = ()
    """The outcome is the same, and only a measurement differs, as it always does."""
    alone: tuple[Difference, ...] = ()
    """Only one of the two looked at it: a node or a target that the other does not know."""


class _Place(NamedTuple):
    """What a finding is about."""

    target: Pair
    id: str
    subject: str
    """By the first one's name."""
    number: int
    """Of those that are about the same."""


class _Names(NamedTuple):
    """How what one of the two calls things is said of both."""

    targets: Mapping[str, Pair]
    endpoints: Mapping[tuple[str, str], str]
    """By target and endpoint, where the first one calls it otherwise."""


def compare(first: Report, second: Report) -> Comparison:
    pairs = _pairs([each.name for each in first.targets], [each.name for each in second.targets])
    mine = _placed(first.findings, _Names({each.first: each for each in pairs}, {}))
    others = _placed(second.findings, _Names({each.second: each for each in pairs}, _endpoints(first, second, pairs)))
    found = (_difference(place, mine.get(place), others.get(place)) for place in mine | others)
    differing = sorted(filter(None, found), key=lambda each: (bool(each.follows), -each.worst.rank))
    unlike, alike, alone = list[Difference](), list[Difference](), list[Difference]()
    for each in differing:
        outcomes = {told.outcome for told in (each.first, each.second) if told}
        (unlike if len(outcomes) > 1 else alike if each.first and each.second else alone).append(each)
    return Comparison(
        targets=pairs,
        outcomes=tuple(unlike),
        facts=tuple(each for each in alike if each.id not in MEASURED),
        measured=tuple(each for each in alike if each.id in MEASURED),
        alone=tuple(alone),
    )


def _pairs(first: Sequence[str], second: Sequence[str]) -> tuple[Pair, ...]:
    """Of one target each, the two are the same by whatever names."""
    if len(first) == len(second) == 1:
        return (Pair(first=first[0], second=second[0]),)
    mine = (Pair(first=name, second=name if name in second else "") for name in first)
    return (*mine, *(Pair(first="", second=name) for name in second if name not in first))


def _endpoints(first: Report, second: Report, pairs: Iterable[Pair]) -> dict[tuple[str, str], str]:
    """Of one endpoint each, the two are the same by whatever names, unless one side knows both names."""
    mine, others = ({each.name: each.endpoints for each in report.targets} for report in (first, second))
    known, told = ({(each.target, each.subject) for each in report.findings} for report in (first, second))
    same = dict[tuple[str, str], str]()
    for pair in pairs:
        match mine.get(pair.first), others.get(pair.second):
            case (here,), (there,) if (pair.first, there) not in known and (pair.second, here) not in told:
                same[pair.second, there] = here
    return same


def _placed(findings: Iterable[Finding], names: _Names) -> dict[_Place, Finding]:
    count, placed = Counter[tuple[object, ...]](), dict[_Place, Finding]()
    for each in findings:
        subject = names.endpoints.get((each.target, each.subject), each.subject)
        about = (names.targets[each.target], each.id, subject)
        placed[_Place(*about, count[about])] = each
        count[about] += 1
    return placed


def _difference(place: _Place, mine: Finding | None, other: Finding | None) -> Difference | None:
    """None where both found the same."""
    if mine and other and _found(mine) == _found(other):
        return None
    both = [each for each in (mine, other) if each]
    follows = _follows(both)
    return Difference(
        id=place.id,
        target=place.target,
        subject=Pair(first=mine.subject if mine else "", second=other.subject if other else ""),
        first=_told(mine),
        second=_told(other),
        meaning="" if follows or len(both) == 1 else _meaning(both[0]),
        follows=follows,
    )


def _meaning(finding: Finding) -> str:
    return MEANINGS.get(finding.id) or MEANINGS.get(finding.stage, "")


def _found(finding: Finding) -> tuple[Outcome, list[str]]:
    """Resolvers and servers tell several things in any order; why something does not apply is no finding."""
    silent = finding.outcome is Outcome.NOT_APPLICABLE
    return finding.outcome, [] if silent else sorted(finding.verdict.summary.replace(",", " ").split())


def _follows(findings: Sequence[Finding]) -> str:
    """What is wrong by itself in one of the two is a root there, whatever hides it from the other."""
    if any(each.outcome in LOUD for each in findings):
        return ""
    return next((each.blocked_by for each in findings if each.blocked_by), "")


def _told(finding: Finding | None) -> Told | None:
    if finding is None:
        return None
    return Told(outcome=finding.outcome, summary=finding.verdict.summary, blocked_by=finding.blocked_by)
