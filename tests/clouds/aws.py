"""AWS on the loopback: its token service, EKS Pod Identity and the metadata of an EC2 machine, whole or failing."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate
from typing import NamedTuple

from moto.server import ThreadedMotoServer
from moto.sts.models import sts_backends

from tests.clouds.sigv4 import Keys, Lookup
from tests.servers.configuration import LOOPBACK
from tests.servers.loopback import serving

ACCOUNT = "123456789012"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/langsmith"
ASSUMED = f"arn:aws:sts::{ACCOUNT}:assumed-role/langsmith/session"

PROJECTED = f"eyJhbGciOiJSUzI1NiJ9.{'eyJzdWIiOiJzeXN0ZW0' * 30}.{'c2lnbmF0dXJlLW9mLX' * 20}"
"""What the kubelet would mount: a token of the service account, of about the usual length."""

KEYS = Keys("ASIAPREFLIGHTTESTS01", "scripted/secret+access=key", "scripted-session-token//of+many==letters")
STATIC = Keys("AKIAPREFLIGHTTESTS02", "static/secret+access=key")

AGENT = "Bearer-of-the-pod-identity-agent"


class Asked(NamedTuple):
    """One request."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: str


class Answer(NamedTuple):
    """One answer of HTTP."""

    body: str
    status: int = 200
    kind: str = "text/xml"


Answering = Callable[[Asked], Answer | None]
"""What is said to a request; None is no word at all until the test is over."""


@dataclass
class Endpoint:
    """Where it is, and what it was asked."""

    url: str
    asked: list[Asked]

    @property
    def actions(self) -> list[str]:
        """What was asked of the token service."""
        return [each.body.partition("Action=")[2].partition("&")[0] for each in self.asked]


@contextlib.contextmanager
def endpoint(answer: Answering, *, ahead: float = 0.0) -> Iterator[Endpoint]:
    """Answer every request by what the callable makes of it; `ahead` are seconds, for the header Date."""
    asked: list[Asked] = []

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await _asked(reader))
        said = answer(asked[-1])
        if said is None:
            await asyncio.Event().wait()
        else:
            writer.write(_written(said, ahead))
            await writer.drain()

    with serving(converse) as address:
        yield Endpoint(f"http://{address.host}:{address.port}", asked)


async def _asked(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
    method, path, _version = first.split()
    headers = {name.lower(): text.strip() for name, _, text in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(method, path, headers, body.decode())


def _written(said: Answer, ahead: float) -> bytes:
    body = said.body.encode()
    head = [
        f"HTTP/1.1 {said.status} Told",
        f"Content-Type: {said.kind}",
        f"Content-Length: {len(body)}",
        f"Date: {formatdate(time.time() + ahead, usegmt=True)}",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


def known(*given: Keys) -> Lookup:
    """These keys and no others."""
    return {each.access: each for each in given}.get


def sts(keys: Keys = KEYS, *, instead: Answer | None = None, arn: str = ASSUMED, life: float = 3600) -> Answering:
    """The token service: gives out these keys, or answers otherwise; whoever asks who he is, is `arn`."""

    def answer(asked: Asked) -> Answer:
        if "Action=GetCallerIdentity" in asked.body:
            inner = f"<Arn>{arn}</Arn><UserId>AROA:session</UserId><Account>{ACCOUNT}</Account>"
            return _result("GetCallerIdentity", inner)
        assert f"WebIdentityToken={PROJECTED}" in asked.body, asked.body
        return instead or assumed(keys, life=life)

    return answer


def assumed(keys: Keys, *, life: float = 3600) -> Answer:
    """These keys for a role, for so many seconds."""
    return _result(
        "AssumeRoleWithWebIdentity",
        f"<Credentials><AccessKeyId>{keys.access}</AccessKeyId><SecretAccessKey>{keys.secret}</SecretAccessKey>"
        f"<SessionToken>{keys.session}</SessionToken><Expiration>{_moment(life)}</Expiration></Credentials>"
        f"<AssumedRoleUser><Arn>{ASSUMED}</Arn><AssumedRoleId>AROA:session</AssumedRoleId></AssumedRoleUser>",
    )


def _result(action: str, inner: str) -> Answer:
    return Answer(
        f'<{action}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{action}Result>{inner}</{action}Result>'
        f"<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></{action}Response>"
    )


def refusal(code: str, message: str, status: int = 400) -> Answer:
    """An error as the token service words it."""
    error = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
    return Answer(f"<ErrorResponse>{error}<RequestId>0</RequestId></ErrorResponse>", status)


def pod_identity(keys: Keys = KEYS) -> Answering:
    """The agent of EKS Pod Identity, which wants the pod's own token."""

    def answer(asked: Asked) -> Answer:
        if asked.headers.get("authorization") != AGENT:
            return Answer("who are you?", 401, "text/plain")
        return machine_keys(keys)

    return answer


def metadata(keys: Keys = KEYS) -> Answering:
    """The second version of the instance metadata, with the role of a machine."""

    def answer(asked: Asked) -> Answer:
        if asked.method == "PUT" and asked.path == "/latest/api/token":
            return Answer("metadata-session", kind="text/plain")
        if asked.headers.get("x-aws-ec2-metadata-token") != "metadata-session":
            return Answer("", 401)
        listing = asked.path == "/latest/meta-data/iam/security-credentials/"
        return Answer("node-role", kind="text/plain") if listing else machine_keys(keys)

    return answer


def machine_keys(keys: Keys, *, life: float = 3600, token: str | None = None) -> Answer:
    """Credentials as agents and machines give them out."""
    told = {
        "Code": "Success",
        "AccessKeyId": keys.access,
        "SecretAccessKey": keys.secret,
        "Token": keys.session if token is None else token,
        "Expiration": _moment(life),
    }
    return Answer(json.dumps(told), kind="application/json")


def _moment(life: float) -> str:
    return datetime.fromtimestamp(time.time() + life, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@contextlib.contextmanager
def moto() -> Iterator[str]:
    """The URL of moto, which takes any identity token for any role; `moto_keys` knows what it has given out."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address=LOOPBACK, port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def moto_keys(access: str) -> Keys | None:
    """The keys with this access key id that moto has given out."""
    roles = (role for regions in sts_backends.values() for each in regions.values() for role in each.assumed_roles)
    found = next((role for role in roles if role.access_key_id == access), None)
    return Keys(access, found.secret_access_key, found.session_token) if found else None
