"""Annotations and labels of workload identity, component by component."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from preflight.chart.declared import installation as declared_by
from preflight.chart.merge import merged
from preflight.chart.values import read_values
from preflight.checks.config_service_accounts import judge
from preflight.model.components import WORKLOADS
from preflight.model.finding import Outcome, Verdict
from preflight.model.installation import Component, Feature
from preflight.uri.patch import at
from tests.checks.facts import component, installation, standalone

NONE, PASS, WARN, FAIL = Outcome.NOT_APPLICABLE, Outcome.PASS, Outcome.WARN, Outcome.FAIL
ANNOTATIONS = {
    "aws": {"eks.amazonaws.com/role-arn": "arn:aws:iam::123456789012:role/langsmith"},
    "gcp": {"iam.gke.io/gcp-service-account": "langsmith@project.iam.gserviceaccount.com"},
    "azure": {"azure.workload.identity/client-id": "11111111-2222-3333-4444-555555555555"},
}
LABEL = {"azure.workload.identity/use": "true"}
DOCUMENTED = ("backend", "queue", "platformBackend", "hostBackend", "ingestQueue")
LISTENER = "listener"

each_provider = pytest.mark.parametrize("provider", ANNOTATIONS)
each_documented = pytest.mark.parametrize("name", DOCUMENTED)


def identified(name: str, provider: str, **more: Any) -> Component:
    """It carries all that the provider wants."""
    labels = LABEL if provider == "azure" else {}
    return component(name, **{"annotations": ANNOTATIONS[provider], "labels": labels} | more)


def verdict_on(provider: str, *components: Component, feature: Feature = Feature.LANGSMITH) -> Verdict:
    target = replace(standalone("rediss://u@h", iam=provider), feature=feature)
    return judge(target, installation(*components))


def all_but(provider: str, lacking: Component) -> list[Component]:
    return [lacking if name == lacking.name else identified(name, provider) for name in DOCUMENTED]


def test_the_documented_five() -> None:
    """What the table of workloads says is what LangSmith's documentation lists."""
    assert {each.name for each in WORKLOADS if each.documented} == set(DOCUMENTED)


@each_provider
def test_all_of_them(provider: str) -> None:
    """A pass counts them and names the annotation."""
    verdict = verdict_on(provider, *(identified(each, provider) for each in DOCUMENTED))
    [annotation] = ANNOTATIONS[provider]
    assert (verdict.outcome, verdict.summary) == (PASS, f"5 components carry {annotation}")


@each_provider
@each_documented
def test_a_documented_one_lacks_the_annotation(provider: str, name: str) -> None:
    """It is named by its values key, and given what the others have."""
    verdict = verdict_on(provider, *all_but(provider, identified(name, provider, annotations={"unrelated": "x"})))
    [annotation] = ANNOTATIONS[provider]
    assert (verdict.outcome, verdict.summary) == (FAIL, f"1 of 5 components lack the annotation {annotation}")
    assert verdict.details == {"annotation": f"{name}.serviceAccount"}
    assert verdict.patch == {name: {"serviceAccount": {"annotations": ANNOTATIONS[provider]}}}


@each_provider
def test_an_empty_annotation_is_none(provider: str) -> None:
    """A key without a value gives no identity."""
    empty = dict.fromkeys(ANNOTATIONS[provider], "")
    assert verdict_on(provider, *all_but(provider, identified("queue", provider, annotations=empty))).outcome is FAIL


@each_documented
@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({}, ""),
        ({"azure.workload.identity/use": "!true"}, " (it is not quoted there)"),
        ({"azure.workload.identity/use": "false"}, ""),
        ({"azure.workload.identity/use": "True"}, ""),
        ({"azure.workload.identity/used": "true"}, ""),
    ],
)
def test_a_documented_one_lacks_the_label(name: str, labels: dict[str, str], said: str) -> None:
    """Azure's webhook reads the label of the pods; YAML's `true` is no string, and Kubernetes refuses it."""
    verdict = verdict_on("azure", *all_but("azure", identified(name, "azure", labels=labels)))
    assert verdict.outcome is FAIL
    assert verdict.summary == '1 of 5 components lack the label azure.workload.identity/use: "true"'
    assert verdict.details == {"label": f"{name}.deployment.labels{said}"}
    assert verdict.patch == {name: {"deployment": {"labels": LABEL}}}


@pytest.mark.parametrize("provider", ["aws", "gcp"])
def test_the_label_is_azure_s_alone(provider: str) -> None:
    """Nobody else looks at labels."""
    assert verdict_on(provider, *(identified(each, provider, labels={}) for each in DOCUMENTED)).outcome is PASS


