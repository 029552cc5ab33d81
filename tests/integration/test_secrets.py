"""No output of any run holds the password: hostile ones, in every place where a password can be given."""

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import pytest
import redis
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from preflight import plugins, render
from tests.integration.commandline import inside, preflight
from tests.servers.process import Server, running
from tests.servers.scripted import Script, scripted_server

# What has a meaning in a URL, in JSON, in YAML, in a regular expression or on a terminal, and what is wide.
SPECIAL = "/#?%@:[]\"'\\ &=+,;<>{}|^`~!$()*-._äßéЖ中🔑\u2028\u00a0"
PASSWORDS = st.text(
    st.sampled_from(SPECIAL) | st.characters(min_codepoint=32, exclude_categories=["Cs", "Cc", "Cn"]),
    min_size=6,
    max_size=20,
)
FORMATS = ("console", "json")
FILES = sorted({*plugins.names(render)} - {*FORMATS})
"""The other formats, written beside the console."""

HARMLESS = ("Xyzzy-plugh-1", "Xyzzy/plugh#1", "Xyzzy?plugh@1", "Xyzzy plugh%1", "Xyzzy[plùgh]1")


class Locked(NamedTuple):
    """A server whose password is changed from example to example, by a client that is in already."""

    server: Server
    admin: redis.Redis

    def url(self, secret: str, user: str = "") -> str:
        return f"redis://{user}:{secret}@{self.server.host}:{self.server.port}/0"


@pytest.fixture(scope="module")
def locked() -> Iterator[Locked]:
    with running("redis-7.0") as server, server.client(single_connection_client=True) as admin:
        admin.ping()
        yield Locked(server, admin)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("secrets") / "password"


class Said(NamedTuple):
    status: int
    text: str


def _said(*arguments: str) -> Said:
    """Everything that one run shows or writes, and what a program reads in its JSON."""
    if "console" not in arguments:
        ended = inside(*arguments)
        return Said(ended.returncode, "\n".join((ended.stdout, ended.stderr, *_texts(json.loads(ended.stdout)))))
    with tempfile.TemporaryDirectory() as folder:
        evidence = ["--save-evidence", f"{folder}/evidence"] if arguments[0] == "check" else []
        ended = inside(*arguments, *(each for form in FILES for each in ("-o", f"{form}={folder}/{form}")), *evidence)
        written = [each.read_text(encoding="utf-8") for each in Path(folder).iterdir()]
    assert len(written) == len(FILES) + bool(evidence)
    return Said(ended.returncode, "\n".join((ended.stdout, ended.stderr, *written)))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield name
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)


def _in_url(locked: Locked, password: str) -> Iterator[Said]:
    for secret in (quote(password, safe=""), password):
        for show in FORMATS:
            yield _said("check", locked.url(secret), "--timeout", "1", "-v", "-o", show)
            yield _said("lint", locked.url(secret, "app"), "-v", "-o", show)


def _in_file(locked: Locked, file: Path, password: str) -> Iterator[Said]:
    file.write_text(password, encoding="utf-8", newline="")
    node = f"redis://{locked.server.host}:{locked.server.port}"
    for show in FORMATS:
        yield _said("check", "--node", node, "--no-tls", "--password-file", str(file), "-v", "-o", show)
        yield _said("lint", "--node", f"redis://:{password}@{locked.server.host}", "-o", show)
        yield _said("lint", "--nodes", json.dumps([locked.url(password)])[:-1], "-o", show)


def _forms(password: str) -> set[str]:
    """As it is, and as it stands in a URL or a JSON text."""
    return {password, quote(password, safe=""), quote(password), json.dumps(password)[1:-1]}


@pytest.fixture(scope="module")
def chance(locked: Locked, file: Path) -> str:
    """All that is said whatever the password: what occurs in it may occur again, and gives nothing away."""
    texts = []
    for password in HARMLESS:
        for actual in (password, "another one"):
            locked.admin.config_set("requirepass", actual)
            texts += [said.text for said in (*_in_url(locked, password), *_in_file(locked, file, password))]
    text = "\n".join(texts)
    assert "Xyzzy" not in text
    return text


EXAMPLES = settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@EXAMPLES
@example("a b/c#d?e@f")
@example("[hunter2]:%41")
@example("*** *** ***")
@example("default")
@given(password=PASSWORDS)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_password_in_the_url(locked: Locked, chance: str, right: bool, password: str) -> None:
    """Raw and percent-encoded, accepted and refused; encoded and right, it also gets in."""
    assume(not any(form in chance for form in _forms(password)))
    locked.admin.config_set("requirepass", password if right else "another one")
    said = list(_in_url(locked, password))
    assert [each.status for each in said[:1]] == [0 if right else 1]
    for each in said:
        assert not [form for form in _forms(password) if form in each.text]


