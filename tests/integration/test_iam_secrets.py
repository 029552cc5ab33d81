"""No output of any run holds a token, the identity behind it, or session credentials, whoever quotes them."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote_plus

import pytest

from preflight import plugins, render
from tests.clouds import aws, azure, gcp
from tests.clouds.environment import hermetic, run_here
from tests.clouds.sigv4 import Cache
from tests.documents import report_of
from tests.servers.catalogue import REPOSITORY
from tests.servers.certificates import Authority
from tests.servers.fixtures import ServerPool
from tests.servers.gatekeeper import Gate, gatekeeper
from tests.servers.loopback import Dialable
from tests.servers.scripted import Script, scripted_server
from tests.servers.terminator import terminated

PIECE = 20
"""Characters in a row of a secret that nobody says by chance."""

PROVIDERS = ("aws", "gcp", "azure")
WORDS = "Not authorized to perform this, as the identity that was presented is not one that is known here: "
"""Long enough that what follows is cut."""


@dataclass(frozen=True)
class Cloud:
    """A pod with workload identity, its issuer, and what no output may hold."""

    provider: str
    env: dict[str, str]
    admit: Callable[[str, str], bool]
    secrets: Callable[[], set[str]]
    ca_file: Path
    folder: Path

    def arguments(self, to: Dialable) -> list[str]:
        url = {"aws": "rediss://langsmith@{}:{}/0", "azure": f"rediss://{azure.OBJECT_ID}@{{}}:{{}}/0"}
        where = url.get(self.provider, "redis://{}:{}").format(to.host, to.port)
        source = ["--node", where, "--no-tls"] if self.provider == "gcp" else [where]
        named = ["--aws-cache-name", "my-cache", "--aws-region", "eu-west-1"] if self.provider == "aws" else []
        return [*source, *named, "--iam", self.provider, "--ca-file", str(self.ca_file), "--timeout", "2"]

    def outputs(self, to: Dialable) -> tuple[Any, str]:
        """The JSON document of a run, and everything that it writes anywhere."""
        patch = self.folder / "patch.yaml"
        files = {name: self.folder / name for name in plugins.names(render) if name != "json"}
        more = ["-v", "-o", "json", "--patch", str(patch), "--save-evidence", str(self.folder / "evidence")]
        more += [each for name, file in files.items() for each in ("-o", f"{name}={file}")]
        ended = run_here(["check", *self.arguments(to), *more], self.env)
        assert ended.returncode in (0, 1), ended.stderr
        document = report_of(ended.stdout)
        written = [each.read_text() for each in (patch, self.folder / "evidence", *files.values())]
        texts = (ended.stdout, ended.stderr, *written, json.dumps(document, indent=1))
        return document, "\n".join((*texts, *_texts(document)))


def _texts(value: Any) -> Iterator[str]:
    """What a program reads in the document."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, str):
        yield value


def pieces(secret: str) -> Iterator[str]:
    """Whatever is enough of it to be a leak."""
    assert len(secret) >= PIECE
    return (secret[start : start + PIECE] for start in range(len(secret) - PIECE + 1))


def assert_nothing_leaks(text: str, secrets: set[str]) -> None:
    """Neither a secret nor a part of it, as it is or as it stands in a URL."""
    assert secrets
    for secret in secrets:
        for form in {secret, quote_plus(secret)}:
            assert [piece for piece in pieces(form) if piece in text] == []


def finding(document: Any, check: str) -> Any:
    [found] = [each for each in document["findings"] if each["id"] == check]
    return found


