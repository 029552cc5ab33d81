"""What a Redis client makes of a connection URL: a reading or a refusal."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from preflight.model.secret import Secret

LOCALHOST: Final = "localhost"
DEFAULT_PORT: Final = 6379
# Linux lets no environment variable be longer, and that is how the services get their URL.
LONGEST: Final = 131_072
# What surrounds a URL that was copied with too much around it.
_WRAPPING: Final = " \t\r\n\v\f\u00a0\ufeff\"'`\u201c\u201d\u2018\u2019"


class Fault(StrEnum):
    """The part of the URL that the client refuses."""

    TEXT = "text"
    SCHEME = "scheme"
    USERINFO = "userinfo"
    HOST = "host"
    PORT = "port"
    PATH = "path"
    DATABASE = "database"
    ESCAPE = "escape"
    PARAMETER = "parameter"
    VALUE = "value"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What a client would dial and send.

    `username` and `password` are what its AUTH would carry, both None when it would send none.
    Bytes that are no UTF-8 stand as lone surrogates, as `surrogateescape` makes them.
    """

    tls: bool
    host: str
    port: int
    db: int
    username: str | None
    password: Secret | None
    parameters: tuple[str, ...]


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a client raises instead, in words that quote nothing but a parameter's name."""

    fault: Fault
    reason: str
    parameter: str | None = None


Dialect: TypeAlias = Callable[[str], Reading | Refusal]


class RefusalError(Exception):
    """Carries a refusal out of the functions below a dialect's `read`."""

    def __init__(self, fault: Fault, reason: str, parameter: str | None = None) -> None:
        super().__init__(reason)
        self.refusal = Refusal(fault=fault, reason=reason, parameter=parameter)


def check_length(url: str) -> None:
    if len(url) > LONGEST:
        raise RefusalError(Fault.TEXT, "The text is longer than an environment variable can be.")


def opening_refusal(url: str) -> RefusalError:
    """Why a text that does not begin with a scheme that the client knows is refused."""
    if url.lower().startswith("unix:"):
        return RefusalError(Fault.SCHEME, "preflight and LangSmith need a TCP address, not a Unix socket.")
    if url.lstrip(_WRAPPING).lower().startswith(("redis://", "rediss://")) and url[:1] in _WRAPPING:
        return RefusalError(Fault.TEXT, "The text begins with a space, a line break or a quotation mark.")
    return RefusalError(Fault.SCHEME, "The URL must begin with redis:// or rediss://, in lower case.")


def port_refusal(authority: str, rest: str) -> RefusalError:
    """The likeliest mistake behind a port that is no number; `rest` is what follows the authority."""
    host = authority.rpartition("@")[2]
    if "@" in rest and "@" not in authority:
        return RefusalError(Fault.USERINFO, "A '/', '?' or '#' in a username or password must be escaped.")
    if "," in host:
        return RefusalError(Fault.HOST, "The URL names more than one host.")
    if host.count(":") > 1 and "[" not in host:
        return RefusalError(Fault.HOST, "An IPv6 address must stand in square brackets.")
    return RefusalError(Fault.PORT, "The port must be a number from 0 to 65535.")


def parameter_refusal(fault: Fault, reason: str, url: str, name: str) -> RefusalError:
    """`reason` has a place for the parameter, which is named only where it cannot be part of a password."""
    if not _namable(url, name):
        return RefusalError(fault, reason.format("A query parameter"))
    return RefusalError(fault, reason.format(f"The query parameter {name}"), name)


def _namable(url: str, name: str) -> bool:
    # An '@' after the '?' shows a password that was not escaped, so that its tail looks like a query;
    # so does a '&' in the value of ?password=.
    query = url.partition("?")[2]
    suspect = any(sign in query.lower() for sign in ("@", "%40", "password"))
    return name in _VOCABULARY.split() or (not suspect and _NAME.fullmatch(name) is not None)


_NAME: Final = re.compile(r"[A-Za-z0-9_]{1,40}")
# Names that people write in these URLs: naming them gives nothing away.
_VOCABULARY: Final = (
    "client_name db dial_timeout health_check_interval host max_connections password pool_size port protocol"
    " read_timeout skip_verify socket_connect_timeout socket_timeout ssl ssl_ca_certs ssl_cert_reqs"
    " ssl_certfile ssl_check_hostname ssl_keyfile timeout username write_timeout"
)
