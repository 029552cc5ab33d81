"""A Secret that does not give what the pods need: each way told apart, by the command as people run it."""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest
import yaml

from preflight.checks.config_secret import judge
from preflight.model.finding import Outcome
from preflight.model.installation import Feature, Flaw, Purpose, SecretKey
from tests.checks.facts import standalone
from tests.integration.commandline import document, inside
from tests.kube.api_server import api_server, status
from tests.kube.kubeconfigs import kubeconfig, write

SENTINEL: Final = "Xyzzy-plugh-1"
URL: Final = f"rediss://:{SENTINEL}@cache.example.com:6379/0"
PLAIN: Final = f"redis://:{SENTINEL}@127.0.0.1:1/0"
LIST: Final = json.dumps([f"redis://{SENTINEL}-0.example.com:6379"])
CERTIFICATE: Final = f"-----BEGIN CERTIFICATE-----\n{SENTINEL}\n-----END CERTIFICATE-----\n"
KEY: Final = f"-----BEGIN PRIVATE KEY-----\n{SENTINEL}\n-----END PRIVATE KEY-----\n"

NODES: Final = "redis_cluster_node_uris"
PASSWORD: Final = "redis_cluster_password"

STANDALONE: Final[dict[str, Any]] = {"redis": {"external": {"enabled": True, "existingSecretName": "mine"}}}
CLUSTER: Final[dict[str, Any]] = {
    "redis": {"external": {"enabled": True, "existingSecretName": "mine", "cluster": {"enabled": True}}}
}
INLINE: Final = {"enabled": True, "connectionUrl": "rediss://cache.example.com:6379/0"}
CLIENT: Final[dict[str, Any]] = {
    "redis": {"external": INLINE | {"clientCert": {"secretName": "mine"}}},
    "commonPodSecurityContext": {"fsGroup": 1000},
}
CA: Final[dict[str, Any]] = {
    "redis": {"external": INLINE},
    "config": {"customCa": {"secretName": "mine", "secretKey": "ca.crt"}},
}


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


class Case(NamedTuple):
    """What a Secret holds, and what is said of it."""

    values: dict[str, Any]
    sections: dict[str, Any]
    key: str
    summary: str
    value: str = ""
    """Its shape and length, where it has any."""
    patch: dict[str, Any] | None = None


def url(summary: str, value: str = "", patch: dict[str, Any] | None = None, **sections: Any) -> Case:
    return Case(STANDALONE, sections, "connection_url", summary, value, patch)


def nodes(summary: str, value: str, **sections: Any) -> Case:
    password = {PASSWORD: SENTINEL}
    held = sections.get("stringData", {}) | password
    return Case(CLUSTER, sections | {"stringData": held}, NODES, summary, value)


def password(summary: str, value: str = "", **sections: Any) -> Case:
    data = {NODES: encoded('["redis://node-0:6379"]')}
    return Case(CLUSTER, sections | {"data": data}, PASSWORD, summary, value)


def plain(text: object, key: str = "connection_url", **others: str) -> dict[str, Any]:
    return {"stringData": {key: text} | others}


IN_URL: Final = "key connection_url of Secret mine "
IN_NODES: Final = f"key {NODES} of Secret mine "
IN_PASSWORD: Final = f"key {PASSWORD} of Secret mine "
LONG: Final = len(URL)
AS_TEXT: Final = f"text, {len(SENTINEL)} characters"
NEAR: Final = {"redis": {"external": {"connectionUrlSecretKey": "url"}}}

