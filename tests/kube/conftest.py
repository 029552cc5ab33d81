"""No test sees the kubeconfig, the pod or the proxies of this machine, and none lets a secret out."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kube.api_server import Api, api_server
from tests.kube.kubeconfigs import SENTINELS, kubeconfig, write

OUTER = ("KUBECONFIG", "KUBERNETES_SERVICE_HOST", "KUBERNETES_SERVICE_PORT")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty one."""
    for name in [each for each in os.environ if each in OUTER or each.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    return folder


@pytest.fixture(autouse=True)
def discreet(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[None]:
    """Nothing is printed, and nothing secret is logged at any level."""
    caplog.set_level(logging.DEBUG)
    yield
    assert tuple(capfd.readouterr()) == ("", "")
    logged = "\n".join(logging.Formatter().format(each) for each in caplog.get_records("call"))
    assert not [each for each in SENTINELS if each in logged]


@pytest.fixture
def api() -> Iterator[Api]:
    with api_server() as running:
        yield running


@pytest.fixture
def current(api: Api, home: Path) -> Api:
    """The API, which the kubeconfig in the usual place leads to by a bearer token."""
    write(home / ".kube" / "config", kubeconfig(api.url, namespace="langsmith"))
    return api
