"""A connection URL as a target: read as redis-py reads it, with whatever is wrong in it."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl, quote, unquote, urlencode

from msgspec.structs import replace

from preflight.model.secret import Secret
from preflight.model.target import (
    Declaration,
    Disagreement,
    Endpoint,
    Mistake,
    MistakeKind,
    Mode,
    Surroundings,
    Target,
)
from preflight.uri.address import fatal, of_address, of_scheme, of_text
from preflight.uri.clients import compare
from preflight.uri.dialect import DEFAULT_PORT, LONGEST, Reading
from preflight.uri.identity import identity_of
from preflight.uri.redis_py import read
from preflight.uri.text import PLACEHOLDER, Parts, has_stray_at, intended, secrets_of, show, split

LANGSMITH: Final = "langsmith"

_UNSHOWN: Final = "(not shown: it cannot be read)"

_ADDRESS_PARAMETERS: Final = {"password", "username", "db", "host", "port"}


def target_from_url(text: str, around: Surroundings, name: str = LANGSMITH) -> Target:
    """Never raises: what is wrong with the text is recorded in the declaration."""
    mistakes = _mistakes(text)
    reading = None if any(each.fatal for each in mistakes) else _reading(text)
    secrets = (*secrets_of(text), *((around.password,) if around.password else ()))
    if reading is None:
        return _undiallable(name, _unreadable(text, mistakes), around, secrets)
    passwordless = not (reading.password or around.password)
    # A lone user is shown by nobody: it is where people put the password that older Redis had alone. With workload
    # identity it is the identity.
    alone = Secret(reading.username or "") if passwordless and not around.iam else None
    secrets = (*secrets, *(each for each in (reading.password, alone) if each))
    endpoint = Endpoint(host=reading.host, port=reading.port, check_hostname=_checks_hostname(text))
    return Target(
        name=name,
        mode=Mode.STANDALONE,
        declaration=_declaration(text, reading, mistakes, around),
        endpoints=(endpoint,),
        tls=around.encryption(reading.tls),
        login=None if passwordless and around.iam else around.login(reading.username, reading.password),
        iam=around.iam,
        identity=identity_of(around, (endpoint,)),
        username=(around.username or reading.username or "") if around.iam else "",
        db=reading.db,
        safe_mode=around.safe_mode,
        upgrade=around.upgrade,
        secrets=secrets,
    )


def _undiallable(name: str, declaration: Declaration, around: Surroundings, secrets: tuple[Secret, ...]) -> Target:
    return Target(
        name=name,
        mode=Mode.STANDALONE,
        declaration=declaration,
        iam=around.iam,
        identity=identity_of(around, ()),
        safe_mode=around.safe_mode,
        upgrade=around.upgrade,
        secrets=secrets,
    )


def _declaration(text: str, reading: Reading, mistakes: tuple[Mistake, ...], around: Surroundings) -> Declaration:
    scheme = "rediss" if reading.tls else "redis"
    username, password = around.username or reading.username, around.password or reading.password
    shown = username and (password or around.iam)
    user = quote(username or "", safe="", errors="replace") if shown else None
    db = 0 if mistakes else reading.db
    masked = bool(password or (username and not around.iam))
    plain = show(scheme, user, reading.host, reading.port, db, masked=masked)
    # With credentials from elsewhere the text is not what the clients would get.
    clients = Disagreement() if around.username or around.password else compare(text)
    if around.iam:
        # What both make of a lone identity does not matter: the token comes from elsewhere.
        told = tuple(part for part in clients.differing if part not in {"username", "password"})
        clients = replace(clients, passwordless=False, differing=told)
    return Declaration(shown=plain, encoded=plain, mistakes=mistakes, clients=clients)


def _unreadable(text: str, mistakes: tuple[Mistake, ...]) -> Declaration:
    """The address in the form to write, if it can be made out; a user name only where a password follows it."""
    parts = intended(text) if "@" in text else split(text)
    userinfo = parts.userinfo or ""
    user = quote(unquote(userinfo.partition(":")[0]), safe="", errors="replace") if ":" in userinfo else ""
    scheme = {"valkey": "redis", "valkeys": "rediss"}.get(parts.scheme.lower(), parts.scheme.lower())
    number = parts.path.strip("/")
    db = int(number) if re.fullmatch(r"[0-9]{1,9}", number) else 0
    port = int(parts.port) if re.fullmatch(r"[0-9]{1,5}", parts.port or "") and parts.port else DEFAULT_PORT
    encoded = show(scheme, user, parts.host, port, db, masked=":" in userinfo)
    helps = parts.port in {None, "", str(port)} and len(text) <= LONGEST and not _mistakes(encoded)
    return Declaration(shown=_UNSHOWN, encoded=encoded if helps else "", mistakes=mistakes)


def _mistakes(text: str) -> tuple[Mistake, ...]:
    if found := of_text(text) or of_scheme(text):
        return (found,)
    parts = split(text)
    if has_stray_at(parts):
        return (fatal(MistakeKind.PASSWORD_RAW),)
    if parts.fragment:
        return (fatal(MistakeKind.FRAGMENT),)
    if found := of_address(text, parts) or _placeholder(parts) or _of_database(parts):
        return (found,)
    if _reading(text) is None:
        return (fatal(MistakeKind.PASSWORD_RAW if "@" in text else MistakeKind.PARAMETER_VALUE),)
    return ()


def _placeholder(parts: Parts) -> Mistake | None:
    """A user or password that is nothing else; a real one may well hold a `<`."""
    user, _, password = (parts.userinfo or "").partition(":")
    values = [user, password, *(value for _, value in parse_qsl(parts.query[1:]))]
    found = any(PLACEHOLDER.fullmatch(value) for value in values)
    return fatal(MistakeKind.PLACEHOLDER) if found else None


def _of_database(parts: Parts) -> Mistake | None:
    """redis-py reads a path that is no number as database 0, in silence."""
    if re.fullmatch(r"/?|/[0-9]{1,9}", parts.path):
        return None
    return Mistake(kind=MistakeKind.DATABASE)


def _reading(text: str) -> Reading | None:
    """redis-py's reading; where it refuses a parameter, that of the address without the parameters."""
    reading = read(text)
    if isinstance(reading, Reading):
        return reading
    front, _, query = text.partition("?")
    kept = [pair for pair in parse_qsl(query) if pair[0] in _ADDRESS_PARAMETERS]
    without = read(f"{front}?{urlencode(kept)}" if kept else front)
    return without if isinstance(without, Reading) else None


def _checks_hostname(text: str) -> bool:
    values = dict(parse_qsl(text.partition("?")[2]))
    return values.get("ssl_check_hostname", "true").lower() not in {"0", "f", "false", "n", "no"}
