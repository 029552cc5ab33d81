"""Secrets fetched from an API on the loopback: what is asked, what is answered, and what is never said."""

from __future__ import annotations

import json
import socket
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from preflight.model.source import Answer
from tests.kube.api_server import STORED, Api, Reply, api_server, manifest, status
from tests.kube.kubeconfigs import TOKEN, credential, fetcher, kubeconfig, plugin, program, refused, write
from tests.servers.certificates import Authority

ENCODED = b64encode(STORED.encode()).decode()


def test_a_secret_is_read_by_its_name_alone(current: Api) -> None:
    """One GET, with the login of the kubeconfig, in the namespace of its context."""
    answer = fetcher()("langsmith-redis")
    assert answer.namespace == "langsmith"
    assert answer.manifest == {
        "metadata": {"name": "langsmith-redis"},
        "data": {"connection_url": ENCODED},
        "immutable": None,
    }
    [asked] = current.asked
    assert (asked.method, asked.path) == ("GET", "/api/v1/namespaces/langsmith/secrets/langsmith-redis")
    assert asked.authorization == f"Bearer {TOKEN}"


@pytest.mark.usefixtures("current")
def test_the_answer_does_not_show_what_it_holds() -> None:
    assert ENCODED not in repr(fetcher()("langsmith-redis"))


@pytest.mark.parametrize(
    ("code", "expected"),
    [(404, Answer(namespace="langsmith")), (403, Answer(namespace="langsmith", forbidden=True))],
)
def test_none_to_read(current: Api, code: int, expected: Answer) -> None:
    current.say = lambda _: status(code)
    assert fetcher()("langsmith-redis") == expected


@pytest.mark.parametrize("name", ["", "../pods", "a/b", "A", "a b", "-a", "x" * 254, "a?b", "a%2fb"])
def test_names_that_no_secret_can_have(current: Api, name: str) -> None:
    """None of them becomes part of a path."""
    assert fetcher()(name) == Answer(namespace="langsmith")
    assert current.asked == []


def test_the_namespace_that_is_given_wins(current: Api) -> None:
    assert fetcher(namespace="other")("a").namespace == "other"
    assert current.asked[0].path == "/api/v1/namespaces/other/secrets/a"


def test_a_context_without_a_namespace(api: Api, home: Path) -> None:
    write(home / ".kube" / "config", kubeconfig(api.url))
    assert fetcher()("a").namespace == "default"


