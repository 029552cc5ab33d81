"""What holds for every target, whatever the text that it was made of."""

from __future__ import annotations

import json
import re
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.model.installation import Flaw, Purpose, SecretKey
from preflight.model.secret import Secret
from preflight.model.target import Endpoint, MistakeKind, Password, Pem, Plan, Surroundings, Target, Tls
from preflight.run import lint
from preflight.uri.cluster import target_from_list, target_from_nodes
from preflight.uri.standalone import target_from_url
from tests.checks.facts import installation, key, standalone
from tests.model.shown import visible

NOISE = st.text(st.one_of(st.characters(), st.sampled_from('\ud800\0\n@:/?#[]%&;=+,.<>{}"0123456789')))
STARTS = st.sampled_from(["", "redis://", "rediss://", "redis://:", "redis://h", "redis://h:1?", '["', '["redis://'])
# Its letters stand in no template, and each run of six is telling.
PASSWORDS = st.text("ABGHJKQWXYZ@:/?#[]%&;=+ '\"<>{}$,", min_size=6, max_size=24)
TEMPLATES = (
    "redis://:{}@cache.example.com:6379/0",
    "redis://app:{}@cache.example.com",
    "redis://app:{}@",
    "redis://app:{}@cache.example.com:port/x",
    "redis://app:{}@a:1,b:2",
    "valkey://:{}@cache.example.com",
    "http://:{}@cache.example.com",
    "rediss://cache.example.com?password={}",
    "rediss://cache.example.com?password={}&bogus=1",
    "redis://:{}@cache.example.com:6379/0\n",
    "redis:{}@cache.example.com",
    "{}@cache.example.com",
    "{}",
)
MEGABYTES = (
    "x",
    "@",
    ":",
    "/",
    "?a",
    "#",
    "%",
    "[",
    "&",
    "<",
    "{{",
    "\0",
    '"',
    '["redis://a",',
    "password=",
    "redis://",
)


def targets_of(text: str) -> tuple[Target, ...]:
    """The text as a URL, as a node, as a node list, and as a node in a list that is none."""
    nothing = Surroundings()
    return (
        target_from_url(text, nothing),
        target_from_nodes([text], nothing),
        target_from_list(text, nothing),
        target_from_list(json.dumps([text]), nothing),
        target_from_list(f"['{text}']", nothing),
    )


@settings(deadline=None, max_examples=250)
@given(NOISE, STARTS)
@example("[", "redis://")
@example("[::1", "redis://")
@example("]", "redis://a@[")
@example("9" * 5000, "redis://h:")
@example("\ud800", "redis://:x@")
def test_any_text_is_a_target(noise: str, start: str) -> None:
    """Nothing raises, and each target can be dialled or has a mistake; a fatal one leaves nothing to dial."""
    for target in targets_of(start + noise):
        assert target.endpoints or target.declaration.mistakes
        assert not (target.endpoints and target.declaration.fatal)


@pytest.mark.parametrize("url", ["redis://a..b:6379", "redis://a..b:6379/x", "redis://:tops3cret@a..b:6379"])
def test_a_host_that_cannot_be_looked_up(url: str) -> None:
    """It is the host that is wrong, and nothing can be dialled."""
    [mistake] = target_from_url(url, Surroundings()).declaration.mistakes
    assert (mistake.kind, mistake.fatal) == (MistakeKind.HOST, True)


@settings(deadline=None, max_examples=250)
@given(PASSWORDS, st.sampled_from(TEMPLATES))
def test_no_password_is_shown(password: str, template: str) -> None:
    """No field but the secrets has the password, nor six letters of it, raw or percent-encoded."""
    telling = [part for part in re.split(r"[^A-Z]+", password) if len(part) >= 6]
    for target in targets_of(template.format(password)):
        seen = visible(target)
        assert [part for part in (password, quote(password, safe=""), *telling) if part in seen] == []


@pytest.mark.parametrize("url", ["redis://tops3cret-9f8e7d@cache:6379/0", "rediss://tops3cret-9f8e7d@cache"])
def test_a_password_without_its_colon_is_not_shown(url: str) -> None:
    """`redis://PASSWORD@host` is a common slip, and nobody can tell it from a user name."""
    for target in targets_of(url):
        report = lint(Plan(targets=(target,)))
        assert report.findings
        assert "tops3cret" not in repr(report)