@contextlib.contextmanager
def on_aws(authority: Authority, folder: Path, refusal: str = "") -> Iterator[Cloud]:
    """EKS with a role for the service account; the token service answers by itself, or quotes in its refusal."""
    file = folder / "projected"
    file.write_text(aws.PROJECTED)
    cache = Cache(aws.known(aws.KEYS), user="langsmith")
    gates: set[str] = set()

    def admit(user: str, token: str) -> bool:
        gates.add(token)
        return cache.admit(user, token)

    def signatures() -> set[str]:
        """The rest of a token is public: the cache, the user, the region."""
        return {token.rpartition("X-Amz-Signature=")[2] for token in gates}

    def quoting(_: aws.Asked) -> aws.Answer:
        return aws.refusal("AccessDenied", refusal.format(aws.PROJECTED), 403)

    with aws.endpoint(quoting if refusal else aws.sts()) as sts:
        env = hermetic(
            folder / "home",
            AWS_ROLE_ARN=aws.ROLE,
            AWS_WEB_IDENTITY_TOKEN_FILE=str(file),
            AWS_ENDPOINT_URL_STS=sts.url,
        )
        known = {aws.PROJECTED, aws.KEYS.secret, aws.KEYS.session}
        yield Cloud("aws", env, admit, lambda: known | signatures(), authority.ca_file, folder)


@contextlib.contextmanager
def on_gcp(authority: Authority, folder: Path, refusal: str = "") -> Iterator[Cloud]:
    """Workload identity federation, with a service account to impersonate."""
    with gcp.google() as made:
        if refusal:
            made.replies[gcp.STS] = gcp.oauth_error(400, "invalid_grant", refusal.format(made.subject))
        env = hermetic(folder / "home", **made.federation(folder, impersonating=True))
        yield Cloud("gcp", env, made.admit, lambda: {made.subject, *made.secrets}, authority.ca_file, folder)


@contextlib.contextmanager
def on_azure(authority: Authority, folder: Path, refusal: str = "") -> Iterator[Cloud]:
    """AKS with workload identity."""
    with azure.entra(authority) as made:
        if refusal:
            made.replies[azure.TOKEN] = azure.aadsts(700213, refusal.format(made.assertion))
        env = hermetic(folder / "home", **made.workload(folder, authority.ca_file))

        def secrets() -> set[str]:
            """The header of a JWT is everybody's, so that only the rest is secret."""
            tokens = (made.assertion, *made.tokens)
            return {token.partition(".")[2] for token in tokens} | {made.client_secret}

        yield Cloud("azure", env, made.admit, secrets, authority.ca_file, folder)


CLOUDS = {"aws": on_aws, "gcp": on_gcp, "azure": on_azure}


@contextlib.contextmanager
def fronted(cloud: Cloud, to: Dialable, authority: Authority) -> Iterator[Dialable]:
    """The same with TLS, where the provider wants it."""
    if cloud.provider == "gcp":
        yield to
    else:
        with terminated(to, authority.server()) as address:
            yield address


@contextlib.contextmanager
def gate_of(cloud: Cloud, pool: ServerPool, authority: Authority) -> Iterator[Gate]:
    certificate = None if cloud.provider == "gcp" else authority.server()
    with gatekeeper(pool.get("redis-7.0"), cloud.admit, certificate=certificate) as gate:
        yield gate


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_run_that_lets_us_in(provider: str, server_pool: ServerPool, certificates: Authority, tmp_path: Path) -> None:
    """Two tokens were had and shown, and both are the server's alone."""
    with CLOUDS[provider](certificates, tmp_path) as cloud, gate_of(cloud, server_pool, certificates) as gate:
        document, text = cloud.outputs(gate)
        assert finding(document, "auth.renewal")["outcome"] == "pass"
        assert len(gate.kept) == 2
        assert_nothing_leaks(text, cloud.secrets())


@pytest.mark.parametrize("provider", PROVIDERS)
def test_a_run_that_is_refused(provider: str, server_pool: ServerPool, certificates: Authority, tmp_path: Path) -> None:
    """What is to be granted is told, and nothing of what was shown."""
    with CLOUDS[provider](certificates, tmp_path) as cloud:
        refusing = Cloud(**{**vars(cloud), "admit": lambda user, token: cloud.admit(user, token) and False})
        with gate_of(refusing, server_pool, certificates) as gate:
            document, text = refusing.outputs(gate)
        assert finding(document, "auth.accepted")["cause"] == f"{provider}-token-refused"
        assert_nothing_leaks(text, cloud.secrets())


def whole(command: list[bytes]) -> bytes:
    return b"-ERR unknown command `%s`, with args beginning with: `%s`\r\n" % (command[0], b"`, `".join(command[1:]))


