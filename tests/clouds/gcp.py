"""Google on the loopback: metadata server, token endpoint of keys, Security Token Service, impersonation."""

import base64
import contextlib
import functools
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from tests.clouds.http import Answer, Asked, HttpServer, Reply, Said, http_server, replied, said
from tests.servers.certificates import Certificate

PROJECT = "langsmith-tests"
EMAIL = f"langsmith@{PROJECT}.iam.gserviceaccount.com"
POOL = f"{PROJECT}.svc.id.goog"
MACHINE = "123456789012-compute@developer.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
AUDIENCE = "//iam.googleapis.com/projects/123456789012/locations/global/workloadIdentityPools/pool/providers/eks"
JWT = "urn:ietf:params:oauth:token-type:jwt"

PING = "/"
METADATA_TOKEN = "metadata token"
KEY_TOKEN = "/token"
STS = "/v1/token"
IMPERSONATION = f"/v1/projects/-/serviceAccounts/{EMAIL}:generateAccessToken"

_METADATA = "/computeMetadata/v1/"
_ACCOUNTS = f"{_METADATA}instance/service-accounts/"


@functools.cache
def private_key() -> rsa.RSAPrivateKey:
    """That of the service account; one for all tests, for it takes a moment to find."""
    return rsa.generate_private_key(65537, 2048)


def private_pem() -> str:
    return private_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def oauth_error(status: int, error: str, description: str = "") -> Answer:
    return said(status=status, error=error, error_description=description)


def api_error(status: int, message: str) -> Answer:
    return said(status=status, error={"code": status, "message": message, "status": "PERMISSION_DENIED"})


