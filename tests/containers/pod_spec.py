"""Runs a Job's pod as a kubelet would: exactly its command, environment, mounts, user and rights, in a real container.

What cannot be translated is refused, so that nothing of a pod spec is passed over in silence. Kubernetes' own words for
what keeps a pod from starting are raised as `StartError`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tests.containers.engine import Engine

Spec = dict[str, Any]

MESSAGE: Final = "/dev/termination-log"
KNOWN_OF_POD: Final = {
    *("containers", "volumes", "securityContext", "restartPolicy", "serviceAccountName", "imagePullSecrets"),
    *("automountServiceAccountToken", "enableServiceLinks", "dnsConfig", "terminationGracePeriodSeconds"),
}
KNOWN_OF_CONTAINER: Final = {
    *("name", "image", "imagePullPolicy", "command", "args", "env", "volumeMounts", "resources", "securityContext"),
    *("terminationMessagePath", "terminationMessagePolicy"),
}


class StartError(Exception):
    """The pod would never start."""


@dataclass(frozen=True)
class Namespace:
    """What there is beside the pod: the texts of Secrets, by name and key."""

    name: str = "langsmith"
    secrets: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    status: int
    log: str
    message: str
    """The termination message."""


def run_pod(engine: Engine, image: str, job: Spec, namespace: Namespace, network: str) -> Ended:
    """Once, as `restartPolicy: Never` says."""
    spec = job["spec"]["template"]["spec"]
    [container] = spec["containers"]
    _refuse_unknown(spec, KNOWN_OF_POD)
    _refuse_unknown(container, KNOWN_OF_CONTAINER)
    assert spec["restartPolicy"] == "Never"
    environ = dict(_environment(container, namespace, job))
    with _mounts(spec, container, namespace) as mounts, _message() as message:
        options = [*_rights(spec, container), *mounts, f"--volume={message}:{MESSAGE}", f"--network={network}"]
        if command := container.get("command"):
            options.append(f"--entrypoint={command[0]}")
        arguments = [*container.get("command", [])[1:], *container.get("args", [])]
        ended = engine.run(image, *arguments, options=options, environ=environ)
        return Ended(ended.returncode, ended.stdout + ended.stderr, message.read_text())


def outcome(job: Spec, status: int) -> str:
    """What the Job makes of the exit status of its pod: `complete`, `failed`, or `again` for another pod."""
    if status == 0:
        return "complete"
    for rule in job["spec"].get("podFailurePolicy", {}).get("rules", []):
        codes = rule.get("onExitCodes")
        if codes and (status in codes["values"]) is (codes["operator"] == "In"):
            return {"FailJob": "failed", "Ignore": "again"}[rule["action"]]
    assert job["spec"]["backoffLimit"] == 0
    return "failed"


def _refuse_unknown(spec: Spec, known: set[str]) -> None:
    unknown = {name for name, value in spec.items() if value not in ({}, [], "", None)} - known
    assert not unknown, f"not translated: {unknown}"


def _environment(container: Spec, namespace: Namespace, job: Spec) -> Iterator[tuple[str, str]]:
    for each in container["env"]:
        assert "$(" not in each.get("value", "")
        match each:
            case {"name": name, "value": value}:
                yield name, value
            case {"name": name, "valueFrom": {"secretKeyRef": reference}}:
                value = _secret(reference, namespace)
                if value is not None:
                    yield name, value
            case {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}:
                yield name, {"metadata.namespace": namespace.name, "metadata.name": job["metadata"]["name"]}[path]
            case _:
                raise AssertionError(each)


def _secret(reference: Spec, namespace: Namespace) -> str | None:
    held = namespace.secrets.get(reference["name"])
    if held is not None and reference["key"] in held:
        return held[reference["key"]]
    if reference.get("optional"):
        return None
    raise StartError(f"CreateContainerConfigError: {reference['name']}/{reference['key']}")


def _rights(spec: Spec, container: Spec) -> Iterator[str]:
    """A non-root user, the groups, and what it may do."""
    pod, own = spec.get("securityContext", {}), container["securityContext"]
    user, group = (own.get(each, pod.get(each)) for each in ("runAsUser", "runAsGroup"))
    if own.get("runAsNonRoot", pod.get("runAsNonRoot")):
        assert user, "the user of the image would have to be looked at"
    if user is not None:
        yield f"--user={user}" + (f":{group}" if group is not None else "")
    for extra in (pod.get("fsGroup"), *pod.get("supplementalGroups", [])):
        if extra is not None:
            yield f"--group-add={extra}"
    assert pod.get("seccompProfile", own.get("seccompProfile")) == {"type": "RuntimeDefault"}  # as the engine's own
    if own.get("readOnlyRootFilesystem"):
        yield "--read-only"
    if own.get("allowPrivilegeEscalation") is False:
        yield "--security-opt=no-new-privileges"
    for each in own.get("capabilities", {}).get("drop", []):
        yield f"--cap-drop={each}"
    memory = container["resources"]["limits"]["memory"].replace("Mi", "m")
    yield from (f"--memory={memory}", f"--memory-swap={memory}")


@contextmanager
def _mounts(spec: Spec, container: Spec, namespace: Namespace) -> Iterator[list[str]]:
    """Secrets are files of root and of the pod's group, read-only."""
    with tempfile.TemporaryDirectory(prefix="preflight-pod-") as folder:
        Path(folder).chmod(0o755)
        volumes = {each["name"]: each for each in spec.get("volumes", [])}
        group = spec.get("securityContext", {}).get("fsGroup")
        for name, volume in volumes.items():
            if "emptyDir" not in volume:
                _fill(Path(folder, name), volume, group, namespace)
        mounts = container.get("volumeMounts", [])
        yield [_mounted(Path(folder, each["name"]), volumes[each["name"]], each) for each in mounts]


def _mounted(source: Path, volume: Spec, mount: Spec) -> str:
    if "emptyDir" in volume:
        size = volume["emptyDir"]["sizeLimit"].replace("Mi", "m")
        return f"--tmpfs={mount['mountPath']}:rw,exec,mode=1777,size={size}"
    if part := mount.get("subPath"):
        source /= part
        source.mkdir(exist_ok=True) if not source.exists() else None  # as the kubelet does where nothing came
    return f"--volume={source}:{mount['mountPath']}" + (":ro" if mount.get("readOnly") else "")


def _fill(folder: Path, volume: Spec, group: int | None, namespace: Namespace) -> None:
    folder.mkdir()
    secret = volume["secret"]
    held = namespace.secrets.get(secret["secretName"])
    if held is None and not secret.get("optional"):
        raise StartError(f"FailedMount: secret {secret['secretName']} not found")
    for item in secret["items"]:
        if item["key"] not in (held or {}):
            if secret.get("optional"):
                continue
            raise StartError(f"FailedMount: {secret['secretName']} has no {item['key']}")
        file = folder / item["path"]
        file.write_text((held or {})[item["key"]])
        mode = item.get("mode", secret.get("defaultMode", 0o644))
        os.chown(file, 0, group if group is not None else 0)
        file.chmod(mode | (0o440 if group is not None else 0))


@contextmanager
def _message() -> Iterator[Path]:
    """Anybody may write to it, as into the one that the kubelet makes."""
    with tempfile.NamedTemporaryFile(prefix="preflight-message-") as file:
        path = Path(file.name)
        path.chmod(0o666)
        yield path
