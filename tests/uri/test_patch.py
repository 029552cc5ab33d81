"""Values to merge: nested under the right root, with the password masked, and none where values do not say it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.model.evidence import Cause
from preflight.model.installation import Feature
from preflight.model.secret import Secret
from preflight.model.target import Place, Target
from preflight.scrub import Scrubber
from preflight.uri.patch import address, at, below, cure, encryption
from tests.checks.facts import cluster, held, standalone

ROOTS = {
    Feature.LANGSMITH: "redis.external.connectionUrl",
    Feature.FLEET: "fleet.redis.external.connectionUrl",
    Feature.INSIGHTS: "engineInsightsAgent.redis.external.connectionUrl",
    Feature.POLLY: "polly.redis.external.connectionUrl",
    Feature.JUICEFS: "sandboxes.juicefs.redis.metaURL",
}
URL = standalone("rediss://app:tops3cret@cache:6380/3")
NODES = cluster("redis://a:1", "redis://b:2?ssl_check_hostname=false", password=Secret("tops3cret"))

each_feature = pytest.mark.parametrize(("feature", "path"), ROOTS.items(), ids=list(ROOTS))


def external(**said: Any) -> dict[str, Any]:
    return {"redis": {"external": said}}


@pytest.mark.parametrize(
    ("path", "value", "nested"),
    [
        ("a", 1, {"a": 1}),
        ("a.b.c", {"d": 1}, {"a": {"b": {"c": {"d": 1}}}}),
        ("a.b", None, {"a": {"b": None}}),
        ("a.b", {"x.y/z": "1"}, {"a": {"b": {"x.y/z": "1"}}}),
    ],
)
def test_at(path: str, value: object, nested: dict[str, Any]) -> None:
    """A path of names; the names within a value stay whole."""
    assert at(path, value) == nested


@each_feature
def test_below(feature: Feature, path: str) -> None:
    """Each feature has a root of its own."""
    root = path.rpartition(".")[0]
    assert below(replace(URL, feature=feature), a=1, b=2) == at(root, {"a": 1, "b": 2})


@each_feature
@pytest.mark.parametrize(
    ("changes", "url"),
    [
        ({}, "rediss://app:***@cache:6380/3"),
        ({"host": "other"}, "rediss://app:***@other:6380/3"),
        ({"port": 7}, "rediss://app:***@cache:7/3"),
        ({"db": 0}, "rediss://app:***@cache:6380/0"),
        ({"tls": False}, "redis://app:***@cache:6380/3"),
        ({"host": "::1", "port": 7, "db": 1, "tls": False}, "redis://app:***@[::1]:7/1"),
    ],
)
def test_url(feature: Feature, path: str, changes: dict[str, Any], url: str) -> None:
    """What is not named stays, and the password is masked."""
    assert address(replace(URL, feature=feature), **changes) == at(path, url)


@pytest.mark.parametrize(
    ("target", "url"),
    [
        (standalone("redis://cache"), "redis://cache:6379/1"),
        (standalone("redis://app@cache"), "redis://app@cache:6379/1"),
        (standalone("redis://:tops3cret@cache"), "redis://:***@cache:6379/1"),
        (standalone("rediss://app@cache", iam="aws"), "rediss://app@cache:6379/1"),
        (standalone("rediss://app:tops3cret@cache", iam="aws"), "rediss://app:***@cache:6379/1"),
        (standalone("redis://cache?password=tops3cret"), "redis://:***@cache:6379/1"),
        (standalone("rediss://cache?ssl_check_hostname=false"), "rediss://cache:6379/1?ssl_check_hostname=false"),
        (standalone("redis://[fd00::7]:7000"), "redis://[fd00::7]:7000/1"),
    ],
)
def test_who_logs_in(target: Target, url: str) -> None:
    """A user stays where there is one, with workload identity without a password."""
    assert address(target, db=1) == external(connectionUrl=url)


@pytest.mark.parametrize(
    ("changes", "nodes"),
    [
        ({}, ["redis://a:1", "redis://b:2?ssl_check_hostname=false"]),
        ({"port": 7}, ["redis://a:7", "redis://b:7?ssl_check_hostname=false"]),
        ({"host": "c"}, ["redis://c:1", "redis://c:2?ssl_check_hostname=false"]),
        ({"tls": False, "db": 3}, ["redis://a:1", "redis://b:2?ssl_check_hostname=false"]),
    ],
)
def test_nodes(changes: dict[str, Any], nodes: list[str]) -> None:
    """Node URIs say neither TLS nor a database nor a password."""
    assert address(NODES, **changes) == external(cluster={"nodeUris": nodes})


@pytest.mark.parametrize("target", [held(URL), held(NODES), standalone("nonsense"), cluster("nonsense")])
def test_no_values_say_it(target: Target) -> None:
    """A Secret holds the connection string, or nothing could be read of it."""
    assert address(target, port=1) is None


@pytest.mark.parametrize(
    ("target", "on", "patch"),
    [
        (URL, False, external(connectionUrl="redis://app:***@cache:6380/3")),
        (standalone("redis://h:1"), True, external(connectionUrl="rediss://h:1/0")),
        (held(URL), False, None),
        (NODES, False, external(cluster={"tlsEnabled": False})),
        (cluster(tls=False), True, external(cluster={"tlsEnabled": True})),
        (held(NODES), False, external(cluster={"tlsEnabled": False})),
    ],
)
def test_encryption(target: Target, on: bool, patch: dict[str, Any] | None) -> None:
    """A URL says it by its scheme; for a node list it is a value, wherever the list stands."""
    assert encryption(target, on=on) == patch


def test_a_variable_is_no_value() -> None:
    """Under Docker there are no values at all."""
    place = Place(address="REDIS_CLUSTER_DATABASE_URIS", helm=False, inline=False)
    assert encryption(replace(NODES, place=place), on=False) is None


@pytest.mark.parametrize(
    ("cause", "target", "patch"),
    [
        (Cause.TLS_PLAINTEXT, URL, external(connectionUrl="redis://app:***@cache:6380/3")),
        (Cause.TLS_PLAINTEXT, NODES, external(cluster={"tlsEnabled": False})),
        (Cause.TLS_SPOKEN, standalone("redis://h:1"), external(connectionUrl="rediss://h:1/0")),
        (Cause.TLS_SPOKEN, cluster(tls=False), external(cluster={"tlsEnabled": True})),
        (Cause.TLS_SPOKEN, held(standalone("redis://h:1")), None),
        (Cause.NO_SUCH_DATABASE, URL, external(connectionUrl="rediss://app:***@cache:6380/0")),
        (Cause.NO_SUCH_DATABASE, held(URL), None),
        (Cause.PASSWORD_UNEXPECTED, URL, external(connectionUrl="rediss://cache:6380/3")),
        (Cause.PASSWORD_UNEXPECTED, held(URL), None),
        (Cause.PASSWORD_UNEXPECTED, NODES, external(cluster={"password": ""})),
        (
            Cause.PASSWORD_UNEXPECTED,
            replace(held(NODES), place=replace(held(NODES).place, password="key p of Secret redis")),
            None,
        ),
    ],
)
def test_cure(cause: Cause, target: Target, patch: dict[str, Any] | None) -> None:
    """What the values must say, where the cause lies in them and not in a Secret."""
    assert cure(cause, target) == patch


@pytest.mark.parametrize("target", [URL, NODES, held(URL), held(NODES)])
def test_other_causes_have_no_cure_in_the_values(target: Target) -> None:
    """A name, a firewall or a wrong password is not corrected by what preflight knows."""
    curable = {Cause.TLS_PLAINTEXT, Cause.TLS_SPOKEN, Cause.NO_SUCH_DATABASE, Cause.PASSWORD_UNEXPECTED}
    assert {cause for cause in Cause if cure(cause, target) is not None} <= curable


@given(
    st.sampled_from(["redis", "rediss"]),
    st.sampled_from(["", "app:tops3cret@", ":tops3cret@", "default:tops3cret@"]),
    st.sampled_from(["cache.example.com", "10.0.0.7", "[2001:db8::1]"]),
    st.integers(1, 65535),
    st.integers(0, 15),
    st.sampled_from(["", "?ssl_check_hostname=false"]),
)
def test_a_patch_reads_back(scheme: str, login: str, host: str, port: int, db: int, query: str) -> None:  # noqa: PLR0917
    """Without a change it describes the same target, but for the password."""
    target = standalone(f"{scheme}://{login}{host}:{port}/{db}{query}")
    patch = address(target)
    assert patch
    again = standalone(patch["redis"]["external"]["connectionUrl"])
    assert (again.endpoints, again.tls, again.db) == (target.endpoints, target.tls, target.db)
    assert (again.login and again.login.username) == (target.login and target.login.username)
    assert (again.login and again.login.password.reveal()) == ("***" if login else None)


@pytest.mark.parametrize("user", ["a%40b", "a%2Fb", "a%20b", "a%3Ab"])
def test_a_user_with_special_signs(user: str) -> None:
    """What had to be percent-encoded in the URL has to be in the patch."""
    target = standalone(f"rediss://{user}:tops3cret@cache:6379/0")
    assert address(target, db=1) == external(connectionUrl=f"rediss://{user}:***@cache:6379/1")


def test_no_values_for_whichever_agent() -> None:
    """A patch is to be merged, and nothing tells which agent this is."""
    target = replace(URL, feature=Feature.AGENT)
    assert (address(target, db=0), below(target, a=1), encryption(target, on=False)) == (None, None, None)


def test_a_lone_user_that_was_masked() -> None:
    """Without workload identity nobody shows it: it may be a password, and the mask reads as one."""
    target = standalone("redis://tops3cret@cache:6379/0")
    cleaned = Scrubber(target.secrets).record(target)
    assert address(cleaned, tls=True) == external(connectionUrl="rediss://***@cache:6379/0")
