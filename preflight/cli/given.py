"""From parsed arguments to what the library takes: a plan, limits, a policy."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from msgspec.structs import replace

from preflight.cli.arguments import flags, sources
from preflight.cli.parser import switch
from preflight.model.errors import InputError
from preflight.model.finding import Outcome
from preflight.model.identity import ENTRA_SCOPE, AwsIam, AzureIam, Provider
from preflight.model.installation import Installation
from preflight.model.limits import Limits
from preflight.model.secret import Secret
from preflight.model.source import Fetch, Flag, Request
from preflight.model.target import Plan, Surroundings
from preflight.policy import Policy, require_known
from preflight.run import catalogue

_LARGEST: Final = 16 * 1024 * 1024
"""Bytes of one file: more is no configuration."""


def plan(arguments: argparse.Namespace, environ: Mapping[str, str], overlay: Mapping[str, Any] | None = None) -> Plan:
    """The plan of the one source that was named, or of the environment; `overlay` are values merged over its own.

    Raises `InputError`.
    """
    options = _options(arguments, environ)
    _refuse_twice(arguments, options)
    request = Request(
        options=options,
        environ=environ,
        read=text_of,
        mounted=lambda path: Path(path).is_file(),
        around=_around(arguments),
        connect=_connect,
        chart_version=_chart_version(arguments.chart_version),
        overlay=overlay or {},
    )
    read = {each: plan for each in sources() if not each.fallback and (plan := each.read(request))}
    if len(read) > 1:
        raise InputError("Give one source: a URL, nodes, values, manifests, or an --env-file.")
    _refuse_idle({} if read else options, arguments, tuple(flag for source in read for flag in source.flags))
    named = list(read.values())
    fallbacks = (each.read(request) for each in sources() if each.fallback and not named)
    found = next((plan for plan in (*named, *fallbacks) if plan), None)
    if found is None:
        raise InputError(
            "There is nothing to check. Give a URL (`preflight check redis://host:6379/0`), node URIs (--node), the "
            "chart's --values or --manifests, or run where REDIS_DATABASE_URI or REDIS_CLUSTER_DATABASE_URIS is set."
        )
    return found if found.installations else replace(found, installations=_installation(request))


def _installation(request: Request) -> tuple[Installation, ...]:
    """All that is known of an installation whose files were not given."""
    return (Installation(chart_version=request.chart_version),) if request.chart_version else ()


def _chart_version(text: str | None) -> str:
    if not text:
        return ""
    # Few give one.
    from semver import Version  # noqa: PLC0415

    try:
        Version.parse(text, optional_minor_and_patch=True)
    except ValueError:
        raise InputError("--chart-version takes a version, as 0.16.11 or 0.17.0-rc.12.") from None
    return text


def _refuse_twice(arguments: argparse.Namespace, options: Mapping[str, tuple[str, ...]]) -> None:
    """Standard input can be read as one thing only."""
    texts = [text for texts in options.values() for text in texts]
    if [arguments.password_file, *texts].count("-") > 1:
        raise InputError("standard input (-) can be only one of the URL, the password and the files")


def _refuse_idle(told: Mapping[str, object], arguments: argparse.Namespace, used: tuple[Flag, ...]) -> None:
    """What goes with one source and stands beside another, or beside none, would be ignored in silence."""
    for flag in flags():
        if not flag.names_source and flag not in used and (flag.key in told or getattr(arguments, flag.key)):
            raise InputError(f"{flag.name} goes with --values or --manifests, and neither is given.")


def _connect(context: str | None, namespace: str | None) -> Fetch:
    # The Kubernetes client takes longer to import than most checks to run.
    from preflight.kube import secrets_of  # noqa: PLC0415

    return secrets_of(context, namespace)


def limits(arguments: argparse.Namespace) -> Limits:
    default = Limits()
    return Limits(
        step=_seconds("--timeout", arguments.timeout, default.step),
        token=_seconds("--token-timeout", arguments.token_timeout, default.token),
        deadline=_seconds("--deadline", arguments.deadline, default.deadline),
    )


def wait(arguments: argparse.Namespace) -> float:
    return _seconds("--wait", arguments.wait, 0.0)


def policy(arguments: argparse.Namespace) -> Policy:
    severity = dict(_severity(each) for each in arguments.severity)
    given = Policy(only=tuple(arguments.only), skip=tuple(arguments.skip), severity=severity)
    require_known(given, catalogue())
    return given


@cache
def _stdin() -> bytes:
    """Once: a plan may be read again."""
    return sys.stdin.buffer.read(_LARGEST + 1)


def text_of(path: str, what: str) -> str:
    """The text of a file, or of standard input for `-`. `path` is not quoted: people put the secret itself there."""
    try:
        raw = _stdin() if path == "-" else _bytes(path)
        if len(raw) > _LARGEST:
            raise InputError(f"cannot read {what}: it is larger than {_LARGEST // 1024 // 1024} MiB")
        return raw.decode()
    except OSError as error:
        raise InputError(f"cannot read {what}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise InputError(f"cannot read {what}: it is not UTF-8 text") from None
    except ValueError:
        raise InputError(f"cannot read {what}: that is no file name") from None


def _bytes(path: str) -> bytes:
    with Path(path).open("rb") as file:
        return file.read(_LARGEST + 1)


def _options(arguments: argparse.Namespace, environ: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """What the command line says of the sources; what the environment says of them only if that names none."""
    line = {flag: _as_tuple(getattr(arguments, flag.key)) for flag in flags()}
    told = {flag: _from_environment(flag, environ) for flag in flags()}
    named = any(texts for flag, texts in line.items() if flag.names_source)
    chosen = {flag: texts or (() if named and flag.names_source else told[flag]) for flag, texts in line.items()}
    return {flag.key: texts for flag, texts in chosen.items() if texts}


def _as_tuple(value: str | list[str] | None) -> tuple[str, ...]:
    return tuple(value) if isinstance(value, list) else () if value is None else (value,)


def _from_environment(flag: Flag, environ: Mapping[str, str]) -> tuple[str, ...]:
    name = f"PREFLIGHT_{flag.key.upper()}"
    if flag.switch:
        return ("true",) if switch(environ, flag.key.upper()) else ()
    text = environ.get(name)
    return tuple(text.split()) if text and flag.repeat else (text,) if text else ()


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
        upgrade=bool(arguments.upgrade),
        iam=_one_of("--iam", arguments.iam, *Provider),
        aws=_aws(arguments),
        azure=AzureIam(scope=arguments.azure_scope or ENTRA_SCOPE, authority=arguments.azure_authority or ""),
    )


def _aws(arguments: argparse.Namespace) -> AwsIam:
    named = {"--aws-cache-name": arguments.aws_cache_name, "--aws-region": arguments.aws_region}
    for option, text in named.items():
        # They become parts of a URL that is signed.
        if text and not re.fullmatch(r"[A-Za-z0-9-]+", text):
            raise InputError(f"{option} takes letters, digits and hyphens.")
    return AwsIam(
        cache_name=arguments.aws_cache_name or "",
        region=arguments.aws_region or "",
        service=_one_of("--aws-service", arguments.aws_service, "elasticache", "memorydb"),
        serverless=arguments.aws_serverless,
    )


def _one_of(option: str, text: str | None, *names: str) -> str:
    if text and text not in names:
        raise InputError(f"{option} takes {', '.join(names[:-1])} or {names[-1]}.")
    return text or ""


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