def test_both_are_lacking() -> None:
    """Each is told under its own values key, and the patch has both."""
    verdict = verdict_on("azure", *all_but("azure", component("queue")))
    annotation = "the annotation azure.workload.identity/client-id"
    assert verdict.summary == f'1 of 5 components lack {annotation} or the label azure.workload.identity/use: "true"'
    assert verdict.details == {"annotation": "queue.serviceAccount", "label": "queue.deployment.labels"}
    assert verdict.patch == {
        "queue": {"serviceAccount": {"annotations": ANNOTATIONS["azure"]}, "deployment": {"labels": LABEL}}
    }


@each_provider
@pytest.mark.parametrize("name", [each.name for each in WORKLOADS if not each.documented])
def test_an_undocumented_one_only_warns(provider: str, name: str) -> None:
    """Whether it logs in is not known."""
    verdict = verdict_on(provider, *(identified(each, provider) for each in DOCUMENTED), component(name))
    known = next(each for each in WORKLOADS if each.name == name)
    assert (verdict.outcome, verdict.details["annotation"]) == (WARN, known.service_account)
    assert verdict.summary.startswith("1 of 6 components lack")


@each_provider
def test_a_documented_one_comes_first(provider: str) -> None:
    """What fails is told by itself; the rest would only hide it."""
    verdict = verdict_on(provider, *all_but(provider, component("queue")), component(LISTENER))
    assert (verdict.outcome, verdict.details["annotation"]) == (FAIL, "queue.serviceAccount")
    assert verdict.summary.startswith("1 of 6 components")
    assert list(verdict.patch or {}) == ["queue"]


def test_eks_pod_identity() -> None:
    """On AWS an association does without annotations, so that none at all is no failure; on others it is."""
    bare = [component(each) for each in DOCUMENTED]
    verdict = verdict_on("aws", *bare)
    assert (verdict.outcome, verdict.patch) == (WARN, None)
    assert verdict.summary == "no component carries eks.amazonaws.com/role-arn"
    assert "EKS Pod Identity" in (verdict.remedy or "")
    assert verdict.details["annotation"].count(", ") == 4
    assert [verdict_on(each, *bare).outcome for each in ("gcp", "azure")] == [FAIL, FAIL]


def test_eks_pod_identity_beside_an_account_made_elsewhere() -> None:
    """Of that one nothing is known, and of the others none has an annotation."""
    elsewhere = component(DOCUMENTED[0], annotations=None)
    assert verdict_on("aws", elsewhere, *map(component, DOCUMENTED[1:])).outcome is WARN


@pytest.mark.parametrize("provider", ["gcp", "azure"])
def test_accounts_made_elsewhere(provider: str) -> None:
    """`serviceAccount.create: false`: they may well be annotated, and nothing is said of them."""
    elsewhere = [identified(each, provider, annotations=None) for each in DOCUMENTED]
    assert verdict_on(provider, *elsewhere).outcome is PASS
    one = [component("queue"), *(each for each in elsewhere if each.name != "queue")]
    verdict = verdict_on(provider, *one)
    assert (verdict.outcome, verdict.details["annotation"]) == (FAIL, "queue.serviceAccount")
    assert verdict.patch is None


def test_labels_of_accounts_made_elsewhere() -> None:
    """The pods are the chart's own all the same, whoever has an annotation."""
    elsewhere = [identified(each, "azure", annotations=None) for each in DOCUMENTED if each != "queue"]
    alone = verdict_on("azure", *elsewhere, component("queue", annotations=None))
    assert alone.patch == {"queue": {"deployment": {"labels": LABEL}}}
    verdict = verdict_on("azure", *all_but("azure", component("queue", annotations=None)))
    assert verdict.details == {"label": "queue.deployment.labels"}
    assert verdict.patch == {"queue": {"deployment": {"labels": LABEL}}}


@pytest.mark.parametrize(
    ("lacking", "others"),
    [
        (component("queue"), ["a", "b", "a", "a"]),
        (component("queue", service_account="", labels_path=""), ["a", "a", "a", "a"]),
    ],
)
def test_no_half_patch(lacking: Component, others: list[str]) -> None:
    """None where the others differ in what they have, nor for a workload that is not the chart's own."""
    front = [
        component(name, annotations={"iam.gke.io/gcp-service-account": said})
        for name, said in zip([each for each in DOCUMENTED if each != "queue"], others, strict=True)
    ]
    verdict = verdict_on("gcp", *front, lacking)
    assert (verdict.outcome, verdict.patch) == (FAIL, None)
    assert verdict.details["annotation"] == (lacking.service_account or lacking.name)
    assert verdict_on("azure", lacking).details["label"] == (lacking.labels_path or lacking.name)


