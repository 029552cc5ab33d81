"""The environment that the LangSmith chart gives its pods, when nothing else is named."""

from __future__ import annotations

from collections.abc import Mapping

from preflight.model.errors import InputError
from preflight.model.secret import Secret
from preflight.model.source import Request, Source
from preflight.model.target import Plan, Surroundings
from preflight.uri.cluster import target_from_list
from preflight.uri.standalone import target_from_url

_URL, _NODES, _CLUSTER = "REDIS_DATABASE_URI", "REDIS_CLUSTER_DATABASE_URIS", "REDIS_CLUSTER_ENABLED"


def read(request: Request) -> Plan | None:
    environ = request.environ
    if not any(name in environ for name in (_URL, _NODES, _CLUSTER)):
        return None
    if environ.get("REDIS_IAM_AUTH_PROVIDER"):
        raise InputError(
            "REDIS_IAM_AUTH_PROVIDER is set: this version of preflight cannot fetch workload-identity "
            "tokens yet, so it cannot tell whether the pods would get in."
        )
    around = surroundings(environ, request.around)
    if _true(environ, _CLUSTER, default=False):
        return Plan(targets=(target_from_list(environ.get(_NODES, ""), around),))
    if request.around.tls is not None:
        raise InputError(f"--tls and --no-tls are for node lists; {_URL} says it by its scheme, redis or rediss.")
    return Plan(targets=(target_from_url(environ.get(_URL, ""), around),))


def surroundings(environ: Mapping[str, str], given: Surroundings) -> Surroundings:
    """What the environment says; the command line wins."""
    password = environ.get("REDIS_CLUSTER_PASSWORD") if _true(environ, _CLUSTER, default=False) else None
    tls = _true(environ, "REDIS_CLUSTER_USE_SSL_CONNECTION", default=True)
    return Surroundings(
        username=given.username,
        password=given.password or (Secret(password) if password else None),
        tls=tls if given.tls is None else given.tls,
        ca_file=given.ca_file or environ.get("SSL_CERT_FILE") or None,
        client_cert=given.client_cert or environ.get("REDIS_TLS_CLIENT_CERT_PATH") or None,
        client_key=given.client_key or environ.get("REDIS_TLS_CLIENT_KEY_PATH") or None,
        safe_mode=given.safe_mode or _true(environ, "REDIS_CLUSTER_SAFE_MODE", default=False),
    )


def _true(environ: Mapping[str, str], name: str, *, default: bool) -> bool:
    value = environ.get(name, "").strip().lower()
    if value in {"true", "1", "yes"}:
        return True
    if value in {"false", "0", "no"}:
        return False
    if value:
        raise InputError(f"{name} must be true or false.")
    return default


SOURCE = Source(flags=(), read=read, fallback=True)
