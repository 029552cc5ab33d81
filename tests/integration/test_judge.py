"""Saved evidence is judged again, anywhere and later, to the same report; two of them tell what differs."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from preflight import plugins, render
from tests.clouds.environment import run_here
from tests.documents import comparison_of
from tests.integration.commandline import Ended, document, inside, preflight
from tests.integration.test_iam_secrets import CLOUDS, PROVIDERS, assert_nothing_leaks, fronted, parrot, whole
from tests.integration.test_secrets import HARMLESS
from tests.servers.certificates import Authority
from tests.servers.fixtures import ClusterPool, ServerPool
from tests.servers.loopback import Address
from tests.servers.process import running
from tests.servers.scripted import closed_port, scripted_server, silent_port

FORMATS = plugins.names(render)
PASSWORD = 'p@ss/w"o\\rd +ü'


def saved(file: Path, *arguments: str) -> Ended:
    """A run whose evidence is kept."""
    return inside("check", *arguments, "--timeout", "1", "--save-evidence", str(file))


def to_files(folder: Path) -> list[str]:
    """One file for each format."""
    return [f"--output={name}={folder / name}" for name in FORMATS]


def texts(folder: Path) -> dict[str, str]:
    return {each.name: each.read_text() for each in folder.iterdir()}


def assert_judged_alike(folder: Path, *source: str, policy: str = "") -> Any:
    """Every format and the exit status are those of the run; the document of the run."""
    (ran := folder / "ran").mkdir()
    (again := folder / "again").mkdir()
    file = folder / "evidence.json"
    run = saved(file, *source, *policy.split(), *to_files(ran))
    judged = inside("judge", str(file), *policy.split(), *to_files(again))
    assert judged.returncode == run.returncode
    assert "json" in texts(ran)
    assert texts(again) == texts(ran)
    return json.loads((ran / "json").read_text())


@pytest.mark.parametrize("key", ["redis-5.0", "redis-7.0", "valkey-9.1"])
def test_a_server(key: str, server_pool: ServerPool, tmp_path: Path) -> None:
    """In order or nearly so, every format says again what the run said."""
    read = assert_judged_alike(tmp_path, server_pool.get(key).url(), policy="-v")
    assert read["outcome"] in ("pass", "warn")


def test_a_cluster(cluster_pool: ClusterPool, tmp_path: Path) -> None:
    """Its nodes, maps and views are all in the file."""
    nodes = cluster_pool.get("redis-7.0").nodes
    uris = [argument for node in nodes for argument in ("--node", f"redis://{node.host}:{node.port}")]
    read = assert_judged_alike(tmp_path, *uris, "--no-tls")
    assert {each["id"] for each in read["findings"] if each["outcome"] == "pass"} >= {"topology.nodes"}
    assert len(read["targets"][0]["portrait"]["shards"]) > 1


@contextlib.contextmanager
def nowhere() -> Iterator[Address]:
    yield Address("no-such-host.invalid", 6379)


@pytest.mark.parametrize("place", [nowhere, closed_port, silent_port], ids=lambda place: place.__name__)
def test_what_is_broken(place: Callable[[], contextlib.AbstractContextManager[Address]], tmp_path: Path) -> None:
    """The failure, its remedy and all that it blocks."""
    with place() as at:
        read = assert_judged_alike(tmp_path, f"redis://:{quote(PASSWORD, safe='')}@{at.host}:{at.port}/0")
    assert read["outcome"] == "fail"
    assert read["counts"]["blocked"] > 10


def test_values(tmp_path: Path) -> None:
    """Several targets, what the files declare around them, and the values that would cure it."""
    values = tmp_path / "values.yaml"
    values.write_text(
        "redis:\n  external:\n    enabled: true\n    connectionUrl: redis://127.0.0.1:1/0\n    tlsEnabled: true\n"
    )
    read = assert_judged_alike(tmp_path, "--values", str(values), "--chart-version", "0.16.11")
    assert "config.values" in {each["id"] for each in read["findings"] if each["outcome"] == "warn"}


@pytest.mark.parametrize(
    "policy",
    [
        "--fail-on=warn",
        "--fail-on=warn --skip=server.version",
        "--severity=server.version=fail",
        "--only=server",
        "--only=topology",
    ],
)
def test_with_a_policy(policy: str, server_pool: ServerPool, tmp_path: Path) -> None:
    """It counts as it would have counted for the run; exit status 3 and 1 among them."""
    url = server_pool.get("valkey-9.1").url()
    assert_judged_alike(tmp_path, url, policy=policy)


def test_another_policy(server_pool: ServerPool, tmp_path: Path) -> None:
    """The run's own policy is not in the evidence: whoever judges decides."""
    file = tmp_path / "e.json"
    assert saved(file, server_pool.get("valkey-9.1").url(), "--skip", "server.version").returncode == 0
    assert inside("judge", str(file), "--fail-on", "warn").returncode == 3
    assert inside("judge", str(file), "--severity", "server.version=fail").returncode == 1


