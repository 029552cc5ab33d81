"""A Kubernetes API on the loopback: it answers as it is told, and remembers what it was asked."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.servers.certificates import Certificate
from tests.servers.configuration import LOOPBACK

STORED = "redis://:st0red-s3cret@cache:6379"
"""What the Secret holds: it is handed on, and never said."""


@dataclass(frozen=True)
class Asked:
    """One request."""

    method: str
    path: str
    authorization: str


@dataclass(frozen=True)
class Reply:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/json"})


@dataclass
class Api:
    """What it says can be changed while it runs."""

    url: str = ""
    say: Callable[[Asked], Reply] = lambda _: Reply(body=manifest())
    asked: list[Asked] = field(default_factory=list)

    @property
    def where(self) -> str:
        return self.url.partition("://")[2]


def manifest(name: str = "langsmith-redis", **changed: Any) -> bytes:
    whole = {
        "kind": "Secret",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "ignored", "uid": "1", "managedFields": [{"manager": "helm"}]},
        "type": "Opaque",
        "data": {"connection_url": b64encode(STORED.encode()).decode()},
    }
    return json.dumps(whole | changed).encode()


def status(code: int) -> Reply:
    """An error as the API words it; it quotes more than a message of ours may."""
    said = {"kind": "Status", "status": "Failure", "message": f"{STORED} of system:anonymous", "code": code}
    return Reply(code, json.dumps(said).encode())


@contextlib.contextmanager
def api_server(certificate: Certificate | None = None) -> Iterator[Api]:
    """With a certificate by TLS."""
    api = Api()
    server = _Server((LOOPBACK, 0), _handler(api))
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    api.url = f"{'https' if certificate else 'http'}://{LOOPBACK}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A handshake that the client breaks off is what some tests want to see."""


def _handler(api: Api) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            asked = Asked(self.command, self.path, self.headers.get("Authorization", ""))
            api.asked.append(asked)
            reply = api.say(asked)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            with contextlib.suppress(OSError):  # a body that nobody wants to read to its end
                self.wfile.write(reply.body)

        def __getattr__(self, name: str) -> Callable[[], None]:
            """Every method, so that `asked` shows also those that nobody may use."""
            if name.startswith("do_"):
                return self.answer
            raise AttributeError(name)

        def log_message(self, *_: Any) -> None:
            """Tests look at `asked`."""

    return Handler
