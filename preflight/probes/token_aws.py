"""AWS: a request to connect, presigned with what the SDK's default chain finds (ElastiCache docs, «auth-iam»)."""

from __future__ import annotations

import os
import time
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, Final

import boto3
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import MetadataRetrievalError
from botocore.session import Session

from preflight.model.evidence import Cause, Stage
from preflight.model.identity import AwsIam
from preflight.model.token import Token
from preflight.probes.errors import ProbeError
from preflight.probes.errors_aws import FILES, diagnose_aws, explain_absence
from preflight.probes.token import Issued, Learn, now, stamp

LIFE: Final = 900
"""Seconds; AWS takes no longer."""

_BOUNDED: Final = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 1})
"""By themselves the calls to STS would wait and try again for three minutes."""

_SELF_TOLD: Final = Config(connect_timeout=1, read_timeout=1, retries={"total_max_attempts": 1})
"""Asking whose the credentials are is a courtesy: the token needs no answer."""

_COURTESY: Final = 4.0
"""Seconds from the start after which it is not asked any more."""

_SECRETS: Final = ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN")

WEB_IDENTITY: Final = "assume-role-with-web-identity"
CONTAINER: Final = "container-role"


def issue(identity: AwsIam, username: str, learn: Learn) -> Issued:
    """Blocking. Raises `ProbeError` with a cause of the stage `token`."""
    started = time.monotonic()
    _learn_environment(learn)
    session, clock = Session(), _Clock()
    session.set_default_client_config(_BOUNDED)
    session.register("after-call.sts", clock.hear)
    region, origin = _region(identity, session)
    _require(identity, username, region)
    session.set_config_variable("region", region)
    credentials, frozen = _found(session, clock)
    for text in (frozen.secret_key, frozen.token):
        learn(text or "")
    text = sign(identity, username, region, frozen)
    spare = time.monotonic() - started < _COURTESY
    token = Token(
        username=username,
        length=len(text),
        principal=_principal(credentials, session if spare else None),
        source=credentials.method or "",
        claims=_claims(identity, region, origin),
        obtained_at=now(),
        expires_at=stamp(_expiry(credentials)),
        shadowed=_shadowed(credentials.method or ""),
        clock_offset=clock.offset,
    )
    return Issued(text, token)


def _found(session: Session, clock: _Clock) -> tuple[Credentials, ReadOnlyCredentials]:
    """What the chain finds. The calls are made here."""
    try:
        credentials = boto3.Session(botocore_session=session).get_credentials()
        frozen = credentials.get_frozen_credentials() if credentials else None
    except MetadataRetrievalError:
        raise explain_absence(session) from None
    except Exception as error:  # noqa: BLE001 - the chain raises whatever its parts do
        raise diagnose_aws(error, clock.offset) from None
    if credentials is None or frozen is None:
        raise explain_absence(session)
    if not (frozen.access_key and frozen.secret_key):
        raise ProbeError(Cause.ISSUER_BROKEN, "the credentials that came are empty", stage=Stage.TOKEN)
    return credentials, frozen


def sign(identity: AwsIam, username: str, region: str, frozen: ReadOnlyCredentials) -> str:
    """The presigned URL without its scheme, which is what the server takes for a password."""
    params = {"Action": "connect", "User": username}
    if identity.serverless:
        params["ResourceType"] = "ServerlessCache"
    request = AWSRequest(method="GET", url=f"http://{identity.cache_name}/", params=params)
    SigV4QueryAuth(frozen, identity.service or "elasticache", region, expires=LIFE).add_auth(request)
    return str(request.url).removeprefix("http://")


class _Clock:
    """What time it is for STS, by the header of its answers, whatever they are."""

    offset: float | None = None

    def hear(self, http_response: Any, **_: object) -> None:  # noqa: ANN401 - botocore's own
        date = http_response.headers.get("Date")
        try:
            self.offset = round(parsedate_to_datetime(date).timestamp() - time.time(), 1) if date else None
        except ValueError:
            self.offset = None


def _learn_environment(learn: Learn) -> None:
    """Before anything is asked: an answer may quote what it was asked with."""
    for name in _SECRETS:
        learn(os.environ.get(name, ""))
    for name in FILES:
        try:
            learn(Path(os.environ.get(name, "")).read_text(encoding="utf-8", errors="replace").strip())
        except (OSError, ValueError):
            continue


def _region(identity: AwsIam, session: Session) -> tuple[str, str]:
    """The region to sign for, and who says so. botocore itself does not read AWS_REGION, other SDKs do."""
    says = {
        "--aws-region": identity.region,
        "AWS_REGION": os.environ.get("AWS_REGION"),
        "the SDK's configuration": _configured(session),
        "the host name, which only hints at it": identity.region_hint,
    }
    return next(((region, origin) for origin, region in says.items() if region), ("", ""))


def _configured(session: Session) -> str:
    try:
        return session.get_config_variable("region") or ""
    except Exception as error:  # noqa: BLE001 - the configuration file may be anything
        raise diagnose_aws(error) from None


def _require(identity: AwsIam, username: str, region: str) -> None:
    lacks = {
        Cause.USER_UNNAMED: username,
        Cause.CACHE_UNNAMED: identity.cache_name,
        Cause.REGION_UNKNOWN: region,
    }
    for cause, text in lacks.items():
        if not text:
            raise ProbeError(cause, stage=Stage.TOKEN)


def _claims(identity: AwsIam, region: str, origin: str) -> dict[str, str]:
    kind = "serverless cache" if identity.serverless else "cluster" if identity.service == "memorydb" else "cache"
    return {"service": identity.service or "elasticache", kind: identity.cache_name, "region": region, "by": origin}


def _expiry(credentials: Credentials) -> float:
    """The token dies with the session that signed it; static keys have no end."""
    signed = time.time() + LIFE
    # There is no public way to ask.
    end = getattr(credentials, "_expiry_time", None)
    return min(signed, end.timestamp()) if end else signed


def _principal(credentials: Credentials, session: Session | None) -> str:
    if credentials.method == WEB_IDENTITY and (role := os.environ.get("AWS_ROLE_ARN")):
        return role
    if session is None:
        return ""
    try:
        return str(session.create_client("sts", config=_SELF_TOLD).get_caller_identity()["Arn"])
    except Exception:  # noqa: BLE001 - then nobody says
        return ""


def _shadowed(method: str) -> str:
    """The identity that the pod was given, where something earlier in the chain stands before it."""
    role, file = os.environ.get("AWS_ROLE_ARN"), os.environ.get("AWS_WEB_IDENTITY_TOKEN_FILE")
    given = role if role and file else ""
    associated = "an EKS Pod Identity association" if os.environ.get("AWS_CONTAINER_CREDENTIALS_FULL_URI") else ""
    if method == WEB_IDENTITY:
        return associated
    return "" if method == CONTAINER else given or associated
