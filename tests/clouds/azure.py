"""Microsoft Entra ID on the loopback, and the instance metadata of a machine of Azure: whole or failing."""

import base64
import contextlib
import hashlib
import hmac
import json
import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.clouds.http import Answer, Asked, HttpServer, Reply, Said, http_server, proxy_server, replied, said
from tests.servers.certificates import Authority

TENANT = "11111111-2222-4333-8444-555555555555"
CLIENT_ID = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"
OBJECT_ID = "99999999-8888-4777-8666-000000000000"
SCOPE = "https://redis.azure.com/.default"
AUDIENCE = "https://redis.azure.com"
PUBLIC = "login.microsoftonline.com"

TOKEN = "/oauth2/v2.0/token"
DISCOVERY = "/v2.0/.well-known/openid-configuration"
INSTANCES = "/common/discovery/instance"
IMDS_TOKEN = "/metadata/identity/oauth2/token"
IMDS_PROBE = "/metadata/instance"

_BEARER = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_SIGNING = b"what signs the tokens of these tests"


def jwt(**claims: Any) -> str:
    """A token of the usual form, signed by a key that nobody asks for."""
    parts = [_encoded(json.dumps(each).encode()) for each in ({"typ": "JWT", "alg": "HS256"}, claims)]
    signature = hmac.digest(_SIGNING, ".".join(parts).encode(), hashlib.sha256)
    return ".".join((*parts, _encoded(signature)))


def aadsts(code: int, words: str, *, status: int = 400, error: str = "invalid_request") -> Answer:
    """An error as Entra ID words it."""
    trace = "Trace ID: 0a1b2c3d-0000-0000-0000-000000000000 Correlation ID: 1b2c3d4e Timestamp: 2026-01-01 00:00:00Z"
    return said(
        status=status,
        error=error,
        error_description=f"AADSTS{code}: {words} {trace}",
        error_codes=[code],
        correlation_id="1b2c3d4e",
    )


