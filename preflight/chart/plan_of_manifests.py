"""From rendered manifests to a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from preflight.chart.documents import documents
from preflight.chart.flags import MANIFESTS
from preflight.chart.from_pods import Names, Stream, named
from preflight.chart.given import LONGEST_STREAM, refuse_credentials, secrets_given
from preflight.chart.pods import kind_of, objects_in
from preflight.chart.secrets import name_of, secrets_in
from preflight.chart.wiring import resolved
from preflight.model.errors import InputError
from preflight.model.source import Request
from preflight.model.target import Plan


def plan_of_manifests(request: Request) -> Plan:
    """Every external Redis that a workload receives. Raises `InputError`, also where there is none."""
    streams = [Stream(objects, secrets_given(request, secrets_in(objects))) for objects in _clusters(_files(request))]
    calls = list(_names(streams))
    found = [(stream, wiring) for stream, names in zip(streams, calls, strict=True) for wiring in stream.wirings(names)]
    if not found:
        raise InputError(
            "No workload in these manifests receives the environment of an external Redis (REDIS_DATABASE_URI, "
            "REDIS_CLUSTER_DATABASE_URIS or REDIS_URI): there is nothing to check."
        )
    wirings = named([wiring for _, wiring in found])
    refuse_credentials(request, wirings)
    return Plan(
        targets=tuple(
            resolved(wiring, stream.secrets, request.around) for (stream, _), wiring in zip(found, wirings, strict=True)
        ),
        installations=tuple(
            each
            for stream, names in zip(streams, calls, strict=True)
            for each in stream.installations(names, request.chart_version)
        ),
    )


def _files(request: Request) -> Iterator[list[dict[str, Any]]]:
    for file in request.texts(MANIFESTS):
        text = request.read(file, "the manifests file")
        yield list(objects_in(documents(text, "the manifests file", LONGEST_STREAM)))


def _clusters(files: Iterable[list[dict[str, Any]]]) -> list[list[dict[str, Any]]]:
    """Files go together until one gives an object a second time: that is another cluster's."""
    clusters: list[list[dict[str, Any]]] = []
    seen: set[tuple[str, tuple[str, str]]] = set()
    for objects in files:
        names = {(kind_of(each), name_of(each)) for each in objects}
        if not clusters or seen & names:
            clusters.append([])
            seen = set()
        clusters[-1] += objects
        seen |= names
    return clusters


def _names(streams: list[Stream]) -> Iterator[Names]:
    """The release's own name where that tells it from the others, else with its namespace, else with a number."""
    releases = [release for stream in streams for release in stream.releases()]
    short, long = Counter(name for _, name in releases), Counter(releases)
    for number, stream in enumerate(streams, 1):
        names = {}
        for namespace, name in stream.releases():
            called = name if short[name] == 1 else f"{namespace}/{name}"
            names[namespace, name] = called if long[namespace, name] == 1 else f"{name}#{number}"
        yield names
