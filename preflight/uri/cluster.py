"""A list of node URIs as a target: `redis://host:port`, the password and TLS said elsewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final
from urllib.parse import parse_qsl, unquote

import msgspec
from msgspec.structs import replace

from preflight.model.secret import Secret
from preflight.model.target import Declaration, Endpoint, Mistake, MistakeKind, Mode, Surroundings, Target
from preflight.uri.address import fatal, of_address, of_scheme, of_text
from preflight.uri.dialect import LONGEST
from preflight.uri.identity import identity_of
from preflight.uri.standalone import LANGSMITH
from preflight.uri.text import PLACEHOLDER, Parts, has_stray_at, secrets_of, split

_NAMABLE: Final = {"db", "password", "protocol", "socket_timeout", "ssl_cert_reqs", "ssl_ca_certs", "username"}
"""Parameters that people write there; any other text after a `?` could be the tail of a password."""

_NAMED: Final = 3

_FALSE: Final = {"0", "f", "false", "n", "no"}
_TRUE: Final = {"1", "t", "true", "y", "yes"}


def target_from_nodes(uris: Sequence[str], around: Surroundings, name: str = LANGSMITH) -> Target:
    """Never raises: what is wrong with the URIs is recorded in the declaration."""
    mistakes = tuple(mistake for number, uri in enumerate(uris, 1) for mistake in _of_node(uri, number))
    if not uris:
        mistakes = (fatal(MistakeKind.EMPTY),)
    if around.password and PLACEHOLDER.fullmatch(around.password.reveal()):
        mistakes = (*mistakes, replace(fatal(MistakeKind.PLACEHOLDER), where="the password"))
    return _target(uris, mistakes, around, name)


def target_from_list(text: str, around: Surroundings, name: str = LANGSMITH) -> Target:
    """The same from a JSON array, as REDIS_CLUSTER_DATABASE_URIS holds it."""
    uris = _uris(text)
    if isinstance(uris, Mistake):
        return _target((), (uris,), around, name, secrets_of(text))
    return target_from_nodes(uris, around, name)


def _target(
    uris: Sequence[str],
    mistakes: tuple[Mistake, ...],
    around: Surroundings,
    name: str,
    secrets: tuple[Secret, ...] = (),
) -> Target:
    unusable = any(mistake.fatal for mistake in mistakes)
    endpoints = () if unusable else tuple(dict.fromkeys(map(_endpoint, uris)))
    found = (*secrets, *(secret for uri in uris for secret in secrets_of(uri)))
    return Target(
        name=name,
        mode=Mode.CLUSTER,
        declaration=Declaration(shown=_shown(endpoints), mistakes=mistakes),
        endpoints=endpoints,
        tls=around.encryption(around.tls is not False),
        login=None if around.iam and not around.password else around.login(None, None),
        iam=around.iam,
        identity=identity_of(around, endpoints),
        username=_username(uris, around),
        safe_mode=around.safe_mode,
        upgrade=around.upgrade,
        secrets=(*found, around.password) if around.password else found,
    )


def _username(uris: Sequence[str], around: Surroundings) -> str:
    """Of workload identity: LangSmith documents no place for it in a node list, so any that is there may be meant."""
    if not around.iam:
        return ""
    names = (split(uri).userinfo for uri in uris)
    lone = next((unquote(name) for name in names if name and ":" not in name), "")
    return around.username or lone


def _shown(endpoints: Sequence[Endpoint]) -> str:
    names = [endpoint.uri for endpoint in endpoints]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more or "(not shown: it cannot be read)"


def _uris(text: str) -> list[str] | Mistake:
    if not text.strip():
        return fatal(MistakeKind.EMPTY)
    if len(text) > LONGEST:
        return fatal(MistakeKind.TOO_LONG, f"{len(text):,} characters")
    try:
        decoded = msgspec.json.decode(text.encode())
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        is_url = text.startswith(("redis://", "rediss://"))
        return fatal(MistakeKind.NOT_JSON, "a URL" if is_url else "")
    if not isinstance(decoded, list):
        return fatal(MistakeKind.NOT_A_LIST, _JSON_TYPES.get(type(decoded), ""))
    if not all(isinstance(each, str) for each in decoded):
        return fatal(MistakeKind.NOT_TEXT)
    return decoded


_JSON_TYPES: Final = {
    dict: "an object",
    str: "a string",
    int: "a number",
    float: "a number",
    bool: "a boolean",
}


def _of_node(uri: str, number: int) -> Iterable[Mistake]:
    """The first thing that makes the URI unusable, else everything that is not as documented."""
    parts = split(uri)
    stray = fatal(MistakeKind.PASSWORD_IN_NODE) if has_stray_at(parts) else None
    unusable = of_text(uri) or of_scheme(uri) or stray or of_address(uri, parts)
    for mistake in (unusable,) if unusable else _undocumented(parts):
        yield replace(mistake, where=f"node {number}")


def _undocumented(parts: Parts) -> Iterable[Mistake]:
    if parts.scheme == "rediss":
        yield Mistake(kind=MistakeKind.SCHEME_TLS)
    if parts.userinfo is not None:
        has_password = ":" in parts.userinfo
        yield Mistake(kind=MistakeKind.PASSWORD_IN_NODE if has_password else MistakeKind.USERNAME_IN_NODE)
    if not parts.port:
        yield Mistake(kind=MistakeKind.PORT_MISSING)
    if parts.path not in {"", "/", "/0"}:
        yield Mistake(kind=MistakeKind.DATABASE_IN_CLUSTER)
    yield from _of_parameters(parts)


def _of_parameters(parts: Parts) -> Iterable[Mistake]:
    for name, value in parse_qsl(parts.query[1:], keep_blank_values=True):
        if name != "ssl_check_hostname":
            yield Mistake(kind=MistakeKind.PARAMETER, text=name if name in _NAMABLE else "")
        elif value.lower() not in _TRUE | _FALSE:
            yield Mistake(kind=MistakeKind.PARAMETER_VALUE, text=name)


def _endpoint(uri: str) -> Endpoint:
    parts = split(uri)
    values = dict(parse_qsl(parts.query[1:]))
    check = values.get("ssl_check_hostname", "true").lower() not in _FALSE
    return Endpoint(host=parts.host, port=int(parts.port or 6379), check_hostname=check)
