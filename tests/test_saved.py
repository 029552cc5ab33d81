"""What a run saw, written down and read again: the same findings, no secret, and nothing that breaks the reader."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any, Final
from urllib.parse import quote

import msgspec
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from msgspec.structs import FieldInfo, fields, replace

from preflight.model.errors import InputError
from preflight.model.evidence import Cause, Evidence, Failed, Seen, Stage
from preflight.model.facts import Session
from preflight.model.finding import Outcome
from preflight.model.secret import MASK, Secret
from preflight.model.style import Style
from preflight.model.target import Password, Pem, Tls
from preflight.render.json import render
from preflight.run import judge
from preflight.saved import SCHEMA_VERSION, decode, encode
from preflight.scrub import Scrubber
from tests.checks.facts import broken_node, cluster, encrypted, evidence, installation, node, seen, server, standalone
from tests.checks.test_any_evidence import EVIDENCE
from tests.test_scrub import with_text

TOOL: Final = "preflight 0.1.0"
SECRET: Final = "tops3cret"

FACTS: Final = evidence(
    seen(standalone(f"redis://app:{SECRET}@a:1/2"), broken_node(Stage.AUTH, Cause.PASSWORD_WRONG, "a:1")),
    seen(replace(cluster("rediss://b:1"), name="fleet"), encrypted("b:1")),
    installations=(installation(chart_version="0.16.11"),),
    seen_from="queue-0",
)

OF_VERSION_1: Final = """
{"document": "preflight evidence", "schema_version": 1, "tool": "preflight 0.1.0", "evidence": {
  "started_at": "2026-01-02T03:04:05.678+00:00", "seconds": 1.25, "targets": [{
    "target": {"name": "langsmith", "mode": "standalone", "declaration": {"shown": "redis://a:1/0"},
               "endpoints": [{"host": "a", "port": 1}]},
    "files": {"type": "seen", "fact": {}},
    "nodes": [{
      "name": "a:1",
      "dns": {"type": "seen", "fact": {"addresses": ["10.0.0.7"]}},
      "tcp": {"type": "seen", "fact": {"address": "10.0.0.7", "attempts": [{"address": "10.0.0.7"}]}},
      "tls": {"type": "seen", "fact": {}},
      "shown": {"type": "unreached", "stage": "tls", "cause": "not-asked"},
      "asked": {"type": "unreached", "stage": "tls", "cause": "not-asked"},
      "auth": {"type": "seen", "fact": {}},
      "server": {"type": "failed", "stage": "server", "cause": "loading"}}],
    "topology": {"type": "unreached", "stage": "server", "cause": "loading"},
    "rehearsal": {"type": "unreached", "stage": "server", "cause": "loading"}}]}}
