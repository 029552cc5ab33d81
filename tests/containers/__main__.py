"""`make test-containers`: an engine, servers in containers under the integration tests, and the tests of the image."""

import os
import subprocess
import sys
import time
import uuid

from tests.containers.engine import LABEL, Engine, engine
from tests.servers.catalogue import REPOSITORY, ServerMissingError, servers_required

SERVED = (
    "tests/servers/test_starting.py",
    "tests/integration/test_healthy.py",
    "tests/integration/test_auth.py",
    "tests/integration/test_refusals.py",
    "tests/integration/test_topology.py",
    "tests/integration/test_tls_server.py",
    "tests/integration/test_tls_clients.py",
)
"""The tests that are run once more, with containers for servers."""

OF_PROCESSES = (
    "test_leaves_no_process_behind",
    # The address of a container that ended refuses nobody: nothing answers there at all.
    "test_a_stopped_node",
    "test_a_stopped_seed",
    # Certificates are for the loopback, and nodes name themselves by the addresses of their containers.
    "test_over_tls",
    "test_a_tls_url_for_a_cluster",
)
"""Those among them that only hold for processes."""


def main() -> int:
    try:
        with engine() as found:
            return _tested(found)
    except ServerMissingError as missing:
        if servers_required():
            sys.stderr.write(f"FAILED: {missing}\n")
            return 1
        sys.stderr.write(f"{'=' * 78}\nSKIPPED, nothing was tested in containers: {missing}\n{'=' * 78}\n")
        return 0


def _tested(engine: Engine) -> int:
    run = uuid.uuid4().hex
    environ = engine.environ | {"PREFLIGHT_TEST_RUN": run}
    without = " and ".join(f"not {name}" for name in OF_PROCESSES)
    sessions = (
        ("tests/containers",),
        ("-p", "tests.containers.servers", "-k", without, *SERVED),
    )
    try:
        return max([_pytest(environ, *arguments) for arguments in sessions])
    finally:
        _remove_leftovers(engine, run)


def _pytest(environ: dict[str, str], *arguments: str) -> int:
    begun = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-n", os.environ.get("JOBS", "2"), "--dist", "loadfile", *arguments]
    status = subprocess.run(command, cwd=REPOSITORY, env=environ, check=False).returncode
    sys.stdout.write(f"{time.monotonic() - begun:.0f} s\n")
    return status


def _remove_leftovers(engine: Engine, run: str) -> None:
    ours = f"--filter=label={LABEL}={run}"
    if containers := engine.docker("ps", "--all", "--quiet", ours).stdout.split():
        engine.remove(*containers)
    if networks := engine.docker("network", "ls", "--quiet", ours).stdout.split():
        engine.docker("network", "rm", *networks)


if __name__ == "__main__":
    sys.exit(main())
