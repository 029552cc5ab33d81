"""pytest plugin: `running` starts containers in place of processes, so that the same tests hold for both.

A server has the same port within its container and on the loopback, where it is published. The nodes of a cluster know
one another by the addresses of their containers and tell clients so: there the host is that address, which Linux
reaches.
A replica lives in the network of its primary, which is on the loopback for it as well.
"""

import os
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from docker.errors import APIError  # type: ignore[import-untyped]  # it ships no types
from docker.models.containers import Container  # type: ignore[import-untyped]
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from tests.containers.engine import LABEL, RUN_ID, Engine
from tests.containers.process import ContainerProcess
from tests.containers.releases import server_image
from tests.servers import process
from tests.servers.catalogue import Release
from tests.servers.configuration import LOOPBACK, NativeTls
from tests.servers.process import START_ATTEMPTS, Server
from tests.servers.readiness import free_port, until_ready

pytest_plugins = ["tests.containers.fixtures"]

LOGGED = 'exec "$0" "$1" >"$2" 2>&1'
"""Where the log of a process is; a container that is over takes its own along."""

_TAKEN = ("address already in use", "port is already allocated")


@pytest.fixture(scope="session", autouse=True)
def _servers_are_containers(engine: Engine) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(process, "_started", Starter(engine).start)
        patched.setenv("DOCKER_HOST", engine.host)
        # It would be pulled from a registry to clean up after a kill; ours go by their label.
        patched.setattr(testcontainers_config, "ryuk_disabled", True)
        yield


@dataclass(frozen=True, slots=True)
class Starter:
    """Starts servers in containers, and remembers which is on which port."""

    engine: Engine
    containers: dict[int, Container] = field(default_factory=dict)

    def start(
        self, release: Release, folder: Path, lines: Sequence[str], *, password: str | None, tls: NativeTls | None
    ) -> Server:
        primary = self._primary(lines)
        made = self._prepared(release, folder, primary)
        if tls:
            made.with_volume_mapping(tls.ca_file.parent, str(tls.ca_file.parent))
        directive = "tls-port" if tls else "port"
        container, port = _contained(made, folder, lines, directive, is_published=primary is None)
        self.containers[port] = container
        server = Server(
            release=release,
            port=port,
            password=password,
            tls=tls,
            folder=folder,
            process=cast("subprocess.Popen[bytes]", ContainerProcess(container)),
            host=_host(primary or container, lines, is_published=primary is None),
        )
        try:
            until_ready(server)
        except BaseException:
            server.stop()
            raise
        return server

    def _primary(self, lines: Sequence[str]) -> Container | None:
        ports = [int(line.split()[2]) for line in lines if line.startswith("slaveof ")]
        return self.containers[ports[0]] if ports else None

    def _prepared(self, release: Release, folder: Path, primary: Container | None) -> DockerContainer:
        made = DockerContainer(
            server_image(self.engine, release),
            # The official images' own entry points hand over to another user.
            entrypoint="sh",
            # As ourselves, it reads keys that are nobody else's, and we its log.
            user=f"{os.getuid()}:{os.getgid()}",
            labels={LABEL: RUN_ID},
            auto_remove=True,
            network_mode=f"container:{primary.id}" if primary else None,
        )
        command = ["-c", LOGGED, f"{release.product}-server", f"{folder}/redis.conf", f"{folder}/log"]
        return made.with_command(command).with_volume_mapping(folder, str(folder), "rw")


def _contained(
    made: DockerContainer, folder: Path, lines: Sequence[str], directive: str, *, is_published: bool
) -> tuple[Container, int]:
    for attempt in range(1, START_ATTEMPTS + 1):
        port = free_port()
        _configure(folder, lines, f"{directive} {port}")
        if is_published:
            made.ports = {f"{port}/tcp": (LOOPBACK, port)}  # type: ignore[dict-item]  # docker-py takes a host, too
        try:
            return made.start().get_wrapped_container(), port
        except APIError as error:
            made.stop()
            if attempt == START_ATTEMPTS or not any(words in str(error) for words in _TAKEN):
                raise
    raise AssertionError


def _configure(folder: Path, lines: Sequence[str], port: str) -> None:
    # Its own loopback would be reached by nobody.
    kept = [line for line in lines if not line.startswith("bind ")]
    ours = ("bind 0.0.0.0", port, f'dir "{folder}"', "")
    (folder / "log").touch()
    (folder / "redis.conf").write_text("\n".join((*kept, *ours)))


def _host(container: Container, lines: Sequence[str], *, is_published: bool) -> str:
    if is_published and "cluster-enabled yes" not in lines:
        return LOOPBACK
    container.reload()
    networks = container.attrs["NetworkSettings"]["Networks"]
    return str(next(iter(networks.values()))["IPAddress"])