@EXAMPLES
@given(password=PASSWORDS)
@pytest.mark.parametrize("right", [True, False], ids=["right", "wrong"])
def test_a_password_beside_the_nodes(locked: Locked, file: Path, chance: str, right: bool, password: str) -> None:
    """From a file, or by mistake in a node URI or a list that is not JSON; right, it gets as far as the mode."""
    assume(not any(form in chance for form in _forms(password)))
    locked.admin.config_set("requirepass", password if right else "another one")
    said = list(_in_file(locked, file, password))
    assert ("topology.mode" if right else "auth.accepted") in said[0].text
    for each in said:
        assert not [form for form in _forms(password) if form in each.text]


@pytest.fixture(scope="module")
def parrot() -> Iterator[Script]:
    """A server that repeats what it was sent in its error, as Redis 5 does with a command that it does not know."""

    def replies(command: list[bytes]) -> bytes:
        told = b", ".join(b"`%s`" % word for word in command[1:])
        return b"-ERR unknown command `%s`, with args beginning with: %s\r\n" % (command[0], told)

    with scripted_server(replies) as script:
        yield script


@EXAMPLES
@given(password=PASSWORDS)
def test_a_password_that_the_server_repeats(parrot: Script, chance: str, password: str) -> None:
    """The evidence is the server's words without what must not be shown."""
    assume(not any(form in chance for form in _forms(password)))
    url = f"redis://:{quote(password, safe='')}@{parrot.host}:{parrot.port}/0"
    for show in FORMATS:
        said = _said("check", url, "-v", "-o", show)
        assert "unknown command `AUTH`, with args beginning with: `***`" in said.text
        assert not [form for form in _forms(password) if form in said.text]


SECRET = "hunter2-Tr0ub4dor"
URL = f"redis://:{SECRET}@127.0.0.1:1/0"
SPACED = f"redis://:aaa {SECRET} bbb@127.0.0.1:1/0"
QUOTED = f'redis://:a\'a "{SECRET}" bbb@127.0.0.1:1/0'


@pytest.mark.parametrize("url", [URL, SPACED, QUOTED], ids=["plain", "spaces", "quotes"])
@pytest.mark.parametrize(
    "arguments",
    [
        ("{url}",),
        ("{url}", "check"),
        ("check", "{url}", "--bogus"),
        ("check", "{url}", "--timeout"),
        ("check", "{url}", "{url}"),
        ("check", "--bogus={url}"),
        ("check", "--url", "{url}"),
        ("check", "--fail-on", "{url}"),
        ("check", "--color", "{url}", "{url}"),
        ("check", "{url}", "--tls"),
        ("check", "{url}", "--node", "{url}"),
        ("check", "--nodes", "{url}"),
        ("check", "{url}", "--password-file", "/no/such/file"),
        ("check", "{url}", "--deadline", "soon"),
        ("check", "{url}", "-o", "nonsense"),
        ("check", "{url}", "-o", "json=/no/such/folder/report"),
        ("check", "{url}", "--only", "nonsense"),
        ("lint", "{url}", "--timeout", "5"),
        ("checks", "{url}"),
        ("demo", "{url}"),
        ("check", "--tls={url}", "{url}"),
        ("explain", "{url}"),
        ("check", "--timeout", "{url}", "{url}"),
        ("check", "-o", "{url}", "{url}"),
        ("check", "--only", "{url}", "{url}"),
        ("check", "--severity", "{url}=warn", "{url}"),
    ],
    ids=" ".join,
)
def test_a_mistyped_command(arguments: tuple[str, ...], url: str) -> None:
    """A URL in the wrong place is not quoted back, whatever is wrong with the command."""
    ended = inside(*(argument.format(url=url) for argument in arguments))
    assert ended.returncode in (1, 2)
    assert SECRET not in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("check", "redis://127.0.0.1:1", "--password", SECRET),
        ("check", "redis://127.0.0.1:1", f"--password={SECRET}"),
        ("check", "redis://127.0.0.1:1", "--pass", SECRET),
        ("check", "redis://127.0.0.1:1", SECRET),
        ("check", "redis://127.0.0.1:1", "-p", SECRET),
        ("check", "redis://127.0.0.1:1", "--auth", SECRET),
        (SECRET,),
    ],
    ids=lambda arguments: " ".join(arguments[2:]) or "alone",
)
def test_a_password_where_none_is_taken(arguments: tuple[str, ...]) -> None:
    """An option of another tool with a bare password is refused without the password."""
    ended = preflight(*arguments)
    assert ended.returncode == 2
    assert SECRET not in ended.stdout + ended.stderr


def test_a_password_on_the_line_is_noted() -> None:
    """Who gives it there is told that others can see it; standard input is not."""
    on_the_line, from_stdin = preflight("lint", URL), preflight("lint", "-", stdin=URL.encode())
    assert "note: a password on the command line" in on_the_line.stderr
    assert (from_stdin.returncode, from_stdin.stderr) == (0, "")