@pytest.mark.parametrize("noise", MEGABYTES)
@pytest.mark.parametrize("start", ["", "redis://:"])
def test_a_megabyte_of_noise(noise: str, start: str) -> None:
    """A megabyte of anything is one mistake, and soon told."""
    targets = targets_of(start + noise * (1_000_000 // len(noise)))
    assert all(target.declaration.fatal for target in targets)


@pytest.mark.parametrize(
    ("endpoint", "text", "uri"),
    [
        (Endpoint(host="a", port=1), "a:1", "redis://a:1"),
        (Endpoint(host="::1", port=1), "[::1]:1", "redis://[::1]:1"),
        (Endpoint(host="a", port=1, check_hostname=False), "a:1", "redis://a:1?ssl_check_hostname=false"),
    ],
)
def test_endpoint(endpoint: Endpoint, text: str, uri: str) -> None:
    """An endpoint is shown as it is dialled, and as the node URI that LangSmith takes."""
    assert (str(endpoint), endpoint.uri) == (text, uri)


@pytest.mark.parametrize(
    ("around", "own", "login"),
    [
        ((None, None), (None, None), None),
        ((None, None), ("u", "p"), ("u", "p")),
        (("v", None), ("u", "p"), ("v", "p")),
        ((None, "q"), ("u", "p"), ("u", "q")),
        (("v", "q"), (None, None), ("v", "q")),
        ((None, None), ("u", None), ("u", "")),
        ((None, None), ("u", ""), ("u", "")),
        ((None, None), (None, ""), None),
    ],
)
def test_login(
    around: tuple[str | None, str | None], own: tuple[str | None, str | None], login: tuple[str | None, str] | None
) -> None:
    """What is said beside the connection string wins, part by part."""
    username, password = (around[0], None if around[1] is None else Secret(around[1]))
    surroundings = Surroundings(username=username, password=password)
    expected = login and Password(username=login[0], password=Secret(login[1]))
    assert surroundings.login(own[0], None if own[1] is None else Secret(own[1])) == expected


@pytest.mark.parametrize(
    ("keys", "withheld", "undeclared"),
    [
        ((), False, False),
        ((key(),), False, False),
        ((key(Flaw.OUTDATED),), False, False),
        ((key(Flaw.NOT_GIVEN),), True, True),
        ((key(None), key(Flaw.KEY_MISSING, Purpose.PASSWORD)), True, False),
        ((key(Flaw.NOT_PEM, Purpose.CA),), True, False),
        ((key(Flaw.SWAPPED, Purpose.CERTIFICATE), key(Flaw.SWAPPED, Purpose.KEY)), True, False),
        ((key(Flaw.URL_FOR_LIST, Purpose.NODES),), True, True),
        ((key(Flaw.OUTDATED), key(Flaw.EMPTY, Purpose.CA)), True, False),
    ],
)
def test_what_a_secret_withholds(keys: tuple[SecretKey, ...], withheld: bool, undeclared: bool) -> None:
    """Any flaw leaves something to want; one of the address leaves nothing to read. What only an upgrade finds, not."""
    target = replace(standalone(), keys=keys)
    assert (target.withheld, target.undeclared) == (withheld, undeclared)


@pytest.mark.parametrize("flaw", [each for each in Flaw if each is not Flaw.OUTDATED])
def test_every_other_flaw_withholds(flaw: Flaw) -> None:
    """Nothing is dialled with half of the settings."""
    assert replace(standalone(), keys=(key(flaw, Purpose.PASSWORD),)).withheld
    assert replace(standalone(), keys=(key(flaw, Purpose.NODES),)).undeclared


def test_what_a_file_holds_is_not_shown() -> None:
    """It is called by where it comes from, also within a target."""
    pem = Pem(text=Secret("tops3cret"), origin="key ca.crt of Secret langsmith-ca")
    assert str(pem) == "key ca.crt of Secret langsmith-ca"
    assert "tops3cret" not in visible(replace(standalone(), tls=Tls(ca_file=pem))) + repr(pem)


def test_installations_may_share_a_name() -> None:
    """It is targets that have to be told apart."""
    plan = Plan(targets=(standalone(),), installations=(installation(), installation()))
    assert len(plan.installations) == 2
