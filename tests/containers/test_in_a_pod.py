"""The image, run as a cluster would run it, with nothing but the target to reach."""

import contextlib
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.containers.engine import RUN_ID, Engine
from tests.containers.pods import HARDENED
from tests.containers.releases import server_image
from tests.documents import report_of
from tests.servers.catalogue import RELEASES
from tests.servers.readiness import until

PASSWORD = "s3cret-in-a-pod"
CLOSED = 6380
PATIENCE = 20
GRACE = 2.0
"""Seconds from SIGTERM to the end, with a busy engine's own time in it; a pod has thirty."""


@pytest.fixture(scope="module")
def network(engine: Engine) -> Iterator[str]:
    """Nothing is in it but the target, and nothing beyond it is reached."""
    with engine.network(f"preflight-pod-{RUN_ID}", "--internal") as name:
        yield name


@pytest.fixture(scope="module")
def target(engine: Engine, network: str) -> Iterator[str]:
    """A Redis that is called `cache` in the network."""
    command = ("redis-server", "--protected-mode", "no", "--requirepass", PASSWORD, "--maxmemory", "8gb")
    options = (f"--network={network}", "--network-alias=cache", "--memory=128m")
    with engine.running(server_image(engine, RELEASES["redis-7.0"]), *command, options=options) as container:
        until(lambda: "PONG" in _asked(engine, container, "ping"), "Redis to answer", seconds=PATIENCE)
        yield container


def _asked(engine: Engine, container: str, *words: str) -> str:
    command = ("exec", "--env=REDISCLI_AUTH", container, "redis-cli", *words)
    return engine.docker(*command, environ={"REDISCLI_AUTH": PASSWORD}, check=False).stdout


def _url(password: str = PASSWORD, port: int = 6379) -> dict[str, str]:
    """What LangSmith's pods are given."""
    return {"REDIS_DATABASE_URI": f"redis://:{password}@cache:{port}/0"}


def test_a_target_in_order(engine: Engine, image: str, network: str, target: str) -> None:
    """By a user that the image knows nothing of; and nothing is left on the server."""
    options = (*HARDENED, f"--network={network}")
    ended = engine.run(image, "check", "-o", "json", options=options, environ=_url())
    report = report_of(ended.stdout)
    assert (ended.returncode, ended.stderr, report["outcome"]) == (0, "", "pass")
    assert "commands.write" in {each["id"] for each in report["findings"] if each["outcome"] == "pass"}
    assert _asked(engine, target, "dbsize").strip() == "0"


@pytest.mark.usefixtures("target")
@pytest.mark.parametrize(
    ("arguments", "environ", "status", "failed"),
    [
        (("check",), _url("another"), 1, "auth.accepted"),
        (("check",), _url(port=CLOSED), 1, "tcp.connects"),
        (("check", "--exit-zero"), _url("another"), 0, "auth.accepted"),
        (("check", "--wait", "1s"), _url(port=CLOSED), 124, "tcp.connects"),
    ],
    ids=["password", "port", "exit-zero", "wait"],
)
def test_a_target_that_is_not(
    engine: Engine, image: str, network: str, *, arguments: tuple[str, ...], environ: dict[str, str], status: int,
    failed: str,
) -> None:  # fmt: skip
    """The exit status of the container is preflight's own."""
    options = (*HARDENED, f"--network={network}")
    ended = engine.run(image, *arguments, "-o", "json", options=options, environ=environ)
    assert ended.returncode == status
    assert [each["id"] for each in report_of(ended.stdout)["findings"] if each["outcome"] == "fail"] == [failed]
    assert PASSWORD not in ended.stdout + ended.stderr


def test_nothing_given(engine: Engine, image: str) -> None:
    ended = engine.run(image, "check", options=(*HARDENED, "--network=none"))
    assert (ended.returncode, ended.stdout) == (2, "")


@contextlib.contextmanager
def _hanging(engine: Engine, target: str) -> Iterator[None]:
    """The kernel still accepts connections, and nobody answers."""
    engine.docker("pause", target)
    try:
        yield
    finally:
        engine.docker("unpause", target)


@contextlib.contextmanager
def _begun(engine: Engine, image: str, network: str, *arguments: str, port: int = 6379) -> Iterator[str]:
    options = (*HARDENED, f"--network={network}")
    command = ("check", "--timeout", "20", "-o", "json", *arguments)
    with engine.running(image, *command, options=options, environ=_url(port=port)) as container:
        yield container


def _terminated(engine: Engine, container: str) -> int:
    """Its exit status, if it ends in time after SIGTERM; the engine takes its own time to notice."""
    begun = datetime.now(UTC)
    engine.docker("kill", "--signal=TERM", container)
    status = int(engine.docker("wait", container, seconds=PATIENCE).stdout)
    ended = engine.docker("inspect", "--format={{.State.FinishedAt}}", container).stdout.strip()
    assert (datetime.fromisoformat(ended) - begun).total_seconds() < GRACE
    return status


def _report(engine: Engine, container: str) -> Any:
    return report_of(engine.docker("logs", container).stdout)


def _proc(engine: Engine, container: str, file: str) -> str:
    """Of its first process, as this machine sees it."""
    pid = engine.docker("inspect", "--format={{.State.Pid}}", container).stdout.strip()
    assert pid != "0", engine.docker("logs", container)
    try:
        return Path(f"/proc/{pid}/{file}").read_text()
    except FileNotFoundError:
        pytest.skip("the engine runs on another machine, whose processes cannot be seen")


def test_sigterm_while_the_server_hangs(engine: Engine, image: str, network: str, target: str) -> None:
    """The first process of a container: what was seen until then is reported."""
    with _hanging(engine, target), _begun(engine, image, network) as container:
        until(lambda: bool(ESTABLISHED.search(_proc(engine, container, "net/tcp"))), "it to connect", seconds=PATIENCE)
        assert _terminated(engine, container) == 143
        report = _report(engine, container)
    assert report["stopped_by"] == "interrupted"
    assert "tcp.connects" in {each["id"] for each in report["findings"] if each["outcome"] == "pass"}
    assert "auth.accepted" in {each["id"] for each in report["findings"] if each["blocked_by"] == "interrupted"}


@pytest.mark.usefixtures("target")
def test_sigterm_while_it_waits(engine: Engine, image: str, network: str) -> None:
    """Between two tries the last one is reported."""
    with _begun(engine, image, network, "--wait", "5m", "-v", port=CLOSED) as container:
        until(lambda: "waiting" in engine.docker("logs", container).stderr, "the first try", seconds=PATIENCE)
        assert _terminated(engine, container) == 143
        report = _report(engine, container)
    assert report["stopped_by"] == "interrupted"
    assert "tcp.connects" in {each["id"] for each in report["findings"] if each["outcome"] == "fail"}


def test_sigterm_at_once(engine: Engine, image: str, network: str, target: str) -> None:
    """As soon as it can hear it; a first process hears nothing that it has no handler for."""
    with _hanging(engine, target), _begun(engine, image, network) as container:
        until(lambda: _heeds(_proc(engine, container, "status")), "a handler", seconds=PATIENCE)
        assert _terminated(engine, container) == 143
        assert "Traceback" not in engine.docker("logs", container).stderr


ESTABLISHED = re.compile(r":18EB 01 ")
"""In /proc/PID/net/tcp: a connection to port 6379."""


def _heeds(status: str) -> bool:
    [caught] = re.findall(r"^SigCgt:\s*(\w+)$", status, re.MULTILINE)
    return bool(int(caught, 16) >> signal.SIGTERM - 1 & 1)
