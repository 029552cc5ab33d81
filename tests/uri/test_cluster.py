"""Node lists as targets: what is wrong with them, and what would be dialled."""

from __future__ import annotations

import json

import pytest

from preflight.model.secret import Secret
from preflight.model.target import Endpoint, MistakeKind, Mode, Password, Surroundings, Target, Tls
from preflight.uri.cluster import target_from_list, target_from_nodes
from tests.model.shown import visible

K = MistakeKind


def of_list(text: str, **around: object) -> Target:
    return target_from_list(text, Surroundings(**around))  # type: ignore[arg-type]


def of_nodes(*uris: str, **around: object) -> Target:
    return target_from_nodes(uris, Surroundings(**around))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("", K.EMPTY),
        ("  ", K.EMPTY),
        ("[]", K.EMPTY),
        ("redis://a:7000", K.NOT_JSON),
        ("redis://a:7000,redis://b:7000", K.NOT_JSON),
        ("[redis://a:7000]", K.NOT_JSON),
        ("['redis://a:7000']", K.NOT_JSON),
        ('["redis://a:7000",]', K.NOT_JSON),
        ('["redis://a:7000"', K.NOT_JSON),
        ("[" * 100_000, K.NOT_JSON),
        ("\0", K.NOT_JSON),
        ("\ud800", K.NOT_JSON),
        ("{}", K.NOT_A_LIST),
        ('{"nodes": ["redis://a:7000"]}', K.NOT_A_LIST),
        ('"redis://a:7000"', K.NOT_A_LIST),
        ("7000", K.NOT_A_LIST),
        ("null", K.NOT_A_LIST),
        ("[7000]", K.NOT_TEXT),
        ('["redis://a:7000", null]', K.NOT_TEXT),
        ('[["redis://a:7000"]]', K.NOT_TEXT),
        ("x" * 1_000_000, K.TOO_LONG),
    ],
)
def test_lists_that_are_none(text: str, kind: MistakeKind) -> None:
    """A text that is not an array of strings leaves one fatal mistake and no endpoint."""
    target = of_list(text)
    [mistake] = target.declaration.mistakes
    assert (mistake.kind, mistake.fatal, target.endpoints) == (kind, True, ())


@pytest.mark.parametrize(
    ("uri", "kind", "fatal"),
    [
        ("", K.EMPTY, True),
        ("a:7000", K.SCHEME_MISSING, True),
        ("http://a:7000", K.SCHEME, True),
        ("REDIS://a:7000", K.SCHEME, True),
        ("valkey://a:7000", K.SCHEME_VALKEY, True),
        ("rediss://a:7000", K.SCHEME_TLS, False),
        ("<node_url>", K.PLACEHOLDER, True),
        ("redis://<node_url>:7000", K.PLACEHOLDER, True),
        ("redis://host:port", K.PLACEHOLDER, True),
        ("redis://:7000", K.HOST_MISSING, True),
        ("redis://::1:7000", K.HOST, True),
        ("redis://a b:7000", K.HOST, True),
        ("redis://a:7000,b:7000", K.SEVERAL_HOSTS, True),
        ("redis://a", K.PORT_MISSING, False),
        ("redis://a:", K.PORT_MISSING, False),
        ("redis://a:x", K.PORT_TEXT, True),
        ("redis://a:0", K.PORT_RANGE, True),
        ("redis://a:70000", K.PORT_RANGE, True),
        ("redis://a:7000/1", K.DATABASE_IN_CLUSTER, False),
        ("redis://a:7000/x", K.DATABASE_IN_CLUSTER, False),
        ("redis://:tops3cret@a:7000", K.PASSWORD_IN_NODE, False),
        ("redis://app:tops3cret@a:7000", K.PASSWORD_IN_NODE, False),
        ("redis://:tops/3cret@a:7000", K.PASSWORD_IN_NODE, True),
        ("redis://:tops#3cret@a:7000", K.PASSWORD_IN_NODE, True),
        ("redis://app@a:7000", K.USERNAME_IN_NODE, False),
        ("redis://a:7000?db=1", K.PARAMETER, False),
        ("redis://a:7000?password=tops3cret", K.PARAMETER, False),
        ("redis://a:7000?ssl_check_hostname=maybe", K.PARAMETER_VALUE, False),
        ("redis://a:7000?ssl_check_hostname=", K.PARAMETER_VALUE, False),
        ("redis://a:7000\n", K.CONTROL_CHARACTER, True),
        ("redis://a\0:7000", K.CONTROL_CHARACTER, True),
        ("redis://" + "a" * 1_000_000, K.TOO_LONG, True),
    ],
)
def test_one_bad_node(uri: str, kind: MistakeKind, fatal: bool) -> None:
    """The mistake names its node; a fatal one leaves nothing to dial, any other is dialled all the same."""
    target = of_nodes("redis://good:7000", uri)
    [mistake] = target.declaration.mistakes
    assert (mistake.kind, mistake.where, mistake.fatal) == (kind, "node 2", fatal)
    assert bool(target.endpoints) != fatal
    assert target.login is None
    assert "3cret" not in visible(target)


