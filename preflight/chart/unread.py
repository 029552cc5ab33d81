"""Values that the chart never looks at: Helm takes them without a word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, Final

from msgspec import Struct

from preflight.chart.values import AgentExternal, ClientCert, Cluster, CustomCa, External
from preflight.model.components import WORKLOADS
from preflight.model.installation import Feature, UnreadValue

# The parts of the values that are known whole.
_WHOLE: Final[dict[str, type[Struct]]] = {
    "redis.external": External,
    "redis.external.clientCert": ClientCert,
    "redis.external.cluster": Cluster,
    "config.customCa": CustomCa,
    **{feature.root: AgentExternal for feature in Feature if feature.is_agent and feature is not Feature.AGENT},
}

# People carry these over from another part of the same chart.
_MEANT: Final = {
    "redis.external.iamProvider": "redis.external.iamAuthProvider",
    "redis.external.tlsEnabled": "redis.external.cluster.tlsEnabled",
    "redis.external.nodeUris": "redis.external.cluster.nodeUris",
    "redis.external.cluster.clusterSafeMode": "redis.external.clusterSafeMode",
    **{f"{f.root}.iamAuthProvider": f"{f.root}.iamProvider" for f in Feature if f.is_agent and f is not Feature.AGENT},
}

# Keys that examples of the chart use and its templates do not read, and the one that is read in their place.
_SECURITY: Final = {
    **{
        f"{each.name}.podSecurityContext": f"{each.pod}.podSecurityContext"
        for each in WORKLOADS
        if each.pod.endswith(".deployment")
    },
    "playground.podSecurityContext": "playground.deployment.podSecurityContext",
    "e2eTest.podSecurityContext": "backend.e2eTest.podSecurityContext",
    **{
        f"{each.pod}.fsGroup": f"{each.pod}.podSecurityContext.fsGroup"
        for each in WORKLOADS
        if not each.pod.endswith(".deployment")
    },
}

_PROVIDERS: Final = {"aws", "gcp", "azure"}


def unread(tree: Mapping[str, Any]) -> tuple[UnreadValue, ...]:
    return (*_unknown(tree), *_misplaced(tree))


def _unknown(tree: Mapping[str, Any]) -> Iterator[UnreadValue]:
    for part, struct in _WHOLE.items():
        known = struct.__struct_encode_fields__
        for name, value in (found(tree, part) or {}).items():
            if name not in known:
                yield UnreadValue(path=f"{part}.{_shown(name)}", meant=_close(part, name, known), text=_harmless(value))


def _misplaced(tree: Mapping[str, Any]) -> Iterator[UnreadValue]:
    for path, read in _SECURITY.items():
        above, _, name = path.rpartition(".")
        section = found(tree, above) or {}
        if name in section:
            yield UnreadValue(path=path, meant=read, text=_harmless(section[name]))


def found(tree: Mapping[str, Any], path: str) -> Mapping[str, Any] | None:
    """The mapping at a dotted path, if there is one."""
    here: object = tree
    for name in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(name)
    return here if isinstance(here, Mapping) else None


def _close(part: str, name: str, known: Iterable[str]) -> str:
    by_case = {each.lower(): each for each in known}
    close = get_close_matches(name.lower(), by_case, n=1, cutoff=0.8)
    return _MEANT.get(f"{part}.{name}") or (f"{part}.{by_case[close[0]]}" if close else "")


def _shown(name: str) -> str:
    """A URL may stand where a key is meant."""
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]{0,40}", name) else "(a key that is not shown)"


def _harmless(value: object) -> str:
    """A switch or a provider; any other text could be a password in the wrong place."""
    if isinstance(value, bool):
        return str(value).lower()
    return value if isinstance(value, str) and value.lower() in _PROVIDERS else ""
