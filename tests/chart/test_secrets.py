"""Secrets out of files and clusters: which is asked for, which key wins, and which other key would do."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final

import pytest

from preflight.chart.secrets import Reference, Secrets, secrets_in
from preflight.model.errors import InputError
from preflight.model.installation import Flaw, Purpose, SecretKey
from preflight.model.secret import Secret
from preflight.model.source import Answer

URL: Final = "rediss://:tops3cret@cache.example.com:6379/0"
LIST: Final = '["redis://node-0:6379"]'
CERTIFICATE: Final = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"
KEY: Final = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n"
MINE: Final = Reference(secret="mine", key="connection_url")


def base64_of(text: str) -> str:
    return b64encode(text.encode()).decode()


def manifest(name: str = "mine", **sections: Any) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, **sections}


class Cluster:
    """Stands in for a cluster; it remembers what it was asked for."""

    def __init__(self, *manifests: dict[str, Any], forbidden: str = "") -> None:
        self._held = {each["metadata"]["name"]: each for each in manifests}
        self._forbidden = forbidden
        self.asked: list[str] = []

    def __call__(self, name: str) -> Answer:
        self.asked.append(name)
        return Answer(namespace="langsmith", manifest=self._held.get(name), forbidden=name == self._forbidden)


def looked_up(purpose: Purpose = Purpose.URL, reference: Reference = MINE, **sections: Any) -> SecretKey:
    return Secrets([manifest(**sections)]).look_up(reference, purpose).key


@pytest.mark.parametrize(
    "sections",
    [
        {"stringData": {"connection_url": URL}},
        {"data": {"connection_url": base64_of(URL)}},
        {"data": {"connection_url": base64_of("redis://old")}, "stringData": {"connection_url": URL}},
        {"data": {"connection_url": "no base64"}, "stringData": {"connection_url": URL}},
        {"data": {"connection_url": base64_of(URL)}, "stringData": {"another": "x"}},
        {"data": None, "stringData": {"connection_url": URL}},
        {"data": {"connection_url": base64_of(URL)}, "stringData": None, "immutable": True, "type": "Opaque"},
    ],
)
def test_a_value(sections: dict[str, Any]) -> None:
    """Encoded or plain; where both are there, `stringData` wins, as in Kubernetes."""
    found = Secrets([manifest(**sections)]).look_up(MINE, Purpose.URL)
    assert found.text == Secret(URL)
    assert (found.key.flaw, found.key.length, found.key.shape) == (None, len(URL), "a URL")
    assert (found.key.candidate, str(found.key)) == ("", "key connection_url of Secret mine")


@pytest.mark.parametrize(
    ("sections", "flaw"),
    [
        ({}, Flaw.KEY_MISSING),
        ({"data": {"Connection_URL": base64_of(URL)}}, Flaw.KEY_MISSING),
        ({"data": {}, "immutable": True}, Flaw.IMMUTABLE_EMPTY),
        ({"data": {"connection_url": ""}, "immutable": True}, Flaw.IMMUTABLE_EMPTY),
        ({"data": {"connection_url": ""}, "immutable": False}, Flaw.EMPTY),
        ({"data": {"connection_url": ""}, "immutable": None}, Flaw.EMPTY),
        ({"data": {"connection_url": ""}}, Flaw.EMPTY),
        ({"data": {"connection_url": None}}, Flaw.EMPTY),
        ({"stringData": {"connection_url": ""}}, Flaw.EMPTY),
        ({"stringData": {"connection_url": None}}, Flaw.NOT_TEXT),
        ({"stringData": {"connection_url": 6379}}, Flaw.NOT_TEXT),
        ({"stringData": {"connection_url": ["x"]}}, Flaw.NOT_TEXT),
        ({"data": {"connection_url": 6379}}, Flaw.NOT_BASE64),
        ({"data": {"connection_url": URL}}, Flaw.NOT_BASE64),
        ({"stringData": {"connection_url": base64_of(URL)}}, Flaw.TWICE_BASE64),
        ({"stringData": {"connection_url": f"{URL}\n"}, "immutable": True}, Flaw.NEWLINE),
        # `stringData` wins also where `data` would have been right.
        ({"data": {"connection_url": base64_of(URL)}, "stringData": {"connection_url": ""}}, Flaw.EMPTY),
    ],
)
def test_a_value_that_is_none(sections: dict[str, Any], flaw: Flaw) -> None:
    """A flaw, and no text to go on with."""
    found = Secrets([manifest(**sections)]).look_up(MINE, Purpose.URL)
    assert (found.key.flaw, found.text) == (flaw, None)


@pytest.mark.parametrize("sections", [{"data": {"p": None}}, {"data": {"p": ""}}, {"stringData": {"p": ""}}])
def test_an_empty_password(sections: dict[str, Any]) -> None:
    """The key is there and empty: what a cluster without a password needs."""
    found = Secrets([manifest(**sections)]).look_up(Reference(secret="mine", key="p"), Purpose.PASSWORD)
    assert (found.key.flaw, found.text) == (None, Secret(""))


@pytest.mark.parametrize("value", [0, False])
def test_data_that_python_takes_for_nothing(value: object) -> None:
    """A number is no base64, whichever it is."""
    reference = Reference(secret="mine", key="p")
    assert looked_up(Purpose.PASSWORD, reference, data={"p": value}).flaw is Flaw.NOT_BASE64


def test_an_optional_key() -> None:
    """It may be absent; what is there must be right all the same."""
    optional = Reference(secret="mine", key="connection_url", optional=True)
    found = Secrets([manifest()]).look_up(optional, Purpose.URL)
    assert (found.key.flaw, found.key.shape, found.text) == (None, "absent", Secret(""))
    assert looked_up(reference=optional, immutable=True).flaw is None
    assert looked_up(reference=optional, stringData={"connection_url": f"{URL}\n"}).flaw is Flaw.NEWLINE
    assert Secrets().look_up(optional, Purpose.URL).key.flaw is Flaw.NOT_GIVEN


@pytest.mark.parametrize(
    ("purpose", "plain", "candidate"),
    [
        (Purpose.URL, {"url": URL}, "url"),
        (Purpose.URL, {"url": URL, "note": "text", "nodes": LIST}, "url"),
        (Purpose.URL, {"url": URL, "other": URL}, ""),
        (Purpose.URL, {"url": f"{URL}\n"}, ""),
        (Purpose.URL, {"connection_url": LIST, "url": URL}, "url"),
        (Purpose.NODES, {"nodes": LIST, "connection_url": URL}, "nodes"),
        (Purpose.NODES, {"connection_url": URL}, ""),
        (Purpose.CA, {"ca-bundle.crt": CERTIFICATE}, "ca-bundle.crt"),
        (Purpose.CA, {"tls.key": KEY, "tls.crt": CERTIFICATE}, "tls.crt"),
        (Purpose.KEY, {"client.key": KEY, "client.crt": CERTIFICATE}, "client.key"),
        (Purpose.CERTIFICATE, {"connection_url": KEY, "client.crt": CERTIFICATE}, "client.crt"),
        (Purpose.PASSWORD, {"password": "tops3cret"}, ""),
    ],
)
def test_the_other_key_that_would_do(purpose: Purpose, plain: dict[str, str], candidate: str) -> None:
    """The only one with a value of the shape that is wanted; a password has none to be told by."""
    found = looked_up(purpose, stringData=plain)
    assert found.flaw
    assert found.candidate == candidate
    assert found.others == tuple(sorted(plain))


def test_the_keys_of_both_sections_are_named() -> None:
    assert looked_up(data={"b": "", "c": ""}, stringData={"a": "", "c": ""}).others == ("a", "b", "c")


@pytest.mark.parametrize("section", ["data", "stringData"])
@pytest.mark.parametrize("content", ["tops3cret", ["tops3cret"], 5])
def test_sections_that_are_none(section: str, content: object) -> None:
    """Unusable input, by name and without its text."""
    with pytest.raises(InputError, match=rf"^{section} of Secret mine must be a mapping\.$"):
        Secrets([manifest("mine", **{section: content})]).look_up(MINE, Purpose.URL)


def test_what_is_not_given() -> None:
    """Without a cluster nobody knows whether it exists."""
    found = Secrets([manifest("another")]).look_up(MINE, Purpose.URL)
    assert (found.key.flaw, found.key.namespace, found.text) == (Flaw.NOT_GIVEN, "", None)


def test_a_cluster_is_asked_once_for_each() -> None:
    """And only for what no file holds and what is looked up."""
    cluster = Cluster(manifest("theirs", stringData={"a": "x", "b": "y"}), forbidden="locked")
    secrets = Secrets([manifest(stringData={"connection_url": URL})], cluster)
    assert not cluster.asked
    for key in ("a", "b", "a"):
        found = secrets.look_up(Reference(secret="theirs", key=key), Purpose.PASSWORD)
        assert (found.key.flaw, found.key.namespace) == (None, "langsmith")
    assert secrets.look_up(MINE, Purpose.URL).text == Secret(URL)
    for name, flaw in (("gone", Flaw.SECRET_MISSING), ("locked", Flaw.FORBIDDEN)):
        for _ in range(2):
            none = secrets.look_up(Reference(secret=name, key="a"), Purpose.PASSWORD).key
            assert (none.flaw, none.namespace) == (flaw, "langsmith")
    assert cluster.asked == ["theirs", "gone", "locked"]


def test_what_the_chart_renders_wins() -> None:
    """It is what the installation will hold, whatever stands in the cluster now, and the cluster is not asked."""
    cluster = Cluster(manifest(stringData={"connection_url": "redis://old"}))
    rendered = [manifest(data={"connection_url": base64_of(URL)})]
    secrets = Secrets([manifest(stringData={"connection_url": "redis://older"})], cluster, rendered)
    assert secrets.look_up(MINE, Purpose.URL).text == Secret(URL)
    theirs = Reference(secret="theirs", key="connection_url")
    assert (secrets.is_rendered(MINE), secrets.is_rendered(theirs), cluster.asked) == (True, False, [])


def test_the_last_manifest_of_a_name_wins() -> None:
    """As with `kubectl apply` of one file after the other."""
    secrets = Secrets([manifest(stringData={"connection_url": "redis://a"}), manifest(stringData={"x": "y"})])
    assert secrets.look_up(MINE, Purpose.URL).key.flaw is Flaw.KEY_MISSING


@pytest.mark.parametrize(
    ("secrets", "outdated"),
    [
        (Secrets(), False),
        (Secrets([manifest(data={"connection_url": ""})]), False),
        (Secrets([manifest(data={"another": ""})]), True),
        (Secrets([manifest()]), True),
        (Secrets(fetch=Cluster(manifest(data={"another": ""}))), True),
        (Secrets(fetch=Cluster()), False),
        (Secrets(fetch=Cluster(forbidden="mine")), False),
        (Secrets(rendered=[manifest()]), False),
        (Secrets([manifest(data={"another": ""})], rendered=[manifest(data={"connection_url": ""})]), True),
    ],
)
def test_a_secret_that_an_upgrade_finds_outdated(secrets: Secrets, outdated: bool) -> None:
    """It stands in the cluster without the key; one that is not there yet, or that nobody may read, is not."""
    found = secrets.outdated(MINE, Purpose.URL)
    assert bool(found) is outdated
    assert not found or (found.flaw, found.candidate) == (Flaw.OUTDATED, "")


def test_secrets_of_a_stream() -> None:
    """Also in a List, as `kubectl get secrets -o yaml` writes it; whatever else is there does not matter."""
    listed = {"kind": "List", "items": [manifest("a"), {"kind": "ConfigMap"}, {"kind": "List", "items": [manifest()]}]}
    stream = [listed, None, "text", {"kind": "Deployment"}, manifest("b")]
    assert [each["metadata"]["name"] for each in secrets_in(stream)] == ["a", "mine", "b"]


@pytest.mark.parametrize("metadata", [None, {}, {"name": ""}, {"name": None}, "tops3cret", ["tops3cret"]])
def test_a_secret_without_a_name(metadata: object) -> None:
    with pytest.raises(InputError, match=r"^There is a Secret without metadata\.name\.$"):
        list(secrets_in([{"kind": "Secret", "metadata": metadata}]))
