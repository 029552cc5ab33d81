"""Our pods are what LangSmith's will be, as far as Redis can tell: held against the manifests of its own chart."""

from __future__ import annotations

import base64
import functools
from collections.abc import Iterable
from typing import Any, Final

import pytest
import yaml

from preflight.model.components import WORKLOADS, Workload
from preflight.model.installation import Feature
from tests.chart import cases
from tests.chart_hook.installations import ALL, COMPONENTS, DOCUMENTED, RENDERED
from tests.chart_hook.render import Document, container, jobs, of_kind, pod, render

SERVICES: Final = {
    each.name: each
    for each in WORKLOADS
    if each.feature is Feature.LANGSMITH and each.service_account == f"{each.name}.serviceAccount"
}
"""Workloads with an account of their own and no Redis but LangSmith's."""

FOREIGN: Final = ("helm.sh/", "app.kubernetes.io/", "argocd.argoproj.io/", "meta.helm.sh/", "checksum/")


def of_redis(name: str) -> bool:
    return name.startswith("REDIS_") or name == "SSL_CERT_FILE"


def environment(job: Document, documents: Iterable[Document]) -> dict[str, str]:
    """As the process sees it: each Secret's key looked up among the documents, or among those that are kept."""
    stored = list(yaml.safe_load_all(cases.kept())) + of_kind(documents, "Secret")
    secrets = {each["metadata"]["name"]: each["data"] for each in stored}
    found: dict[str, str] = {}
    for each in filter(lambda variable: of_redis(variable["name"]), container(job)["env"]):
        key = each.get("valueFrom", {}).get("secretKeyRef")
        coded = secrets[key["name"]][key["key"]] if key else ""
        found[each["name"]] = base64.b64decode(coded).decode() if key else each["value"]
    return found


def deployments(case: str) -> dict[str, Document]:
    """LangSmith's own services that are given its Redis, by component."""
    found = {each["metadata"]["name"]: each for each in of_kind(manifests(case), "Deployment")}
    named = {name: found.get(f"langsmith-{each.suffix}") for name, each in SERVICES.items()}
    return {name: each for name, each in named.items() if each}


@functools.cache
def manifests(case: str) -> list[Document]:
    return cases.objects_of(case)


def own(texts: dict[str, str] | None) -> dict[str, str]:
    """Without what every chart writes."""
    return {name: text for name, text in (texts or {}).items() if not name.startswith(FOREIGN)}


def required(value: Any) -> Any:
    """What is said but for `optional`, which is ours."""
    if isinstance(value, dict):
        return {key: required(each) for key, each in value.items() if key != "optional"}
    return [required(each) for each in value] if isinstance(value, list) else value


def by_name(entries: list[Document]) -> dict[str, Document]:
    return {each["name"]: required(each) for each in entries}


def each_service(case: str, **values: Any) -> list[tuple[str, Document, Document, list[Document]]]:
    """Name, LangSmith's Deployment, our Job in its place, and all of our documents."""
    documents = render(RENDERED[case] | COMPONENTS | values)
    ours, theirs = jobs(documents), deployments(case)
    return [(name, each, ours[SERVICES[name].suffix], documents) for name, each in theirs.items()]


@pytest.mark.parametrize("upgrade", [False, True], ids=["install", "upgrade"])
@pytest.mark.parametrize("umbrella", [False, True], ids=["alone", "umbrella"])
@pytest.mark.parametrize("case", RENDERED)
def test_environment(case: str, *, umbrella: bool, upgrade: bool) -> None:
    """Name for name and value for value that of LangSmith's backend."""
    documents = render(RENDERED[case], upgrade=upgrade, umbrella=umbrella)
    theirs = environment(deployments(case)["backend"], manifests(case))
    assert len(theirs) >= 4
    assert environment(jobs(documents)[""], documents) == theirs


@pytest.mark.parametrize("case", RENDERED)
def test_environment_of_each(case: str) -> None:
    """Also what only some of them get."""
    for name, theirs, ours, documents in each_service(case):
        assert environment(ours, documents) == environment(theirs, manifests(case)), name


@pytest.mark.parametrize("case", RENDERED)
def test_components(case: str) -> None:
    """Every Deployment of LangSmith that gets its Redis has a Job, and no other."""
    receiving = {
        each["metadata"]["name"].removeprefix("langsmith-")
        for each in of_kind(manifests(case), "Deployment")
        if any(of_redis(variable["name"]) for variable in container(each)["env"])
    }
    agents = {each.suffix for each in WORKLOADS if each.feature.is_agent}
    assert jobs(render(RENDERED[case] | COMPONENTS)).keys() == receiving - agents


