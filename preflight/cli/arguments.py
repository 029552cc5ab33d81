"""The command line as argparse sees it. Every option has an environment variable, PREFLIGHT_ and its name."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, NoReturn

from preflight import inputs, plugins, render
from preflight.model.errors import InputError
from preflight.model.source import Flag, Source
from preflight.version import __version__

_SWITCH: Final = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}


class Parser(argparse.ArgumentParser):
    """argparse, but its messages quote no value: any of them could be a password in the wrong place."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(**given, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        head, found, values = message.partition("unrecognized arguments: ")
        options = re.findall(r"(?:^|\s)(--[a-z-]+)(?==|\s|$)", values)
        told = f"{head}{found}{' '.join(options) or '(not shown)'}" if found else message
        told = re.sub(r"invalid choice: .*(?= \(choose)", "invalid choice", told, flags=re.DOTALL)
        super().error(re.sub(r"ignored explicit argument .*", "takes no value", told, flags=re.DOTALL))


def sources() -> tuple[Source, ...]:
    return tuple(each for each in plugins.offers(inputs, "SOURCE") if isinstance(each, Source))


def flags() -> tuple[Flag, ...]:
    """Every option of the sources, once."""
    return tuple(dict.fromkeys(flag for source in sources() for flag in source.flags))


def parser(environ: Mapping[str, str]) -> Parser:
    top = Parser(
        prog="preflight",
        description="Can this LangSmith installation use this Redis or Valkey? Know before helm install.",
    )
    top.add_argument("--version", action="version", version=f"preflight {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True)
    check = commands.add_parser("check", help="check a server, or what the environment names; the main job")
    lint = commands.add_parser("lint", help="look at the configuration only; no network is used")
    for command in (check, lint):
        _add_sources(command, environ)
        _add_identity(command, environ)
        _add_judgement(command, environ)
    _add_run(check, environ)
    explain = commands.add_parser("explain", help="what a check means, why it matters, how to fix it")
    explain.add_argument("id", metavar="ID")
    listing = commands.add_parser("checks", help="list every check")
    listing.add_argument("--markdown", action="store_true", help="the whole catalogue as a page")
    demo = commands.add_parser("demo", help="start a throwaway embedded server and check it")
    _add_output(demo, environ)
    return top


def _add_sources(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = command.add_argument_group("what to check (without any: the environment of a LangSmith pod)")
    for flag in flags():
        _add_flag(group, flag)
    _add(group, "--chart-version", "VERSION", "version of the LangSmith chart, as 0.16.11", environ)
    group = command.add_argument_group("how it is reached")
    _add(group, "--username", "NAME", "ACL user, or the user of a workload identity", environ)
    _add(group, "--password-file", "FILE", "file that holds the password; - for standard input", environ)
    group.add_argument(
        "--tls",
        action=argparse.BooleanOptionalAction,
        default=switch(environ, "TLS"),
        help="TLS for a node list (default: on, as in LangSmith)",
    )
    _add(group, "--ca-file", "FILE", "CA bundle in place of the system's roots", environ)
    _add(group, "--client-cert", "FILE", "client certificate (PEM)", environ)
    _add(group, "--client-key", "FILE", "its key (PEM)", environ)
    group.add_argument(
        "--cluster-safe-mode",
        action="store_true",
        default=switch(environ, "CLUSTER_SAFE_MODE"),
        help="as redis.external.clusterSafeMode: true",
    )


def _add_identity(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = command.add_argument_group("workload identity in place of a password")
    _add(group, "--iam", "PROVIDER", "aws, gcp or azure, as redis.external.iamAuthProvider", environ)
    _add(group, "--aws-cache-name", "NAME", "the cache to sign for (default: by the host name)", environ)
    _add(group, "--aws-region", "REGION", "its region (default: AWS_REGION, else by the host name)", environ)
    _add(group, "--aws-service", "SERVICE", "elasticache or memorydb (default: by the host name)", environ)
    group.add_argument(
        "--aws-serverless",
        action=argparse.BooleanOptionalAction,
        default=switch(environ, "AWS_SERVERLESS"),
        help="whether it is a serverless cache (default: by the host name)",
    )
    _add(group, "--azure-authority", "URL", "of Entra ID in a sovereign cloud (default: AZURE_AUTHORITY_HOST)", environ)
    _add(group, "--azure-scope", "SCOPE", "to ask a token for (default: https://redis.azure.com/.default)", environ)


def _add_judgement(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = command.add_argument_group("what counts")
    group.add_argument(
        "--upgrade",
        action="store_true",
        default=switch(environ, "UPGRADE"),
        help="LangSmith uses this Redis already: its keys and clients are expected",
    )
    _add(group, "--only", "ID|STAGE", "report these checks only; repeatable", environ, repeat=True)
    _add(group, "--skip", "ID|STAGE", "leave these checks out; repeatable", environ, repeat=True)
    _add(
        group,
        "--severity",
        "ID=LEVEL",
        "a violation counts as warn or fail; repeatable",
        environ,
        repeat=True,
    )
    group.add_argument(
        "--fail-on",
        choices=("fail", "warn"),
        default=_choice(environ, "FAIL_ON", ("fail", "warn")),
        help="warn: exit with 3 if there are only warnings",
    )
    output = _add_output(command, environ)
    _add(output, "--patch", "FILE", "write the Helm values that would cure the findings", environ)


def _add_output(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - argparse's own
    group = command.add_argument_group("output")
    formats = ", ".join(plugins.names(render))
    what = f"{formats}; with =FILE into a file; repeatable (default: console)"
    _add(group, "--output", "FORMAT[=FILE]", what, environ, repeat=True, short="-o")
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default=_choice(environ, "COLOR", ("auto", "always", "never")),
        help="default: auto; NO_COLOR and FORCE_COLOR are respected",
    )
    group.add_argument("-q", "--quiet", action="store_true", default=switch(environ, "QUIET"), help="problems only")
    group.add_argument("-v", "--verbose", action="store_true", default=switch(environ, "VERBOSE"), help="every finding")
    return group


def _add_run(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = command.add_argument_group("how long")
    _add(group, "--timeout", "SECONDS", "for one step on one node (default: 5)", environ)
    _add(group, "--token-timeout", "SECONDS", "for a token of workload identity (default: 10)", environ)
    _add(group, "--deadline", "SECONDS", "for the whole run (default: 60)", environ)


def _add_flag(group: Any, flag: Flag) -> None:  # noqa: ANN401 - argparse's private type
    """Without a default: the environment names a source only where the command line names none."""
    if flag.switch:
        group.add_argument(flag.name, help=flag.help, action="store_const", const="true")
    elif flag.name.startswith("-"):
        _add(group, flag.name, flag.metavar, flag.help, {}, repeat=flag.repeat)
    else:
        group.add_argument(flag.key, metavar=flag.metavar, help=flag.help, nargs="?")


def _add(
    group: Any,  # noqa: ANN401 - argparse's private type
    name: str,
    metavar: str,
    text: str,
    environ: Mapping[str, str],
    *,
    repeat: bool = False,
    short: str = "",
) -> None:
    given = environ.get("PREFLIGHT_" + name.lstrip("-").replace("-", "_").upper())
    names: Sequence[str] = [short, name] if short else [name]
    if repeat:
        group.add_argument(*names, metavar=metavar, help=text, action=_Repeated, default=given.split() if given else [])
    else:
        group.add_argument(*names, metavar=metavar, help=text, default=given)


class _Repeated(argparse.Action):
    """Appends, but what is given replaces what the environment said."""

    def __call__(
        self, _: argparse.ArgumentParser, namespace: argparse.Namespace, value: object, __: str | None = None
    ) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, [value] if before is self.default else [*before, value])


def switch(environ: Mapping[str, str], name: str) -> bool | None:
    value = environ.get(f"PREFLIGHT_{name}", "").strip().lower()
    if value and value not in _SWITCH:
        raise InputError(f"PREFLIGHT_{name} must be true or false.")
    return _SWITCH.get(value)


def _choice(environ: Mapping[str, str], name: str, choices: tuple[str, ...]) -> str:
    """The first is the default. argparse does not look at what a default says."""
    value = environ.get(f"PREFLIGHT_{name}") or choices[0]
    if value not in choices:
        raise InputError(f"PREFLIGHT_{name} must be {' or '.join(choices)}.")
    return value
