"""The command line as argparse sees it. Every option has an environment variable, PREFLIGHT_ and its name."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from preflight import inputs, plugins, render
from preflight.cli.parser import Parser, add, choice, switch
from preflight.model.source import Flag, Source
from preflight.version import __version__


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
        _add_what_to_check(command, environ)
    _add_run(check, environ)
    judge = commands.add_parser("judge", help="judge saved evidence again, or tell two runs apart")
    judge.add_argument("evidence", metavar="FILE", nargs="+", help="of --save-evidence; two are laid side by side")
    _add_judging(judge, environ)
    explain = commands.add_parser("explain", help="what a check means, why it matters, how to fix it")
    explain.add_argument("id", metavar="ID|STAGE", help="as tls.hostname, or tls for the checks of that stage")
    listing = commands.add_parser("checks", help="list every check")
    listing.add_argument("--markdown", action="store_true", help="the whole catalogue as a page")
    demo = commands.add_parser("demo", help="start a throwaway embedded server and check it")
    _add_output(demo, environ)
    return top


def _add_what_to_check(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    _add_sources(command, environ)
    _add_identity(command, environ)
    command.add_argument_group("what is expected").add_argument(
        "--upgrade",
        action="store_true",
        default=switch(environ, "UPGRADE"),
        help="LangSmith uses this Redis already: its keys and clients are expected",
    )
    output = _add_judging(command, environ)
    add(output, "--patch", "FILE", "write the Helm values that would cure the findings", environ)


def _add_sources(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = command.add_argument_group("what to check (without any: the environment of a LangSmith pod)")
    for flag in flags():
        _add_flag(group, flag)
    add(group, "--chart-version", "VERSION", "version of the LangSmith chart, as 0.16.11", environ)
    group = command.add_argument_group("how it is reached")
    add(group, "--username", "NAME", "ACL user, or the user of a workload identity", environ)
    add(group, "--password-file", "FILE", "file that holds the password; - for standard input", environ)
    group.add_argument(
        "--tls",
        action=argparse.BooleanOptionalAction,
        default=switch(environ, "TLS"),
        help="TLS for a node list (default: on, as in LangSmith)",
    )
    add(group, "--ca-file", "FILE", "CA bundle in place of the system's roots", environ)
    add(group, "--client-cert", "FILE", "client certificate (PEM)", environ)
    add(group, "--client-key", "FILE", "its key (PEM)", environ)
    group.add_argument(
        "--cluster-safe-mode",
        action="store_true",
        default=switch(environ, "CLUSTER_SAFE_MODE"),
        help="as redis.external.clusterSafeMode: true",
    )


def _add_identity(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = command.add_argument_group("workload identity in place of a password")
    add(group, "--iam", "PROVIDER", "aws, gcp or azure, as redis.external.iamAuthProvider", environ)
    add(group, "--aws-cache-name", "NAME", "the cache to sign for (default: by the host name)", environ)
    add(group, "--aws-region", "REGION", "its region (default: AWS_REGION, else by the host name)", environ)
    add(group, "--aws-service", "SERVICE", "elasticache or memorydb (default: by the host name)", environ)
    group.add_argument(
        "--aws-serverless",
        action=argparse.BooleanOptionalAction,
        default=switch(environ, "AWS_SERVERLESS"),
        help="whether it is a serverless cache (default: by the host name)",
    )
    add(group, "--azure-authority", "URL", "of Entra ID in a sovereign cloud (default: AZURE_AUTHORITY_HOST)", environ)
    add(group, "--azure-scope", "SCOPE", "to ask a token for (default: https://redis.azure.com/.default)", environ)


def _add_judging(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - argparse's own
    group = command.add_argument_group("what counts")
    add(group, "--only", "ID|STAGE", "these checks only; repeatable", environ, repeat=True)
    add(group, "--skip", "ID|STAGE", "leave these checks out; repeatable", environ, repeat=True)
    add(
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
        default=choice(environ, "FAIL_ON", ("fail", "warn")),
        help="warn: exit with 3 if there are only warnings",
    )
    group.add_argument(
        "--exit-zero",
        action="store_true",
        default=switch(environ, "EXIT_ZERO"),
        help="exit with 0 whatever is found, for a hook that may only tell",
    )
    return _add_output(command, environ)


def _add_output(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> Any:  # noqa: ANN401 - argparse's own
    group = command.add_argument_group("output")
    formats = ", ".join(plugins.names(render))
    what = f"{formats}; with =FILE into a file; repeatable (default: console)"
    add(group, "--output", "FORMAT[=FILE]", what, environ, repeat=True, short="-o")
    group.add_argument(
        "--color",
        choices=("auto", "always", "never"),
        default=choice(environ, "COLOR", ("auto", "always", "never")),
        help="default: auto; NO_COLOR and FORCE_COLOR are respected",
    )
    group.add_argument(
        "--junit-warnings",
        choices=("pass", "failure"),
        default=choice(environ, "JUNIT_WARNINGS", ("pass", "failure")),
        help="what a warning is to readers of -o junit",
    )
    group.add_argument("-q", "--quiet", action="store_true", default=switch(environ, "QUIET"), help="problems only")
    group.add_argument("-v", "--verbose", action="store_true", default=switch(environ, "VERBOSE"), help="every finding")
    return group


def _add_run(command: argparse.ArgumentParser, environ: Mapping[str, str]) -> None:
    group = command.add_argument_group("how long")
    add(group, "--timeout", "SECONDS", "for one step on one node (default: 5)", environ)
    add(group, "--token-timeout", "SECONDS", "for a token of workload identity (default: 10)", environ)
    add(group, "--deadline", "SECONDS", "for the whole run (default: 60)", environ)
    text = "try again while what fails may pass by itself, as 90s or 5m; 124 when it runs out"
    add(group, "--wait", "DURATION", text, environ)
    group = command.add_argument_group("for others to look at")
    add(group, "--save-evidence", "FILE", "what was seen, without secrets, for preflight judge", environ)


def _add_flag(group: Any, flag: Flag) -> None:  # noqa: ANN401 - argparse's private type
    """Without a default: the environment names a source only where the command line names none."""
    if flag.switch:
        group.add_argument(flag.name, help=flag.help, action="store_const", const="true")
    elif flag.name.startswith("-"):
        add(group, flag.name, flag.metavar, flag.help, {}, repeat=flag.repeat)
    else:
        group.add_argument(flag.key, metavar=flag.metavar, help=flag.help, nargs="?")