def test_the_context_that_is_given(api: Api, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From a list of files, as KUBECONFIG may hold one."""
    other = kubeconfig(api.url, namespace="there")
    other["contexts"][0]["name"] = "there"
    paths = [write(tmp_path / "a", kubeconfig("http://127.0.0.1:1")), write(tmp_path / "b", other)]
    monkeypatch.setenv("KUBECONFIG", ":".join(map(str, paths)))
    other["clusters"][0]["name"] = other["contexts"][0]["context"]["cluster"] = "second"
    write(paths[1], other)
    assert fetcher("there")("a").namespace == "there"
    assert refused("nowhere") == "--kube: the kubeconfig has no such context; it has here, there"


def test_the_service_account_of_a_pod(certificates: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a kubeconfig, and only where there is none."""
    for name, text in {"token": TOKEN, "namespace": "of-pod", "ca.crt": certificates.ca_file.read_text()}.items():
        (tmp_path / name).write_text(text)
    with api_server(certificates.server()) as api:
        host, _, port = api.where.rpartition(":")
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", host)
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", port)
        assert fetcher(service_account=tmp_path)("a").namespace == "of-pod"
        assert api.asked[0].authorization.lower() == f"bearer {TOKEN}"


def test_neither_a_kubeconfig_nor_a_pod() -> None:
    assert refused() == "--kube found no kubeconfig, and this is no pod: log in to the cluster, or set KUBECONFIG"


def test_a_login_program(api: Api, home: Path, tmp_path: Path) -> None:
    command = program(tmp_path / "login", credential(token=TOKEN))
    write(home / ".kube" / "config", kubeconfig(api.url, user=plugin(command, interactiveMode="Never")))
    fetcher()("a")
    assert api.asked[0].authorization == f"Bearer {TOKEN}"


def test_a_login_program_that_never_ends(api: Api, home: Path, tmp_path: Path) -> None:
    command = program(tmp_path / "login", "import time; time.sleep(5)")
    write(home / ".kube" / "config", kubeconfig(api.url, user=plugin(command, interactiveMode="Never")))
    assert "nothing came in time" in refused(login_limit=0.3)


@pytest.mark.parametrize("lines", [["sys.exit(3)"], ["print('no JSON')"]])
def test_a_login_program_that_fails(api: Api, home: Path, tmp_path: Path, lines: list[str]) -> None:
    """The package goes on as nobody, and the cluster says what it thinks of that."""
    command = program(tmp_path / "login", *lines)
    write(home / ".kube" / "config", kubeconfig(api.url, user=plugin(command, interactiveMode="Never")))
    api.say = lambda asked: Reply(body=manifest()) if asked.authorization else status(401)
    assert refused().endswith("log in again")


def test_a_token_that_expires_between_two_secrets(current: Api) -> None:
    fetch = fetcher()
    fetch("a")
    current.say = lambda _: status(401)
    with pytest.raises(Exception, match="does not accept the credentials"):
        fetch("b")


@pytest.mark.parametrize("code", [301, 400, 429, 500, 503])
def test_other_statuses(current: Api, code: int) -> None:
    """Told once, and asked once."""
    current.say = lambda _: Reply(code, b"st0red-s3cret", {"Location": "/elsewhere"})
    assert f"answers with status {code}" in refused()
    assert len(current.asked) == 1


@pytest.mark.parametrize("body", [b"", b"<html>st0red-s3cret</html>", b"[]", b"{}", b"null", b"\xff", b"[" * 100_000])
def test_what_is_no_secret(current: Api, body: bytes) -> None:
    current.say = lambda _: Reply(body=body)
    assert "something that is no Secret" in refused()


def test_no_answer_from_the_api(home: Path) -> None:
    write(home / ".kube" / "config", kubeconfig("http://127.0.0.1:1"))
    assert "connection refused" in refused()


def test_an_api_that_says_nothing(home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        write(home / ".kube" / "config", kubeconfig(f"http://127.0.0.1:{mute.getsockname()[1]}"))
        assert "nothing came in time" in refused(limit=0.2)


def test_a_certificate_of_another_authority(certificates: Authority, home: Path) -> None:
    with api_server(certificates.server()) as api:
        write(home / ".kube" / "config", kubeconfig(api.url))
        assert "its certificate is not accepted: unable to get local issuer certificate" in refused()


def test_a_certificate_that_nobody_looks_at(certificates: Authority, home: Path) -> None:
    """As kubectl takes it, and without a warning of the HTTP library's own."""
    with api_server(certificates.server()) as api:
        write(home / ".kube" / "config", kubeconfig(api.url, insecure=True))
        assert fetcher()("a").manifest is not None


@pytest.mark.parametrize(
    "text",
    [
        "- t0ken-s3ntinel",
        "users: [{",
        "\0",
        "",
        json.dumps({"current-context": "x", "contexts": []}),
    ],
)
def test_kubeconfigs_that_cannot_be_used(home: Path, text: str) -> None:
    """Neither a traceback nor a line of the file."""
    path = home / ".kube" / "config"
    path.parent.mkdir()
    path.write_text(text)
    assert "see whether `kubectl get secrets` works" in refused()


def test_other_users_of_the_package_keep_their_configuration(current: Api) -> None:
    """Nothing is set for the whole process."""
    kubernetes: Any = pytest.importorskip("kubernetes")
    fetcher()("a")
    assert kubernetes.client.Configuration.get_default_copy().host != current.url