CASES: Final = {
    "no key": url("Secret mine has no key connection_url", stringData={"other": "x"}),
    "another key": url("Secret mine has no key connection_url", patch=NEAR, **plain(URL, "url", note=SENTINEL)),
    "another key, encoded": url("has no key connection_url", patch=NEAR, data={"url": encoded(URL)}),
    "several other keys": url("has no key connection_url", stringData={"a": URL, "b": URL}),
    "no base64": url(f"{IN_URL}is not base64", f"a URL, {LONG} characters", data={"connection_url": URL}),
    "a number as data": url(f"{IN_URL}is not base64", "not a string, 0 characters", data={"connection_url": 6379}),
    "bytes": url(f"{IN_URL}holds no text", "bytes that are no text, 3 characters", data={"connection_url": "//79"}),
    "twice": url(f"{IN_URL}is base64 twice", f"base64 text, {len(encoded(URL))} characters", **plain(encoded(URL))),
    "twice as data": url(
        f"{IN_URL}is base64 twice",
        f"base64 text, {len(encoded(URL))} characters",
        data={"connection_url": encoded(encoded(URL))},
    ),
    "newline": url(f"{IN_URL}ends with a newline", f"a URL, {LONG + 1} characters", **plain(f"{URL}\n")),
    "crlf": url(f"{IN_URL}ends with a newline", f"a URL, {LONG + 2} characters", **plain(f"{URL}\r\n")),
    "blank": url(f"{IN_URL}has white space around", f"a URL, {LONG + 1} characters", **plain(f"{URL} ")),
    "bom": url(f"{IN_URL}begins with a byte order mark", f"a URL, {LONG + 1} characters", **plain(f"\ufeff{URL}")),
    "list": url(f"{IN_URL}holds a JSON array", f"a JSON array, {len(LIST)} characters", **plain(LIST)),
    "list, and a URL": url(
        f"{IN_URL}holds a JSON array", f"a JSON array, {len(LIST)} characters", NEAR, **plain(LIST, url=URL)
    ),
    "number": url(f"{IN_URL}holds no text", "not a string, 0 characters", **plain(6379)),
    "null": url(f"{IN_URL}is empty", "empty, 0 characters", data={"connection_url": None}),
    "empty": url(f"{IN_URL}is empty", "empty, 0 characters", **plain("")),
    "empty over right": url(
        f"{IN_URL}is empty", "empty, 0 characters", data={"connection_url": encoded(URL)}, **plain("")
    ),
    "immutable": url(
        f"{IN_URL}is empty, and the Secret is immutable", "empty, 0 characters", immutable=True, **plain("")
    ),
    "immutable without": url(f"{IN_URL}is empty, and the Secret is immutable", immutable=True),
    "url for list": nodes(f"{IN_NODES}holds a URL", f"a URL, {LONG} characters", **plain(URL, NODES)),
    "list twice": nodes(
        f"{IN_NODES}is base64 twice", f"base64 text, {len(encoded(LIST))} characters", **plain(encoded(LIST), NODES)
    ),
    "no password": password(f"Secret mine has no key {PASSWORD}: the pods stay in CreateContainerConfigError"),
    "password, newline": password(
        f"{IN_PASSWORD}ends with a newline", f"text, {len(SENTINEL) + 1} characters", **plain(f"{SENTINEL}\n", PASSWORD)
    ),
    "password, twice": password(
        f"{IN_PASSWORD}is base64 twice",
        f"base64 text, {len(encoded(SENTINEL))} characters",
        **plain(encoded(SENTINEL), PASSWORD),
    ),
    "password, number": password(f"{IN_PASSWORD}holds no text", "not a string, 0 characters", **plain(5, PASSWORD)),
    "ca, no pem": Case(CA, plain(SENTINEL, "ca.crt"), "ca.crt", "key ca.crt of Secret mine holds no PEM", AS_TEXT),
    "ca, another key": Case(
        CA,
        plain(CERTIFICATE, "ca-bundle.crt"),
        "ca.crt",
        "Secret mine has no key ca.crt",
        patch={"config": {"customCa": {"secretKey": "ca-bundle.crt"}}},
    ),
    "ca, twice": Case(
        CA,
        plain(encoded(CERTIFICATE), "ca.crt"),
        "ca.crt",
        "key ca.crt of Secret mine is base64 twice",
        f"base64 text, {len(encoded(CERTIFICATE))} characters",
    ),
    "certificate, no pem": Case(
        CLIENT,
        plain(SENTINEL, "tls.crt", **{"tls.key": KEY}),
        "tls.crt",
        "key tls.crt of Secret mine holds no PEM",
        AS_TEXT,
    ),
    "key, another key": Case(
        CLIENT,
        plain(CERTIFICATE, "tls.crt", **{"client.key": KEY}),
        "tls.key",
        "Secret mine has no key tls.key",
        patch={"redis": {"external": {"clientCert": {"keySecretKey": "client.key"}}}},
    ),
}