"""
"""As little as the first version may have written: every later one reads it."""


@given(EVIDENCE, st.text(), st.integers(1, 9), st.sampled_from([None, Cause.DEADLINE, Cause.INTERRUPTED]))
def test_the_same_report_again(facts: Evidence, seen_from: str, tries: int, stopped_by: Cause | None) -> None:
    """All that a report tells, and where it was seen from; and what is saved again is the same."""
    facts = replace(facts, seen_from=printing(seen_from), tries=tries, stopped_by=stopped_by)
    text = encode(facts, TOOL)
    again = decode(text)
    assert judge(again) == judge(facts)
    assert again.seen_from == facts.seen_from
    assert encode(again, TOOL) == text


def printing(text: str) -> str:
    """As the scrubber leaves it: without lone surrogates."""
    return text.encode(errors="replace").decode()


def test_what_is_known_of_a_secret() -> None:
    """Whether there is one, and nothing else."""
    secret = Secret(SECRET)
    target = replace(
        standalone("rediss://a:1"),
        tls=Tls(ca_file="/ca.pem", client_key=Pem(text=secret, origin="key tls.key of Secret redis")),
        login=Password(password=Secret("")),
        secrets=(secret,),
    )
    again = decode(encode(evidence(seen(target)), TOOL)).targets[0].target
    assert again.login == Password(password=Secret(""))
    assert again.tls == Tls(ca_file="/ca.pem", client_key=Pem(text=Secret(MASK), origin="key tls.key of Secret redis"))
    assert again.secrets == ()


FORMS: Final = st.sampled_from([str, lambda text: quote(text, safe=""), lambda text: repr(text)[1:-1]])


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=4, max_size=20), FORMS, st.text("ab: ", max_size=4))
def test_no_secret_is_in_the_file(secret: str, form: Callable[[str], str], around: str) -> None:
    """Neither where it is kept as a secret, nor where a server has said it."""
    text, written = around + form(secret) + around, form(secret)
    held = Secret(secret)
    pem = Pem(text=held, origin="a file")
    mine = replace(
        standalone("rediss://a:1"), name="mine", login=Password(password=held), tls=Tls(client_key=pem), secrets=(held,)
    )
    harmless, bare = with_text(""), seen(replace(mine, login=None, tls=None, secrets=()))
    clean = encode(replace(harmless, targets=(bare, *harmless.targets)), TOOL)
    assume(not any(written in each for each in (MASK * 2, *strings(json.loads(clean)))))
    facts = with_text(text)
    saved = encode(Scrubber([held]).record(replace(facts, targets=(seen(mine), *facts.targets))), TOOL)
    assert [each for each in strings(json.loads(saved)) if written in each] == []


def strings(value: Any) -> Iterator[str]:
    """Every text in a document, the names of fields among them."""
    match value:
        case str():
            yield value
        case dict():
            for name, each in value.items():
                yield name
                yield from strings(each)
        case list():
            for each in value:
                yield from strings(each)
        case _:
            pass


def test_a_file_that_is_looked_at() -> None:
    """Neither a terminal nor the runner of a pipeline obeys it, and it is laid out in lines."""
    hostile = "\x1b[31m\x00\u202e##[error]x\x9b"
    text = encode(evidence(seen(standalone(), node(auth=Seen(fact=Session(username=hostile))))), TOOL)
    assert text.replace("\n", "").isprintable()
    assert "##[" not in text
    auth = decode(text).targets[0].nodes[0].auth
    assert auth == Seen(fact=Session(username=hostile))
    assert len(text.splitlines()) > 50


def test_numbers_as_servers_say_them() -> None:
    """A version of any length is still a number."""
    facts = evidence(seen(standalone(), node(server=Seen(fact=server("9" * 40)))))
    assert judge(decode(encode(facts, TOOL))) == judge(facts)


def document(**changes: Any) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(encode(FACTS, TOOL))
    return read | changes


def changed(old: str, new: str) -> str:
    text = encode(FACTS, TOOL)
    assert old in text
    return text.replace(old, new, 1)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "it is no JSON"),
        ("redis://app:tops3cret@a:1", "it is no JSON"),
        ("{}{}", "it is no JSON"),
        ('{"evidence": NaN}', "it is no JSON"),
        ('"\ud800"', "it is no JSON"),
        ("null", "no evidence of preflight"),
        ("[]", "no evidence of preflight"),
        ('{"document": "tops3cret"}', "no evidence of preflight"),
        ('{"schema_version": 1, "findings": []}', "this is a report; save evidence with --save-evidence"),
        ('{"document": "preflight evidence"}', "does not say its schema_version"),
        ('{"document": "preflight evidence", "schema_version": "tops3cret"}', "does not say its schema_version"),
        ('{"document": "preflight evidence", "schema_version": true}', "does not say its schema_version"),
        ('{"document": "preflight evidence", "schema_version": 1}', "Expected `object`, got `null`"),
        ("[" * 100_000, "no evidence of preflight"),
        ('{"document": ' + "[" * 100_000, "nested too deeply"),
        (changed('"targets": [', '"targets": ' + "[" * 100_000), "nested too deeply"),
        (changed('"started_at": "', '"started_at": ["tops3cret"], "x": "'), "Expected `str`, got `array` - at `"),
        (changed('"***"', "5"), "Expected `str` - at `$.targets[0].target.login.password`"),
        (changed('"fleet"', '"langsmith"'), "two of its targets have the same name"),
        (changed('"seconds": 1.25', '"seconds": 1e999'), "out of range - at `$.seconds`"),
    ],
)  # fmt: skip
def test_refused(text: str, words: str) -> None:
    """In words that say what to do or where it is wrong, and quote no value of the file."""
    with pytest.raises(InputError) as refused:
        decode(text)
    assert words in str(refused.value)
    assert SECRET not in str(refused.value)


def test_a_report_is_told_from_evidence() -> None:
    """By what `-o json` really writes."""
    with pytest.raises(InputError, match="save evidence with --save-evidence"):
        decode(render(judge(FACTS), Style()))


@pytest.mark.parametrize(
    ("tool", "named"),
    [
        ("preflight 7.0", "(preflight 7.0)"),
        ("\x1b[31m\n" + "x" * 10_000, "x ... (9,946 more characters))"),
        (None, "(an unknown version)"),
        ([], "(an unknown version)"),
    ],
)
def test_a_newer_format(tool: object, named: str) -> None:
    """It is not even tried, and named in one short line."""
    newer = document(schema_version=SCHEMA_VERSION + 1, tool=tool, evidence={"anything": 1})
    with pytest.raises(InputError, match=r"written by a newer preflight .*; upgrade this one") as refused:
        decode(json.dumps(newer))
    assert named in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    "old",
    ['"cause": "password-wrong"', '"stage": "auth"', '"mode": "standalone"', '"product": "Redis"', '"type": "failed"'],
)
def test_a_word_of_the_future(old: str) -> None:
    """A newer version may have causes, stages or products that this one has not; the word itself is not quoted."""
    name, _, _ = old.partition(" ")
    with pytest.raises(InputError, match=r"does not know, at `\$\..*newer one \(preflight 0.1.0\), upgrade") as refused:
        decode(changed(old, f'{name} "tops3cret"'))
    assert SECRET not in str(refused.value)


def written(record: object, keeps: Callable[[FieldInfo, object], bool], **added: object) -> Any:
    """A record as another version writes it: without some fields, and with others."""
    match record:
        case msgspec.Struct():
            tag = record.__struct_config__.tag
            kept = {each.encode_name: getattr(record, each.name) for each in fields(record)}
            own = {each.encode_name for each in fields(record) if each.required or keeps(each, kept[each.encode_name])}
            rest = {name: written(each, keeps, **added) for name, each in kept.items() if name in own}
            return ({"type": tag} if tag else {}) | rest | added
        case tuple():
            return [written(each, keeps, **added) for each in record]
        case dict():
            return {name: written(each, keeps, **added) for name, each in record.items()}
        case Secret():
            return MASK if record else ""
        case _:
            return record


@given(EVIDENCE)
def test_fields_of_the_future(facts: Evidence) -> None:
    """What a newer version has added is passed over, in every record."""
    text = json.dumps(document(evidence=written(facts, lambda _, __: True, later=[{"x": 1}])))
    assert judge(decode(text)) == judge(facts)


@given(EVIDENCE)
def test_fields_that_an_older_version_did_not_know(facts: Evidence) -> None:
    """They have their defaults: nothing else changes, and no rule breaks where all of them are missing."""
    text = json.dumps(document(evidence=written(facts, lambda field, value: value != field.default)))
    assert judge(decode(text)) == judge(facts)
    # The dates of certificates are older than any file.
    bare = json.dumps(document(evidence=written(facts, lambda field, _: field.name.startswith("not_"))))
    assert Outcome.ERROR not in {each.outcome for each in judge(decode(bare)).findings}


def test_the_first_version_is_read() -> None:
    """Whatever has been added to the evidence since."""
    facts = decode(OF_VERSION_1)
    assert facts.targets[0].nodes[0].server == Failed(stage=Stage.SERVER, cause=Cause.LOADING)
    [failed] = [each for each in judge(facts).findings if each.outcome is Outcome.FAIL]
    assert (failed.id, failed.verdict.cause) == ("server.ready", Cause.LOADING)


JSON: Final = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from(["document", "evidence"]), inner),
)


@given(st.text() | JSON.map(json.dumps))
@example("\ufeff{}")
@example('{"document": "preflight evidence", "schema_version": 99999999999999999999999999}')
def test_whatever_is_no_evidence(text: str) -> None:
    """It is refused, and never breaks the reader."""
    with pytest.raises(InputError):
        decode(text)


@given(EVIDENCE, JSON, st.randoms(use_true_random=False))
def test_whatever_stands_in_evidence(facts: Evidence, anything: Any, chance: random.Random) -> None:
    """Put anything anywhere: it is refused, or judged."""
    read = json.loads(encode(facts, TOOL))
    places = list(inside(read["evidence"]))
    holder, key = chance.choice(places)
    holder[key] = anything
    try:
        again = decode(json.dumps(read))
    except InputError as refused:
        assert str(refused).isprintable()  # noqa: PT017 - it may as well be none
        return
    assert {each.target for each in judge(again).findings} == {each.target.name for each in again.targets}


def inside(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a document, as what holds it and its key there."""
    if isinstance(value, dict | list):
        for key, each in value.items() if isinstance(value, dict) else enumerate(value):
            yield value, key
            yield from inside(each)
