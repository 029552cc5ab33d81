"""What our objects are called, and LangSmith's own that they refer to."""

from __future__ import annotations

import pytest

from tests.chart_hook.installations import COMPONENTS, EVERYTHING, Values, redis
from tests.chart_hook.render import container, jobs, objects, of_kind, pod, render


@pytest.mark.parametrize(
    ("values", "release", "name"),
    [
        ({}, "langsmith", "langsmith"),
        ({}, "prod", "prod-langsmith"),
        ({}, "my-langsmith-eu", "my-langsmith-eu"),
        ({"langsmithRelease": "langsmith"}, "preflight", "langsmith"),
        ({"langsmithRelease": "prod"}, "preflight", "prod-langsmith"),
        ({"nameOverride": "smith"}, "prod", "prod-smith"),
        ({"nameOverride": "smith"}, "blacksmith", "blacksmith"),
        ({"fullnameOverride": "ls"}, "prod", "ls"),
    ],
)
@pytest.mark.parametrize("umbrella", [False, True], ids=["alone", "umbrella"])
def test_names(values: Values, release: str, name: str, *, umbrella: bool) -> None:
    """As LangSmith's chart makes them of the release's name."""
    documents = render(redis(connectionUrl="redis://h:1/0", iamAuthProvider="aws") | values, release, umbrella=umbrella)
    made = {each["kind"]: each["metadata"]["name"] for each in objects(documents)}
    expected = {"Job": f"{name}-preflight", "Secret": f"{name}-preflight-redis", "ServiceAccount": f"{name}-backend"}
    assert made == expected


def test_long_names() -> None:
    """Cut where a label would be too long, and still different for different releases."""
    made: set[str] = set()
    for name in ("a" * 63, "a" * 62 + "b", "a" * 53):
        documents = render(EVERYTHING | COMPONENTS | redis(iamAuthProvider="aws") | {"fullnameOverride": name})
        names = [each["metadata"]["name"] for each in objects(documents) if each["kind"] != "ServiceAccount"]
        assert max(map(len, names)) <= 63
        assert not made & set(names)
        made |= set(names)


def test_long_names_of_accounts() -> None:
    """Cut as LangSmith's chart cuts them."""
    name = "a" * 53
    documents = render(EVERYTHING | COMPONENTS | redis(iamAuthProvider="aws") | {"fullnameOverride": name})
    accounts = {each["metadata"]["name"] for each in of_kind(documents, "ServiceAccount")}
    assert {f"{name}-backend", f"{name}-fleet-too", f"{name}-platform"} <= accounts


@pytest.mark.parametrize("name", ["123", "1e3", "0x10", "null"])
def test_names_that_look_like_numbers(name: str) -> None:
    """They stay text."""
    values = redis(existingSecretName=name, connectionUrlSecretKey=name, clientCert={"secretName": name})
    ca = {"config": {"customCa": {"secretName": name, "secretKey": name}}}
    job = jobs(render(values | ca | {"serviceAccount": {"name": name}}, name, name))[""]
    assert job["metadata"]["namespace"] == pod(job)["serviceAccountName"] == name
    reference = container(job)["env"][1]["valueFrom"]["secretKeyRef"]
    assert reference == {"name": name, "key": name, "optional": True}
    assert {each["secret"]["secretName"] for each in pod(job)["volumes"] if "secret" in each} == {name}