class Run:
    """preflight in a folder of one test's own, and a report that nothing secret may be in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def file(self, name: str, *documents: object) -> str:
        path = self.folder / name
        path.write_text(yaml.safe_dump_all(documents), encoding="utf-8")
        return str(path)

    def secret(self, sections: dict[str, Any], name: str = "mine") -> str:
        return self.file("secret.yaml", {"kind": "Secret", "metadata": {"name": name}, **sections})

    def document(self, *arguments: str, status: int) -> Any:
        """The JSON of the run, which says no more on any other way out."""
        told = inside(*arguments, "-v")
        written = inside(*arguments, "-v", "-o", "json")
        everything = told.stdout + told.stderr + written.stdout + written.stderr
        assert not [form for form in forms() if form in everything]
        assert (told.returncode, written.returncode) == (status, status)
        return document(written)

    def of(self, case: Case, command: str) -> list[dict[str, Any]]:
        values, secret = self.file("values.yaml", case.values), self.secret(case.sections)
        read = self.document(command, "--values", values, "--secret", secret, status=1)
        findings: list[dict[str, Any]] = read["findings"]
        return findings


def forms() -> Iterator[str]:
    """What must not be read anywhere: the value, and any way of writing it."""
    yield from (SENTINEL, encoded(SENTINEL), SENTINEL.lower())
    for text in (SENTINEL, URL, PLAIN, LIST, KEY, CERTIFICATE):
        yield from (encoded(text)[:16], encoded(encoded(text))[:16])


@pytest.fixture
def run(tmp_path: Path) -> Run:
    return Run(tmp_path)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_secret_that_does_not_give_it(case: Case, run: Run) -> None:
    """One failure with words of its own, the shape and length of the value, and the other key if one would do."""
    findings = run.of(case, "lint")
    [failed] = [each for each in findings if each["outcome"] not in {"pass", "not-applicable", "blocked"}]
    assert (failed["id"], failed["outcome"], failed["subject"]) == ("config.secret", "fail", f"mine/{case.key}")
    assert case.summary in failed["summary"]
    assert failed["details"].get("value", "") == case.value
    assert (failed["patch"], bool(failed["remedy"])) == (case.patch, True)
    assert {each["blocked_by"] for each in findings} <= {None, "config.secret"}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_nothing_is_dialled(case: Case, run: Run) -> None:
    """Everything behind it is blocked by it and by nothing else."""
    findings = run.of(case, "check")
    assert [each["id"] for each in findings if each["outcome"] == "fail"] == ["config.secret"]
    network = [each for each in findings if not each["id"].startswith("config.")]
    assert {(each["outcome"], each["blocked_by"]) for each in network} == {("blocked", "config.secret")}
    assert {each["blocked_by"] for each in findings} == {None, "config.secret"}


def test_a_pair_that_is_swapped(run: Run) -> None:
    """Both halves are named, and the patch exchanges them."""
    case = Case(CLIENT, plain(KEY, "tls.crt", **{"tls.key": CERTIFICATE}), "", "")
    failed = [each for each in run.of(case, "lint") if each["outcome"] == "fail"]
    assert [(each["subject"], each["patch"]["redis"]["external"]["clientCert"]) for each in failed] == [
        ("mine/tls.crt", {"certSecretKey": "tls.key"}),
        ("mine/tls.key", {"keySecretKey": "tls.crt"}),
    ]
    assert all("holds the other half of the pair" in each["summary"] for each in failed)


def test_a_secret_that_was_not_given(run: Run) -> None:
    """It is asked for, by file or from the cluster."""
    [failed] = [
        each
        for each in run.document("lint", "--values", run.file("v.yaml", STANDALONE), status=1)["findings"]
        if each["outcome"] == "fail"
    ]
    assert failed["summary"] == "Secret mine was not given, so nothing can be told of what it holds"
    assert "--secret secret.yaml" in failed["remedy"]
    assert "--kube" in failed["remedy"]
    assert failed["details"] == {}


@pytest.mark.parametrize(
    ("code", "words"),
    [(404, "there is no Secret mine in namespace prod"), (403, "does not let you read Secret mine in namespace prod")],
)
def test_a_secret_in_the_cluster(code: int, words: str, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Missing, or not for us to read: the namespace is named, and the API's own words are not."""
    monkeypatch.setenv("NO_PROXY", "*")
    with api_server() as api:
        api.say = lambda _: status(code)
        config = write(run.folder / "kubeconfig", kubeconfig(api.url, namespace="prod"))
        monkeypatch.setenv("KUBECONFIG", str(config))
        read = run.document("lint", "--values", run.file("v.yaml", STANDALONE), "--kube", status=1)
    [failed] = [each for each in read["findings"] if each["outcome"] == "fail"]
    assert words in failed["summary"]
    assert "system:anonymous" not in json.dumps(read)
    assert len(api.asked) == 2  # by either of the two runs, once