ON: Final = {"enabled": True}
OFF: Final = {"enabled": False}
SWITCHES: Final[dict[str, dict[str, Any]]] = {
    "deployments": {"config": {"deployment": ON}},
    "host-backend": {"hostBackend": ON},
    "no-ingest-queue": {"ingestQueue": OFF},
    "null-ingest-queue": {"ingestQueue": {"enabled": None}},
    "gateway": {"agentGateway": ON},
    "presidio": {"presidioAnalyzer": ON},
    "fleet": {"fleet": ON},
    "agent-builder": {"config": {"agentBuilder": ON}},
    "fleet-without-tools": {"fleet": ON, "fleetToolServer": OFF},
    "fleet-without-triggers": {"fleet": ON, "fleetTriggerServer": OFF},
    "servers-without-fleet": {"fleetToolServer": ON, "fleetTriggerServer": ON},
}
SWITCHED: Final = {name: DOCUMENTED["url"] | values for name, values in SWITCHES.items()}


@pytest.mark.parametrize("values", (ALL | SWITCHED).values(), ids=ALL | SWITCHED)
def test_components_that_preflight_knows(values: dict[str, Any]) -> None:
    """The conditions are those by which `preflight --values` lists the components."""
    known = cases.components(cases.from_values({key: values[key] for key in values if key != "commonEnv"}))
    made = jobs(render(values | COMPONENTS))
    assert made.keys() == {SERVICES[name].suffix for name in known if name in SERVICES}


@pytest.mark.parametrize("workload", SERVICES.values(), ids=SERVICES)
def test_each_component_has_a_case(workload: Workload) -> None:
    """So that the tests above speak of all of them; what no rendering has is switched on in `everything`."""
    assert workload.suffix in jobs(render(ALL["everything"] | COMPONENTS))


@pytest.mark.parametrize("case", RENDERED)
def test_files(case: str) -> None:
    """Mounted where, from which keys and with which modes LangSmith's are."""
    for name, theirs, ours, _ in each_service(case):
        tmp = {"preflight-tmp"}
        mounts, volumes = by_name(container(ours)["volumeMounts"]), by_name(pod(ours)["volumes"])
        assert mounts.keys() == by_name(container(theirs).get("volumeMounts", [])).keys() | tmp, name
        assert by_name(container(theirs).get("volumeMounts", [])).items() <= mounts.items()
        assert by_name(pod(theirs).get("volumes", [])).items() <= volumes.items()
        assert volumes.keys() - by_name(pod(theirs).get("volumes", [])).keys() == tmp


@pytest.mark.parametrize("case", RENDERED)
def test_pod(case: str) -> None:
    for name, theirs, ours, _ in each_service(case):
        assert pod(theirs)["securityContext"].items() <= pod(ours)["securityContext"].items(), name
        assert pod(ours)["dnsConfig"] == pod(theirs)["dnsConfig"]
        assert pod(ours)["serviceAccountName"] == pod(theirs)["serviceAccountName"]
        labels = [own(each["spec"]["template"]["metadata"]["labels"]) for each in (theirs, ours)]
        assert labels[0] == labels[1]


@pytest.mark.parametrize("case", RENDERED)
def test_accounts(case: str) -> None:
    """By the names that trust policies know, with the annotations that clouds go by."""
    documents = render(RENDERED[case] | COMPONENTS)
    accounts = {each["metadata"]["name"]: each["metadata"] for each in of_kind(documents, "ServiceAccount")}
    theirs = {each["metadata"]["name"]: each["metadata"] for each in of_kind(manifests(case), "ServiceAccount")}
    assert accounts.keys() == {pod(each)["serviceAccountName"] for each in deployments(case).values()}
    for name, metadata in accounts.items():
        assert own(metadata["annotations"]) == own(theirs[name]["annotations"])
        assert own(theirs[name]["labels"]).items() <= metadata["labels"].items()


def test_account_of_a_lone_job() -> None:
    """With workload identity the backend's; else none, for any will do."""
    with_identity = render(RENDERED["azure-enterprise"])
    assert pod(jobs(with_identity)[""])["serviceAccountName"] == "langsmith-backend"
    assert [each["metadata"]["name"] for each in of_kind(with_identity, "ServiceAccount")] == ["langsmith-backend"]
    labels = jobs(with_identity)[""]["spec"]["template"]["metadata"]["labels"]
    assert labels["azure.workload.identity/use"] == "true"
    without = render(RENDERED["cluster-inline"])
    assert "serviceAccountName" not in pod(jobs(without)[""])
    assert not of_kind(without, "ServiceAccount")


@pytest.mark.parametrize("case", RENDERED)
def test_no_service_sends_traffic(case: str) -> None:
    """The labels that LangSmith's Services and Deployments select are never all there."""
    selectors = [each["spec"]["selector"]["matchLabels"] for each in of_kind(manifests(case), "Deployment")]
    for job in jobs(render(RENDERED[case] | COMPONENTS)).values():
        labels = job["spec"]["template"]["metadata"]["labels"]
        assert not any(selector.items() <= labels.items() for selector in selectors)
