"""What the values, ours and LangSmith's, do to the pod."""

from __future__ import annotations

from copy import deepcopy
from typing import Any, Final

import pytest

from preflight.version import __version__
from tests.chart_hook.installations import COMPONENTS, EVERYTHING, Values, redis
from tests.chart_hook.render import Document, container, helm, jobs, objects, plain_env, pod, render, rendered

KEPT: Final = redis(existingSecretName="kept")
DIGEST: Final = f"sha256:{'ab' * 32}"


def variable(name: str) -> dict[str, str]:
    return {"name": name, "value": "unsaid"}


def lone(values: Values, **options: Any) -> Document:
    """The one Job of these values and an existing Secret."""
    return jobs(render(KEPT | values, **options))[""]


@pytest.mark.parametrize(
    ("image", "name"),
    [
        ({}, f"preflight:{__version__}"),
        ({"repository": "mirror.example.com/preflight"}, f"mirror.example.com/preflight:{__version__}"),
        ({"tag": "1"}, "preflight:1"),
        ({"tag": "1", "digest": DIGEST}, f"preflight@{DIGEST}"),
    ],
)
def test_image(image: Values, name: str) -> None:
    assert container(lone({"image": image}))["image"] == name


def test_pull_secrets() -> None:
    """LangSmith's, unless there are some of our own."""
    theirs = {"images": {"imagePullSecrets": [{"name": "theirs"}]}}
    assert "imagePullSecrets" not in pod(lone({}))
    assert pod(lone(theirs))["imagePullSecrets"] == [{"name": "theirs"}]
    assert pod(lone(theirs | {"imagePullSecrets": [{"name": "ours"}]}))["imagePullSecrets"] == [{"name": "ours"}]


@pytest.mark.parametrize(
    ("values", "upgrade", "told"),
    [
        ({}, False, {}),
        ({}, True, {"PREFLIGHT_UPGRADE": "true"}),
        ({"failOnError": False}, False, {"PREFLIGHT_EXIT_ZERO": "true"}),
        ({"failOnError": False}, True, {"PREFLIGHT_UPGRADE": "true", "PREFLIGHT_EXIT_ZERO": "true"}),
    ],
)
def test_what_preflight_is_told(values: Values, told: dict[str, str], *, upgrade: bool) -> None:
    env = plain_env(lone(values, upgrade=upgrade))
    own = {name: text for name, text in env.items() if name.startswith("PREFLIGHT_")}
    own.pop("PREFLIGHT_SECRET_KEYS")
    assert own == told
    assert env["TERMINATION_LOG_PATH"] == "/dev/termination-log"


def test_hardened() -> None:
    """No rights that it does not need."""
    job = lone({})
    assert container(job)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    assert pod(job)["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 65532,
        "runAsGroup": 65532,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert pod(job)["automountServiceAccountToken"] is False
    assert pod(job)["enableServiceLinks"] is False
    assert container(job)["terminationMessagePolicy"] == "FallbackToLogsOnError"
    assert container(job)["resources"]["limits"].keys() == {"memory"}
    assert pod(lone({"automountServiceAccountToken": True}))["automountServiceAccountToken"] is True


@pytest.mark.parametrize(
    ("common", "own", "expected"),
    [
        ({"fsGroup": 1000}, {}, {"fsGroup": 1000, "runAsUser": 65532, "runAsNonRoot": True}),
        ({"fsGroup": 1000}, {"fsGroup": 7}, {"fsGroup": 7, "runAsUser": 65532, "runAsNonRoot": True}),
        ({"runAsUser": 1000650000}, {}, {"fsGroup": None, "runAsUser": 1000650000, "runAsNonRoot": True}),
        # A pod that may not start as root, and is told to, never starts.
        ({"runAsUser": 0}, {}, {"fsGroup": None, "runAsUser": 0, "runAsNonRoot": None}),
        ({}, {"runAsNonRoot": False}, {"fsGroup": None, "runAsUser": 65532, "runAsNonRoot": False}),
    ],
)
def test_pod_security(common: Values, own: Values, expected: Values) -> None:
    """LangSmith's lies over ours, its component's over its common one."""
    values = {"commonPodSecurityContext": common, "backend": {"deployment": {"podSecurityContext": own}}}
    found = pod(lone(values))["securityContext"]
    assert {name: found.get(name) for name in expected} == expected


def test_openshift() -> None:
    """Where the cluster chooses the user, a null takes ours away."""
    nulls = {"podSecurityContext": {"runAsUser": None, "runAsGroup": None}}
    assert pod(lone(nulls))["securityContext"].keys() == {"runAsNonRoot", "seccompProfile"}


def test_environment_around() -> None:
    """What LangSmith's pods get beside the Redis: common, then the component's; then ours, all of it optional."""
    job = jobs(render(EVERYTHING))[""]
    names = [each["name"] for each in container(job)["env"]]
    assert names[:4] == ["AWS_REGION", "PROXY", "ZONE", "NODE"]
    assert names[-2:] == ["ONE", "TWO"]
    given = {each["name"]: each for each in EVERYTHING["commonEnv"]}
    found = {each["name"]: each for each in container(job)["env"]}
    assert found["AWS_REGION"] == given["AWS_REGION"]
    assert found["NODE"] == given["NODE"]
    optional = {"name": "proxy", "key": "url", "optional": True}
    assert found["PROXY"] == {"name": "PROXY", "valueFrom": {"secretKeyRef": optional}}


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"commonEnv": [variable("REDIS_DATABASE_URI")]}, "REDIS_DATABASE_URI"),
        ({"commonEnv": [variable("PREFLIGHT_SECRET_KEYS")]}, "PREFLIGHT_SECRET_KEYS"),
        ({"extraEnv": [variable("REDIS_CLUSTER_ENABLED")]}, "REDIS_CLUSTER_ENABLED"),
        ({"backend": {"deployment": {"extraEnv": [variable("TERMINATION_LOG_PATH")]}}}, "TERMINATION_LOG_PATH"),
        ({"commonEnv": [variable("A")], "extraEnv": [variable("B"), variable("A")]}, "A"),
    ],
)
def test_set_twice(values: Values, name: str) -> None:
    """Refused by name, as by LangSmith's chart; the value is not repeated."""
    with pytest.raises(helm().HelmRenderError, match=f"{name} is set twice") as caught:
        render(KEPT | values)
    assert "unsaid" not in str(caught.value)