RIGHT: Final = {
    "url": (STANDALONE, plain(URL)),
    "url as data": (STANDALONE, {"data": {"connection_url": encoded(URL)}}),
    "right over wrong": (STANDALONE, {"data": {"connection_url": "wrong"}} | plain(URL)),
    "no password": (CLUSTER, plain(LIST, NODES, redis_cluster_password="")),
    "null password": (CLUSTER, {"data": {NODES: encoded(LIST), PASSWORD: None}}),
    "azure's key": (CLUSTER, plain(LIST, NODES, **{PASSWORD: "kT3vQ8nq0zJm1u5cX2bYw7rLhP9sFgAeDoVxKyWtUiE="})),
    "pair": (CLIENT, plain(CERTIFICATE, "tls.crt", **{"tls.key": KEY})),
    "ca": (CA, plain(CERTIFICATE, "ca.crt")),
}


@pytest.mark.parametrize(("values", "sections"), RIGHT.values(), ids=RIGHT)
def test_a_secret_that_gives_it(values: dict[str, Any], sections: dict[str, Any], run: Run) -> None:
    """Each key passes by its shape and length."""
    arguments = ("lint", "--values", run.file("v.yaml", values), "--secret", run.secret(sections))
    ended = inside(*arguments, "-o", "json")
    found = [each for each in document(ended)["findings"] if each["id"] == "config.secret"]
    assert (ended.returncode, {each["outcome"] for each in found}) == (0, {"pass"})
    assert all(each["summary"].startswith("holds ") for each in found)
    assert SENTINEL not in json.dumps(found)


OPTIONAL: Final = {"config": {"disableSecretCreation": True}}


def test_the_password_of_a_cluster_is_not_optional(run: Run) -> None:
    """Whatever the documentation says: the remedy is an empty key. With disableSecretCreation it is optional."""
    values, secret = run.file("v.yaml", CLUSTER), run.secret(plain('["redis://node-0:6379"]', NODES))
    read = run.document("lint", "--values", values, "--secret", secret, status=1)
    [failed] = [each for each in read["findings"] if each["outcome"] == "fail"]
    assert "Add the key, with an empty value if the cluster has no password" in failed["remedy"]
    assert failed["details"] == {"keys there": NODES}
    assert failed["patch"] is None
    read = run.document("lint", "--values", run.file("o.yaml", CLUSTER | OPTIONAL), "--secret", secret, status=0)
    summaries = {each["subject"]: each["summary"] for each in read["findings"] if each["id"] == "config.secret"}
    assert summaries[f"mine/{PASSWORD}"] == "is optional and absent"


STALE: Final = {"data": {"connection_url": encoded("redis://old:6379")}}
DIALLED: Final = {"redis": {"external": {"enabled": True, "connectionUrl": PLAIN}}}
SWITCHED: Final = {
    "redis": {
        "external": {
            "enabled": True,
            "cluster": {
                "enabled": True,
                "nodeUris": ["redis://127.0.0.1:1"],
                "password": SENTINEL,
                "tlsEnabled": False,
            },
        }
    }
}
RENDERED: Final = (
    {"kind": "Secret", "metadata": {"name": "langsmith-redis"}, "data": {NODES: encoded('["redis://127.0.0.1:1"]')}},
    {
        "kind": "Deployment",
        "metadata": {"name": "langsmith-backend"},
        "spec": {"template": {"spec": {"containers": [{"env": [
            {"name": "REDIS_CLUSTER_ENABLED", "value": "true"},
            {"name": "REDIS_CLUSTER_USE_SSL_CONNECTION", "value": "false"},
            {
                "name": "REDIS_CLUSTER_DATABASE_URIS",
                "valueFrom": {"secretKeyRef": {"name": "langsmith-redis", "key": NODES}},
            },
        ]}]}}},
    },
)  # fmt: skip


