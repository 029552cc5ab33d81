"""A Docker engine that answers: the one that is there, or one of the tests' own."""

import contextlib
import functools
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.containers.dockerd import own_dockerd
from tests.servers.catalogue import ServerMissingError

RUN_ID = os.environ.get("PREFLIGHT_TEST_RUN") or str(os.getpid())
LABEL = "preflight-tests"
"""On every container and network that the tests make, with the run as its value, so that what a kill left is found."""

LABELLED = f"--label={LABEL}={RUN_ID}"

BUILD_SECONDS, RUN_SECONDS = 600.0, 120.0

Ended = subprocess.CompletedProcess[str]


@dataclass(frozen=True, slots=True)
class Engine:
    """Speaks to an engine by the docker command."""

    host: str
    program: str

    def docker(
        self,
        *arguments: str,
        stdin: str = "",
        environ: Mapping[str, str] | None = None,
        check: bool = True,
        seconds: float = RUN_SECONDS,
    ) -> Ended:
        """Run the docker command to its end; where it fails, its own words are in the error."""
        ended = subprocess.run(
            [self.program, *arguments],
            input=stdin,
            env=self.environ | dict(environ or {}),
            capture_output=True,
            text=True,
            timeout=seconds,
            check=False,
        )
        if check and ended.returncode:
            raise RuntimeError(f"`docker {arguments[0]}` ended with {ended.returncode}:\n{ended.stdout}{ended.stderr}")
        return ended

    @property
    def environ(self) -> dict[str, str]:
        """What a docker command, or anything else that looks for an engine, needs to find this one."""
        return os.environ | {"DOCKER_HOST": self.host, "DOCKER_BUILDKIT": "1", "BUILDKIT_PROGRESS": "plain"}

    def run(
        self,
        image: str,
        *command: str,
        options: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        stdin: str = "",
        seconds: float = RUN_SECONDS,
    ) -> Ended:
        """Run a container to its end and remove it; values of its environment stay off the command line."""
        names = [part for name in environ or {} for part in ("--env", name)]
        given = ("run", "--rm", "--interactive", "--pull=never", LABELLED, *names, *options)
        return self.docker(*given, image, *command, environ=environ, stdin=stdin, check=False, seconds=seconds)

    @contextlib.contextmanager
    def running(
        self, image: str, *command: str, options: Sequence[str] = (), environ: Mapping[str, str] | None = None
    ) -> Iterator[str]:
        """Run a container for as long as the block lasts; its id."""
        names = [part for name in environ or {} for part in ("--env", name)]
        given = ("run", "--detach", "--pull=never", LABELLED, *names, *options)
        container = self.docker(*given, image, *command, environ=environ).stdout.strip()
        try:
            yield container
        finally:
            self.remove(container)

    @contextlib.contextmanager
    def network(self, name: str, *options: str) -> Iterator[str]:
        """Make a network for as long as the block lasts; with `--internal` nothing beyond it is reached."""
        self.docker("network", "create", LABELLED, *options, name)
        try:
            yield name
        finally:
            self.docker("network", "rm", name, check=False)

    def build(
        self,
        folder: Path,
        tag: str,
        *,
        file: Path | None = None,
        arguments: Mapping[str, str] | None = None,
        secrets: Mapping[str, Path] | None = None,
    ) -> str:
        """Build an image by BuildKit, and return its tag."""
        options = [f"--build-arg={name}={value}" for name, value in (arguments or {}).items()]
        options += [f"--secret=id={name},src={path}" for name, path in (secrets or {}).items()]
        options += [f"--file={file}"] if file else []
        self.docker("build", f"--tag={tag}", *options, str(folder), seconds=BUILD_SECONDS)
        return tag

    def has(self, image: str) -> bool:
        """Whether an image is there, or can be pulled."""
        here = self.docker("image", "inspect", image, check=False)
        return here.returncode == 0 or self.docker("pull", image, check=False, seconds=BUILD_SECONDS).returncode == 0

    def remove(self, *containers: str) -> None:
        """End containers at once and remove them with their volumes."""
        self.docker("rm", "--force", "--volumes", *containers, check=False)


@contextlib.contextmanager
def engine() -> Iterator[Engine]:
    """Find an engine, or start one for as long as it is used; ServerMissingError where there can be none."""
    program = _program()
    with contextlib.ExitStack() as stack:
        host = _running(program) or stack.enter_context(own_dockerd())
        yield Engine(host, program)


@functools.cache
def _program() -> str:
    """The first docker command that can build by BuildKit: newer ones need a plugin for it."""
    folders = os.environ.get("PATH", "").split(os.pathsep)
    programs = dict.fromkeys(found for each in folders if (found := shutil.which("docker", path=each)))
    for program in programs:
        asked = [program, "build", "--help"]
        environ = os.environ | {"DOCKER_BUILDKIT": "1"}
        if subprocess.run(asked, env=environ, capture_output=True, check=False).returncode == 0:
            return program
    if programs:
        raise ServerMissingError(f"{next(iter(programs))} has no BuildKit: install Docker's buildx plugin")
    raise ServerMissingError("docker is not on PATH: install Docker, or on Debian `apt-get install docker.io`")


def _running(program: str) -> str | None:
    """The engine that the docker command would take, be it by DOCKER_HOST or by its context."""
    if _told(program, "version", "{{.Server.Version}}") is None:
        return None
    return os.environ.get("DOCKER_HOST") or _told(program, "context inspect", "{{.Endpoints.docker.Host}}")


def _told(program: str, command: str, template: str) -> str | None:
    asked = [program, *command.split(), "--format", template]
    ended = subprocess.run(asked, capture_output=True, text=True, timeout=30, check=False)
    return None if ended.returncode else ended.stdout.strip()
