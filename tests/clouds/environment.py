"""The environment of a run that finds no credentials, no settings and no network but those that a test gives it."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.documents import report_of
from tests.integration.commandline import Ended, command, inside
from tests.servers.catalogue import REPOSITORY

NOWHERE = "127.0.0.1:1"
"""Where nobody listens: whatever a test has not redirected ends here instead of in the network."""

LONGEST_SECONDS = 60

BEGINNING = 40
"""Characters of a secret that are too many: messages are cut somewhere."""


def hermetic(home: Path, **extra: str) -> dict[str, str]:
    """All that a run may see, on any of the three clouds, and `extra`; an empty text there leaves a variable out.

    `home` is an empty folder. Nothing of our own environment comes along: no proxies, no CA bundles, no profile.
    """
    variables = {
        "HOME": str(home),
        # No program of a cloud (gcloud, az, pwsh) is found.
        "PATH": str(home),
        "PYTHONUTF8": "1",
        "COLUMNS": "1000",
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_ENDPOINT_URL": f"http://{NOWHERE}",
        "CLOUDSDK_CONFIG": str(home / "gcloud"),
        "NO_GCE_CHECK": "true",
        "GCE_METADATA_HOST": NOWHERE,
        "GCE_METADATA_IP": NOWHERE,
        "AZURE_CONFIG_DIR": str(home / "azure"),
        "AZURE_AUTHORITY_HOST": f"https://{NOWHERE}",
        "AZURE_POD_IDENTITY_AUTHORITY_HOST": f"http://{NOWHERE}",
    }
    return {name: text for name, text in (variables | extra).items() if text}


def enter(patch: pytest.MonkeyPatch, env: dict[str, str]) -> None:
    """Let this very process see exactly these variables, and pytest's own."""
    for name in os.environ:
        if not name.startswith("PYTEST"):
            patch.delenv(name)
    for name, text in env.items():
        patch.setenv(name, text)


def run(arguments: list[str], env: dict[str, str], *, stdin: bytes = b"") -> Ended:
    """Run the command under exactly these variables to its end; no output may hold a traceback."""
    ended = subprocess.run(
        command(*arguments), input=stdin, capture_output=True, cwd=REPOSITORY, env=env, timeout=LONGEST_SECONDS,
        check=False,
    )  # fmt: skip
    out, err = ended.stdout.decode(), ended.stderr.decode()
    assert "Traceback" not in out + err, out + err
    return Ended(ended.args, ended.returncode, out, err)


def run_here(arguments: list[str], env: dict[str, str]) -> Ended:
    """The same within this process, many times faster: for SDKs that read the environment whenever they are used."""
    with pytest.MonkeyPatch.context() as patch:
        enter(patch, env)
        ended = inside(*arguments)
    assert "Traceback" not in ended.stdout + ended.stderr, ended.stdout + ended.stderr
    return ended


def told_nothing_of(ended: Ended, *secrets: str) -> Any:
    """The JSON document, where no secret stands on either stream, in whole or by how it begins."""
    for secret in secrets:
        assert secret, "an empty secret would prove nothing"
        assert secret not in ended.stdout + ended.stderr
        assert secret[: max(8, min(len(secret) // 2, BEGINNING))] not in ended.stdout + ended.stderr
    return report_of(ended.stdout)
