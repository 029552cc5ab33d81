"""What people really type, paste and template: a finding or a refusal, never a traceback, and nothing is dialled."""

import json
from pathlib import Path

import pytest

from tests.integration.commandline import Ended, document, failures, inside, preflight
from tests.integration.verdicts import LATEST

PASSWORD = "hunter2-Tr0ub4dor"
NOISE = bytes(range(256)) * 4096


def _config_fails(ended: Ended, check: str) -> dict[str, object]:
    """Exit 1: this finding fails, and the rest is blocked by it."""
    assert ended.returncode == 1
    report = document(ended)
    [failed] = [each for each in report["findings"] if each["outcome"] == "fail"]
    assert failed["id"] == check
    assert failed["remedy"]
    others = [each for each in report["findings"] if each is not failed]
    expected = {("blocked", check), ("pass", None), ("not-applicable", None)}
    assert {(each["outcome"], each["blocked_by"]) for each in others} <= expected
    assert not [each for each in others if each["outcome"] == "pass" and not each["id"].startswith("config.")]
    assert report["seconds"] < LATEST
    found: dict[str, object] = failed
    return found


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("", "the URL is empty"),
        ("   ", "the URL is empty"),
        ("localhost:6379", "no scheme"),
        ("http://localhost:6379", "the scheme must be redis:// or rediss://, in lower case (http)"),
        ("REDIS://localhost:6379", "in lower case (REDIS)"),
        ("valkey://localhost:6379", "LangSmith's clients do not know valkey://"),
        ("valkeys://localhost:6379", "LangSmith's clients do not know valkeys://"),
        ("redis://host:port", "placeholder (host:port)"),
        ("<node_url>", "placeholder"),
        ("redis://<node_url>:6379", "placeholder (<node_url>)"),
        ("redis://${REDIS_HOST}:6379/0", "placeholder (${REDIS_HOST})"),
        ("redis://{{ .Values.host }}:6379/0", "placeholder ({{ .Values.host }})"),
        ("Your connection URL", "placeholder"),
        ("redis://localhost:0", "no such port"),
        ("redis://localhost:70000", "no such port"),
        ("redis://localhost:99999999999999999999", "no such port"),
        ("redis://localhost:redis", "the port is not a number"),
        ("redis://localhost:\uff16\uff13\uff17\uff19", "the port is not a number"),
        ("redis://:6379", "names no host"),
        ("redis://", "names no host"),
        ("redis://one:6379,two:6379", "more than one host"),
        ("redis://one,two:6379", "more than one host"),
        ("redis://::1:6379", "the host is not a host name or address"),
        ("redis://ho st:6379", "the host is not a host name or address"),
        (" redis://localhost:6379", "begins or ends with white space"),
        ("redis://localhost:6379\n ", "begins or ends with white space"),
        ('"redis://localhost:6379"', "the scheme must be"),
    ],
)
def test_url(url: str, words: str) -> None:
    """Each says what is wrong with it."""
    failed = _config_fails(inside("check", url, "-o", "json"), "config.url")
    assert words in str(failed["summary"])


@pytest.mark.parametrize(
    "password",
    ["/", "#", "?", "//", "a/b@c", "?x=y", "#@", "[", "[]", "a]b[c"],
)
def test_a_raw_password_that_hides_the_host(password: str) -> None:
    """It is said to be the password, with the form to write and the secret masked."""
    url = f"redis://app:{PASSWORD}{password}{PASSWORD}@localhost:6379/2"
    ended = inside("check", url, "-o", "json")
    failed = _config_fails(ended, "config.url")
    assert "must be percent-encoded" in str(failed["summary"])
    assert failed["details"] == {"encoded": "redis://app:***@localhost:6379/2"}
    assert PASSWORD not in ended.stdout + ended.stderr


