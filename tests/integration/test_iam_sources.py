"""One setup of workload identity on AWS, said in every way in which it can be said: the same is found."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from tests.clouds import aws
from tests.clouds.aws_bench import SECRETS, Bench, bench_of_session, scripted_cache
from tests.clouds.environment import run, told_nothing_of
from tests.clouds.sigv4 import Cache
from tests.integration.commandline import Ended
from tests.servers.gatekeeper import Gate

bench = bench_of_session

MOUNTED = "/etc/ssl/certs/custom-ca-certificates.crt"

ANNOTATED = ("backend", "queue", "platformBackend", "hostBackend", "ingestQueue")
"""The components for which LangSmith documents the annotation."""


class Said(NamedTuple):
    """The arguments, and what the environment says of Redis."""

    arguments: tuple[str, ...]
    environ: dict[str, str]


def by_url(url: str, ca: Path, _: Path) -> Said:
    """The command line alone."""
    return Said((url, "--iam", "aws", "--ca-file", str(ca)), {})


def by_pod(url: str, ca: Path, _: Path) -> Said:
    """The variables that the chart gives its pods."""
    return Said((), _variables(url, str(ca)))


def by_env_file(url: str, ca: Path, folder: Path) -> Said:
    """The same in a file."""
    file = folder / "pod.env"
    file.write_text("".join(f"{name}={text}\n" for name, text in _variables(url, str(ca)).items()))
    return Said(("--env-file", str(file)), {})


def by_values(url: str, ca: Path, folder: Path) -> Said:
    """Values of the chart, with the URL and the CA in Secrets that exist."""
    values = {
        "redis": {"external": {"enabled": True, "iamAuthProvider": "aws", "existingSecretName": "mine"}},
        "config": {"customCa": {"secretName": "ca", "secretKey": "ca.crt"}},
    }
    account = {"serviceAccount": {"annotations": {"eks.amazonaws.com/role-arn": aws.ROLE}}}
    values |= dict.fromkeys(ANNOTATED, account)
    files = _written(folder, "values.yaml", values), _written(folder, "secrets.yaml", *_secrets(url, ca))
    return Said(("--values", files[0], "--secret", files[1]), {})


def by_manifests(url: str, ca: Path, folder: Path) -> Said:
    """A workload as the chart renders it, and its Secrets."""
    variables = _variables({"valueFrom": {"secretKeyRef": {"name": "mine", "key": "connection_url"}}}, MOUNTED)
    env = [{"name": name} | (text if isinstance(text, dict) else {"value": text}) for name, text in variables.items()]
    mount = {"name": "ca", "mountPath": MOUNTED, "subPath": "ca-certificates.crt"}
    items = [{"key": "ca.crt", "path": "ca-certificates.crt"}]
    spec = {
        "containers": [{"name": "main", "env": env, "volumeMounts": [mount]}],
        "volumes": [{"name": "ca", "secret": {"secretName": "ca", "items": items}}],
    }
    labels = {"app.kubernetes.io/instance": "langsmith"}
    workload = {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "langsmith-queue", "labels": labels},
        "spec": {"template": {"spec": spec}},
    }
    return Said(("--manifests", _written(folder, "manifests.yaml", workload, *_secrets(url, ca))), {})


def _variables(url: Any, ca: str) -> dict[str, Any]:
    return {"REDIS_DATABASE_URI": url, "REDIS_IAM_AUTH_PROVIDER": "aws", "SSL_CERT_FILE": ca}


def _secrets(url: str, ca: Path) -> list[dict[str, Any]]:
    return [_secret("mine", {"connection_url": url}), _secret("ca", {"ca.crt": ca.read_text()})]


def _secret(name: str, data: dict[str, str]) -> dict[str, Any]:
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": name}, "data": encoded}


def _written(folder: Path, name: str, *documents: Any) -> str:
    path = folder / name
    path.write_text(yaml.safe_dump_all(documents))
    return str(path)


SOURCES: dict[str, Callable[[str, Path, Path], Said]] = {
    "URL": by_url,
    "pod": by_pod,
    "env file": by_env_file,
    "values": by_values,
    "manifests": by_manifests,
}

CACHES = {
    "let in": {},
    "refused": {"user": "another"},
}


def _ran(bench: Bench, source: str, cache: Cache, folder: Path) -> tuple[Ended, Gate]:
    with bench.gate(cache) as gate, aws.endpoint(aws.sts()) as sts:
        url = f"rediss://langsmith@{gate.host}:{gate.port}/0"
        said = SOURCES[source](url, bench.ca.ca_file, folder)
        env = bench.role(sts.url, AWS_REGION="eu-west-1", **said.environ)
        ended = run(["check", "-o", "json", "--aws-cache-name", "My-Cache", *said.arguments], env)
    return ended, gate


def _found(ended: Ended, gate: Gate) -> list[tuple[Any, ...]]:
    """Whatever is said of the token and of the login, without its moments, ports and the target's name."""
    told = told_nothing_of(ended, *SECRETS, *(token for _, _, token in gate.shown))
    findings = [each for each in told["findings"] if each["id"].startswith(("token.", "auth."))]
    names = ("id", "subject", "outcome", "cause", "summary", "remedy", "details", "blocked_by")
    return [tuple(_masked(json.dumps(each[name])) for name in names) for each in findings]


