"""Records a real run for the README: what preflight saw of a server whose certificate is for another name."""

from __future__ import annotations

import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.servers.certificates import authority
from tests.servers.configuration import NativeTls
from tests.servers.process import running

RECORDED = Path(__file__).with_name("recorded.json")
PORT = 6380


def main() -> None:
    """The command as a person would give it; it is expected to find the fault."""
    with tempfile.TemporaryDirectory() as folder:
        ca = authority(Path(folder))
        tls = NativeTls(certificate=ca.server("redis-0.prod.example.net", "*.cache.example.net"), ca_file=ca.ca_file)
        password = secrets.token_hex()
        with running("redis-7.0", password=password, tls=tls) as server:
            with server.client(ssl_check_hostname=False) as client:
                client.config_set("tls-port", PORT)
            url = f"rediss://:{password}@localhost:{PORT}/0"
            command = [sys.executable, "-m", "preflight", "check", "-", "--ca-file", ca.ca_file.name]
            ended = subprocess.run(
                [*command, "-q", "--save-evidence", str(RECORDED)], input=url.encode(), cwd=ca.folder, check=False,
                capture_output=True,
            )  # fmt: skip
    if ended.returncode != 1:
        sys.exit(ended.stderr.decode() or "the recorded run found no fault")


if __name__ == "__main__":
    main()
