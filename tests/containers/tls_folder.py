"""What the TLS servers of docker-compose.test.yml read: `python -m tests.containers.tls_folder [FOLDER]`."""

import sys
from pathlib import Path

from tests.servers.catalogue import servers_folder
from tests.servers.certificates import authority

READABLE = 0o644


def tls_folder(folder: Path, *names: str) -> Path:
    """Issue a certificate for these names and for the loopback; ca.pem, server.crt and server.key."""
    folder.mkdir(parents=True, exist_ok=True)
    issued = authority(folder)
    certificate = issued.server("127.0.0.1", "localhost", *names)
    (folder / "server.crt").write_bytes(certificate.cert_file.read_bytes())
    (folder / "server.key").write_bytes(certificate.key_file.read_bytes())
    # The server is another user than the one who runs this.
    for name in ("ca.pem", "server.crt", "server.key"):
        (folder / name).chmod(READABLE)
    folder.chmod(0o755)
    return folder


if __name__ == "__main__":
    place = Path(sys.argv[1]) if sys.argv[1:] else servers_folder() / "tls"
    sys.stdout.write(f"{tls_folder(place)}\n")
