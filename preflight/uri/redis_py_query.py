"""The query parameters that redis-py takes from a connection URL."""

from __future__ import annotations

import ssl
from functools import partial
from typing import TYPE_CHECKING, Final
from urllib.parse import SplitResult, parse_qs, unquote

from preflight.uri.dialect import Fault, RefusalError, parameter_refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def read(url: str, parts: SplitResult) -> dict[str, str]:
    """Each parameter's first value; blank ones are dropped, as in redis-py. Raises `RefusalError`."""
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    for name, value in query.items():
        _check(url, parts.scheme, name, value)
    if "ssl_keyfile" in query and "ssl_certfile" not in query:
        raise parameter_refusal(Fault.PARAMETER, "{} needs ssl_certfile beside it.", url, "ssl_keyfile")
    return query


def value_refusal(url: str, name: str) -> RefusalError:
    return parameter_refusal(Fault.VALUE, "{} has a value that redis-py cannot use.", url, name)


def _check(url: str, scheme: str, name: str, value: str) -> None:
    check = (_TLS_CHECKS if scheme == "rediss" else _CHECKS).get(name)
    if check is None:
        raise _name_refusal(url, name)
    if unquote(value) != value:
        raise _twice_refusal(url, name)
    try:
        check(value)
    except (ValueError, LookupError):
        raise value_refusal(url, name) from None


def _name_refusal(url: str, name: str) -> RefusalError:
    if name in _TLS_CHECKS:
        return parameter_refusal(Fault.PARAMETER, "{} needs rediss:// in redis-py.", url, name)
    return parameter_refusal(Fault.PARAMETER, "{} is not one that redis-py takes from a URL.", url, name)


def _twice_refusal(url: str, name: str) -> RefusalError:
    # Releases before 8.1 decode a parameter's value twice.
    reason = "{} has a '%' in its value, which redis-py releases read differently."
    return parameter_refusal(Fault.VALUE, reason, url, name)


def _natural(value: str) -> None:
    if int(value) < 0:
        raise ValueError


def _seconds(value: str) -> None:
    # The longest time that a socket takes.
    if not 0 <= float(value) < 2**63 / 1e9:
        raise ValueError


def _protocol(value: str) -> None:
    if int(value) not in {2, 3}:
        raise ValueError


def _cert_reqs(value: str) -> None:
    if value not in {"none", "optional", "required"}:
        raise ValueError


def _verify_flags(value: str) -> None:
    for flag in value.replace("[", "").replace("]", "").split(","):
        if not hasattr(ssl.VerifyFlags, flag.strip()):
            raise ValueError


# The names that a URL can use on each observed release. Names of Python objects (retry, parser_class,
# credential_provider ...) are not here, nor those whose text one release passes on uncast and then trips
# over (socket_read_size, ssl_min_version): a connection made with them raises.
_TEXTS: Final = (
    "client_name decode_responses encoding_errors host lib_name lib_version password port retry_on_error"
    " retry_on_timeout socket_keepalive username"
)
_TLS_TEXTS: Final = (
    "ssl_ca_certs ssl_ca_path ssl_certfile ssl_check_hostname ssl_ciphers ssl_keyfile ssl_ocsp_expected_cert"
    " ssl_password ssl_validate_ocsp"
)
_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    **dict.fromkeys(_TEXTS.split(), str),
    "db": int,
    "encoding": "".encode,
    "health_check_interval": int,
    "max_connections": _natural,
    "protocol": _protocol,
    "socket_connect_timeout": _seconds,
    "socket_timeout": _seconds,
}
_TLS_CHECKS: Final[Mapping[str, Callable[[str], object]]] = {
    **_CHECKS,
    **dict.fromkeys(_TLS_TEXTS.split(), str),
    "ssl_ca_data": partial(str.encode, encoding="ascii"),
    "ssl_cert_reqs": _cert_reqs,
    "ssl_exclude_verify_flags": _verify_flags,
    "ssl_include_verify_flags": _verify_flags,
}
