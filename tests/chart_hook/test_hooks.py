"""When Helm and Argo CD run what, and what they delete."""

from __future__ import annotations

from typing import Any, Final

import pytest
import yaml

from tests.chart_hook.installations import ALL, COMPONENTS, EVERYTHING, Values, redis
from tests.chart_hook.render import Document, container, jobs, objects, of_kind, pod, render, rendered

HELM: Final = "helm.sh/hook"
ARGO: Final = "argocd.argoproj.io/hook"
INLINE: Final = redis(connectionUrl="redis://redis.example.com:6379/0")
IDENTITY: Final = redis(existingSecretName="kept", iamAuthProvider="aws")
LOWEST_OF_LANGSMITH: Final = -2
HELM_WAITS: Final = 300


def annotated(document: Document) -> dict[str, str]:
    found: dict[str, str] = document["metadata"].get("annotations", {})
    return found


def policies(document: Document) -> set[str]:
    return set(annotated(document)[f"{HELM}-delete-policy"].split(","))


def in_order(documents: list[Document]) -> list[tuple[int, str]]:
    """As Helm runs them: by weight, then by kind."""
    return sorted((int(annotated(each)[f"{HELM}-weight"]), each["kind"]) for each in documents)


@pytest.mark.parametrize("own", [{}, COMPONENTS], ids=["single", "perComponent"])
@pytest.mark.parametrize("values", ALL.values(), ids=ALL)
def test_everything_is_a_hook(values: Values, own: Values) -> None:
    """Before the install and the upgrade, and whatever the Jobs need comes before them."""
    documents = render(values | own)
    assert {annotated(each)[HELM] for each in documents} == {"pre-install,pre-upgrade"}
    weights = {kind: weight for weight, kind in in_order(documents)}
    [last] = [weights.pop(kind) for kind in ("Job", "List") if kind in weights]
    assert all(weight < last for weight in weights.values())
    assert last < LOWEST_OF_LANGSMITH


def test_what_is_deleted() -> None:
    """The Secret as soon as it has served; a Job that failed not until the next one."""
    secret, job = sorted(render(INLINE), key=lambda each: str(each["kind"]), reverse=True)
    assert policies(secret) == {"before-hook-creation", "hook-succeeded", "hook-failed"}
    assert policies(job) == {"before-hook-creation"}
    assert annotated(job)[f"{HELM}-output-log-policy"] == "hook-failed"


@pytest.mark.parametrize("own", [{}, COMPONENTS], ids=["single", "perComponent"])
@pytest.mark.parametrize("values", ALL.values(), ids=ALL)
def test_accounts_outlive_nothing(values: Values, own: Values) -> None:
    """One of ours goes with the hook, and none is ever deleted to be made: it might be LangSmith's own."""
    for account in of_kind(render(values | own), "ServiceAccount"):
        assert policies(account) == {"hook-succeeded", "hook-failed"}
        assert annotated(account)[ARGO] == "Skip"
        assert f"{ARGO}-delete-policy" not in annotated(account)


