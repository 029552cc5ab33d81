"""Every component that connects carries what workload identity needs of it.

The token is given to a pod's service account. LangSmith documents the annotation for backend, queue, platformBackend,
hostBackend and ingestQueue. The same environment reaches more workloads (the listener, the agents, the Jobs of the
backend): whether those log in is not documented, so they only warn.

Why: The pods of a component without the annotation get no token, or one of another identity. They cannot log in, while
the others work.

Fix: Give each component the same annotation under serviceAccount.annotations.
- AWS: `eks.amazonaws.com/role-arn`, or an association of EKS Pod Identity, which does without annotations.
- Google Cloud: `iam.gke.io/gcp-service-account`.
- Azure: `azure.workload.identity/client-id`, and the label `azure.workload.identity/use: "true"`, quoted, under
  deployment.labels.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#iam-authentication
"""

from __future__ import annotations

from functools import reduce
from typing import Any, Final, NamedTuple

from preflight.chart.merge import merged
from preflight.model.check import Check, per_installation
from preflight.model.evidence import Stage
from preflight.model.finding import Patch, Verdict, failed, not_applicable, passed, warned
from preflight.model.identity import Provider
from preflight.model.installation import Component, Feature, Installation
from preflight.model.target import Target
from preflight.model.workload import ANNOTATIONS
from preflight.uri.patch import at

_LABEL: Final = "azure.workload.identity/use"


class Lack(NamedTuple):
    component: Component
    annotation: bool
    label: bool


def judge(target: Target, installation: Installation) -> Verdict:
    annotation = ANNOTATIONS.get(target.iam)
    connecting = [each for each in installation.components if target.feature in each.features]
    if annotation is None or not connecting:
        return not_applicable(_why_not(target, annotation))
    lacks = [lack for each in connecting if (lack := _lack(each, annotation, target.iam)) is not None]
    if not lacks:
        return passed(f"{len(connecting)} components carry {annotation}")
    required = [lack for lack in lacks if lack.component.documented or target.feature is not Feature.LANGSMITH]
    told_of = [each for each in connecting if each.annotations is not None]
    if target.iam == Provider.AWS and len(lacks) == len(told_of):
        return warned(
            f"no component carries {annotation}",
            "That is right with EKS Pod Identity alone. With IRSA, annotate the service account of each component.",
            details=_details(lacks),
        )
    told = required or lacks
    judged = failed if required else warned
    return judged(
        f"{len(told)} of {len(connecting)} components lack {_what(told, annotation)}",
        "Give each the annotation (and on Azure the label) that the others have, under the values named here.",
        patch=_patch(told, connecting, annotation),
        details=_details(told),
    )


def _why_not(target: Target, annotation: str | None) -> str:
    if not target.iam:
        return "no workload identity"
    return "no values or manifests were given" if annotation else "the provider is none of aws, gcp and azure"


def _lack(component: Component, annotation: str, provider: str) -> Lack | None:
    """A service account that is made elsewhere may well be annotated: nothing can be said of it."""
    no_annotation = component.annotations is not None and not component.annotations.get(annotation)
    no_label = provider == Provider.AZURE and component.labels.get(_LABEL) != "true"
    return Lack(component, no_annotation, no_label) if no_annotation or no_label else None


def _what(lacks: list[Lack], annotation: str) -> str:
    parts = {
        f"the annotation {annotation}": any(lack.annotation for lack in lacks),
        f'the label {_LABEL}: "true"': any(lack.label for lack in lacks),
    }
    return " or ".join(part for part, is_lacking in parts.items() if is_lacking)


def _details(lacks: list[Lack]) -> dict[str, str]:
    annotations = [f"{each.component.service_account or each.component.name}" for each in lacks if each.annotation]
    labels = [_labelled(each.component) for each in lacks if each.label]
    details = {
        "annotation": ", ".join(dict.fromkeys(annotations)),
        "label": ", ".join(labels),
    }
    return {name: text for name, text in details.items() if text}


def _labelled(component: Component) -> str:
    there = component.labels.get(_LABEL, "")
    unquoted = " (it is not quoted there)" if there.startswith("!") else ""
    return f"{component.labels_path or component.name}{unquoted}"


def _patch(lacks: list[Lack], all_of_them: list[Component], annotation: str) -> Patch:
    """The annotation that the others have, if they have one; names with dots stay whole."""
    said = [(each.annotations or {}).get(annotation) for each in all_of_them]
    values = set(filter(None, said))
    if len(values) > 1 or (not values and any(lack.annotation for lack in lacks)):
        return None
    changes: list[dict[str, Any]] = []
    for lack in lacks:
        component = lack.component
        if not component.service_account:
            return None
        if lack.annotation:
            changes.append(at(f"{component.service_account}.annotations", {annotation: next(iter(values))}))
        if lack.label:
            changes.append(at(component.labels_path, {_LABEL: "true"}))
    return reduce(merged, changes)


CHECK = Check(
    stage=Stage.CONFIG,
    name="service-accounts",
    title="Every component that connects carries its workload identity",
    reads=per_installation,
    judge=judge,
)
