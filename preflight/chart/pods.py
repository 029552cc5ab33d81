"""Pods out of a stream of manifests: the environment of each container, and the Secrets mounted as its files."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeVar

import msgspec
from msgspec import Struct, field
from msgspec.structs import replace

from preflight.chart.scale import made
from preflight.chart.secrets import Reference
from preflight.chart.wiring import Said, Setting
from preflight.model.errors import InputError
from preflight.model.secret import Secret

T = TypeVar("T")


class KeySelector(Struct):
    name: str = ""
    key: str = ""
    optional: bool | None = None


class ValueFrom(Struct, rename="camel"):
    secret_key_ref: KeySelector | None = None
    config_map_key_ref: KeySelector | None = None


class EnvVar(Struct, rename="camel"):
    name: str = ""
    value: str | None = None
    value_from: ValueFrom | None = None


class ObjectName(Struct):
    name: str = ""


class EnvFrom(Struct, rename="camel"):
    prefix: str | None = None
    config_map_ref: ObjectName | None = None
    secret_ref: ObjectName | None = None


class VolumeMount(Struct, rename="camel"):
    name: str = ""
    mount_path: str = ""
    sub_path: str | None = None


class Item(Struct):
    key: str = ""
    path: str = ""


class SecretVolume(Struct, rename="camel"):
    secret_name: str = ""
    items: list[Item] | None = None


class Volume(Struct):
    name: str = ""
    secret: SecretVolume | None = None


class Container(Struct, rename="camel"):
    name: str = ""
    env: list[EnvVar] | None = None
    env_from: list[EnvFrom] | None = None
    volume_mounts: list[VolumeMount] | None = None


class PodSecurity(Struct, rename="camel"):
    fs_group: int | None = None


class PodSpec(Struct, rename="camel"):
    containers: list[Container] | None = None
    init_containers: list[Container] | None = None
    volumes: list[Volume] | None = None
    security_context: PodSecurity | None = None
    service_account_name: str | None = None


class Metadata(Struct):
    name: str = ""
    namespace: str | None = None
    labels: dict[str, Any] | None = None
    annotations: dict[str, Any] | None = None


class Template(Struct):
    metadata: Metadata = field(default_factory=Metadata)
    spec: PodSpec = field(default_factory=PodSpec)


class Pod(Struct, frozen=True, kw_only=True):
    """The pods of one workload."""

    kind: str
    owner: Metadata
    template: Template
    replicas: int | None = 1
    """As many as the workload makes by itself; None for one on every node."""

    @property
    def namespace(self) -> str:
        return self.owner.namespace or ""

    @property
    def workload(self) -> str:
        return f"{self.kind}/{self.owner.name}"

    def containers(self) -> list[Container]:
        spec = self.template.spec
        return [*(spec.containers or ()), *(spec.init_containers or ())]

    def mounted(self, container: Container, path: str) -> Reference | None:
        """The Secret's key that the container sees as this file."""
        volumes = {each.name: each.secret for each in self.template.spec.volumes or () if each.secret}
        for mount in container.volume_mounts or ():
            volume = volumes.get(mount.name)
            inside = _inside(mount, path)
            if volume and inside:
                keys = {item.path: item.key for item in volume.items or ()}
                key = keys.get(inside, "") if keys else inside
                return Reference(secret=volume.secret_name, key=key, namespace=self.namespace) if key else None
        return None


# The path of the pod template in each kind that has one.
_TEMPLATES: Final = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


def objects_in(documents: Iterable[object]) -> Iterator[dict[str, Any]]:
    """Every object of a stream, those of a List included."""
    for each in documents:
        if not isinstance(each, dict):
            raise InputError("The manifests hold a document that is no Kubernetes object.")
        if isinstance(each.get("items"), list):
            yield from objects_in(each["items"])
        else:
            yield each


def pod_of(manifest: Mapping[str, Any]) -> Pod | None:
    """The pods that a manifest makes. Raises `InputError` with the path of a value of the wrong type."""
    path = _TEMPLATES.get(kind_of(manifest))
    if path is None:
        return None
    template: object = manifest
    for name in path:
        template = template.get(name) if isinstance(template, Mapping) else None
    owner = metadata_of(manifest)
    kind = kind_of(manifest)
    typed = _typed(template or {}, Template, f"{kind} {owner.name}")
    return Pod(kind=kind, owner=owner, template=typed, replicas=made(kind, manifest))


def kind_of(manifest: Mapping[str, Any]) -> str:
    return str(manifest.get("kind"))


def metadata_of(manifest: Mapping[str, Any]) -> Metadata:
    return _typed(manifest.get("metadata") or {}, Metadata, f"the metadata of a {manifest.get('kind')}")


class Referents(Struct, frozen=True):
    """What the variables of a container may refer to, by name, in its own namespace."""

    namespace: str
    config_maps: Mapping[str, Mapping[str, Any]]
    keys_of: Callable[[str], Iterable[str]]
    """The keys of a Secret, as far as they are known."""


def environment(container: Container, around: Referents) -> dict[str, Setting]:
    """Its variables as far as the stream tells them; `env` wins over `envFrom`, and the later over the earlier."""
    found: dict[str, Setting] = {}
    for each in container.env_from or ():
        prefix = each.prefix or ""
        if each.config_map_ref:
            values = around.config_maps.get(each.config_map_ref.name, {})
            found |= {f"{prefix}{name}": _said(value) for name, value in values.items()}
        if each.secret_ref:
            name = each.secret_ref.name
            found |= {f"{prefix}{key}": _reference(name, key, around) for key in around.keys_of(name)}
    for variable in container.env or ():
        setting = _setting(variable, around)
        if setting:
            found[variable.name] = setting
    return found


def _setting(variable: EnvVar, around: Referents) -> Setting | None:
    source = variable.value_from
    if source is None:
        return _said(variable.value or "")
    if source.secret_key_ref:
        ref = source.secret_key_ref
        return replace(_reference(ref.name, ref.key, around), optional=bool(ref.optional))
    if source.config_map_key_ref:
        ref = source.config_map_key_ref
        value = around.config_maps.get(ref.name, {}).get(ref.key)
        return None if value is None else _said(value)
    return None


def _reference(secret: str, key: str, around: Referents) -> Reference:
    return Reference(secret=secret, key=key, namespace=around.namespace)


def _said(value: object) -> Said:
    return Said(text=Secret(str(value)))


def _inside(mount: VolumeMount, path: str) -> str:
    """The file within the volume that a path names through this mount; empty for none."""
    if mount.sub_path:
        return mount.sub_path if path == mount.mount_path else ""
    prefix = mount.mount_path.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else ""


def _typed(value: object, kind: type[T], what: str) -> T:
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise InputError(f"{what} cannot be read: {str(error).replace('`', '')}.") from None