def test_account_left_behind() -> None:
    """LangSmith's release may take over what bears its name."""
    [account] = of_kind(render(IDENTITY | {"langsmithRelease": "smith-langsmith"}, "check", "here"), "ServiceAccount")
    assert account["metadata"]["name"] == "smith-langsmith-backend"
    assert account["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
    assert annotated(account)["meta.helm.sh/release-name"] == "smith-langsmith"
    assert annotated(account)["meta.helm.sh/release-namespace"] == "here"


@pytest.mark.parametrize(
    ("values", "names"),
    [
        (IDENTITY, {"langsmith-backend"}),
        (IDENTITY | {"serviceAccount": {"create": False}}, set()),
        (IDENTITY | COMPONENTS | {"serviceAccount": {"create": False}}, set()),
        (IDENTITY | {"serviceAccount": {"name": "mine"}}, set()),
        (IDENTITY | {"backend": {"serviceAccount": {"create": False, "name": "mine"}}}, set()),
        (IDENTITY | {"backend": {"serviceAccount": {"name": "other"}}}, {"other"}),
        (INLINE, set()),
        (IDENTITY | {"hook": False}, set()),
        (IDENTITY | COMPONENTS | {"hook": False}, set()),
    ],
)
def test_which_accounts_are_made(values: Values, names: set[str]) -> None:
    """Those of LangSmith that its own chart would make, and only for a hook."""
    assert {each["metadata"]["name"] for each in of_kind(render(values), "ServiceAccount")} == names


@pytest.mark.parametrize(
    ("values", "name"),
    [
        (IDENTITY | {"serviceAccount": {"create": False}}, "langsmith-backend"),
        (IDENTITY | {"serviceAccount": {"name": "mine"}}, "mine"),
        (INLINE | {"serviceAccount": {"name": "mine"}}, "mine"),
        (IDENTITY | {"backend": {"serviceAccount": {"create": False, "name": "mine"}}}, "mine"),
        (IDENTITY | {"backend": {"serviceAccount": {"create": False}}}, "default"),
        (IDENTITY | {"backend": {"name": "api"}}, "langsmith-api"),
        (INLINE, None),
    ],
)
def test_which_account_is_used(values: Values, name: str | None) -> None:
    assert pod(jobs(render(values))[""]).get("serviceAccountName") == name


def test_one_account_of_several_components() -> None:
    """It is made once."""
    shared = {"serviceAccount": {"name": "shared"}}
    documents = render(IDENTITY | COMPONENTS | dict.fromkeys(("backend", "queue", "ingestQueue"), shared))
    names = [each["metadata"]["name"] for each in of_kind(documents, "ServiceAccount")]
    assert sorted(names) == ["langsmith-platform-backend", "shared"]


def test_together() -> None:
    """Helm waits for one hook after the other: the Jobs of the components are one."""
    documents = render(IDENTITY | COMPONENTS)
    [one] = [each for each in documents if each["kind"] != "ServiceAccount"]
    assert (one["apiVersion"], one["kind"], len(one["items"])) == ("v1", "List", 4)
    assert not any(HELM in name for each in one["items"] for name in annotated(each))
    assert {annotated(each)[ARGO] for each in one["items"]} == {"PreSync"}
    assert ARGO not in annotated(one)
    text = rendered(IDENTITY | COMPONENTS)["langsmith-preflight/templates/job.yaml"]
    assert len(list(yaml.safe_load_all(text))) == 1


@pytest.mark.parametrize("values", [INLINE, IDENTITY, IDENTITY | COMPONENTS, EVERYTHING])
def test_argo(values: Values) -> None:
    """In the order of Helm; what is applied is made anew each time."""
    waves: dict[str, set[int]] = {}
    for each in objects(render(values)):
        found = annotated(each)
        if found[ARGO] == "Skip":
            continue
        assert (found[ARGO], found[f"{ARGO}-delete-policy"]) == ("PreSync", "BeforeHookCreation")
        waves.setdefault(each["kind"], set()).add(int(found["argocd.argoproj.io/sync-wave"]))
    [jobs_wave] = waves.pop("Job")
    assert all(wave < jobs_wave for each in waves.values() for wave in each)


@pytest.mark.parametrize("own", [{}, COMPONENTS], ids=["single", "perComponent"])
def test_plain(own: Values) -> None:
    """Without hooks: documents of their own, which clean up after themselves."""
    documents = render(INLINE | own | {"hook": False})
    assert not any(annotated(each) for each in documents)
    made = [each for each in documents if each["kind"] == "Job"]
    assert len(made) == (4 if own else 1)
    assert all(each["spec"]["ttlSecondsAfterFinished"] > 0 for each in made)
    assert "ttlSecondsAfterFinished" not in jobs(render(INLINE))[""]["spec"]


def test_plain_upgrade() -> None:
    """A Job cannot be changed, so an upgrade makes another; a hook is deleted first and keeps its name."""
    assert jobs(render(INLINE | {"hook": False}, upgrade=True)).keys() == {"r7"}
    assert "backend-r7" in jobs(render(INLINE | COMPONENTS | {"hook": False}, upgrade=True))
    assert jobs(render(INLINE, upgrade=True)).keys() == {""}


def test_ends_before_helm_gives_up() -> None:
    spec = jobs(render(INLINE))[""]["spec"]
    assert spec["activeDeadlineSeconds"] < HELM_WAITS
    assert spec["backoffLimit"] == 0
    assert container(jobs(render(INLINE))[""])["args"][:2] == ["check", "--wait"]


@pytest.mark.parametrize(
    ("code", "condition", "action"),
    [
        (1, "", "FailJob"),
        (2, "", "FailJob"),
        (3, "", "FailJob"),
        (4, "", "FailJob"),
        (124, "", "Ignore"),
        (137, "", "count"),
        (143, "DisruptionTarget", "Ignore"),
        (1, "DisruptionTarget", "Ignore"),
    ],
)
def test_exit_statuses(code: int, condition: str, action: str) -> None:
    """As the Job controller reads the policy: the first rule that fits; else it counts, and one is too many."""

    def fits(rule: dict[str, Any]) -> bool:
        if "onExitCodes" in rule:
            return code in rule["onExitCodes"]["values"]
        return any((each["type"], each["status"]) == (condition, "True") for each in rule["onPodConditions"])

    rules = jobs(render(INLINE))[""]["spec"]["podFailurePolicy"]["rules"]
    assert next((rule["action"] for rule in rules if fits(rule)), "count") == action


@pytest.mark.parametrize("off", [{"enabled": False}, {"redis": {"external": {"enabled": False}}}])
@pytest.mark.parametrize("own", [{}, COMPONENTS, {"hook": False}])
def test_nothing(off: Values, own: Values) -> None:
    """Where there is nothing to check, and NOTES says so."""
    assert render(INLINE | own | off) == []
    notes = rendered(INLINE | own | off)["langsmith-preflight/templates/NOTES.txt"]
    assert "nothing was checked" in notes.lower()
    assert "kubectl" not in notes


def test_switched_off_in_an_umbrella() -> None:
    """By the condition of the example's Chart.yaml, and by default there is nothing to check."""
    assert render({}, umbrella=True) == []
    assert render(INLINE, umbrella=True)
