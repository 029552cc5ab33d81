"""The server's certificate is for the name that is dialled.

redis-py compares the two from version 6.0 on, before that it does not look; Go always does, and reads the list of names
(SAN) alone, where Python still takes the common name for a certificate without one. An address must stand in the list
as an address. A node URI may say `ssl_check_hostname=false`: then the chain is verified and the name is not.

Why: A client that compares refuses the server, and half of LangSmith may work while the other half does not.

Fix: Dial a name that the certificate lists, or have it reissued. Only as the last resort turn the comparison off:
whoever holds any certificate of that CA could then answer in the server's place.
- Google Cloud: the endpoints of Memorystore are addresses; where the certificate does not list them, only the last
  resort is left.
- Azure: nodes of Azure Managed Redis with the OSS cluster policy announce addresses that are in no certificate:
  LangSmith documents `ssl_check_hostname=false` on each node URI (chart 0.13.33 or newer). Dial the public name and no
  `privatelink.` one.
- your own server: announce names that are listed (`cluster-announce-hostname`, `cluster-preferred-endpoint-type
  hostname`).

Read: https://docs.langchain.com/langsmith/self-host-external-redis#oss-cluster
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from msgspec.structs import replace

from preflight.model.check import Check, Reading, certificates, placing
from preflight.model.evidence import Cause, Evidence, Observed, Seen, Stage
from preflight.model.facts import Shown
from preflight.model.finding import Details, Patch, Verdict, failed, not_applicable, passed
from preflight.model.remedies import terms, told, words
from preflight.model.target import Mode, Target
from preflight.model.verification import cause_of
from preflight.uri.names import covers, is_address
from preflight.uri.offering import Service, offering_of
from preflight.uri.patch import below

_MANY: Final = 8


class Dialled(NamedTuple):
    shown: Shown | None
    advertised: bool
    """The cluster announced it; nobody configured it."""


def reads(evidence: Evidence) -> Iterable[Reading[Dialled]]:
    for each in evidence.targets:
        for node in each.nodes:
            seen: Observed[Shown | None] = certificates(node)
            observed: Observed[Dialled] = (
                Seen(fact=Dialled(seen.fact, bool(node.advertised_by))) if isinstance(seen, Seen) else seen
            )
            yield Reading(target=each.target, subject=node.name, observed=observed, about=placing(node))


def judge(target: Target, dialled: Dialled) -> Verdict:
    shown = dialled.shown
    if shown is None:
        return not_applicable("TLS is off")
    if cause_of(shown) is Cause.HOSTNAME_MISMATCH:
        return _mismatch(target, dialled, shown)
    if any(covers(name, shown.dialled) for name in shown.own.names):
        return passed(f"lists {shown.dialled}")
    if not shown.compared:
        return passed(f"{shown.dialled} is not compared (ssl_check_hostname=false)")
    if _is_only_common(shown):
        return failed(
            "the certificate has the name as its common name alone, and not in its list of names (SAN)",
            "Have it reissued with the name as a SAN: Go looks at nothing else.",
            details=_details(shown),
        )
    return _mismatch(target, dialled, shown)


def _mismatch(target: Target, dialled: Dialled, shown: Shown) -> Verdict:
    patch = None
    if target.mode is Mode.CLUSTER and dialled.advertised and is_address(shown.dialled):
        remedy, patch = (_AZURE, _unchecked(target)) if _is_azure(target) else (f"{_ANNOUNCED} {_LAST_RESORT}", None)
    else:
        remedy = _otherwise(target, dialled, shown)
    verdict = told(Cause.HOSTNAME_MISMATCH, target, _details(shown))
    return replace(verdict, remedy=remedy, patch=patch)


def _otherwise(target: Target, dialled: Dialled, shown: Shown) -> str:
    listed = [name for name in shown.own.names if not name.startswith("*")]
    place = terms(target)["address"]
    remedy = words(Cause.HOSTNAME_MISMATCH, target).remedy
    if listed and not dialled.advertised:
        remedy = f"Dial {listed[0]}, which it lists, in {place}; or have it reissued with this name."
    return f"{remedy} {_LAST_RESORT}" if target.mode is Mode.CLUSTER else remedy


_AZURE: Final = (
    "Azure Managed Redis announces addresses that no certificate lists: LangSmith documents `ssl_check_hostname=false` "
    "on each node URI (chart 0.13.33 or newer)."
)
_ANNOUNCED: Final = (
    "Let the nodes announce names that the certificate lists (`cluster-announce-hostname`, and "
    "`cluster-preferred-endpoint-type hostname`), or have the certificates reissued with their addresses."
)
_LAST_RESORT: Final = (
    "`ssl_check_hostname=false` on the node URIs is the last resort: it lets any server of that CA in."
)


def _is_only_common(shown: Shown) -> bool:
    """OpenSSL takes it where no host name is listed, and never for an address."""
    if is_address(shown.dialled) or not all(map(is_address, shown.own.names)):
        return False
    return covers(shown.own.common_name, shown.dialled)


def _details(shown: Shown) -> Details:
    names = shown.own.names or ((shown.own.common_name,) if shown.own.common_name else ())
    more = f" and {len(names) - _MANY} more" if len(names) > _MANY else ""
    takes = "takes" if _is_only_common(shown) else "refuses"
    return {
        "dialled": shown.dialled,
        "names": ", ".join(names[:_MANY]) + more or "none",
        "means": f"redis-py before 6.0 does not look; from 6.0 on it {takes} it; Go refuses it",
    }


def _is_azure(target: Target) -> bool:
    found = [offering_of(endpoint.host) for endpoint in target.endpoints]
    return any(each is not None and each.service is Service.AZURE_MANAGED_REDIS for each in found)


def _unchecked(target: Target) -> Patch:
    if not target.place.inline:
        return None
    nodes = [replace(endpoint, check_hostname=False).uri for endpoint in target.endpoints]
    return below(target, cluster={"nodeUris": nodes})


CHECK = Check(
    stage=Stage.TLS,
    name="hostname",
    title="The certificate is for the name that is dialled",
    reads=reads,
    judge=judge,
    claims=frozenset({Cause.HOSTNAME_MISMATCH}),
)
