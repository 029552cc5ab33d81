"""Whether there is an instance metadata service: it answers, says nothing, or is not there."""

from collections.abc import Mapping

import pytest

from preflight.probes.metadata import Metadata, look
from tests.clouds.http import DROPPED, HALF, HTML, Answer, Said, http_server
from tests.servers.scripted import answering_port, black_hole, closed_port, silent_port

PATH = "/metadata/instance?api-version=2021-02-01"


def _looked(endpoint: str, headers: Mapping[str, str] | None = None) -> Metadata:
    return look(endpoint, "GET", PATH, headers or {})


@pytest.mark.parametrize("said", [Answer(), Answer(status=401), Answer(status=500), HTML, HALF])
def test_it_answers(said: Said) -> None:
    """Whatever the answer is: it is the SDK that gets no credentials from it. The body is not waited for."""
    with http_server(lambda _: said) as server:
        assert _looked(server.url) is Metadata.ANSWERS


def test_what_it_is_asked() -> None:
    """The method, the path and the header that tells it from a request which somebody was tricked into."""
    with http_server(lambda _: Answer()) as server:
        assert look(server.url, "PUT", "/latest/api/token", {"X-Seconds": "60"}) is Metadata.ANSWERS
        assert _looked(server.url, {"Metadata": "true"}) is Metadata.ANSWERS
    put, get = server.asked
    assert (put.method, put.path, put.headers["x-seconds"]) == ("PUT", "/latest/api/token", "60")
    assert (get.method, get.query, get.headers["metadata"]) == ("GET", {"api-version": "2021-02-01"}, "true")


def test_it_is_silent() -> None:
    """A connection that nobody speaks on, and one that does not even come about."""
    with silent_port() as silent:
        assert _looked(f"http://127.0.0.1:{silent.port}") is Metadata.SILENT
    with black_hole() as hole:
        assert _looked(f"http://127.0.0.1:{hole.port}") is Metadata.SILENT


@pytest.mark.parametrize("said", [b"", b"-ERR unknown command\r\n", b"\x15\x03\x03\x00\x02\x02\x32"])
def test_something_else_is_there(said: bytes) -> None:
    """What speaks no HTTP is no metadata service."""
    with answering_port(said) as other:
        assert _looked(f"http://127.0.0.1:{other.port}") is Metadata.ABSENT


def test_nobody_is_there() -> None:
    """The connection is refused, or closed at once."""
    with closed_port() as closed:
        assert _looked(f"http://127.0.0.1:{closed.port}") is Metadata.ABSENT
    with http_server(lambda _: DROPPED) as server:
        assert _looked(server.url) is Metadata.ABSENT


def test_it_follows_nobody() -> None:
    """A redirect is an answer; where it leads is not asked."""
    with (
        http_server(lambda _: Answer()) as elsewhere,
        http_server(lambda _: Answer(status=302, headers={"Location": elsewhere.url})) as server,
    ):
        assert _looked(server.url) is Metadata.ANSWERS
    assert elsewhere.asked == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://" + "x" * 64,
        "http://nowhere.invalid",
        "http://127.0.0.1:1/ /",
    ],
)
def test_an_endpoint_of_the_environment_that_is_none(endpoint: str) -> None:
    """Somebody may have written nonsense into the variable for it."""
    assert _looked(endpoint) is Metadata.ABSENT