@pytest.mark.parametrize("password", ["%", "a b", "äöü", "中", '"', "<x>", "^", "`", "\\", "{y}", "|"])
def test_a_raw_password_that_half_of_langsmith_reads(password: str) -> None:
    """redis-py reads it and Go does not: the form that both read is given, with the secret masked."""
    url = f"redis://app:{PASSWORD}{password}@localhost:1/2"
    ended = inside("lint", url, "-o", "json")
    assert (ended.returncode, failures(ended)) == (1, ["config.clients"])
    [failed] = [each for each in document(ended)["findings"] if each["outcome"] == "fail"]
    assert failed["details"]["encoded"] == "redis://app:***@localhost:1/2"
    assert PASSWORD not in ended.stdout + ended.stderr


@pytest.mark.parametrize("password", ["@", "a@b", ":", "a:b:c", "$&'()*+,;=!~-._"])
def test_a_raw_password_that_both_read(password: str) -> None:
    """What both clients take as it is needs no encoding."""
    ended = inside("lint", f"redis://app:{PASSWORD}{password}@localhost:1/2", "-o", "json")
    assert (ended.returncode, failures(ended)) == (0, [])


@pytest.mark.parametrize("path", ["/notanumber", "/0/1", "/-1", "/0x1", "/1e3", "/99999999999999999999"])
def test_database(path: str) -> None:
    """A database that is no number is read as 0 in silence by one client: it fails, whatever the network says."""
    ended = inside("check", f"redis://127.0.0.1:1{path}", "-o", "json")
    assert ended.returncode == 1
    assert "config.url" in failures(ended)


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ("", "there is no node URI"),
        ("[]", "there is no node URI"),
        ("[", "not JSON"),
        ("redis://one:6379", "not JSON (a URL)"),
        ("redis://one:6379,redis://two:6379", "not JSON (a URL)"),
        ("['redis://one:6379']", "not JSON"),
        ('{"nodes": []}', "not an array (an object)"),
        ('"redis://one:6379"', "not an array (a string)"),
        ("[6379]", "not a string"),
        ('[["redis://one:6379"]]', "not a string"),
        ('["redis://<node_url>"]', "node 1: a placeholder is left in it (<node_url>)"),
        ('["redis://one:6379", "two:6379"]', "node 2: it has no scheme"),
        ('["redis://one:0"]', "node 1: there is no such port"),
        ('["redis://one:6379,redis://two:6379"]', "node 1: it names more than one host"),
        ("[" * 100_000, "not JSON"),
    ],
    ids=lambda value: value[:40],
)
def test_node_list(nodes: str, words: str) -> None:
    """A list that leaves nothing to dial says why, and which node."""
    failed = _config_fails(inside("check", "--nodes", nodes, "-o", "json"), "config.nodes")
    assert words in str(failed["summary"])


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        (f"redis://:{PASSWORD}@127.0.0.1:1", "node 1: it holds a password"),
        ("rediss://127.0.0.1:1", "node 1: the scheme is rediss://"),
        ("redis://127.0.0.1:1/3", "node 1: it names a database"),
        ("redis://app@127.0.0.1:1", "node 1: it holds a user name"),
        ("redis://127.0.0.1:1?ssl=true", "node 1: it has a parameter that LangSmith does not know"),
        ("redis://127.0.0.1:1?ssl_check_hostname=maybe", "neither true nor false"),
    ],
)
def test_node_uri(uri: str, words: str) -> None:
    """One that can be dialled all the same is, and its finding stands beside what the network says."""
    ended = inside("check", "--node", uri, "--no-tls", "-o", "json")
    assert (ended.returncode, failures(ended)) == (1, ["config.nodes", "tcp.connects"])
    [failed] = [each for each in document(ended)["findings"] if each["id"] == "config.nodes"]
    assert words in failed["summary"]
    moved = {"password": "***"} if PASSWORD in uri else {}
    cluster = {"nodeUris": ["redis://127.0.0.1:1"]} | moved
    assert failed["patch"] == {"redis": {"external": {"cluster": cluster}}}
    assert PASSWORD not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "text",
    [
        b"\0",
        b"redis://local\0host:6379",
        b"redis://:pass\0word@localhost:6379",
        b"x" * 1_000_000,
        b"redis://:" + b"x" * 1_000_000 + b"@localhost:6379",
        b"redis://" + b"x" * 300 + b":6379",
    ],
    ids=["NUL", "NUL in host", "NUL in password", "1 MB", "1 MB of password", "a long host"],
)
def test_noise_as_url(text: bytes) -> None:
    """From standard input, where anything can come from."""
    ended = preflight("check", "-", "-o", "json", stdin=text)
    assert (ended.returncode, ended.stderr) == (1, "")
    [failed] = failures(ended)
    assert failed in ("config.url", "dns.resolves")
    assert len(ended.stdout) < 100_000