def test_a_run_that_was_stopped(tmp_path: Path) -> None:
    """What ended it is kept."""
    file = tmp_path / "e.json"
    with silent_port() as at:
        run = saved(file, f"redis://{at.host}:{at.port}/0", "--timeout", "20", "--deadline", "0.3", "-o", "json")
    judged = inside("judge", str(file), "-o", "json")
    assert document(judged)["stopped_by"] == "deadline"
    assert (judged.returncode, document(judged)) == (run.returncode, document(run))


def test_long_after(tmp_path: Path) -> None:
    """The server is gone, and the file came by standard input to a process of its own."""
    file = tmp_path / "e.json"
    with running("redis-7.0") as server:
        run = saved(file, server.url(), "-o", "json")
    judged = preflight("judge", "-", "-o", "json", stdin=file.read_bytes())
    assert (judged.returncode, judged.stderr, document(judged)) == (0, "", document(run))


@pytest.mark.parametrize("password", [*HARMLESS, PASSWORD])
def test_no_password_is_saved(password: str, tmp_path: Path) -> None:
    """A server that repeats whatever it is told finds no way into the file; neither does the URL."""

    def replies(command: list[bytes]) -> bytes:
        return b"-ERR unknown command `%s`, with args beginning with: %s\r\n" % (command[0], b" ".join(command[1:]))

    file = tmp_path / "e.json"
    with scripted_server(replies) as script:
        saved(file, f"redis://:{quote(password, safe='')}@{script.host}:{script.port}/0")
    text = file.read_text()
    assert "args beginning with: ***" in text
    for form in (password, quote(password, safe=""), quote(password), json.dumps(password)[1:-1]):
        assert form not in text
        assert form not in json.dumps(json.loads(text), ensure_ascii=False)


@pytest.mark.parametrize("provider", PROVIDERS)
def test_no_token_is_saved(provider: str, certificates: Authority, tmp_path: Path) -> None:
    """Nor the identity behind it, from a server that repeats it; and without the cloud the findings are the same."""
    file = tmp_path / "e.json"
    with CLOUDS[provider](certificates, tmp_path) as cloud, parrot(cloud, whole) as script:
        with fronted(cloud, script, certificates) as to:
            run = run_here(["check", *cloud.arguments(to), "-o", "json", "--save-evidence", str(file)], cloud.env)
        assert_nothing_leaks(file.read_text(), cloud.secrets())
    assert "with args beginning with: " in file.read_text()
    assert document(inside("judge", str(file), "-o", "json")) == document(run)


@pytest.fixture(scope="module")
def laptop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is seen where everything works."""
    file = tmp_path_factory.mktemp("evidence") / "laptop.json"
    with running("redis-7.0") as server:
        assert saved(file, server.url()).returncode == 0
    return file


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is seen where nothing is reached."""
    file = tmp_path_factory.mktemp("evidence") / "pod.json"
    with closed_port() as at:
        assert saved(file, f"redis://{at.host}:{at.port}/0").returncode == 1
    return file


def test_two_places(laptop: Path, pod: Path, tmp_path: Path) -> None:
    """The root alone is told, with what it means, from where and by which file."""
    table = tmp_path / "table"
    ended = inside("judge", str(laptop), str(pod), "-o", f"console={table}")
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "")
    rows = [" ".join(line.split()) for line in table.read_text().splitlines()]
    assert rows[-1].startswith("1 check differs: tcp.connects; ")
    assert f"{laptop} {pod}" in rows[1]
    assert [row for row in rows if row.startswith("tcp.connects pass: accepts on 127.0.0.1 fail: ")]
    assert [row for row in rows if row.startswith("tcp.connects ") and "NetworkPolicy" in row]


