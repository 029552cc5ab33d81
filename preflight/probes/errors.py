"""Maps every exception that a probe may meet to a cause, once."""

from __future__ import annotations

import errno
import os
import socket
import ssl
from typing import Final

from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import InvalidResponse, RedisError
from redis.exceptions import TimeoutError as RedisTimeoutError

from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Reply


class ProbeError(Exception):
    """A probe that found the cause by itself; `message` is the evidence."""

    def __init__(self, cause: Cause, message: str = "", stage: Stage | None = None) -> None:
        super().__init__(message)
        self.cause, self.message, self.stage = cause, message, stage


_SILENCE: Final = {
    Stage.DNS: Cause.RESOLVER_SILENT,
    Stage.TCP: Cause.CONNECT_TIMEOUT,
    Stage.TLS: Cause.TLS_SILENT,
}

# X509_V_ERR_* of OpenSSL.
_VERIFY: Final = {
    9: Cause.CERTIFICATE_EXPIRED,
    10: Cause.CERTIFICATE_EXPIRED,
    62: Cause.HOSTNAME_MISMATCH,
    64: Cause.HOSTNAME_MISMATCH,
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
    return Reply(code=first, message=text) if first.isupper() and first.isalpha() else Reply()


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
            return _VERIFY.get(code, Cause.UNTRUSTED)
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
    reason = getattr(error, "reason", None) or ""
    if isinstance(error, ssl.SSLEOFError | ssl.SSLZeroReturnError):
        return Cause.TLS_CLOSED
    if "CERTIFICATE_REQUIRED" in reason:
        return Cause.CLIENT_CERTIFICATE_REQUIRED
    if reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE"}:
        return Cause.TLS_PLAINTEXT
    return Cause.TLS_REFUSED


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
