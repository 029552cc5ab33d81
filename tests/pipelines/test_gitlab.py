"""The script of the GitLab template as it stands, against real servers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.metadata import metadata
from pathlib import Path

import junitparser
import pytest
from packaging.requirements import Requirement

from preflight.cli.arguments import parser
from preflight.version import __version__
from tests.documents import report_of
from tests.pipelines import gitlab
from tests.pipelines.gitlab import EXAMPLE, TEMPLATE
from tests.servers.catalogue import REPOSITORY
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server
from tests.servers.readiness import free_port

PASSWORD = "s3cret/pa ss$%"
IMAGES_AND_PACKAGES = {"PREFLIGHT_IMAGE", "PREFLIGHT_PYTHON_IMAGE", "PREFLIGHT_PACKAGE"}

JOB = gitlab.job(TEMPLATE, "preflight")


@pytest.fixture
def server(server_pool: ServerPool) -> Server:
    return server_pool.get("redis-8.2", password=PASSWORD)


def run(folder: Path, name: str = "preflight", **variables: str) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return gitlab.run(TEMPLATE, name, folder, {"PATH": path, **variables})


def promised(folder: Path) -> junitparser.JUnitXml:
    """The report that GitLab looks for, where it looks; all else is among what it keeps."""
    (kept,) = JOB["artifacts"]["paths"]
    assert {each.name for each in (folder / kept).iterdir()} == {"junit.xml", "report.html", "report.json"}
    return junitparser.JUnitXml.fromstring((folder / JOB["artifacts"]["reports"]["junit"]).read_bytes())


def assert_no_secret(folder: Path, ended: subprocess.CompletedProcess[str]) -> None:
    said = ended.stdout + "".join(each.read_text(encoding="utf-8") for each in folder.rglob("*") if each.is_file())
    assert "s3cret" not in said


def test_passing(tmp_path: Path, server: Server) -> None:
    ended = run(tmp_path, PREFLIGHT_URL=server.url())
    assert ended.returncode == 0, ended.stdout
    assert "✔ auth" in ended.stdout
    assert promised(tmp_path).failures == 0
    assert_no_secret(tmp_path, ended)


def test_failing(tmp_path: Path) -> None:
    ended = run(tmp_path, PREFLIGHT_URL=f"redis://:s3cret@127.0.0.1:{free_port()}")
    assert ended.returncode == 1
    assert promised(tmp_path).failures == 1
    assert_no_secret(tmp_path, ended)


def test_warnings_hold_nothing_up(tmp_path: Path, server_pool: ServerPool) -> None:
    """GitLab lets the pipeline go on for that status, and for no other of preflight's."""
    ended = run(tmp_path, PREFLIGHT_URL=server_pool.get("valkey-9.1").url(), PREFLIGHT_FAIL_ON="warn")
    assert JOB["allow_failure"]["exit_codes"] == [ended.returncode] == [3]
    assert promised(tmp_path).failures == 0


def test_nothing_to_check(tmp_path: Path) -> None:
    ended = run(tmp_path)
    assert ended.returncode == 2
    assert promised(tmp_path).errors == 1


def test_values(tmp_path: Path, server: Server) -> None:
    """As in the example: the values of the repository, and the Secret as a file of the project's settings."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / EXAMPLE["variables"]["PREFLIGHT_VALUES"]).write_text(
        "redis: {external: {enabled: true, existingSecretName: cache}}"
    )
    secret = tmp_path / "settings" / "PREFLIGHT_SECRET"
    secret.parent.mkdir()
    content = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cache"}}
    secret.write_text(json.dumps({**content, "stringData": {"connection_url": server.url()}}))
    given = {name: text for name, text in EXAMPLE["variables"].items() if name not in IMAGES_AND_PACKAGES}
    ended = run(tmp_path, **given, PREFLIGHT_SECRET=str(secret))
    assert ended.returncode == 0, ended.stdout
    secret.unlink()
    assert_no_secret(tmp_path, ended)


def test_an_earlier_command_that_fails(tmp_path: Path, server: Server) -> None:
    """The job ends there: no old report is taken for a new one."""
    (tmp_path / "preflight-reports").write_text("a file")
    assert run(tmp_path, PREFLIGHT_URL=server.url()).returncode not in (0, 3)


def test_the_package(tmp_path: Path, server: Server) -> None:
    """The variant without our image, with what it really installs: some seconds, and a package index."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    project = tmp_path / "project"
    project.mkdir()
    settings = {"TMPDIR": str(temporary), "PREFLIGHT_PACKAGE": str(REPOSITORY)}
    ended = run(project, ".preflight-pip", PREFLIGHT_URL=server.url(), **settings)
    assert ended.returncode == 0, ended.stdout
    assert promised(project).failures == 0
    assert report_of((project / "preflight-reports/report.json").read_bytes())["outcome"] == "pass"
    assert (temporary / "preflight" / "bin" / "preflight").exists()


def test_the_package_is_ours() -> None:
    """An extra that does not exist is no error to pip."""
    wanted = Requirement(TEMPLATE["variables"]["PREFLIGHT_PACKAGE"])
    ours = metadata("redis-preflight")
    assert (wanted.name, wanted.extras - set(ours.get_all("Provides-Extra", []))) == (ours["Name"], set())
    assert wanted.specifier.contains(__version__)
    assert TEMPLATE["variables"]["PREFLIGHT_IMAGE"].endswith(f":{__version__}")


def test_the_example_gates_the_deployment() -> None:
    """Merged with the template as GitLab does, the check stands in a stage before the deployment's."""
    included = [each["file"] for each in EXAMPLE["include"]]
    assert [(REPOSITORY / name).is_file() for name in included] == [True]
    check = gitlab.job(gitlab.merged(TEMPLATE, EXAMPLE), "preflight")
    assert check["script"] == JOB["script"]
    assert (check["stage"], EXAMPLE["deploy"]["stage"]) == (".pre", "deploy")
    assert "needs" not in EXAMPLE["deploy"]


@pytest.mark.parametrize("document", [TEMPLATE, EXAMPLE])
def test_every_variable_is_an_option(document: gitlab.Document) -> None:
    """A misspelt one would be ignored in silence."""
    known = {f"PREFLIGHT_{name.upper()}" for name in vars(parser({}).parse_args(["check"]))} | IMAGES_AND_PACKAGES
    assert {name for name in document["variables"] if name.startswith("PREFLIGHT_")} <= known