@dataclass
class Google:
    """Gives tokens to whom it should, unless `replies` says something else for a path."""

    email: str = EMAIL
    seconds: int = 3600
    replies: dict[str, Reply] = field(default_factory=dict)
    limit: int | None = None
    """After so many tokens there are no more."""
    tokens: dict[str, float] = field(default_factory=dict)
    """Every token that was given, and when it expires."""
    subject: str = field(default_factory=lambda: f"eyJ.subject-{secrets.token_urlsafe(32)}.sig")
    """The identity token of the pod, which the Security Token Service trusts."""
    server: HttpServer = field(default_factory=HttpServer)
    _exchanged: set[str] = field(default_factory=set)

    def admit(self, user: str, token: str) -> bool:
        """As Memorystore does: `default`, with a token of ours that has not expired."""
        return user == "default" and time.time() < self.tokens.get(token, 0)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no output may hold."""
        sent = [asked.form["assertion"] for asked in self.server.asked if asked.path == KEY_TOKEN]
        return (*self.tokens, *self._exchanged, *sent, self.subject, private_pem().splitlines()[1])

    def answer(self, asked: Asked) -> Said:
        path = METADATA_TOKEN if asked.path.startswith(_ACCOUNTS) and asked.path.endswith("/token") else asked.path
        if path in self.replies:
            return replied(self.replies[path], asked)
        if self.limit is not None and len(self.tokens) >= self.limit:
            return Answer(status=503)
        if path == PING or asked.path.startswith(_METADATA):
            return self._metadata(asked, path)
        routes = {KEY_TOKEN: self._of_key, STS: self._of_federation, IMPERSONATION: self._of_impersonation}
        return routes[path](asked) if path in routes else Answer(status=404)

    def given(self, seconds: int | None = None) -> str:
        """A new token."""
        token = f"ya29.{secrets.token_urlsafe(180)}"
        self.tokens[token] = time.time() + (self.seconds if seconds is None else seconds)
        return token

    def _metadata(self, asked: Asked, path: str) -> Said:
        google = {"Metadata-Flavor": "Google"}
        if path != PING and asked.headers.get("metadata-flavor") != "Google":
            return Answer(status=403, headers=google)
        if path == METADATA_TOKEN:
            return said(access_token=self.given(), expires_in=self.seconds, token_type="Bearer", headers=google)
        if path.startswith(_ACCOUNTS):
            return said(email=self.email, scopes=[SCOPE], aliases=["default"], headers=google)
        texts = {PING: "computeMetadata/\n", f"{_METADATA}project/project-id": PROJECT}
        text = texts.get(path)
        return Answer(body=text.encode(), headers=google | {"Content-Type": "application/text"}) if text else NOT_FOUND

    def _of_key(self, asked: Asked) -> Said:
        claims = _verified(asked.form["assertion"])
        if claims is None or (claims["iss"], claims["scope"]) != (EMAIL, SCOPE):
            return oauth_error(400, "invalid_grant", "Invalid JWT Signature.")
        return said(access_token=self.given(), expires_in=self.seconds, token_type="Bearer")

    def _of_federation(self, asked: Asked) -> Said:
        form = asked.form
        if (form["subject_token"], form["audience"]) != (self.subject, AUDIENCE):
            return oauth_error(400, "invalid_grant", "The audience in ID Token does not match.")
        token = self.given()
        self._exchanged.add(token)
        return said(access_token=token, expires_in=self.seconds, token_type="Bearer", issued_token_type="access_token")

    def _of_impersonation(self, asked: Asked) -> Said:
        bearer = asked.headers["authorization"].removeprefix("Bearer ")
        if bearer not in self._exchanged:
            return api_error(401, "Request had invalid authentication credentials.")
        # That one was to impersonate with; the server gets the other.
        self.tokens.pop(bearer, None)
        expires = datetime.fromtimestamp(time.time() + self.seconds, UTC)
        return said(accessToken=self.given(), expireTime=expires.strftime("%Y-%m-%dT%H:%M:%SZ"))

    def metadata(self) -> dict[str, str]:
        """The variables of a pod on GKE, or of a machine; the empty one takes back what a hermetic run has."""
        where = self.server.netloc
        return {"GCE_METADATA_HOST": where, "GCE_METADATA_IP": where, "NO_GCE_CHECK": ""} | IN_PROJECT

    def key(self, folder: Path, **changed: str) -> dict[str, str]:
        """The variables with the key of a service account; without what is empty."""
        file = folder / "key.json"
        told = {
            "type": "service_account",
            "project_id": PROJECT,
            "private_key_id": "1",
            "private_key": private_pem(),
            "client_email": EMAIL,
            "token_uri": f"{self.server.url}{KEY_TOKEN}",
        }
        file.write_text(json.dumps({name: text for name, text in (told | changed).items() if text}))
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)} | IN_PROJECT

    def federation(self, folder: Path, *, impersonating: bool = False) -> dict[str, str]:
        """The variables with a configuration of workload identity federation, and the file of the pod's token."""
        (folder / "subject-token").write_text(self.subject)
        file = folder / "federation.json"
        told: dict[str, Any] = {
            "type": "external_account",
            "audience": AUDIENCE,
            "subject_token_type": JWT,
            "token_url": f"{self.server.url}{STS}",
            "credential_source": {"file": str(folder / "subject-token")},
        }
        if impersonating:
            told["service_account_impersonation_url"] = f"{self.server.url}{IMPERSONATION}"
        file.write_text(json.dumps(told))
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)} | IN_PROJECT


NOT_FOUND = Answer(status=404)

IN_PROJECT = {"GOOGLE_CLOUD_PROJECT": PROJECT}
"""Without it google-auth would ask other services of Google for the project."""


@contextlib.contextmanager
def google(
    *,
    email: str = EMAIL,
    seconds: int = 3600,
    certificate: Certificate | None = None,
    replies: Mapping[str, Reply] | None = None,
) -> Iterator[Google]:
    """A Google whose tokens live so long, and that answers as `replies` says where that names a path."""
    made = Google(email=email, seconds=seconds, replies=dict(replies or {}))
    with http_server(made.answer, certificate=certificate) as made.server:
        yield made


def _verified(assertion: str) -> dict[str, Any] | None:
    """The claims of a JWT that our key has signed."""
    signed, _, signature = assertion.rpartition(".")
    with contextlib.suppress(InvalidSignature):
        private_key().public_key().verify(_decoded(signature), signed.encode(), padding.PKCS1v15(), SHA256())
        claims: dict[str, Any] = json.loads(_decoded(signed.partition(".")[2]))
        return claims
    return None


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
