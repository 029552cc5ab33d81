"""The options of values and manifests; a module of its own, so that `--help` waits for nothing else here."""

from __future__ import annotations

from typing import Final

from preflight.model.source import Flag

VALUES: Final = Flag(
    name="--values",
    metavar="FILE",
    repeat=True,
    help="Helm values of LangSmith; repeatable, merged as Helm merges; - reads standard input",
)
SET: Final = Flag(name="--set", metavar="KEY=VALUE", repeat=True, help="as helm's --set; repeatable")
RELEASE: Final = Flag(
    name="--release",
    metavar="NAME",
    help="the release's name, for --values (default: langsmith)",
    names_source=False,
)
MANIFESTS: Final = Flag(
    name="--manifests",
    metavar="FILE",
    repeat=True,
    help="the output of helm template; - reads standard input; repeatable",
)
SECRET: Final = Flag(
    name="--secret",
    metavar="FILE",
    repeat=True,
    help="Secrets that the values or manifests name (kubectl get secret -o yaml); repeatable",
    names_source=False,
)
KUBE: Final = Flag(
    name="--kube",
    metavar="",
    switch=True,
    help="fetch those Secrets from the cluster: kubeconfig, or this pod's service account",
    names_source=False,
)
CONTEXT: Final = Flag(
    name="--kube-context",
    metavar="NAME",
    help="kubeconfig context for --kube (default: the current one)",
    names_source=False,
)
NAMESPACE: Final = Flag(
    name="--namespace",
    metavar="NAME",
    help="namespace of the Secrets for --kube (default: the context's)",
    names_source=False,
)
SHARED: Final = (SECRET, KUBE, CONTEXT, NAMESPACE)
