"""The Helm values that would cure a finding, nested as the chart reads them."""

from __future__ import annotations

from functools import reduce
from typing import Any
from urllib.parse import quote

from msgspec.structs import replace

from preflight.model.evidence import Cause
from preflight.model.finding import Patch
from preflight.model.installation import Feature
from preflight.model.secret import MASK
from preflight.model.target import Endpoint, Mode, Target
from preflight.uri.text import show


def at(path: str, value: object) -> dict[str, Any]:
    """The values that set one dotted path."""
    nested = reduce(lambda inner, name: {name: inner}, reversed(path.split(".")), value)
    assert isinstance(nested, dict)  # noqa: S101 - a path has a first name
    return nested


def below(target: Target, **values: object) -> Patch:
    """The values of this target: `redis.external` and what stands in its place for the other features.

    None for an agent whose feature is not known, and for what no values say.
    """
    if target.feature is Feature.AGENT or not target.place.helm:
        return None
    return at(target.feature.root, values)


def connection(target: Target, url: str) -> Patch:
    """The values with this URL."""
    name = "metaURL" if target.feature is Feature.JUICEFS else "connectionUrl"
    return below(target, **{name: url})


def address(target: Target, **changes: object) -> Patch:
    """The same connection string but for `host`, `port`, `tls` or `db`; None where no values change says it.

    A password is masked, and such a patch is to be read, not applied. Node URIs say no TLS and no database.
    """
    if not target.place.inline or not target.endpoints:
        return None
    endpoints = [_moved(endpoint, changes) for endpoint in target.endpoints]
    if target.mode is Mode.CLUSTER:
        return below(target, cluster={"nodeUris": [endpoint.uri for endpoint in endpoints]})
    return connection(target, _url(target, endpoints[0], changes))


def encryption(target: Target, *, on: bool) -> Patch:
    """TLS switched, where a node list or a URL says it."""
    if target.mode is Mode.CLUSTER:
        return below(target, cluster={"tlsEnabled": on})
    return address(target, tls=on)


def cure(cause: Cause, target: Target) -> Patch:
    """What the values must say where the cause lies in them; None for every other cause."""
    match cause:
        case Cause.TLS_PLAINTEXT:
            return encryption(target, on=False)
        case Cause.TLS_SPOKEN:
            return encryption(target, on=True)
        case Cause.NO_SUCH_DATABASE:
            return address(target, db=0)
        case Cause.PASSWORD_UNEXPECTED if target.mode is Mode.STANDALONE:
            return address(replace(target, login=None))
        case Cause.PASSWORD_UNEXPECTED if not target.place.password:
            return below(target, cluster={"password": ""})
        case _:
            return None


def _moved(endpoint: Endpoint, changes: dict[str, Any]) -> Endpoint:
    return Endpoint(
        host=changes.get("host", endpoint.host),
        port=changes.get("port", endpoint.port),
        check_hostname=endpoint.check_hostname,
    )


def _url(target: Target, endpoint: Endpoint, changes: dict[str, Any]) -> str:
    tls = changes.get("tls", target.tls is not None)
    username = target.username or (target.login.username if target.login else None)
    url = show(
        "rediss" if tls else "redis",
        quote(username, safe="*" if username == MASK else "") if username else None,
        endpoint.host,
        endpoint.port,
        changes.get("db", target.db),
        masked=bool(target.login and target.login.password),
    )
    return url if endpoint.check_hostname else f"{url}?ssl_check_hostname=false"
