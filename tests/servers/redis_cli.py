"""Debian's redis-cli as a second opinion on a cluster."""

import functools
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.servers.catalogue import ServerMissingError
from tests.servers.process import Server

SECONDS = 30.0

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True, slots=True)
class Opinion:
    """What `redis-cli --cluster check` thinks, by its exit status and its `[ERR]` and `[WARNING]` lines."""

    status: int
    complaints: tuple[str, ...]

    @property
    def is_good(self) -> bool:
        return self.status == 0 and not self.complaints


def cluster_check(node: Server) -> Opinion:
    """Ask through this node, with its password; against a TLS port it would hang, and is ended."""
    command = [str(_program()), "--cluster", "check", f"{node.host}:{node.port}"]
    environ = os.environ | ({"REDISCLI_AUTH": node.password} if node.password else {})
    ended = subprocess.run(command, env=environ, capture_output=True, text=True, timeout=SECONDS, check=False)
    lines = _COLOUR.sub("", ended.stdout + ended.stderr).splitlines()
    return Opinion(ended.returncode, tuple(line for line in lines if line.startswith(("[ERR]", "[WARNING]"))))


@functools.cache
def _program() -> Path:
    found = shutil.which("redis-cli")
    if found is None:
        raise ServerMissingError("redis-cli is not on PATH: run `apt-get install redis-tools` on Debian 12")
    return Path(found)