def test_several_mistakes_in_one_node() -> None:
    """Whatever is not as documented is told, not the first alone."""
    [*kinds] = (each.kind for each in of_nodes("rediss://u:p@a/3?foo=1").declaration.mistakes)
    assert kinds == [K.SCHEME_TLS, K.PASSWORD_IN_NODE, K.PORT_MISSING, K.DATABASE_IN_CLUSTER, K.PARAMETER]


@pytest.mark.parametrize(
    ("uri", "endpoint"),
    [
        ("redis://a:7000", Endpoint(host="a", port=7000)),
        ("redis://10.0.0.1:65535/", Endpoint(host="10.0.0.1", port=65535)),
        ("redis://[2001:db8::1]:7000/0", Endpoint(host="2001:db8::1", port=7000)),
        ("redis://a:7000?ssl_check_hostname=true", Endpoint(host="a", port=7000)),
        ("redis://a:7000?ssl_check_hostname=false", Endpoint(host="a", port=7000, check_hostname=False)),
        ("redis://a:7000?ssl_check_hostname=False", Endpoint(host="a", port=7000, check_hostname=False)),
    ],
)
def test_good_nodes(uri: str, endpoint: Endpoint) -> None:
    """Documented forms are taken as they are, one by one or as a JSON array."""
    for target in (of_nodes(uri), of_list(json.dumps([uri]))):
        assert (target.mode, target.endpoints, target.declaration.mistakes) == (Mode.CLUSTER, (endpoint,), ())


def test_a_node_named_twice_is_dialled_once() -> None:
    """In the order in which they were given."""
    target = of_nodes("redis://b:1", "redis://a:1", "redis://b:1/0")
    assert [str(each) for each in target.endpoints] == ["b:1", "a:1"]


def test_shown() -> None:
    """What is shown of a long list stays short and tells its length."""
    shown = of_nodes(*(f"redis://node-{number}:7000" for number in range(30))).declaration.shown
    assert shown == "redis://node-0:7000, redis://node-1:7000, redis://node-2:7000 and 27 more"


def test_shown_keeps_the_hostname_check() -> None:
    """A node URI is shown as LangSmith takes it, and without what it does not know."""
    uris = ("redis://u:p@[::1]:7000", "redis://a:7000?ssl_check_hostname=no&foo=1")
    shown = of_nodes(*uris).declaration.shown
    assert shown == "redis://[::1]:7000, redis://a:7000?ssl_check_hostname=false"


@pytest.mark.parametrize(("given", "on"), [(None, True), (True, True), (False, False)])
def test_tls_is_on_unless_said_otherwise(given: bool | None, on: bool) -> None:
    """As in LangSmith; the scheme of a node says nothing."""
    for uri in ("redis://a:7000", "rediss://a:7000"):
        assert of_nodes(uri, tls=given, ca_file="/ca.pem").tls == (Tls(ca_file="/ca.pem") if on else None)


def test_the_password_comes_from_elsewhere() -> None:
    """One in a node is never used, and is a secret all the same."""
    target = of_nodes("redis://u:tops3cret@a:7000", username="app", password=Secret("hunter22"), safe_mode=True)
    assert (target.login, target.safe_mode) == (Password(username="app", password=Secret("hunter22")), True)
    assert {"tops3cret", "hunter22"} <= {secret.reveal() for secret in target.secrets}


def test_a_list_that_is_none_keeps_its_secrets() -> None:
    """The text of a broken list may hold a password."""
    assert "tops3cret" in {secret.reveal() for secret in of_list("['redis://:tops3cret@a:7000']").secrets}


@pytest.mark.parametrize("text", ['["redis://a:7000"]', "nonsense", "[]", '["redis://:1"]'])
def test_workload_identity(text: str) -> None:
    """It is said beside the nodes, which name no user, whether or not they can be read."""
    target = of_list(text, iam="gcp")
    assert (target.iam, target.username, target.login) == ("gcp", "", None)
    assert of_list(text).iam == ""


def test_workload_identity_beside_a_password() -> None:
    """The password stays what it is, for config.iam to refuse."""
    target = of_nodes("redis://a:7000", iam="aws", password=Secret("tops3cret"))
    assert (target.iam, target.login) == ("aws", Password(password=Secret("tops3cret")))


@pytest.mark.parametrize("upgrade", [True, False])
def test_an_upgrade(upgrade: bool) -> None:
    """It is carried along, also where the list is none."""
    assert of_nodes("redis://a:7000", upgrade=upgrade).upgrade is upgrade
    assert of_list("no list", upgrade=upgrade).upgrade is upgrade
