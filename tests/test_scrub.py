"""No secret leaves, in any form in which it may have been written."""

from __future__ import annotations

import base64
import json
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.model.evidence import Cause, Evidence, Failed, Seen, Stage
from preflight.model.facts import Addresses, Attempt, Connected, Product, Reply, Session
from preflight.model.installation import Feature, Flaw, Purpose
from preflight.model.secret import MASK, Secret
from preflight.model.target import Pem, Place, Tls
from preflight.scrub import Scrubber
from tests.checks.facts import (
    component,
    evidence,
    installation,
    key,
    node,
    refusal,
    seen,
    server,
    standalone,
    topology,
    unread,
)

HOSTILE = 'p@ss/w"o\\rd +ü'


def scrubber(*values: str) -> Scrubber:
    return Scrubber(map(Secret, values))


@pytest.mark.parametrize(
    "form",
    [
        HOSTILE,
        quote(HOSTILE),
        quote(HOSTILE, safe=""),
        quote_plus(HOSTILE),
        base64.b64encode(HOSTILE.encode()).decode(),
        base64.urlsafe_b64encode(HOSTILE.encode()).decode(),
        json.dumps(HOSTILE),
        json.dumps(HOSTILE, ensure_ascii=False),
        repr(HOSTILE),
        f"redis://app:{HOSTILE}@cache:6379",
    ],
)
def test_every_form_is_masked(form: str) -> None:
    """Raw, percent-encoded, base64, JSON-escaped, or as Python shows it."""
    cleaned = scrubber(HOSTILE).text(f"before {form} after {form}.")
    assert HOSTILE not in cleaned
    assert form.strip("'\"") not in cleaned
    assert cleaned.count(MASK) == 2
    assert cleaned.startswith("before ")


@pytest.mark.parametrize(
    ("secret", "text", "cleaned"),
    [
        ("a", "a cat sat", "*** cat sat"),
        ("a", "(a)", "(***)"),
        ("0", "redis://cache:6379/0", "redis://cache:6379/***"),
        ("0", "10.0.0.1:6380", "10.0.0.1:6380"),
        ("79", "cache:6379", "cache:6379"),
        ("79", "cache:79", "cache:79"),
        ("red", "redis is red", "redis is ***"),
        ("tops", "stopsign", f"s{MASK}ign"),
    ],
)
def test_short_secrets(secret: str, text: str, cleaned: str) -> None:
    """Under four characters, only where it stands alone: inside words it is chance."""
    assert scrubber(secret).text(text) == cleaned


@pytest.mark.parametrize("secrets", [(), ("",), (MASK,), ("", MASK)])
def test_nothing_to_hide(secrets: tuple[str, ...]) -> None:
    """No secret, an empty one, or the mask itself change no text."""
    assert scrubber(*secrets).text("redis://***@cache:6379/0") == "redis://***@cache:6379/0"


@pytest.mark.parametrize("secrets", [(), ("tops3cret",)])
def test_lone_surrogates_go(secrets: tuple[str, ...]) -> None:
    """No encoder takes them, and so no report could be written."""
    assert scrubber(*secrets).text("h\udcff:\ud800 ü") == "h?:? ü"


def test_the_longer_secret_goes_first() -> None:
    """One secret within another leaves no rest of the longer one."""
    assert scrubber("tops3", "tops3cret").text("it is tops3cret") == "it is ***"


def test_records_are_cleaned_however_deep() -> None:
    """Tuples, dictionaries and records in records; the original stays as it was."""
    facts = evidence(
        seen(
            standalone(),
            node(
                "tops3cret:6379",
                tcp=Failed(stage=Stage.TCP, cause=Cause.REFUSED, message="at tops3cret"),
                auth=Seen(fact=Session(username="tops3cret")),
                server=Seen(fact=server(info=refusal("ERR tops3cret"))),
            ),
            topology=Seen(fact=topology((0, 16383, "tops3cret:6379+tops3cret:6380"))),
        )
    )
    cleaned = scrubber("tops3cret").record(facts)
    assert "tops3cret" not in repr(cleaned)
    assert "at ***" in repr(cleaned)
    assert "tops3cret" in repr(facts)


def test_what_the_files_declare_is_cleaned() -> None:
    """A password may stand in an annotation, a label, a key that nobody reads or the name of a Secret."""
    text = "at tops3cret"
    odd = component(annotations={text: text}, labels={"note": text}, workload=text)
    declared = installation(odd, name=text, unread=(unread(text, text, text),))
    target = replace(
        standalone("rediss://h"),
        tls=Tls(ca_file=Pem(text=Secret("tops3cret"), origin=text)),
        keys=(key(Flaw.EMPTY, candidate=text, others=(text,)),),
        place=Place(address=text, inline=False),
        used_by=(text,),
        installation=text,
    )
    cleaned = scrubber("tops3cret").record(evidence(seen(target), installations=(declared,)))
    assert "tops3cret" not in repr(cleaned)
    assert texts_of(cleaned).count("at ***") >= 10
    assert cleaned.installation_of(cleaned.targets[0].target) is cleaned.installations[0]