def test_jobs_share_an_account() -> None:
    """It is named once, and their labels one by one, as they stand under each Job."""
    jobs = [component(f"backend.{each}") for each in ("migrations", "authBootstrap")]
    verdict = verdict_on("azure", identified("backend", "azure"), *jobs)
    assert verdict.outcome is WARN
    assert verdict.details == {
        "annotation": "backend.serviceAccount",
        "label": "backend.migrations.labels, backend.authBootstrap.labels",
    }
    assert verdict.patch == {
        "backend": {
            "serviceAccount": {"annotations": ANNOTATIONS["azure"]},
            "migrations": {"labels": LABEL},
            "authBootstrap": {"labels": LABEL},
        }
    }


@pytest.mark.parametrize(
    ("feature", "names"),
    [
        (Feature.FLEET, ("fleet.apiServer", "fleet.queue")),
        (Feature.INSIGHTS, ("engineInsightsAgent.apiServer", "engineInsightsAgent.queue")),
        (Feature.POLLY, ("polly.apiServer", "polly.queue")),
    ],
)
def test_an_agent_s_own_redis(feature: Feature, names: tuple[str, str]) -> None:
    """Both of its workloads connect, and nobody else does."""
    others = [component(each) for each in DOCUMENTED]
    assert verdict_on("gcp", *(identified(each, "gcp") for each in names), *others, feature=feature).outcome is PASS
    verdict = verdict_on("gcp", identified(names[0], "gcp"), component(names[1]), *others, feature=feature)
    assert (verdict.outcome, verdict.details) == (FAIL, {"annotation": f"{names[1]}.serviceAccount"})
    assert verdict.patch == at(f"{names[1]}.serviceAccount.annotations", ANNOTATIONS["gcp"])


@pytest.mark.parametrize(
    ("provider", "components", "summary"),
    [
        ("", (component(),), "no workload identity"),
        ("", (), "no workload identity"),
        ("aws", (), "no values or manifests were given"),
        ("aws", (component("queue", features=(Feature.POLLY,)),), "no values or manifests were given"),
    ],
)
def test_nothing_to_carry(provider: str, components: tuple[Component, ...], summary: str) -> None:
    """Without workload identity, and without files that tell of the components."""
    verdict = verdict_on(provider, *components)
    assert (verdict.outcome, verdict.summary) == (NONE, summary)


def test_a_provider_that_is_none() -> None:
    """It is for config.iam to say so."""
    verdict = verdict_on("AWS", component())
    assert (verdict.outcome, verdict.summary) == (NONE, "the provider is none of aws, gcp and azure")


def values(provider: str, *names: str, **more: Any) -> dict[str, Any]:
    """Values that annotate and label these components."""
    tree: dict[str, Any] = {"redis": {"external": {"iamAuthProvider": provider}}} | more
    for name in names:
        given = {"serviceAccount": {"annotations": ANNOTATIONS[provider]}, "deployment": {"labels": LABEL}}
        tree = merged(tree, {name: given})
    return tree


def from_values(provider: str, tree: dict[str, Any]) -> Verdict:
    target = standalone("rediss://u@h", iam=provider)
    return judge(target, declared_by(tree, read_values(tree), "langsmith", ""))


OFF = {
    "insights": {"enabled": False},
    "polly": {"enabled": False},
    "backend": {"migrations": {"enabled": False}, "clickhouseMigrations": {"enabled": False}}
    | {"e2eTest": {"enabled": False}, "backfillCheck": {"enabled": False}},
}


@pytest.mark.parametrize(
    ("name", "off", "on"),
    [
        ("ingestQueue", {"ingestQueue": {"enabled": False}}, {}),
        ("hostBackend", {}, {"hostBackend": {"enabled": True}}),
        ("hostBackend", {}, {"config": {"deployment": {"enabled": True}}}),
    ],
)
def test_what_is_switched_off_is_not_asked(name: str, off: dict[str, Any], on: dict[str, Any]) -> None:
    """By default there is an ingestQueue and no hostBackend: what is not rendered needs no annotation."""
    others = [each for each in ("backend", "queue", "platformBackend", "ingestQueue") if each != name]
    tree = merged(values("gcp", *others), OFF)
    assert from_values("gcp", merged(tree, off)).outcome is PASS
    verdict = from_values("gcp", merged(tree, on))
    assert (verdict.outcome, verdict.details) == (FAIL, {"annotation": f"{name}.serviceAccount"})


@each_provider
def test_the_patch_cures(provider: str) -> None:
    """Merged over the values, it leaves nothing to say."""
    before = merged(values(provider, "backend"), OFF)
    verdict = from_values(provider, before)
    assert verdict.patch
    after = from_values(provider, merged(before, verdict.patch))
    assert after.outcome is (WARN if provider == "azure" else PASS)
    if after.patch:
        assert from_values(provider, merged(merged(before, verdict.patch), after.patch)).outcome is PASS
