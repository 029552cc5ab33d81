"""Kubeconfig files for tests, and what must not be said of them."""

from __future__ import annotations

import json
import stat
import sys
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from preflight.kube import secrets_of
from preflight.model.errors import InputError
from preflight.model.source import Fetch
from tests.kube.api_server import STORED

TOKEN = "t0ken-s3ntinel"
PASSWORD = "passw0rd-s3ntinel"
NOISE = "plug1n-s3ntinel"
"""What a login program writes to its standard error."""

SENTINELS = [
    form
    for secret in (TOKEN, PASSWORD, NOISE, STORED, "st0red-s3cret")
    for form in (secret, b64encode(secret.encode()).decode())
]

BEARER = {"token": TOKEN}


def kubeconfig(
    url: str, *, user: Any = BEARER, namespace: str | None = None, insecure: bool = False
) -> dict[str, Any]:  # fmt: skip
    """One context, `here`, which is current."""
    context = {"cluster": "c", "user": "u"} | ({"namespace": namespace} if namespace else {})
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "here",
        "contexts": [{"name": "here", "context": context}],
        "clusters": [{"name": "c", "cluster": {"server": url, "insecure-skip-tls-verify": insecure}}],
        "users": [{"name": "u", "user": user}],
    }


def write(path: Path, content: dict[str, Any]) -> Path:
    """JSON is YAML too."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def program(path: Path, *lines: str) -> str:
    """A login program, in Python; it is noisy, as they are."""
    noise = f"import sys; print({NOISE!r}, file=sys.stderr)"
    path.write_text("\n".join([f"#!{sys.executable} -IS", noise, *lines]))
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


def plugin(command: str, **more: Any) -> dict[str, Any]:
    return {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": command, **more}}


def credential(**status: str) -> str:
    """The line of a login program that answers by this."""
    said = {"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": status}
    return f"print({json.dumps(said)!r})"


def fetcher(context: str | None = None, namespace: str | None = None, **options: Any) -> Fetch:
    """With limits that no test waits for unless it means to."""
    return secrets_of(context, namespace, **{"limit": 2.0, "login_limit": 10.0} | options)


def refused(context: str | None = None, name: str = "langsmith-redis", **options: Any) -> str:
    """The message, which is for a person: one line, and nothing secret in or under it."""
    with pytest.raises(InputError) as caught:
        fetcher(context, **options)(name)
    message = str(caught.value)
    assert message.isprintable()
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert not [each for each in SENTINELS if each in message]
    return message
