"""The steps of the GitHub Action as they stand, against real servers."""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import signal
import sys
from pathlib import Path
from urllib.parse import quote

import junitparser
import pytest
import yaml

from preflight.cli.arguments import parser
from tests.documents import report_of
from tests.pipelines.composite import ACTION, Job, installed, step
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server
from tests.servers.readiness import free_port

PASSWORD = "s3cret/pa ss$%"


@pytest.fixture
def server(server_pool: ServerPool) -> Server:
    return server_pool.get("redis-8.2", password=PASSWORD)


@pytest.fixture
def newer(server_pool: ServerPool) -> Server:
    """Passes with a warning: the version is none that LangSmith names."""
    return server_pool.get("valkey-9.1")


def assert_no_secret(done: Job, *secrets: str) -> None:
    """Nowhere but in the lines that the runner swallows."""
    swallowed = [line for line in done.log.splitlines() if not line.startswith("::add-mask::")]
    reports = [each.read_text(encoding="utf-8") for each in done.temp.glob("preflight-reports/*")]
    said = "\n".join((*swallowed, done.summary, *reports, json.dumps(done.outputs), json.dumps(done.used)))
    for secret in secrets:
        assert secret not in said
        assert quote(secret, safe="") not in said


def junit(done: Job) -> junitparser.JUnitXml:
    return junitparser.JUnitXml.fromstring(Path(done.outputs["junit"]).read_bytes())


def test_passing(tmp_path: Path, server: Server) -> None:
    """No annotation, a summary, all three reports, and their folder uploaded."""
    done = installed(tmp_path, url=server.url()).run()
    assert (done.status, done.outputs["status"], done.outputs["outcome"]) == (0, "0", "pass")
    assert f"::add-mask::{PASSWORD}".replace("%", "%25") in done.log.splitlines()
    assert "::error" not in done.log
    assert "auth.accepted" in done.summary
    assert junit(done).tests > 0
    assert junit(done).failures == 0
    assert report_of(Path(done.outputs["json"]).read_text(encoding="utf-8"))["outcome"] == "pass"
    assert "<html" in Path(done.outputs["html"]).read_text(encoding="utf-8")
    assert done.used["upload"]["path"] == done.outputs["reports"]
    assert not list(done.workspace.iterdir())
    assert_no_secret(done, PASSWORD)


def test_failing(tmp_path: Path, server: Server) -> None:
    """The annotation names the check, the step fails, and the reports are uploaded all the same."""
    done = installed(tmp_path, url=server.url(password="wr0ng pa$$")).run()
    assert (done.status, done.outputs["status"], done.outputs["outcome"]) == (1, "1", "fail")
    assert any(line.startswith("::error title=auth.accepted::") for line in done.log.splitlines())
    assert "auth.accepted" in done.summary
    assert junit(done).failures == 1
    assert done.used["upload"] == {"name": "preflight", "path": done.outputs["reports"], "if-no-files-found": "ignore"}
    assert_no_secret(done, PASSWORD, "wr0ng pa$$")


@pytest.mark.parametrize(("fail_on", "status"), [("", 0), ("warn", 3)])
def test_warning(tmp_path: Path, newer: Server, fail_on: str, status: int) -> None:
    done = installed(tmp_path, url=newer.url(), fail_on=fail_on).run()
    assert (done.status, done.outputs["outcome"]) == (status, "warn")
    assert "::warning title=server.version::" in done.log


def test_telling_only(tmp_path: Path) -> None:
    """The outcome says what the status does not."""
    done = installed(tmp_path, url=f"redis://127.0.0.1:{free_port()}", exit_zero="true").run()
    assert (done.status, done.outputs["outcome"]) == (0, "fail")
    assert "::error title=tcp.connects::" in done.log


@pytest.mark.parametrize("inputs", [{}, {"url": "redis://127.0.0.1", "format": "pdf"}])
def test_unusable(tmp_path: Path, inputs: dict[str, str]) -> None:
    """Nothing is named, or a format that does not exist; what an earlier use of the folder said is gone."""
    prepared = installed(tmp_path, **inputs)
    stale = prepared.temp / "preflight-reports" / "report.json"
    stale.parent.mkdir()
    stale.write_text('{"outcome": "pass"}')
    done = prepared.run()
    assert (done.status, done.outputs["status"], done.outputs["outcome"]) == (2, "2", "error")
    assert "upload" in done.used


