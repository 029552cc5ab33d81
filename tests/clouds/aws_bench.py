"""Runs of the command against a cache on the loopback that takes tokens of AWS, and what their reports must say."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.clouds import aws
from tests.clouds.environment import hermetic, run, run_here, told_nothing_of
from tests.clouds.sigv4 import Cache
from tests.integration.commandline import Ended
from tests.servers.certificates import Authority, Certificate
from tests.servers.fixtures import ServerPool
from tests.servers.gatekeeper import Gate, gatekeeper
from tests.servers.loopback import Dialable

NAMED = ("--aws-cache-name", "my-cache", "--aws-region", "eu-west-1")
STATIC = {"AWS_ACCESS_KEY_ID": aws.STATIC.access, "AWS_SECRET_ACCESS_KEY": aws.STATIC.secret}
SECRETS = (aws.PROJECTED, aws.KEYS.secret, aws.KEYS.session, aws.STATIC.secret, aws.AGENT)

LATEST = 8.0
"""Seconds that no run may take, whatever hangs."""


def scripted_cache(**known_of_itself: Any) -> Cache:
    """One that knows the keys which the scripted services give out."""
    return Cache(aws.known(aws.KEYS, aws.STATIC), **known_of_itself)


@dataclass(frozen=True)
class Bench:
    """The servers of the session, and the empty folder that is HOME."""

    pool: ServerPool
    ca: Authority
    certificate: Certificate
    home: Path

    @contextmanager
    def gate(self, cache: Cache | None = None, *, key: str = "redis-7.0", **options: Any) -> Iterator[Gate]:
        """A cache, by default `my-cache`, before a real server."""
        admit = (cache or scripted_cache()).admit
        with gatekeeper(self.pool.get(key), admit, certificate=self.certificate, **options) as gate:
            yield gate

    def env(self, **extra: str) -> dict[str, str]:
        return hermetic(self.home, **extra)

    def role(self, sts: str, **extra: str) -> dict[str, str]:
        """A pod whose service account is annotated with a role."""
        file = self.file("projected", aws.PROJECTED)
        given = {"AWS_ROLE_ARN": aws.ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": file, "AWS_ENDPOINT_URL_STS": sts}
        return self.env(**given | extra)

    def associated(self, agent: str, **extra: str) -> dict[str, str]:
        """A pod whose service account is associated with a role by EKS Pod Identity."""
        given = {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{agent}/v1/credentials",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": self.file("agent", aws.AGENT),
        }
        return self.env(**given | extra)

    def machine(self, metadata: str, **extra: str) -> dict[str, str]:
        """A machine, or a pod that reaches its machine's metadata."""
        given = {"AWS_EC2_METADATA_DISABLED": "", "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata}
        return self.env(**given | extra)

    def file(self, name: str, text: str) -> str:
        """One beside HOME, written once: its name stands for its text."""
        path = self.home.parent / name
        if not path.exists():
            path.write_text(text, errors="surrogateescape")
        return str(path)

    def check(
        self,
        gate: Dialable,
        env: dict[str, str],
        *more: str,
        named: tuple[str, ...] = NAMED,
        user: str = "langsmith@",
        here: bool = False,
    ) -> Ended:
        """A run with the URL of this gate; the cache's name and region are given."""
        url = f"rediss://{user}{gate.host}:{gate.port}/0"
        return self.run(env, url, *named, *more, here=here)

    def run(self, env: dict[str, str], *arguments: str, here: bool = False) -> Ended:
        """A process of its own, or `here` where nothing can hang: that saves most of a second."""
        line = ["check", "--iam", "aws", "--ca-file", str(self.ca.ca_file), "-o", "json", *arguments]
        return run_here(line, env) if here else run(line, env)


@pytest.fixture(name="bench", scope="module")
def bench_of_session(
    server_pool: ServerPool, certificates: Authority, tmp_path_factory: pytest.TempPathFactory
) -> Bench:
    home = tmp_path_factory.mktemp("aws") / "home"
    home.mkdir()
    return Bench(server_pool, certificates, certificates.server(), home)


def ids(told: Any, outcome: str) -> list[str]:
    """The checks with this outcome, once for each of their findings."""
    return [each["id"] for each in told["findings"] if each["outcome"] == outcome]


def finding(told: Any, check: str) -> Any:
    [found] = [each for each in told["findings"] if each["id"] == check]
    return found


def assert_passes(ended: Ended, *gates: Gate, warns: tuple[str, ...] = ()) -> Any:
    """The document of a run in which nothing failed, and only these warn; no secret is in it."""
    told = told_nothing_of(ended, *SECRETS, *(token for gate in gates for _, _, token in gate.shown))
    assert [ids(told, each) for each in ("fail", "blocked", "error")] == [[], [], []]
    assert tuple(ids(told, "warn")) == warns
    assert ended.returncode == 0
    return told


def assert_fails_only(ended: Ended, check: str, cause: str | None, *gates: Gate) -> Any:
    """The one finding that failed; whatever else is not in order is blocked by it, and no secret is told."""
    told = told_nothing_of(ended, *SECRETS, *(token for gate in gates for _, _, token in gate.shown))
    [failed] = [each for each in told["findings"] if each["outcome"] == "fail"]
    assert (failed["id"], failed["cause"]) == (check, cause)
    assert ids(told, "warn") + ids(told, "error") == []
    assert {each["blocked_by"] for each in told["findings"] if each["outcome"] == "blocked"} == {check}
    assert (ended.returncode, ended.stderr) == (1, "")
    assert told["seconds"] < LATEST
    return failed
