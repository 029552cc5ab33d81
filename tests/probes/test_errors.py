"""Every exception that a probe may meet has one cause, and its evidence is the peer's words."""

import errno
import inspect
import itertools
import os
import socket
import ssl
from collections.abc import Callable

import pytest
import redis.exceptions

from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Reply
from preflight.probes.errors import ProbeError, diagnose, of_reply, reply_of


def _system(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def _tls(reason: str, kind: type[ssl.SSLError] = ssl.SSLError) -> ssl.SSLError:
    error = kind(1, f"[SSL: {reason}] (_ssl.c:1006)")
    error.reason = reason
    return error


def _verify(code: int, message: str) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed")
    error.verify_code, error.verify_message = code, message
    return error


def _while(inner: OSError) -> redis.exceptions.ConnectionError:
    """As redis-py raises it while it handles the system's own."""
    try:
        try:
            raise inner
        except OSError:
            raise redis.exceptions.ConnectionError("Error while reading from the server")  # noqa: B904
    except redis.exceptions.ConnectionError as error:
        return error


SYSTEM = [
    (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Stage.DNS, Cause.NAME_UNKNOWN),
    (socket.gaierror(socket.EAI_NODATA, "No address"), Stage.DNS, Cause.NAME_UNKNOWN),
    (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), Stage.DNS, Cause.RESOLVER_FAILED),
    (socket.gaierror(socket.EAI_FAIL, "Failure"), Stage.DNS, Cause.RESOLVER_FAILED),
    (TimeoutError(), Stage.DNS, Cause.RESOLVER_SILENT),
    (TimeoutError(), Stage.TCP, Cause.CONNECT_TIMEOUT),
    (TimeoutError(), Stage.TLS, Cause.TLS_SILENT),
    (TimeoutError(), Stage.AUTH, Cause.SILENT),
    (TimeoutError(), Stage.COMMANDS, Cause.STALLED),
    (_system(errno.ETIMEDOUT), Stage.TCP, Cause.CONNECT_TIMEOUT),
    (_system(errno.ECONNREFUSED), Stage.TCP, Cause.REFUSED),
    (_system(errno.ENETUNREACH), Stage.TCP, Cause.UNREACHABLE),
    (_system(errno.EHOSTUNREACH), Stage.TCP, Cause.UNREACHABLE),
    (_system(errno.EADDRNOTAVAIL), Stage.TCP, Cause.UNREACHABLE),
    (_system(errno.ECONNRESET), Stage.TLS, Cause.TLS_CLOSED),
    (_system(errno.ECONNRESET), Stage.AUTH, Cause.CLOSED),
    (_system(errno.EPIPE), Stage.COMMANDS, Cause.CLOSED),
    (ConnectionResetError(), Stage.TLS, Cause.TLS_CLOSED),
    (ConnectionError("Connection lost"), Stage.AUTH, Cause.CLOSED),
]