def test_values(tmp_path: Path, server: Server) -> None:
    """Files are looked for where the job says, merged in their order, and their Secret is read from its file."""
    prepared = installed(tmp_path, values="a.yaml b.yaml", secret_files="secret.yaml", working_directory="deploy")
    folder = prepared.workspace / "deploy"
    folder.mkdir()
    external = {"enabled": True, "existingSecretName": "nobody"}
    (folder / "a.yaml").write_text(yaml.safe_dump({"redis": {"external": external}}))
    (folder / "b.yaml").write_text("redis: {external: {existingSecretName: cache}}\n")
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "cache"}}
    (folder / "secret.yaml").write_text(yaml.safe_dump({**secret, "stringData": {"connection_url": server.url()}}))
    done = prepared.run()
    assert (done.status, done.outputs["outcome"]) == (0, "pass")
    assert_no_secret(done, PASSWORD)


def test_environment_of_the_job(tmp_path: Path, server: Server) -> None:
    """Where an input is empty, the variable counts; an empty one stands for none."""
    env = {"PREFLIGHT_URL": server.url(), "PREFLIGHT_SKIP": "capacity", "PREFLIGHT_DEADLINE": ""}
    done = installed(tmp_path, env).run()
    assert done.status == 0
    found = report_of(Path(done.outputs["json"]).read_text(encoding="utf-8"))["findings"]
    assert {each["outcome"] for each in found if each["id"].startswith("capacity.")} == {"not-applicable"}


def test_more_options(tmp_path: Path, server: Server) -> None:
    """One on each line, whatever stands in it: no shell reads them."""
    done = installed(tmp_path, url=server.url(), args='--only=auth\n\n  --skip=$(touch pwned);"\n').run()
    assert done.status == 2
    assert not list(done.workspace.iterdir())
    done = installed(tmp_path / "again", url=server.url(), args="--only=auth\n--verbose\n").run()
    assert done.status == 0


def test_for_people(tmp_path: Path) -> None:
    """No annotation, and no summary where none is wanted."""
    url = f"redis://127.0.0.1:{free_port()}"
    done = installed(tmp_path, url=url, format="short", artifact="").run()
    assert done.log.startswith("FAIL tcp.connects")
    assert "upload" not in done.used
    done = installed(tmp_path / "again", url=url, summary="false", reports="in/here").run()
    assert "::error" in done.log
    assert done.summary == ""
    assert done.outputs["reports"] == str(done.workspace / "in" / "here")


def test_the_checkout_is_not_trusted(tmp_path: Path, server: Server) -> None:
    """Modules of the repository that is checked out are never taken for preflight's."""
    prepared = installed(tmp_path, {"PYTHONPATH": "."}, url=server.url())
    for name in ("redis", "preflight", "json", "sitecustomize"):
        (prepared.workspace / f"{name}.py").write_text("raise SystemExit(99)")
    assert prepared.run().status == 0


def test_cancelled(tmp_path: Path) -> None:
    """The runner interrupts the shell alone: preflight ends at once, and its reports are there."""
    prepared = installed(tmp_path, url=f"redis://127.0.0.1:{free_port()}", wait="5m", format="console")
    process = prepared.started(step("check"))
    try:
        assert process.stdout is not None
        assert any("waiting: tcp.connects" in line for line in process.stdout)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    prepared.ended(step("check"), process.returncode, out)
    assert (prepared.status, prepared.outputs["status"], prepared.outputs["outcome"]) == (143, "143", "fail")
    assert junit(prepared).failures == 1


def test_preflight_that_is_there(tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is installed; what runs is found on the PATH and gets the URL by its environment alone."""
    folder = tmp_path / "bin"
    folder.mkdir()
    script = folder / "preflight"
    script.write_text(f'#!/bin/sh\necho "given $*"\nexec {shlex.quote(sys.executable)} -m preflight "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")
    done = Job(tmp_path, {"url": server.url(), "install": "false"}).run()
    assert (done.status, done.outputs["outcome"], list(done.used)) == (0, "pass", ["upload"])
    assert "given check --output github" in done.log
    assert_no_secret(done, PASSWORD)


def test_every_variable_is_an_option() -> None:
    """A misspelt one would be ignored in silence."""
    known = parser({}).parse_args(["check"])
    named = {name for name in step("check")["env"] if name.startswith("PREFLIGHT_")}
    assert {name.removeprefix("PREFLIGHT_").lower() for name in named} <= vars(known).keys()
    assert len(named) == sum("env.PREFLIGHT_" in text for text in step("check")["env"].values())


def test_every_input_is_used() -> None:
    text = json.dumps(ACTION["runs"])
    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in text] == []