@dataclass
class Entra:
    """Gives tokens to whom it should, unless `replies` says something else for the end of a path."""

    object_id: str = OBJECT_ID
    audience: str = AUDIENCE
    scope: str = SCOPE
    seconds: int = 3600
    opaque: bool = False
    """The tokens are no JWT."""
    replies: dict[str, Reply] = field(default_factory=dict)
    limit: int | None = None
    """After so many tokens there are no more."""
    tokens: dict[str, float] = field(default_factory=dict)
    """Every token that was given, and when it expires."""
    assertion: str = field(default_factory=lambda: jwt(sub="system:serviceaccount:a:b", jti=secrets.token_hex(16)))
    """The identity token of the pod, which the federated credential trusts."""
    client_secret: str = field(default_factory=lambda: f"client~{secrets.token_urlsafe(24)}")
    authority: HttpServer = field(default_factory=HttpServer)
    metadata: HttpServer = field(default_factory=HttpServer)
    proxy: HttpServer = field(default_factory=HttpServer)

    def admit(self, user: str, token: str) -> bool:
        """As the cache does: the object id, with a token of ours for it that has not expired."""
        return user == self.object_id and self.audience == AUDIENCE and time.time() < self.tokens.get(token, 0)

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no output may hold. The half of a token is more than its header."""
        return (*self.tokens, *(token.rpartition(".")[2] for token in self.tokens), self.assertion, self.client_secret)

    def answer(self, asked: Asked) -> Said:
        for end, reply in self.replies.items():
            if asked.path.endswith(end):
                return replied(reply, asked)
        if self.limit is not None and len(self.tokens) >= self.limit:
            return Answer(status=503)
        routes = {
            f"/{TENANT}{TOKEN}": self._of_authority,
            f"/{TENANT}{DISCOVERY}": self._configuration,
            INSTANCES: self._instances,
            IMDS_PROBE: lambda _: said(compute={}),
            IMDS_TOKEN: self._of_machine,
        }
        return routes[asked.path](asked) if asked.path in routes else Answer(status=404)

    def given(self) -> str:
        """A new token."""
        expires = int(time.time()) + self.seconds
        claims = {"aud": self.audience, "iss": f"https://sts.windows.net/{TENANT}/", "exp": expires, "tid": TENANT}
        whose = {"oid": self.object_id, "appid": CLIENT_ID, "uti": secrets.token_hex(16), "groups": ["x" * 900]}
        token = f"opaque-{secrets.token_urlsafe(200)}" if self.opaque else jwt(**claims, **whose)
        self.tokens[token] = float(expires)
        return token

    def _of_authority(self, asked: Asked) -> Said:
        form = asked.form
        if form["client_id"] != CLIENT_ID:
            return aadsts(700016, "Application with identifier was not found in the directory.", error="unauthorized")
        if not self._is_proven(form):
            return aadsts(700213, "No matching federated identity record found for presented assertion subject.")
        if self.scope not in form["scope"].split():
            return aadsts(500011, "The resource principal was not found in the tenant.", error="invalid_resource")
        return said(access_token=self.given(), expires_in=self.seconds, token_type="Bearer")

    def _is_proven(self, form: Mapping[str, str]) -> bool:
        if form["grant_type"] != "client_credentials":
            return False
        if secret := form.get("client_secret"):
            return secret == self.client_secret
        return (form["client_assertion"], form["client_assertion_type"]) == (self.assertion, _BEARER)

    def _configuration(self, asked: Asked) -> Said:
        root = f"https://{asked.headers['host']}/{TENANT}"
        return said(
            issuer=f"{root}/v2.0", authorization_endpoint=f"{root}/oauth2/v2.0/authorize", token_endpoint=root + TOKEN
        )

    def _instances(self, _: Asked) -> Said:
        known = {"preferred_network": PUBLIC, "preferred_cache": PUBLIC, "aliases": [PUBLIC]}
        return said(
            tenant_discovery_endpoint=f"https://{PUBLIC}/{TENANT}{DISCOVERY}", metadata=[known], api_version="1.1"
        )

    def _of_machine(self, asked: Asked) -> Said:
        if asked.headers.get("metadata") != "true" or asked.query.get("resource") != AUDIENCE:
            return said(status=400, error="invalid_request", error_description="Required metadata header not specified")
        expires = str(int(time.time()) + self.seconds)
        return said(
            access_token=self.given(), expires_in=str(self.seconds), expires_on=expires, resource=AUDIENCE,
            token_type="Bearer", client_id=CLIENT_ID,
        )  # fmt: skip

    def workload(self, folder: Path, ca_file: Path) -> dict[str, str]:
        """What the webhook gives a pod, and the CA of this authority."""
        file = folder / "azure-identity-token"
        file.write_text(self.assertion)
        return {
            "AZURE_AUTHORITY_HOST": self.authority.url,
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT_ID,
            "AZURE_FEDERATED_TOKEN_FILE": str(file),
            "REQUESTS_CA_BUNDLE": str(ca_file),
        }

    def machine(self) -> dict[str, str]:
        """What there is on a virtual machine with a managed identity: nothing but its metadata."""
        return {"AZURE_POD_IDENTITY_AUTHORITY_HOST": self.metadata.url}

    def client(self, ca_file: Path) -> dict[str, str]:
        """A client's secret. The package asks the public cloud alone for it, which here is behind a proxy."""
        return {
            "AZURE_AUTHORITY_HOST": "",
            "AZURE_TENANT_ID": TENANT,
            "AZURE_CLIENT_ID": CLIENT_ID,
            "AZURE_CLIENT_SECRET": self.client_secret,
            "HTTPS_PROXY": self.proxy.url,
            "REQUESTS_CA_BUNDLE": str(ca_file),
        }


@contextlib.contextmanager
def entra(authority: Authority, **made_of: Any) -> Iterator[Entra]:
    """An Entra ID, also in the place of the public one behind a proxy, and a machine's metadata."""
    made = Entra(**made_of)
    certificate = authority.server("127.0.0.1", PUBLIC)
    with (
        http_server(made.answer, certificate=certificate) as made.authority,
        http_server(made.answer) as made.metadata,
        proxy_server({f"{PUBLIC}:443": made.authority}) as made.proxy,
    ):
        yield made


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