def test_a_name_that_is_not_known_everywhere(laptop: Path, tmp_path: Path) -> None:
    """Split-horizon DNS, and by every format the same exit status."""
    other = tmp_path / "other.json"
    saved(other, "redis://no-such-host.invalid:6379/0")
    ended = inside("judge", str(laptop), str(other), "-o", "json", "-o", f"console={tmp_path / 'table'}")
    read = comparison_of(ended.stdout)
    roots = [each for each in read["comparison"]["outcomes"] if not each["follows"]]
    assert [(each["id"], each["first"]["outcome"], each["second"]["outcome"]) for each in roots] == [
        ("dns.resolves", "pass", "fail")
    ]
    assert "split-horizon" in roots[0]["meaning"]
    assert (read["first"]["file"], read["second"]["file"]) == (str(laptop), str(other))
    assert read["first"]["seen_from"]
    assert (tmp_path / "table").read_text().splitlines()[-1].startswith("1 check differs: dns.resolves; ")
    assert ended.returncode == inside("judge", str(laptop), str(other)).returncode == 1


def test_the_same_place_twice(laptop: Path) -> None:
    """Nothing differs, and the exit status is that of either."""
    ended = inside("judge", str(laptop), str(laptop))
    assert (ended.returncode, ended.stdout.splitlines()[-1]) == (0, "no check differs")


@pytest.mark.parametrize("both", [("laptop", "pod"), ("pod", "laptop")], ids=" ".join)
def test_the_worse_counts(both: tuple[str, str], request: pytest.FixtureRequest) -> None:
    """Whichever comes first; what is left out counts on neither side."""
    files = [str(request.getfixturevalue(name)) for name in both]
    assert inside("judge", *files, "-o", "json").returncode == 1
    left = inside("judge", *files, "--only", "config")
    assert (left.returncode, left.stdout.splitlines()[-1].partition(";")[0]) == (0, "no check differs")


@pytest.mark.parametrize("name", sorted({*FORMATS} - {"console", "json"}))
def test_two_in_a_format_of_one(name: str, laptop: Path, pod: Path) -> None:
    """Refused before anything is read or written."""
    ended = inside("judge", str(laptop), str(pod), "-o", name)
    assert ended.returncode == 2
    assert "two files of evidence are shown as console or json only" in ended.stderr


def test_what_is_no_evidence(laptop: Path, tmp_path: Path) -> None:
    """A message that says what to do, exit status 2, and the document that was asked for."""
    newer, report = tmp_path / "newer.json", tmp_path / "report.json"
    newer.write_text(laptop.read_text().replace('"schema_version": 1', '"schema_version": 2'))
    inside("judge", str(laptop), "-o", f"json={report}")
    cases = {
        (str(newer),): "the file: the evidence was written by a newer preflight (preflight ",
        (str(report),): "the file: this is a report; save evidence with --save-evidence",
        (str(laptop), str(report)): "the second file: this is a report",
        (str(newer), str(laptop)): "the first file: the evidence was written by a newer preflight",
        (str(tmp_path / "none.json"),): "cannot read the file: No such file or directory",
        (str(tmp_path),): "cannot read the file: Is a directory",
        (str(laptop), "-", "-"): "judge takes one file of --save-evidence, or two",
        ("-", "-"): "standard input (-) can be only one of the two",
        (str(laptop), "--only", "nonsense"): "name checks (or stages)",
    }
    for arguments, words in cases.items():
        ended = inside("judge", *arguments, "-o", "json")
        assert ended.returncode == 2, arguments
        assert words in ended.stderr
        assert words in document(ended)["error"]


def test_a_file_that_cannot_be_written(laptop: Path, pod: Path, tmp_path: Path) -> None:
    """Of a comparison, refused before it is made."""
    ended = inside("judge", str(laptop), str(pod), "-o", f"json={tmp_path / 'no' / 'such'}")
    assert ended.returncode == 2
    assert "cannot be written to" in ended.stderr