def test_no_annotations_stay_none() -> None:
    """A service account that is made elsewhere is not one without annotations."""
    facts = evidence(installations=(installation(component(annotations=None)), installation(component())))
    cleaned = scrubber("tops3cret").record(facts)
    assert [each.components[0].annotations for each in cleaned.installations] == [None, {}]


def test_enumerations_and_numbers_stay() -> None:
    """A password that is a word of ours does not break the facts: `refused` stays a cause."""
    words = ("refused", "tcp", "Redis", "primary", "standalone", "6379", "16383", "fleet", "empty", "a connection URL")
    facts = evidence(
        seen(
            replace(standalone(), feature=Feature.FLEET, keys=(key(Flaw.EMPTY),)),
            node("n", tcp=Failed(stage=Stage.TCP, cause=Cause.REFUSED)),
            topology=Seen(fact=topology((0, 16383, "n"))),
        )
    )
    cleaned = scrubber(*words).record(facts)
    [target] = cleaned.targets
    assert target.nodes[0].tcp == Failed(stage=Stage.TCP, cause=Cause.REFUSED)
    assert isinstance(target.nodes[0].server, Seen)
    assert target.nodes[0].server.fact.product is Product.REDIS
    assert target.target.endpoints[0].port == 6379
    assert target.target.feature is Feature.FLEET
    assert (target.target.keys[0].flaw, target.target.keys[0].purpose) == (Flaw.EMPTY, Purpose.URL)
    assert isinstance(target.topology, Seen)
    assert target.topology.fact.ranges[0].last == 16383


def with_text(text: str) -> Evidence:
    """Evidence with the text wherever a server, a resolver or a library could have put it."""
    reply = Reply(code="ERR", message=text)
    one = node(
        text,
        dns=Seen(fact=Addresses(addresses=("10.0.0.7", text))),
        tcp=Seen(fact=Connected(address=text, attempts=(Attempt(address=text, message=text),))),
        auth=Failed(stage=Stage.AUTH, cause=Cause.SERVER_ERROR, message=text),
        server=Seen(fact=server(primary=text, persistence_error=text, info=reply, database=reply, run_id=text)),
        advertised_by=text,
        slots=text,
    )
    chart = topology((0, 16383, f"{text}+{text}"), asked=text, state=text, refusal=reply)
    declared = installation(component(annotations={"x": text}, labels={"x": text}), name=text, unread=(unread(text),))
    return evidence(seen(standalone(), one, topology=Seen(fact=chart)), installations=(declared,))


FORMS = st.sampled_from(
    [
        str,
        lambda text: quote(text, safe=""),
        lambda text: json.dumps(text)[1:-1],
        lambda text: base64.b64encode(text.encode()).decode(),
        lambda text: repr(text)[1:-1],
    ]
)


@settings(deadline=None, max_examples=120)
@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=20), FORMS, st.text("ab: ", max_size=4))
def test_no_secret_survives_in_evidence(secret: str, form: object, around: str) -> None:
    """Four characters and more are found in every field, in every form, whatever stands beside them."""
    assert callable(form)
    written: str = form(secret)
    assume(secret not in MASK * 2)
    assume(not any(written in text for text in texts_of(with_text(""))))
    cleaned = scrubber(secret).record(with_text(around + written + around))
    assert [text for text in texts_of(cleaned) if written in text] == []


def texts_of(facts: Evidence) -> list[str]:
    texts: list[str] = []
    collect(msgspec.to_builtins(facts, enc_hook=str), texts)
    return texts


def collect(value: object, texts: list[str]) -> None:
    match value:
        case str():
            texts.append(value)
        case dict():
            for each in value.values():
                collect(each, texts)
        case list() | tuple():
            for each in value:
                collect(each, texts)
        case _:
            pass


def test_tokens_that_begin_alike_and_are_cut_off() -> None:
    """The header of a JWT is that of its issuer's every token: what follows it is not left over from another."""
    header = "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9."
    tokens = [header + letter * 60 for letter in "abc"]
    for token in tokens:
        cleaned = Scrubber(map(Secret, tokens)).text(f"with args beginning with: `{token[:80]}`, ")
        assert cleaned == f"with args beginning with: `{MASK}`, "
