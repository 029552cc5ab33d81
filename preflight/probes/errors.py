"""Maps every exception that a probe may meet to a cause, once."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Final

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, RedisError, ResponseError
from redis.exceptions import TimeoutError as RedisTimeoutError

from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Reply
from preflight.model.verification import cause_of_code


class ProbeError(Exception):
    """A probe that found the cause by itself; `message` is the evidence."""

    def __init__(self, cause: Cause, message: str = "", stage: Stage | None = None) -> None:
        super().__init__(message)
        self.cause, self.message, self.stage = cause, message, stage


_SILENCE: Final = {
    Stage.TOKEN: Cause.ISSUER_SILENT,
    Stage.DNS: Cause.RESOLVER_SILENT,
    Stage.TCP: Cause.CONNECT_TIMEOUT,
    Stage.TLS: Cause.TLS_SILENT,
    Stage.SERVER: Cause.STALLED,
    Stage.TOPOLOGY: Cause.STALLED,
    Stage.COMMANDS: Cause.STALLED,
}

# The reasons of OpenSSL that name a cause; most are alerts of the server.
_REASONS: Final = {
    "WRONG_VERSION_NUMBER": Cause.TLS_PLAINTEXT,
    "HTTP_REQUEST": Cause.TLS_PLAINTEXT,
    "RECORD_LAYER_FAILURE": Cause.TLS_PLAINTEXT,
    "TLSV1_ALERT_PROTOCOL_VERSION": Cause.TLS_TOO_OLD,
    "UNSUPPORTED_PROTOCOL": Cause.TLS_TOO_OLD,
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": Cause.CLIENT_CERTIFICATE_REQUIRED,
    "TLSV1_ALERT_UNKNOWN_CA": Cause.CLIENT_CERTIFICATE_UNTRUSTED,
    "SSLV3_ALERT_CERTIFICATE_EXPIRED": Cause.CLIENT_CERTIFICATE_EXPIRED,
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE": Cause.CLIENT_CERTIFICATE_UNSUITED,
    "SSLV3_ALERT_BAD_CERTIFICATE": Cause.CLIENT_CERTIFICATE_REFUSED,
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN": Cause.CLIENT_CERTIFICATE_REFUSED,
    "SSLV3_ALERT_CERTIFICATE_REVOKED": Cause.CLIENT_CERTIFICATE_REFUSED,
    "TLSV1_ALERT_ACCESS_DENIED": Cause.CLIENT_CERTIFICATE_REFUSED,
}

_NO_ROUTE: Final = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EACCES, errno.EPERM}

_CODES: Final = {
    "NOAUTH": Cause.PASSWORD_REQUIRED,
    "LOADING": Cause.LOADING,
    "DENIED": Cause.PROTECTED_MODE,
}


def diagnose(error: Exception, stage: Stage) -> tuple[Cause, str]:  # noqa: PLR0911 - one line a case
    """The cause of an exception that ended a step of `stage`, and the evidence in the peer's words."""
    match error:
        case ProbeError():
            return error.cause, error.message
        case TimeoutError() | RedisTimeoutError():
            return _SILENCE.get(stage, Cause.SILENT), ""
        case RedisConnectionError(__context__=OSError() as inner):
            return _of_system(inner, stage), _words(inner)
        case RedisError():
            reply = reply_of(error)
            return (of_reply(reply), reply.message) if reply.code else (_of_client(error), str(error))
        case OSError():
            return _of_system(error, stage), _words(error)
        case ValueError() if stage.rank >= Stage.TLS.rank:
            # StreamReader: a line longer than its limit, from something that is no Redis.
            return Cause.NOT_REDIS, "a line longer than any Redis sends"
        case _:
            return Cause.BUG, _where(error)


def reply_of(error: RedisError) -> Reply:
    """The server's error as code and message; without a code it was not the server that spoke."""
    text = str(error)
    code = getattr(error, "status_code", None)
    if code:
        return Reply(code=code, message=f"{code} {text}")
    first = text.partition(" ")[0]
    if first.isupper() and first.isalpha():
        return Reply(code=first, message=text)
    # Envoy's refusals have no code.
    return Reply(code="ERR", message=text) if isinstance(error, ResponseError) else Reply()


def of_reply(reply: Reply) -> Cause:
    if "max number of clients" in reply.message:
        return Cause.TOO_MANY_CLIENTS
    return _CODES.get(reply.code, Cause.SERVER_ERROR)


def _of_client(error: RedisError) -> Cause:
    return Cause.NOT_REDIS if isinstance(error, InvalidResponse) else Cause.CLOSED


def _of_system(error: OSError, stage: Stage) -> Cause:  # noqa: PLR0911 - one line a case
    match error:
        case socket.gaierror(errno=socket.EAI_NONAME | socket.EAI_NODATA):
            return Cause.NAME_UNKNOWN
        case socket.gaierror():
            return Cause.RESOLVER_FAILED
        case ssl.SSLCertVerificationError(verify_code=code):
            return cause_of_code(code)
        case ssl.SSLError():
            return _of_tls(error)
        case ConnectionRefusedError():
            return Cause.REFUSED
        case TimeoutError(errno=errno.ETIMEDOUT):
            return Cause.CONNECT_TIMEOUT
        case OSError(errno=number) if number in _NO_ROUTE:
            return Cause.UNREACHABLE
        case _:
            return Cause.TLS_CLOSED if stage is Stage.TLS else Cause.CLOSED


def _of_tls(error: ssl.SSLError) -> Cause:
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Cause.TLS_CLOSED
    return _REASONS.get(getattr(error, "reason", None) or "", Cause.TLS_REFUSED)


def _words(error: OSError) -> str:
    """The system's or OpenSSL's own words, without what Python adds to them."""
    match error:
        case ssl.SSLCertVerificationError(verify_message=message):
            return message
        case ssl.SSLError(reason=str(reason)):
            return reason.lower().replace("_", " ")
        case socket.gaierror() | ssl.SSLError():
            return error.strerror or str(error)
        case OSError(errno=int(number)):
            return os.strerror(number)
        case ConnectionError():
            return str(error) or "the connection was closed"
        case _:
            return str(error) or type(error).__name__


def _where(error: Exception) -> str:
    """Type and place only: the text of an unexpected exception may hold anything."""
    frame = error.__traceback__
    while frame and frame.tb_next:
        frame = frame.tb_next
    place = f" at {frame.tb_frame.f_code.co_name}:{frame.tb_lineno}" if frame else ""
    return f"{type(error).__name__}{place}"