def test_volumes_around() -> None:
    """LangSmith's own, and a writable /tmp only where they bring none."""
    job = jobs(render(EVERYTHING))[""]
    mounts = {each["mountPath"]: each["name"] for each in container(job)["volumeMounts"]}
    assert mounts["/tmp/"] == "scratch"  # noqa: S108 - the path of a mount
    assert mounts["/own"] == "own"
    assert "preflight-tmp" not in {each["name"] for each in pod(job)["volumes"]}
    [tmp] = pod(lone({}))["volumes"]
    assert tmp["emptyDir"].keys() == {"sizeLimit"}


@pytest.mark.parametrize("name", ["nodeSelector", "tolerations", "affinity", "priorityClassName", "runtimeClassName"])
def test_where_it_runs(name: str) -> None:
    assert pod(jobs(render(EVERYTHING))[""])[name] == EVERYTHING[name]
    assert name not in pod(lone({}))


def test_labels_and_annotations() -> None:
    """Common ones on everything, and ours on the pod win."""
    documents = render(EVERYTHING)
    for each in objects(documents):
        assert each["metadata"]["labels"]["team"] == "platform"
        assert each["metadata"]["annotations"]["contact"] == "ops"
    metadata = jobs(documents)[""]["spec"]["template"]["metadata"]
    assert metadata["annotations"] == {"mesh": "yes", "one": "1"}
    assert metadata["labels"].items() >= {"team": "platform", "access": "redis"}.items()


def test_common_labels_replace_none_of_ours() -> None:
    taken = {"commonLabels": {"app.kubernetes.io/name": "x"}, "commonAnnotations": {"helm.sh/hook": "test"}}
    for each in objects(render(redis(connectionUrl="redis://h:1/0") | taken)):
        assert each["metadata"]["labels"]["app.kubernetes.io/name"] == "langsmith-preflight"
        assert each["metadata"]["annotations"]["helm.sh/hook"] == "pre-install,pre-upgrade"


def test_numbers_stay_numbers() -> None:
    """Also the large ones, which Go writes with an exponent."""
    job = lone({"deadlineSeconds": 3_000_000, "commonPodSecurityContext": {"fsGroup": 1_000_650_000}})
    assert job["spec"]["activeDeadlineSeconds"] == 3_000_000
    assert pod(job)["securityContext"]["fsGroup"] == 1_000_650_000


def test_arguments() -> None:
    assert container(lone({"args": ["check", "--skip", "capacity"]}))["args"] == ["check", "--skip", "capacity"]


def test_values_are_left_alone() -> None:
    """Marking references changes nothing for whoever is rendered next, as LangSmith's own chart in an umbrella."""
    before = deepcopy(EVERYTHING)
    once, again = (render(EVERYTHING | COMPONENTS, umbrella=True) for _ in range(2))
    assert once == again
    assert before == EVERYTHING


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, ["kubectl logs", "before anything else"]),
        ({"hook": False}, ["kubectl logs", "in a Job of this release"]),
        ({"failOnError": False}, ["failOnError is false"]),
        ({"namespace": "apps"}, ["-n apps"]),
    ],
)
def test_notes(values: Values, words: list[str]) -> None:
    notes = rendered(KEPT | values)["langsmith-preflight/templates/NOTES.txt"]
    assert all(word in notes for word in words)


def test_notes_select_the_pods() -> None:
    """Their label in the notes is one that the Jobs and the pods have."""
    notes = rendered(KEPT | COMPONENTS)["langsmith-preflight/templates/NOTES.txt"]
    name, _, value = notes.partition("-l ")[2].split()[0].partition("=")
    for job in jobs(render(KEPT | COMPONENTS)).values():
        for metadata in (job["metadata"], job["spec"]["template"]["metadata"]):
            assert metadata["labels"][name] == value


@pytest.mark.parametrize("given", [3600, "3600"])
def test_runs_expiry(given: object) -> None:
    """A number in the values is a text in the environment."""
    settings = {"config": {"settings": {"redisRunsExpirySeconds": given}}}
    assert plain_env(lone(settings))["REDIS_RUNS_EXPIRY_SECONDS"] == "3600"


@pytest.mark.parametrize("half", [{"secretName": "ca"}, {"secretKey": "ca.crt"}])
def test_half_a_custom_ca(half: dict[str, str]) -> None:
    """LangSmith's chart mounts it with both of the names only."""
    job = lone({"config": {"customCa": half}})
    assert "SSL_CERT_FILE" not in plain_env(job)
    assert {each["name"] for each in pod(job)["volumes"]} == {"preflight-tmp"}