def _masked(text: str) -> str:
    # The server's clock or the token service's, whichever was further off.
    text = re.sub(r"within 1 s of [^\"]+", "within 1 s", text)
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:+]+", "<moment>", re.sub(r"127\.0\.0\.1:\d+", "<node>", text))


@pytest.mark.parametrize("name", CACHES)
def test_every_source_finds_the_same(bench: Bench, tmp_path: Path, name: str) -> None:
    """What is said of the token and of the login, and the exit status, do not depend on who says the configuration."""
    caches = {source: scripted_cache(**CACHES[name]) for source in SOURCES}
    bench.role("")  # whose file all of them read
    with ThreadPoolExecutor(3) as pool:
        runs = list(pool.map(lambda source: _ran(bench, source, caches[source], tmp_path), SOURCES))
    found = dict(zip(SOURCES, (_found(*each) for each in runs), strict=True))
    assert found == dict.fromkeys(SOURCES, found["URL"])
    passes = name == "let in"
    assert [ended.returncode for ended, _ in runs] == [0 if passes else 1] * len(SOURCES)
    assert [len(gate.kept) for _, gate in runs] == [2 if passes else 1] * len(SOURCES)
    assert {user for _, gate in runs for _, user, _ in gate.shown} == {"langsmith"}
    assert [cache.refusals for cache in caches.values()] == [[] if passes else ["user"]] * len(SOURCES)
    assert [each[0] for each in found["URL"]] == [
        '"token.obtained"', '"token.clock"', '"token.identity"', '"token.lifetime"',
        '"auth.accepted"', '"auth.permissions"', '"auth.renewal"', '"auth.user"',
    ]  # fmt: skip


@pytest.mark.parametrize("option", [("--iam", "aws"), ("--username", "langsmith")])
def test_what_the_values_say_themselves(bench: Bench, tmp_path: Path, option: tuple[str, ...]) -> None:
    """It is refused beside them: another configuration than the pods' would be checked."""
    arguments = by_values("rediss://langsmith@127.0.0.1:1/0", bench.ca.ca_file, tmp_path).arguments
    ended = run(["check", "-o", "json", *arguments, *option], bench.env())
    assert ended.returncode == 2
    assert f"{option[0]} does not go with values or manifests, which say it themselves." in ended.stdout + ended.stderr


def test_the_values_declare_another_role(bench: Bench, tmp_path: Path) -> None:
    """The login passes here, and the pods will have another identity: that is worth a warning."""
    with bench.gate() as gate, aws.endpoint(aws.sts(arn="arn:aws:iam::123456789012:user/person")) as sts:
        said = by_values(f"rediss://langsmith@{gate.host}:{gate.port}/0", bench.ca.ca_file, tmp_path)
        keys = {"AWS_ACCESS_KEY_ID": aws.STATIC.access, "AWS_SECRET_ACCESS_KEY": aws.STATIC.secret}
        env = bench.env(AWS_ENDPOINT_URL_STS=sts.url, AWS_REGION="eu-west-1", **keys)
        ended = run(["check", "-o", "json", "--aws-cache-name", "my-cache", *said.arguments], env)
    told = told_nothing_of(ended, *SECRETS, *(token for _, _, token in gate.shown))
    [identity] = [each for each in told["findings"] if each["id"] == "token.identity"]
    failed = [each["id"] for each in told["findings"] if each["outcome"] == "fail"]
    assert (ended.returncode, failed, identity["outcome"]) == (0, [], "warn")
    assert identity["details"] == {"values": aws.ROLE}
    assert "arn:aws:iam::123456789012:user/person" in identity["summary"]