def cut(command: list[bytes]) -> bytes:
    """As Redis does: 128 characters of what it was sent."""
    told = b" ".join(b"'%s'" % each for each in command[1:])[:128]
    return b"-ERR unknown command '%s', with args beginning with: %s\r\n" % (command[0], told)


def parrot(cloud: Cloud, quote: Callable[[list[bytes]], bytes]) -> contextlib.AbstractContextManager[Script]:
    """A server that takes nobody and repeats what it was sent."""

    def reply(command: list[bytes]) -> bytes:
        if command and command[0] == b"AUTH":
            cloud.admit(command[1].decode(), command[-1].decode())
        return quote(command)

    return scripted_server(reply)


@pytest.mark.parametrize(
    ("provider", "repeat"),
    [
        *((each, whole) for each in PROVIDERS),
        *((each, cut) for each in PROVIDERS),
    ],
)
def test_a_server_that_repeats_the_token(
    provider: str, repeat: Callable[[list[bytes]], bytes], certificates: Authority, tmp_path: Path
) -> None:
    """Its words are the evidence, without the token and without the part of it that it had room for."""
    with CLOUDS[provider](certificates, tmp_path) as cloud, parrot(cloud, repeat) as script:
        with fronted(cloud, script, certificates) as to:
            document, text = cloud.outputs(to)
        assert [command[0] for command in script.commands if command[0] != b"PING"] == [b"AUTH"]
        evidence = finding(document, "auth.accepted")["details"]["evidence"]
        assert "with args beginning with: " in evidence
        assert_nothing_leaks(text, cloud.secrets())


@pytest.mark.parametrize("refusal", ["({})", f"{WORDS}{{}}", f"{WORDS}{WORDS}{{}}"], ids=["whole", "cut", "beyond"])
@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_issuer_that_repeats_the_identity(
    provider: str, refusal: str, certificates: Authority, tmp_path: Path
) -> None:
    """The pod's own token, in words that are too long to be shown as a whole."""
    with CLOUDS[provider](certificates, tmp_path, refusal) as cloud, scripted_server(whole) as script:
        with fronted(cloud, script, certificates) as to:
            document, text = cloud.outputs(to)
        assert [command for command in script.commands if command[0] != b"PING"] == []
        evidence = finding(document, "token.obtained")["details"]["evidence"]
        assert ("(***)" if refusal == "({})" else WORDS) in evidence
        assert_nothing_leaks(text, cloud.secrets())


LOGGING = """
import logging, sys
logging.basicConfig(level=logging.DEBUG, stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")
from preflight import Surroundings, check
from preflight.model.identity import AwsIam
aws = AwsIam(cache_name="my-cache", region="eu-west-1")
what, iam, ca = sys.argv[1:]
what = [what] if iam == "gcp" else what
around = Surroundings(iam=iam, aws=aws, ca_file=ca, tls=False if iam == "gcp" else None)
report = check(what, around=around)
logging.getLogger("mine").info("done")
print(report.outcome, [each.id for each in report.findings if each.outcome == "pass"], report)
"""


@pytest.mark.parametrize("provider", PROVIDERS)
def test_an_application_that_logs_everything(
    provider: str, server_pool: ServerPool, certificates: Authority, tmp_path: Path
) -> None:
    """Through the library, in a process that writes every debug line to standard error: none is an SDK's."""
    with CLOUDS[provider](certificates, tmp_path) as cloud, gate_of(cloud, server_pool, certificates) as gate:
        where = next(each for each in cloud.arguments(gate) if "://" in each)
        ended = subprocess.run(
            [sys.executable, "-c", LOGGING, where, provider, str(cloud.ca_file)],
            capture_output=True, text=True, cwd=REPOSITORY, env=cloud.env, timeout=60, check=True,
        )  # fmt: skip
        assert "token.obtained" in ended.stdout
        assert {line.split()[0] for line in ended.stderr.splitlines()} == {"asyncio", "mine"}
        assert_nothing_leaks(ended.stdout + ended.stderr, cloud.secrets())