TLS = [
    (_verify(9, "certificate is not yet valid"), Cause.CERTIFICATE_NOT_YET_VALID),
    (_verify(10, "certificate has expired"), Cause.CERTIFICATE_EXPIRED),
    (_verify(18, "self-signed certificate"), Cause.SELF_SIGNED),
    (_verify(19, "self-signed certificate in certificate chain"), Cause.UNTRUSTED),
    (_verify(20, "unable to get local issuer certificate"), Cause.UNTRUSTED),
    (_verify(62, "Hostname mismatch, certificate is not valid for 'h'."), Cause.HOSTNAME_MISMATCH),
    (_verify(64, "IP address mismatch, certificate is not valid for '10.0.0.1'."), Cause.HOSTNAME_MISMATCH),
    (_verify(66, "EE certificate key too weak"), Cause.CERTIFICATE_WEAK),
    (_verify(68, "CA signature digest algorithm too weak"), Cause.CERTIFICATE_WEAK),
    (_tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"), Cause.CLIENT_CERTIFICATE_REQUIRED),
    (_tls("TLSV1_ALERT_UNKNOWN_CA"), Cause.CLIENT_CERTIFICATE_UNTRUSTED),
    (_tls("SSLV3_ALERT_CERTIFICATE_EXPIRED"), Cause.CLIENT_CERTIFICATE_EXPIRED),
    (_tls("SSLV3_ALERT_UNSUPPORTED_CERTIFICATE"), Cause.CLIENT_CERTIFICATE_UNSUITED),
    (_tls("SSLV3_ALERT_BAD_CERTIFICATE"), Cause.CLIENT_CERTIFICATE_REFUSED),
    (_tls("SSLV3_ALERT_CERTIFICATE_UNKNOWN"), Cause.CLIENT_CERTIFICATE_REFUSED),
    (_tls("SSLV3_ALERT_CERTIFICATE_REVOKED"), Cause.CLIENT_CERTIFICATE_REFUSED),
    (_tls("TLSV1_ALERT_ACCESS_DENIED"), Cause.CLIENT_CERTIFICATE_REFUSED),
    (_tls("SSLV3_ALERT_HANDSHAKE_FAILURE"), Cause.TLS_REFUSED),
    (_tls("WRONG_VERSION_NUMBER"), Cause.TLS_PLAINTEXT),
    (_tls("HTTP_REQUEST"), Cause.TLS_PLAINTEXT),
    (_tls("RECORD_LAYER_FAILURE"), Cause.TLS_PLAINTEXT),
    (_tls("UNSUPPORTED_PROTOCOL"), Cause.TLS_TOO_OLD),
    (_tls("TLSV1_ALERT_PROTOCOL_VERSION"), Cause.TLS_TOO_OLD),
    (_tls("UNEXPECTED_EOF_WHILE_READING", ssl.SSLEOFError), Cause.TLS_CLOSED),
    (_tls("TLSV1_ALERT_CLOSE_NOTIFY", ssl.SSLZeroReturnError), Cause.TLS_CLOSED),
]

REDIS = [
    (redis.exceptions.TimeoutError("Timeout reading"), Cause.SILENT),
    (redis.exceptions.AuthenticationError("NOAUTH Authentication required."), Cause.PASSWORD_REQUIRED),
    (redis.exceptions.BusyLoadingError("LOADING Redis is loading the dataset in memory"), Cause.LOADING),
    (redis.exceptions.ResponseError("DENIED Redis is running in protected mode"), Cause.PROTECTED_MODE),
    (redis.exceptions.ResponseError("ERR max number of clients reached"), Cause.TOO_MANY_CLIENTS),
    (redis.exceptions.ResponseError("ERR unknown command"), Cause.SERVER_ERROR),
    (redis.exceptions.InvalidResponse("Protocol Error: b'HTTP/1.1'"), Cause.NOT_REDIS),
    (redis.exceptions.ConnectionError("Connection closed by server."), Cause.CLOSED),
    (_while(_system(errno.ECONNRESET)), Cause.CLOSED),
    (_while(_tls("TLSV13_ALERT_CERTIFICATE_REQUIRED")), Cause.CLIENT_CERTIFICATE_REQUIRED),
    (_while(_verify(10, "certificate has expired")), Cause.CERTIFICATE_EXPIRED),
    (ValueError("Separator is not found, and chunk exceed the limit"), Cause.NOT_REDIS),
]


@pytest.mark.parametrize(
    ("error", "stage", "cause"),
    [
        *SYSTEM,
        *((error, Stage.TLS, cause) for error, cause in TLS),
        *((error, Stage.AUTH, cause) for error, cause in REDIS),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_a_cause_for_each(error: Exception, stage: Stage, cause: Cause) -> None:
    """The stage tells silences and lost connections apart; all else is in the exception."""
    assert diagnose(error, stage)[0] is cause


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (_system(errno.ECONNREFUSED), "Connection refused"),
        (_verify(10, "certificate has expired"), "certificate has expired"),
        (_tls("TLSV13_ALERT_CERTIFICATE_REQUIRED"), "tlsv13 alert certificate required"),
        (_while(_system(errno.ECONNRESET)), "Connection reset by peer"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "Name or service not known"),
        (redis.exceptions.ResponseError("ERR something", status_code="ERR"), "ERR ERR something"),
        (ProbeError(Cause.TLS_CLOSED, "closed after the handshake"), "closed after the handshake"),
        (TimeoutError("ignored"), ""),
    ],
    ids=repr,
)
def test_the_evidence_is_in_their_words(error: Exception, words: str) -> None:
    """Nothing that Python or redis-py adds is shown."""
    assert diagnose(error, Stage.TLS)[1] == words


def _of_redis(is_wanted: Callable[[type[Exception]], bool]) -> list[type[Exception]]:
    classes = (each for _, each in inspect.getmembers(redis.exceptions, inspect.isclass))
    return [each for each in classes if issubclass(each, Exception) and is_wanted(each)]


RAISED = _of_redis(lambda each: issubclass(each, redis.exceptions.RedisError))
NEVER_RAISED = _of_redis(lambda each: not issubclass(each, redis.exceptions.RedisError))


@pytest.mark.parametrize("kind", RAISED, ids=lambda kind: kind.__name__)
def test_every_error_of_redis_py_is_mapped(kind: type[Exception]) -> None:
    """None of them is taken for a fault of our own, whatever it says and wherever it is met."""
    for text, stage in itertools.product(("MOVED 1 127.0.0.1:1", "8000 10.0.0.1:1", "plain words"), Stage):
        # Built without its constructor, which for MOVED and ASK wants a text of one form.
        error = kind.__new__(kind)
        error.args = (text,)
        assert diagnose(error, stage)[0] is not Cause.BUG


def test_what_else_redis_py_defines_is_known() -> None:
    """Errors of its cluster client, its locks and its own misuse, none of which we use: a new one is to be judged."""
    assert {kind.__name__ for kind in NEVER_RAISED} == {
        "ChildDeadlockedError",
        "CrossSlotTransactionError",
        "IncorrectPolicyType",
        "InvalidPipelineStack",
        "RedisClusterException",
        "SlotNotCoveredError",
    }


def test_a_fault_of_our_own_quotes_nothing() -> None:
    """Its text may hold anything; its type and place are enough."""
    with pytest.raises(KeyError) as raised:
        dict[str, str]()["hunter2"]
    cause, message = diagnose(raised.value, Stage.AUTH)
    assert cause is Cause.BUG
    assert message.startswith("KeyError at test_a_fault_of_our_own_quotes_nothing:")
    assert "hunter2" not in message


@pytest.mark.parametrize(
    ("error", "reply"),
    [
        (redis.exceptions.ResponseError("WRONGPASS invalid"), Reply(code="WRONGPASS", message="WRONGPASS invalid")),
        (
            redis.exceptions.ResponseError("invalid", status_code="WRONGPASS"),
            Reply(code="WRONGPASS", message="WRONGPASS invalid"),
        ),
        (redis.exceptions.ConnectionError("Connection closed by server."), Reply()),
        (redis.exceptions.ConnectionError("Error 111 connecting"), Reply()),
        (redis.exceptions.InvalidResponse("Protocol Error: b'x'"), Reply()),
    ],
    ids=repr,
)
def test_the_server_s_error_has_a_code(error: redis.RedisError, reply: Reply) -> None:
    """redis-py cuts the code off or leaves it; without one it was not the server that spoke."""
    assert reply_of(error) == reply


def test_a_code_nobody_knows_is_the_server_s() -> None:
    """Servers have their own words; they are shown, not guessed at."""
    assert of_reply(Reply(code="BUSY", message="BUSY Redis is busy")) is Cause.SERVER_ERROR