@pytest.mark.parametrize(
    ("option", "documents", "stale", "key"),
    [
        ("--values", (DIALLED,), {"data": {"another": ""}}, "connection_url"),
        ("--values", (SWITCHED,), STALE, NODES),
        ("--manifests", RENDERED, STALE, NODES),
    ],
)
def test_the_charts_own_secret_is_outdated(
    option: str, documents: tuple[object, ...], stale: dict[str, Any], key: str, run: Run
) -> None:
    """The Jobs of an upgrade look there first. It fails for itself alone: the server is dialled all the same."""
    given = (option, run.file("given.yaml", *documents), "--secret", run.secret(stale, "langsmith-redis"))
    findings = run.document("check", *given, status=1)["findings"]
    outcomes = {each["id"]: each["outcome"] for each in findings if each["outcome"] in {"fail", "warn"}}
    assert outcomes == {"config.secret": "fail", "tcp.connects": "fail"}
    [failed] = [each for each in findings if each["id"] == "config.secret"]
    assert failed["subject"] == f"langsmith-redis/{key}"
    assert f"Secret langsmith-redis is in the cluster without key {key}" in failed["summary"]
    assert "redis.external.existingSecretName" in failed["remedy"]
    assert "config.secret" not in {each["blocked_by"] for each in findings}


@pytest.mark.parametrize("name", ["langsmith-redis", "another"])
def test_the_charts_own_secret_is_up_to_date(name: str, run: Run) -> None:
    """It has the key, whatever its value: Helm writes that anew. Of another name it is nothing to this chart."""
    sections = STALE if name == "langsmith-redis" else {"data": {}}
    given = ("--values", run.file("v.yaml", DIALLED), "--secret", run.secret(sections, name))
    findings = run.document("lint", *given, status=0)["findings"]
    assert {each["outcome"] for each in findings if each["id"] == "config.secret"} == {"not-applicable"}


def test_what_the_chart_renders_can_be_wrong(run: Run) -> None:
    """What blocks the rest must have failed itself."""
    secret = {"kind": "Secret", "metadata": {"name": "langsmith-redis"}, "data": {NODES: ""}}
    findings = run.document("lint", "--manifests", run.file("m.yaml", secret, RENDERED[1]), status=1)["findings"]
    roots = {each["blocked_by"] for each in findings} - {None}
    assert roots <= {each["id"] for each in findings if each["outcome"] == "fail"}


def test_every_flaw_has_words_of_its_own() -> None:
    """And says the purpose and the place, never more than the record holds."""
    keys = {
        flaw: SecretKey(
            secret="mine", key="k", purpose=Purpose.URL, flaw=flaw, length=7, shape="text", others=("k",), namespace="n"
        )
        for flaw in Flaw
    }
    verdicts = {flaw: judge(standalone(), key) for flaw, key in keys.items()}
    assert {each.outcome for each in verdicts.values()} == {Outcome.FAIL}
    assert len({each.summary for each in verdicts.values()}) == len(Flaw)
    for verdict in verdicts.values():
        assert "{" not in f"{verdict.summary}{verdict.remedy}".replace('["{', "")
        assert "mine" in f"{verdict.summary}{verdict.remedy}"


def test_only_langsmiths_own_keys_can_be_renamed() -> None:
    """An agent's key has a name that no value changes."""
    key = SecretKey(secret="mine", key="k", purpose=Purpose.URL, flaw=Flaw.KEY_MISSING, candidate="url")
    ours = standalone()
    theirs = type(ours)(name="fleet", mode=ours.mode, declaration=ours.declaration, feature=Feature.FLEET)
    assert (judge(ours, key).patch, judge(theirs, key).patch) == (NEAR, None)
