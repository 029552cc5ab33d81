"""From rendered manifests to the wirings of their pods, each once, and to what they declare around them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from msgspec.structs import replace
from semver import Version

from preflight.chart.declared import as_label
from preflight.chart.environment import FILES, wirings
from preflight.chart.from_values import METADATA_KEY
from preflight.chart.pods import Container, Metadata, Pod, Referents, environment, kind_of, metadata_of, pod_of
from preflight.chart.scale import CONNECTIONS, limited, together
from preflight.chart.secrets import Reference, Secrets
from preflight.chart.wiring import Said, Setting, Wiring
from preflight.model.components import workload_named
from preflight.model.installation import Component, Feature, Installation, SecretKey
from preflight.model.target import Mode
from preflight.uri.text import split

_RELEASE: Final = "app.kubernetes.io/instance"
_CHART: Final = "helm.sh/chart"
_METADATA_VOLUMES: Final = {"juicefs-config", "juicefs-meta"}


Names = Mapping[tuple[str, str], str]
"""What to call each release, by its namespace and name."""


class Stream:
    """The objects of one cluster, by what is asked of them."""

    def __init__(self, objects: Iterable[dict[str, Any]], secrets: Secrets) -> None:
        self.secrets = secrets
        self._maps: dict[str, dict[str, Mapping[str, Any]]] = {}
        self._accounts: dict[tuple[str, str], Metadata] = {}
        self._services: set[tuple[str, str]] = set()
        self._limits: dict[tuple[str, str, str], list[int | None]] = {}
        self._pods: list[Pod] = []
        for each in objects:
            self._take(each)

    def releases(self) -> list[tuple[str, str]]:
        """Namespace and name of each."""
        return list(dict.fromkeys(map(_release, self._pods)))

    def wirings(self, names: Names) -> list[Wiring]:
        """Every Redis outside the cluster, with the workloads that use it."""
        groups: dict[Wiring, list[str]] = {}
        for pod in self._pods:
            for wiring in dict.fromkeys(self._of_pod(pod, names)):
                groups.setdefault(wiring, []).append(pod.workload)
        outside = {wiring: users for wiring, users in groups.items() if not self._is_in_cluster(wiring)}
        return [replace(each, used_by=tuple(sorted(users, key=_is_job))) for each, users in outside.items()]

    def installations(self, names: Names, chart_version: str) -> tuple[Installation, ...]:
        releases: dict[str, list[Pod]] = {}
        for pod in self._pods:
            releases.setdefault(names[_release(pod)], []).append(pod)
        return tuple(self._installation(name, pods, names, chart_version) for name, pods in releases.items())

    def _take(self, manifest: dict[str, Any]) -> None:
        kind, metadata = kind_of(manifest), metadata_of(manifest)
        name = (metadata.namespace or "", metadata.name)
        pod = pod_of(manifest)
        if pod:
            self._pods.append(pod)
        if kind == "ConfigMap":
            data = manifest.get("data")
            self._maps.setdefault(name[0], {})[metadata.name] = data if isinstance(data, dict) else {}
        elif kind == "ServiceAccount":
            self._accounts[name] = metadata
        if kind in {"Service", "StatefulSet"}:
            self._services.add(name)
        if limit := limited(kind, manifest):
            self._limits.setdefault((name[0], *limit[:2]), []).append(limit[2])

    def _of_pod(self, pod: Pod, names: Names) -> Iterator[Wiring]:
        release = names[_release(pod)]
        mounted: dict[str, Reference] = {}
        for container in pod.containers():
            variables = environment(container, self._around(pod))
            files = {name: file for name, file in _files(pod, container, variables).items() if file}
            mounted |= files
            for wiring in wirings(variables, files, _agent(pod)):
                yield replace(wiring, installation=release, standing_by=self._outdated(wiring))
        # The Job that only formats the volume is given no CA; the host that mounts it is.
        for volume in () if pod.kind == "Job" else pod.template.spec.volumes or ():
            if volume.secret and volume.name in _METADATA_VOLUMES:
                yield Wiring(
                    name=Feature.JUICEFS,
                    mode=Mode.STANDALONE,
                    address=Reference(secret=volume.secret.secret_name, key=METADATA_KEY, namespace=pod.namespace),
                    ca=mounted.get("ca"),
                    feature=Feature.JUICEFS,
                    installation=release,
                )

    def _around(self, pod: Pod) -> Referents:
        keys_of = partial(self.secrets.keys_of, pod.namespace)
        return Referents(pod.namespace, self._maps.get(pod.namespace, {}), keys_of)

    def _outdated(self, wiring: Wiring) -> SecretKey | None:
        if not isinstance(wiring.address, Reference) or not self.secrets.is_rendered(wiring.address):
            return None
        return self.secrets.outdated(wiring.address, wiring.purpose)

    def _is_in_cluster(self, wiring: Wiring) -> bool:
        """The chart deploys this Redis itself, and the URL leads to its Service."""
        if not isinstance(wiring.address, Reference) or not self.secrets.is_rendered(wiring.address):
            return False
        found = self.secrets.look_up(wiring.address, wiring.purpose).text
        service, _, rest = split(found.reveal()).host.partition(".") if found else ("", "", "")
        namespace = wiring.address.namespace
        local = rest in {"", namespace} or ".svc." in f".{rest}."
        return local and ((namespace, service) in self._services or service == wiring.address.secret)

    def _installation(self, name: str, pods: Sequence[Pod], names: Names, chart_version: str) -> Installation:
        wired = [(pod, list(self._of_pod(pod, names))) for pod in pods]
        mine = [wiring for _, found in wired for wiring in found]
        return Installation(
            name=name,
            chart_version=chart_version or next(filter(None, map(_chart_version, pods)), ""),
            components=tuple(self._component(pod, found) for pod, found in wired if found),
            client_certificate=any(wiring.client_cert for wiring in mine),
        )

    def _component(self, pod: Pod, found: Sequence[Wiring]) -> Component:
        known = workload_named(pod.owner.name)
        spec = pod.template.spec
        account = self._accounts.get((pod.namespace, spec.service_account_name or "default"))
        name = known.name if known else pod.owner.name
        return Component(
            name=name,
            features=tuple(dict.fromkeys(wiring.feature for wiring in found)),
            workload=pod.workload,
            documented=bool(known and known.documented),
            service_account=known.service_account if known else "",
            annotations=_texts(account.annotations) if account else None,
            labels={key: as_label(value) for key, value in (pod.template.metadata.labels or {}).items()},
            labels_path=f"{known.pod}.labels" if known else "",
            fs_group=spec.security_context.fs_group if spec.security_context else None,
            mounts_client_certificate=any(wiring.client_cert for wiring in found),
            replicas=self._replicas(pod),
            connections=self._connections(pod),
        )

    def _replicas(self, pod: Pod) -> int | None:
        """An autoscaler has the last word; some templates give theirs no namespace."""
        namespaces = dict.fromkeys((pod.namespace, ""))
        limits = [most for each in namespaces for most in self._limits.get((each, pod.kind, pod.owner.name), ())]
        if not limits:
            return pod.replicas
        return None if None in limits else max(filter(None, limits), default=0)

    def _connections(self, pod: Pod) -> int | None:
        containers = pod.template.spec.containers or ()
        found = (environment(container, self._around(pod)).get(CONNECTIONS) for container in containers)
        return together(setting.text.reveal() for setting in found if isinstance(setting, Said))


def _files(pod: Pod, container: Container, variables: Mapping[str, Setting]) -> dict[str, Reference | None]:
    """The Secrets behind the files that the variables name."""
    paths = {name: variables.get(variable) for name, variable in FILES.items()}
    return {name: pod.mounted(container, path.text.reveal()) for name, path in paths.items() if isinstance(path, Said)}


def _release(pod: Pod) -> tuple[str, str]:
    return pod.namespace, str((pod.owner.labels or {}).get(_RELEASE) or "")


def _is_job(workload: str) -> bool:
    """Jobs come last: they are many and pass."""
    return workload.startswith("Job/")


def _chart_version(pod: Pod) -> str:
    """As its label has it; one that no order is known for counts for nothing."""
    match = re.fullmatch(r"langsmith-([0-9][0-9A-Za-z.+_-]*)", str((pod.owner.labels or {}).get(_CHART) or ""))
    version = match[1].replace("_", "+") if match else ""
    return version if Version.is_valid(version) else ""


def _agent(pod: Pod) -> Feature:
    known = workload_named(pod.owner.name)
    return known.feature if known and known.feature.is_agent else Feature.AGENT


def _texts(annotations: Mapping[str, Any] | None) -> dict[str, str]:
    return {name: str(value) for name, value in (annotations or {}).items()}


def named(found: Sequence[Wiring]) -> list[Wiring]:
    """Under a name of its own each: several releases by theirs, several wirings of one feature by number."""
    several = len({wiring.installation for wiring in found}) > 1
    named = [replace(each, name=f"{each.installation}/{each.name}" if several else each.name) for each in found]
    counts: dict[str, int] = {}
    for place, each in enumerate(named):
        counts[each.name] = counts.get(each.name, 0) + 1
        if counts[each.name] > 1:
            named[place] = replace(each, name=f"{each.name}-{counts[each.name]}")
    return named