@pytest.mark.parametrize("source", [("check", "-"), ("check", "--nodes", "noise")], ids=["url", "nodes"])
def test_noise_that_is_no_text(source: tuple[str, ...], tmp_path: Path) -> None:
    """Bytes that no text is made of are refused before anything is contacted, and JSON says so."""
    (tmp_path / "noise").write_bytes(NOISE)
    named = [str(tmp_path / each) if each == "noise" else each for each in source]
    ended = preflight(*named, "-o", "json", stdin=NOISE)
    assert ended.returncode == 2
    assert "not UTF-8 text" in ended.stderr
    assert document(ended)["outcome"] == "error"


def test_noise_as_node_list(tmp_path: Path) -> None:
    """A megabyte of it in a file is a finding of its own."""
    (tmp_path / "nodes.json").write_text(json.dumps(["redis://one:6379"] * 60_000))
    failed = _config_fails(inside("check", "--nodes", str(tmp_path / "nodes.json"), "-o", "json"), "config.nodes")
    assert "longer than an environment variable can be" in str(failed["summary"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("check",), "There is nothing to check"),
        (("check", "--node", "redis://one:1", "--nodes", "[]"), "not by both"),
        (("check", "redis://one:1", "--node", "redis://one:1"), "one source"),
        (("check", "redis://one:1", "--no-tls"), "for node lists"),
        (("check", "--nodes", "/no/such/file"), "No such file"),
        (("check", "--nodes", "/"), "Is a directory"),
        (("check", "redis://one:1", "--password-file", "/no/such/file"), "No such file"),
        (("check", "redis://one:1", "--password-file", "/dev/null"), "is empty"),
        (("check", "redis://one:1", "--timeout", "0"), "above 0"),
        (("check", "redis://one:1", "--deadline", "-5"), "above 0"),
        (("check", "redis://one:1", "--deadline", "nan"), "above 0"),
        (("check", "redis://one:1", "-o", "xml"), "-o takes FORMAT"),
        (("check", "redis://one:1", "-o", "json", "-o", "console"), "only one format"),
        (("check", "redis://one:1", "--only", "tls.handshak"), "did you mean tls.handshake?"),
        (("check", "redis://one:1", "--severity", "server.version=loud"), "--severity takes"),
        (("explain", "auth.acepted"), "did you mean auth.accepted?"),
        (("nonsense",), "invalid choice"),
        ((), "required"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_unusable_arguments(arguments: tuple[str, ...], words: str) -> None:
    """Exit 2 with one message on standard error, and nothing on standard output."""
    ended = inside(*arguments)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert words in ended.stderr


@pytest.mark.parametrize(
    ("environ", "check"),
    [
        ({"REDIS_DATABASE_URI": ""}, "config.url"),
        ({"REDIS_DATABASE_URI": "<node_url>"}, "config.url"),
        ({"REDIS_CLUSTER_ENABLED": "true"}, "config.nodes"),
        ({"REDIS_CLUSTER_ENABLED": "true", "REDIS_CLUSTER_DATABASE_URIS": "redis://one:1"}, "config.nodes"),
        ({"REDIS_CLUSTER_ENABLED": "true", "REDIS_DATABASE_URI": "redis://one:1"}, "config.nodes"),
    ],
)
def test_environment(environ: dict[str, str], check: str) -> None:
    """What a pod would get is judged as it is."""
    _config_fails(preflight("check", "-o", "json", environ=environ), check)


def test_environment_that_is_neither() -> None:
    """A switch that is neither on nor off is refused."""
    ended = preflight("check", environ={"REDIS_DATABASE_URI": "redis://one:1", "REDIS_CLUSTER_ENABLED": "maybe"})
    assert ended.returncode == 2
    assert "REDIS_CLUSTER_ENABLED must be true or false" in ended.stderr
