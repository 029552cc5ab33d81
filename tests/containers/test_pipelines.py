"""What we offer to pipelines and to Docker installations, with the real image, by a real engine."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import junitparser
import pytest
import yaml

from tests.containers.engine import Engine
from tests.containers.releases import server_image
from tests.integration.commandline import surroundings
from tests.pipelines import gitlab
from tests.pipelines.composite import installed
from tests.servers.catalogue import RELEASES, REPOSITORY

PASSWORD: Final = "s3cret-pass"
GATED: Final = {"langchain-backend", "langchain-platform-backend", "langchain-queue", "postgres-setup"}
OVERRIDE: Final = "docker-compose.override.yml"
COMPOSE: Final = Path(sys.executable).with_name("docker-compose")

Ended = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def redis_image(engine: Engine) -> str:
    return server_image(engine, RELEASES["redis-7.0"])


@pytest.fixture(scope="module")
def network(engine: Engine) -> Iterator[str]:
    with engine.network("preflight-pipelines") as name:
        yield name


@pytest.fixture(scope="module")
def port(engine: Engine, redis_image: str, network: str) -> Iterator[str]:
    """Of a Redis in a container, on the loopback; in its network it is called `cache`."""
    options = ("--publish=127.0.0.1::6379", f"--network={network}", "--network-alias=cache")
    command = ("redis-server", "--protected-mode", "no", "--requirepass", PASSWORD)
    with engine.running(redis_image, *command, options=options) as container:
        yield engine.docker("port", container, "6379/tcp").stdout.splitlines()[0].rpartition(":")[2]


def test_the_action(tmp_path: Path, port: str) -> None:
    done = installed(tmp_path, url=f"redis://:{PASSWORD}@127.0.0.1:{port}", wait="20s").run()
    assert (done.status, done.outputs["outcome"]) == (0, "pass"), done.log


@pytest.mark.parametrize(("password", "status"), [(PASSWORD, 0), ("another", 1)])
def test_the_gitlab_job(
    tmp_path: Path, engine: Engine, image: str, network: str, port: str, *, password: str, status: int
) -> None:
    """The runner's shell in our image, as the image's own user, in a checkout that the runner has left writable."""
    assert port
    check = gitlab.job(gitlab.TEMPLATE, "preflight")
    assert check["image"] == {"name": "$PREFLIGHT_IMAGE", "entrypoint": [""]}
    tmp_path.chmod(0o777)
    options = ("--entrypoint=", f"--network={network}", f"--volume={tmp_path}:/builds", "--workdir=/builds")
    environ = {"PREFLIGHT_URL": f"redis://:{password}@cache:6379/0", "PREFLIGHT_WAIT": "20s"}
    ended = engine.run(image, "sh", options=options, environ=environ, stdin=gitlab.script(check))
    assert ended.returncode == status, ended.stdout + ended.stderr
    junit = junitparser.JUnitXml.fromstring((tmp_path / check["artifacts"]["reports"]["junit"]).read_bytes())
    assert junit.failures == status
    assert password not in ended.stdout + ended.stderr


class Installation:
    """LangSmith's docker-compose.yaml as far as Redis goes, with its services played, and our file beside it."""

    def __init__(self, folder: Path, engine: Engine, image: str, redis_image: str) -> None:
        self.folder = folder
        self._settings = {"PREFLIGHT_IMAGE": image, "COMPOSE_PROJECT_NAME": f"preflight-{folder.name.lower()}"}
        self._settings["DOCKER_HOST"] = engine.host
        (folder / "docker-compose.yaml").write_text(yaml.safe_dump(_langsmith(redis_image)))
        (folder / OVERRIDE).write_bytes((REPOSITORY / "examples" / "docker-compose" / OVERRIDE).read_bytes())

    def compose(self, *arguments: str, **settings: str) -> Ended:
        """With `settings` in the .env file."""
        (self.folder / ".env").write_text("".join(f"{name}={text}\n" for name, text in settings.items()))
        return subprocess.run(
            [COMPOSE, *arguments], cwd=self.folder, env=surroundings(self._settings),
            capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip

    def started(self) -> set[str]:
        """The services that run, or ran."""
        told = self.compose("ps", "--all", "--format", "json").stdout
        rows: list[Mapping[str, Any]] = [json.loads(line) for line in told.splitlines()]
        return {row["Service"] for row in rows if row["State"] != "created"}


def _langsmith(redis_image: str) -> dict[str, Any]:
    uri = "REDIS_DATABASE_URI=${REDIS_DATABASE_URI:-redis://langchain-redis:6379}"
    played = {
        "image": redis_image,
        "command": ["sleep", "60"],
        "stop_grace_period": "0s",
        "environment": [uri],
        "depends_on": {"langchain-redis": {"condition": "service_healthy"}},
    }
    redis = {
        "image": redis_image,
        "command": ["redis-server", "--protected-mode", "no"],
        "healthcheck": {"test": ["CMD", "redis-cli", "ping"], "interval": "1s", "retries": 30},
    }
    frontend = {**played, "depends_on": ["langchain-backend"]}
    return {"services": dict.fromkeys(GATED, played) | {"langchain-redis": redis, "langchain-frontend": frontend}}


@pytest.fixture
def installation(tmp_path: Path, engine: Engine, image: str, redis_image: str) -> Iterator[Installation]:
    made = Installation(tmp_path, engine, image, redis_image)
    yield made
    made.compose("down", "--volumes", "--timeout", "0")


def test_compose_config(installation: Installation) -> None:
    """Merged, each service waits for preflight as well as for what it waited for, and both are told one thing."""
    ended = installation.compose("config", "--format", "json", REDIS_DATABASE_URI="redis://:a%24b@cache:6379")
    services = json.loads(ended.stdout)["services"]
    for name in GATED:
        waits = {each: told["condition"] for each, told in services[name]["depends_on"].items()}
        assert waits == {"langchain-redis": "service_healthy", "preflight": "service_completed_successfully"}
        assert services[name]["environment"]["REDIS_DATABASE_URI"] == "redis://:a%24b@cache:6379"
    assert services["preflight"]["environment"]["REDIS_DATABASE_URI"] == "redis://:a%24b@cache:6379"


def test_compose_starts_langsmith(installation: Installation) -> None:
    """Nothing configured: LangSmith's own Redis, which starts at the same time and is waited for."""
    ended = installation.compose("up", "--detach")
    assert ended.returncode == 0, ended.stderr + installation.compose("logs", "preflight").stdout
    assert installation.started() == {*GATED, "preflight", "langchain-redis", "langchain-frontend"}


def test_compose_keeps_langsmith_back(installation: Installation) -> None:
    """What is wrong is in the log, without the password; nothing that uses Redis was started."""
    settings = {"REDIS_DATABASE_URI": f"redis://:{PASSWORD}@langchain-redis:6379/0", "PREFLIGHT_WAIT": "20s"}
    ended = installation.compose("up", "--detach", **settings)
    assert ended.returncode != 0
    log = installation.compose("logs", "preflight", **settings).stdout
    assert "auth.accepted" in log
    assert PASSWORD not in log + ended.stdout + ended.stderr
    assert installation.started() == {"preflight", "langchain-redis"}


def test_compose_example_settings(installation: Installation) -> None:
    """Each setting of .env.example reaches the container."""
    text = (REPOSITORY / "examples" / "docker-compose" / ".env.example").read_text(encoding="utf-8")
    named = dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))
    changed = {name: f"{value}-changed" for name, value in named.items() if name != "PREFLIGHT_IMAGE"}
    shown = installation.compose("config", **changed).stdout
    assert [name for name, value in changed.items() if value not in shown] == []
