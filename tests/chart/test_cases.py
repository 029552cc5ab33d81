"""Five sets of values and what Helm really made of them: both are read as the same configuration."""

from __future__ import annotations

import base64
import json
import re
from typing import Any, Final

import pytest
from msgspec.structs import replace

from preflight.inputs import env
from preflight.model.finding import Outcome
from preflight.model.target import Pem, Target, Tls
from preflight.run import lint
from tests.chart.cases import (
    FOLDER,
    IAM_URL,
    KEPT,
    NAMES,
    complaints,
    components,
    from_manifests,
    from_values,
    installation,
    kept,
    manifests_of,
    objects_of,
    request,
    secret,
    stream,
    targets,
    values_of,
)
from tests.integration.commandline import document, inside
from tests.servers.certificates import Authority

FEATURES: Final = "features-and-deployments"
AZURE: Final = "azure-enterprise"
OUTDATED: Final = stream(secret("langsmith-redis", of_another_release="redis://old.example.com:6379"))
WITH_PODS: Final = ("Deployment", "Job")


def certificates_of(certificates: Authority) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two Secrets that the case with client certificates names, with a real pair in them."""
    pair = certificates.client()
    return (
        secret("langsmith-custom-ca", ca__crt=certificates.ca_file.read_text()),
        secret("redis-mtls-secret", tls__crt=pair.cert_file.read_text(), tls__key=pair.key_file.read_text()),
    )


def told(case: str) -> dict[str, dict[str, str]]:
    """By workload, what of its environment concerns Redis: read off the manifests without a line of preflight."""
    objects = objects_of(case)
    data = {
        each["metadata"]["name"]: {key: base64.b64decode(text).decode() for key, text in each["data"].items()}
        for each in objects
        if each["kind"] == "Secret"
    } | KEPT
    environments: dict[str, dict[str, str]] = {}
    for each in objects:
        if each["kind"] in WITH_PODS:
            [container] = each["spec"]["template"]["spec"]["containers"]
            variables = {variable["name"]: variable for variable in container["env"] if "REDIS" in variable["name"]}
            workload = f"{each['kind']}/{each['metadata']['name']}"
            environments[workload] = {name: _text(variable, data) for name, variable in variables.items()}
    return environments


def _text(variable: dict[str, Any], data: dict[str, dict[str, str]]) -> str:
    if "valueFrom" not in variable:
        return str(variable["value"])
    reference = variable["valueFrom"]["secretKeyRef"]
    return data[reference["name"]][reference["key"]]


def plainly(target: Target) -> tuple[object, ...]:
    """What the clients make of it, without the files."""
    is_on = target.tls is not None
    return (
        target.mode, target.endpoints, is_on, target.login, target.username, target.db, target.safe_mode, target.iam,
    )  # fmt: skip


def test_all_cases_are_here() -> None:
    assert NAMES == (AZURE, "cluster-inline", FEATURES, "standalone-inline", "standalone-mtls")
    assert len(list(FOLDER.glob("*.yaml"))) == 10


@pytest.mark.parametrize("case", NAMES)
@pytest.mark.parametrize("secrets", [kept(), "", OUTDATED], ids=["secrets", "no-secrets", "outdated"])
def test_values_and_manifests_give_the_same_targets(case: str, secrets: str) -> None:
    """Whole records: where it is said, what is secret, which keys are read. Values do not know the workloads."""
    written = targets(from_values(values_of(case), secrets=secrets))
    rendered = targets(from_manifests(manifests_of(case), secrets=secrets))
    assert written == {name: replace(target, used_by=()) for name, target in rendered.items()}


@pytest.mark.parametrize("case", NAMES)
def test_the_pods_are_told_what_both_say(case: str) -> None:
    """The environment of every workload, given as an environment, is the target that names the workload."""
    rendered = targets(from_manifests(manifests_of(case), secrets=kept()))
    environments = told(case)
    assert len(environments) >= 9
    seen: set[str] = set()
    for workload, environ in environments.items():
        plan = env.read(replace(request({}), environ=environ))
        assert plan is not None
        using = [target for target in rendered.values() if workload in target.used_by]
        assert list(map(plainly, plan.targets)) == list(map(plainly, using))
        seen |= {target.name for target in using}
    assert seen == set(rendered)


@pytest.mark.parametrize("case", NAMES)
def test_workloads_are_named_once(case: str) -> None:
    """Under the target whose variables they are given; Jobs come last."""
    for name, target in targets(from_manifests(manifests_of(case))).items():
        main = name == "langsmith"
        variable, part = ("REDIS_CLUSTER_ENABLED", "") if main else ("REDIS_URI", f"-standalone-{name}-")
        given = {each for each, environ in told(case).items() if variable in environ and part in each}
        assert sorted(target.used_by) == sorted(given)
        kinds = [workload.partition("/")[0] for workload in target.used_by]
        assert kinds == sorted(kinds)


@pytest.mark.parametrize("case", NAMES)
def test_values_and_manifests_have_the_same_components(case: str) -> None:
    """But for the annotations and labels that the chart sets on everything."""
    written = components(from_values(values_of(case)))
    rendered = components(from_manifests(manifests_of(case)))
    assert {name: replace(each, workload="", **_own(each)) for name, each in rendered.items()} == written
    assert all(each.workload for each in rendered.values())


def _own(component: Any) -> dict[str, dict[str, str]]:
    ours = ("helm.sh/", "app.kubernetes.io/", "argocd.")
    return {
        field: {key: text for key, text in getattr(component, field).items() if not key.startswith(ours)}
        for field in ("annotations", "labels")
    }


def test_what_the_azure_case_says_of_its_components() -> None:
    """The annotation reaches the Jobs through their service account, the label does not."""
    found = components(from_manifests(manifests_of(AZURE)))
    client_id, label = "azure.workload.identity/client-id", "azure.workload.identity/use"
    assert {(each.annotations or {}).get(client_id) for each in found.values()} == {
        "00000000-0000-0000-0000-000000000001"
    }
    labelled = {name for name, each in found.items() if each.labels.get(label) == "true"}
    assert labelled == {"backend", "queue", "platformBackend", "ingestQueue"}


@pytest.mark.parametrize("case", NAMES)
def test_fs_group(case: str) -> None:
    """What commonPodSecurityContext says reaches every pod of the one case that sets it."""
    group = 1000 if case == "standalone-mtls" else None
    for plan in (from_values(values_of(case)), from_manifests(manifests_of(case))):
        found = components(plan).values()
        assert {each.fs_group for each in found} == {group}
        assert {each.mounts_client_certificate for each in found} == {case == "standalone-mtls"}


@pytest.mark.parametrize("case", NAMES)
def test_chart_version(case: str) -> None:
    """The objects say it, the values do not, and the command line has the last word."""
    assert installation(from_manifests(manifests_of(case))).chart_version == "0.17.0-rc.12"
    assert installation(from_values(values_of(case))).chart_version == ""
    for read, text in ((from_manifests, manifests_of(case)), (from_values, values_of(case))):
        assert installation(read(text, chart_version="0.16.11")).chart_version == "0.16.11"


@pytest.mark.parametrize("source", ["values", "manifests"])
def test_two_features_on_one_instance(source: str) -> None:
    """Four targets; LangSmith and polly have one instance and database, and lint says so of both."""
    ended = inside("lint", f"--{source}", str(FOLDER / f"{FEATURES}.{source}.yaml"), "-o", "json")
    assert [each["name"] for each in document(ended)["targets"]] == ["langsmith", "fleet", "insights", "polly"]
    told = {each["target"]: each for each in document(ended)["findings"] if each["id"] == "config.dedicated"}
    outcomes = {name: each["outcome"] for name, each in told.items()}
    assert outcomes == {"langsmith": "warn", "fleet": "pass", "insights": "blocked", "polly": "warn"}
    assert "with polly" in told["langsmith"]["summary"]
    assert "with langsmith" in told["polly"]["summary"]


SECRET: Final = secret("redis-secret", connection_url=IAM_URL)
PLAIN: Final = {
    "apiVersion": "v1",
    "kind": "Secret",
    "metadata": {"name": "redis-secret"},
    "stringData": {"connection_url": IAM_URL},
}
OTHER: Final = secret("other", connection_url="redis://other.example.com:6379/0")


@pytest.mark.parametrize(
    "given",
    [
        stream(SECRET),
        json.dumps(SECRET, indent=4),
        stream({"apiVersion": "v1", "kind": "List", "items": [OTHER, SECRET]}),
        json.dumps({"apiVersion": "v1", "kind": "List", "items": [SECRET, OTHER]}),
        stream(OTHER, SECRET),
        stream(PLAIN),
        stream(PLAIN | {"data": OTHER["data"]}),
    ],
    ids=["yaml", "json", "list", "json-list", "stream", "stringData", "stringData-over-data"],
)
@pytest.mark.parametrize("source", ["values", "manifests"])
def test_secret_that_exists(source: str, given: str) -> None:
    """In each of the forms that kubectl and people write it in."""
    plan = from_values(values_of(AZURE), secrets=given)
    if source == "manifests":
        plan = from_manifests(manifests_of(AZURE), secrets=given)
    expected = targets(from_values(values_of(AZURE), secrets=kept()))["langsmith"]
    assert replace(targets(plan)["langsmith"], used_by=()) == expected
    assert [str(each) for each in expected.endpoints] == ["cache.example.com:6380"]
    assert not [each for each in expected.keys if each.flaw]


def test_client_certificates(certificates: Authority) -> None:
    """What the Secrets hold stands in for the files that the pods will see."""
    ca, pair = certificates_of(certificates)
    case, secrets = "standalone-mtls", stream(ca, pair)
    written = from_values(values_of(case), secrets=secrets)
    rendered = from_manifests(manifests_of(case), secrets=secrets)
    assert targets(written)["langsmith"] == replace(targets(rendered)["langsmith"], used_by=())
    tls = targets(written)["langsmith"].tls
    assert isinstance(tls, Tls)
    files = {str(file): _pem(file) for file in (tls.ca_file, tls.client_cert, tls.client_key)}
    assert files == {
        f"key {key} of Secret {each['metadata']['name']}": base64.b64decode(text).decode()
        for each in (ca, pair)
        for key, text in each["data"].items()
    }
    assert complaints(written) == complaints(rendered) == set()


def _pem(file: object) -> str:
    assert isinstance(file, Pem)
    return file.text.reveal()


def renamed(text: str) -> str:
    """The same release under the name `second`."""
    text = re.sub(r"(?<!chart: )\blangsmith-", "second-langsmith-", text)
    return text.replace("app.kubernetes.io/instance: langsmith", "app.kubernetes.io/instance: second")


def test_two_releases() -> None:
    """Each has targets of its own name, and no instance is for two installations."""
    plan = from_manifests(manifests_of("standalone-inline") + "\n---\n" + renamed(manifests_of("standalone-inline")))
    assert list(targets(plan)) == ["langsmith/langsmith", "second/langsmith"]
    assert [each.name for each in plan.installations] == ["langsmith", "second"]
    assert [each.installation for each in plan.targets] == ["langsmith", "second"]
    shared = {each.target: each.verdict for each in lint(plan).findings if each.id == "config.dedicated"}
    assert {verdict.outcome for verdict in shared.values()} == {Outcome.FAIL}
    assert "second/langsmith, another installation" in shared["langsmith/langsmith"].summary


def staging() -> str:
    """The same release in another namespace, with a Redis of its own."""
    [made] = [each for each in objects_of("standalone-inline") if each["kind"] == "Secret"]
    url = base64.b64encode(b"redis://staging.example.com:6379/0").decode()
    text = manifests_of("standalone-inline").replace(made["data"]["connection_url"], url)
    return text.replace("namespace: langsmith", "namespace: staging")


@pytest.mark.parametrize(
    "texts",
    [
        pytest.param((manifests_of("standalone-inline"), staging()), id="files"),
        pytest.param(
            (manifests_of("standalone-inline") + "\n---\n" + staging(),),
            id="stream",
        ),
    ],
)
def test_two_releases_of_one_name(texts: tuple[str, ...]) -> None:
    """LangSmith's own name is the usual one, and two namespaces keep two of them apart."""
    plan = from_manifests(*texts)
    hosts = [str(endpoint) for target in plan.targets for endpoint in target.endpoints]
    assert hosts == ["redis.example.com:6380", "staging.example.com:6379"]
    assert len(plan.installations) == 2


@pytest.mark.parametrize("copy", [renamed(manifests_of("standalone-inline")), manifests_of("standalone-inline")])
def test_two_files_on_one_instance(copy: str) -> None:
    """Each is an installation, also where both have the same name."""
    plan = from_manifests(manifests_of("standalone-inline"), copy)
    assert len(plan.targets) == len(plan.installations) == 2
    shared = [each.outcome for each in lint(plan).findings if each.id == "config.dedicated"]
    assert shared == [Outcome.FAIL, Outcome.FAIL]
