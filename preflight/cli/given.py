"""From parsed arguments to what the library takes: a plan, limits, a policy."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from preflight.cli.arguments import sources
from preflight.model.errors import InputError
from preflight.model.finding import Outcome
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.source import Request
from preflight.model.target import Plan, Surroundings
from preflight.policy import Policy, require_known
from preflight.run import catalogue


def plan(arguments: argparse.Namespace, environ: Mapping[str, str]) -> Plan:
    """The plan of the one source that was named, or of the environment. Raises `InputError`."""
    if arguments.url == arguments.password_file == "-":
        raise InputError("the URL and the password cannot both come from standard input")
    request = Request(options=_options(arguments, environ), environ=environ, read=text_of, around=_around(arguments))
    named = [plan for each in sources() if not each.fallback and (plan := each.read(request))]
    if len(named) > 1:
        raise InputError("Give one source: a URL, or nodes.")
    fallbacks = (each.read(request) for each in sources() if each.fallback and not named)
    found = next((plan for plan in (*named, *fallbacks) if plan), None)
    if found is None:
        raise InputError(
            "There is nothing to check. Give a URL (`preflight check redis://host:6379/0`), node URIs (--node), or "
            "run where REDIS_DATABASE_URI or REDIS_CLUSTER_DATABASE_URIS is set."
        )
    return found


def limits(arguments: argparse.Namespace) -> Limits:
    default = Limits()
    return Limits(
        step=_seconds("--timeout", arguments.timeout, default.step),
        deadline=_seconds("--deadline", arguments.deadline, default.deadline),
    )


def policy(arguments: argparse.Namespace) -> Policy:
    severity = dict(_severity(each) for each in arguments.severity)
    given = Policy(only=tuple(arguments.only), skip=tuple(arguments.skip), severity=severity)
    require_known(given, catalogue())
    return given


def text_of(path: str, what: str) -> str:
    """The text of a file, or of standard input for `-`. `path` is not quoted: people put the secret itself there."""
    try:
        raw = sys.stdin.buffer.read() if path == "-" else Path(path).read_bytes()
        return raw.decode()
    except OSError as error:
        raise InputError(f"cannot read {what}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read {what}: it is not UTF-8 text") from None
    except ValueError:
        raise InputError(f"cannot read {what}: that is no file name") from None


def _options(arguments: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What the command line says of the sources; what the environment says only if that is nothing."""
    flags = [flag for each in sources() for flag in each.flags]
    line = {flag.key: getattr(arguments, flag.key) for flag in flags}
    given = {
        key: tuple(value) if isinstance(value, list) else (value,) for key, value in line.items() if value is not None
    }
    named = {key: value for key, value in given.items() if value}
    if named:
        return named
    told = {flag: environ.get(f"PREFLIGHT_{flag.key.upper()}") for flag in flags}
    return {flag.key: tuple(text.split()) if flag.repeat else (text,) for flag, text in told.items() if text}


def _around(arguments: argparse.Namespace) -> Surroundings:
    file = arguments.password_file
    password = text_of(file, "the password file").rstrip("\r\n") if file else None
    if password == "":
        raise InputError("the password file is empty")
    return Surroundings(
        username=arguments.username,
        password=Secret(password) if password else None,
        tls=arguments.tls,
        ca_file=arguments.ca_file,
        client_cert=arguments.client_cert,
        client_key=arguments.client_key,
        safe_mode=bool(arguments.cluster_safe_mode),
    )


def _severity(text: str) -> tuple[str, Outcome]:
    name, _, level = text.partition("=")
    if level not in {"warn", "fail"}:
        raise InputError("--severity takes ID=warn or ID=fail")
    return name, Outcome(level)


def _seconds(option: str, text: str | None, default: float) -> float:
    if text is None:
        return default
    match = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)(ms|s|m)?", text)
    seconds = float(match[1]) * {"ms": 0.001, "m": 60.0}.get(match[2], 1.0) if match else 0.0
    if seconds <= 0:
        raise InputError(f"{option} takes a number of seconds above 0, as 5, 500ms or 2m")
    return seconds
