"""YAML as Helm reads it: by its own readings, and whatever the text."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from preflight.chart.documents import DEEPEST, UNFOLDED, documents, mapping
from preflight.model.errors import InputError

# Made with a Go program of Helm 3.22.0 and the sigs yaml 1.6.0 that it reads values with (on go-yaml 2.4.4): what
# YAMLToJSON gives for each text, or that it refuses it.
ROWS: Final = json.loads(Path(__file__).with_name("helm_readings.json").read_text("ascii"))["yaml"]
LONGEST: Final = 1_000_000
SENTINEL: Final = "tops3cret"

# Where we differ, and why.
REFUSED_HERE: Final = {
    "a: !vault b\n": "an encrypted value would be taken for the password; Helm ignores the tag",
    "a: !Ref b\n": "the same, of a template of CloudFormation",
    "a: !!binary cGFzcw==\n": "a tag; nobody writes it in values",
    "a: !!timestamp 2024-01-01\n": "a tag; nobody writes it in values",
    "a: !!set {b}\n": "Helm ignores the tags of collections",
    "a: !!str [b]\n": "Helm ignores the tags of collections",
    ".inf: a\n": "Helm refuses it as a value and takes it as a key",
    "{} b\n": "Helm reads the first document and not what stands behind it",
    "a: 1\n---\n[\n": "Helm reads the first document only",
}


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def _either_loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """PyYAML has its parser in C and in Python; not every installation has the first."""
    monkeypatch.setattr("preflight.chart.documents._LOADER", getattr(yaml, request.param))


def refusal(text: str, longest: int = LONGEST) -> str:
    with pytest.raises(InputError) as caught:
        documents(text, "the values file", longest)
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith("the values file ")
    return message.removeprefix("the values file ")


def exact(value: object) -> object:
    """Told apart where Python says `True == 1`, and large floats as JSON of Go rounds them."""
    if isinstance(value, dict):
        return {key: exact(each) for key, each in value.items()}
    if isinstance(value, list):
        return [exact(each) for each in value]
    if isinstance(value, bool):
        return (bool, value)
    return float(value) if isinstance(value, int) and not -(2**63) < value < 2**63 else value


@pytest.mark.parametrize("row", ROWS, ids=range(len(ROWS)))
def test_reads_as_helm_does(row: dict[str, Any]) -> None:
    if row["text"] in REFUSED_HERE or "refused" in row:
        refusal(row["text"])
    else:
        (read,) = documents(row["text"], "", LONGEST) or [None]
        assert exact(read) == exact(row["gives"])


def test_table_is_large_and_holds_the_differences() -> None:
    refused = sum("refused" in row for row in ROWS)
    assert len(ROWS) > 200
    assert 30 < refused < len(ROWS) - 150
    assert {row["text"] for row in ROWS if "refused" not in row} >= REFUSED_HERE.keys()


@pytest.mark.usefixtures("_either_loader")
@pytest.mark.parametrize(
    ("text", "gives"),
    [
        ("", {}),
        ("\ufeff", {}),
        ("# nothing\n---\n", {}),
        ("a: 1\n", {"a": 1}),
        ("\ufeffa: 1\n", {"a": 1}),
        ("# a\n---\na: 1\n...\n", {"a": 1}),
        ("a: 1\n---\n---\n# no more\n", {"a": 1}),
        ("a: 9007199254740993\n", {"a": 9007199254740993}),
        ("a: 2024-01-01\n", {"a": "2024-01-01"}),
    ],
)
def test_mapping(text: str, gives: dict[str, Any]) -> None:
    assert mapping(text, "", LONGEST) == gives


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a", "must be a mapping, and is a list"),
        ("a", "must be a mapping, and is text"),
        ("1", "must be a mapping, and is a number"),
        ("1.5", "must be a mapping, and is a number"),
        ("yes", "must be a mapping, and is a boolean"),
        ("a: 1\n---\nb: 1", "holds more than one YAML document, and only the first would be used"),
        ("---\n---\nb: 1", "holds more than one YAML document, and only the first would be used"),
    ],
)
def test_mapping_refuses(text: str, told: str) -> None:
    with pytest.raises(InputError) as caught:
        mapping(text, "the values file", LONGEST)
    assert str(caught.value) == f"the values file {told}"


@pytest.mark.usefixtures("_either_loader")
def test_documents_leaves_out_the_empty() -> None:
    assert documents("---\n---\na: 1\n---\nnull\n---\n- b\n---\nfalse\n", "", LONGEST) == [{"a": 1}, ["b"], False]
    assert documents("a: &x 1\n---\nb: 2\n", "", LONGEST) == [{"a": 1}, {"b": 2}]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: b: c", "is not YAML: mapping values are not allowed in this context (line 1, column 5)"),
        ("a: 1\nb:\n\tc: d", "is not YAML: a tab stands where only spaces may (line 3, column 1)"),
        ("a: b\x00", "is not YAML: it holds a control character or half a surrogate pair (line 1, column 5)"),
        ("a:\n  \ud800", "is not YAML: it holds a control character or half a surrogate pair (line 2, column 3)"),
        (
            "a: !vault b",
            "has a value with a tag (`!...`), which Helm does not act on: decrypt or render the file first",
        ),
        (
            "a: !Ref [b]",
            "has a value with a tag (`!...`), which Helm does not act on: decrypt or render the file first",
        ),
        ("a: *b", "has an alias without an anchor (line 1, column 4)"),
        ("a: &x 1\n---\nb: *x", "has an alias without an anchor (line 3, column 4)"),
        ("a: &b [*b]", "has an alias within what it stands for (line 1, column 8)"),
        ("a: {{ .b }}", "has a mapping or a list for a key; if that is a template (`{{ }}`), render it first or quote"),
        ("? [a]\n: b", "has a mapping or a list for a key"),
        ("~: a", "has a key that is null or too large a number (line 1, column 1)"),
        ("a: .nan", "has a number that JSON cannot hold (.inf, .nan) (line 1, column 4)"),
        ("<<: 1", "has a `<<` with something else than a mapping or a list of them (line 1, column 5)"),
        ("a: !!int b", "has a value that is not of the type of its tag (line 1, column 4)"),
    ],
)
def test_refusals_say_what_and_where(text: str, told: str) -> None:
    assert refusal(text).startswith(told)


def test_length_is_judged_first() -> None:
    started = time.process_time()
    told = "is 10,485,760 characters long; no more than 1,000,000 are read"
    assert refusal("[" * 10_485_760) == told
    assert time.process_time() - started < 0.5


def laughs(each: str, last: str) -> str:
    lines = [f"a{level}: &a{level} {each.format(f'*a{level - 1}')}" for level in range(1, 30)]
    return "\n".join(["a0: &a0 {b: c, d: e}", *lines, last])


BOMBS: Final = {
    "lists": laughs("[{0}, {0}, {0}, {0}, {0}, {0}, {0}, {0}]", ""),
    "mappings": laughs("{{a: {0}, b: {0}, c: {0}, d: {0}}}", ""),
    "merges": laughs("{{<<: [{0}, {0}, {0}, {0}, {0}, {0}]}}", ""),
    "merges of merges": laughs("{{<<: {0}, a: {0}, b: {0}}}", "z: {<<: *a29}"),
    "many of one": "a: &a [" + "b," * 1_000 + "]\nc: [" + "*a," * 50_000 + "]",
    "many merges of one": "a: &a {"
    + ",".join(f"b{n}: c" for n in range(1_000))
    + "}\nc: {<<: ["
    + "*a," * 50_000
    + "]}",
    "a long text": "a: &a '" + "b" * 100_000 + "'\nc: [" + "*a," * 50_000 + "]",
    "keys": laughs("{{? [{0}, {0}, {0}, {0}, {0}] : a}}", ""),
}


@pytest.mark.usefixtures("_either_loader")
@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_bombs_do_not_go_off(bomb: str) -> None:
    started = time.process_time()
    refusal(bomb)
    assert time.process_time() - started < 5  # well under one in C; Python's own parser takes its time


def test_aliases_may_repeat_a_little() -> None:
    """What a person writes to save lines passes, and so does a large file without aliases."""
    text = "a: &a {b: [1, 2, 3]}\n" + "".join(f"c{n}: {{<<: *a, d: *a}}\n" for n in range(1_000))
    assert len(mapping(text, "", LONGEST)) == 1_001
    assert len(documents("- a\n" * (UNFOLDED + 1), "", LONGEST)[0]) == UNFOLDED + 1


@pytest.mark.usefixtures("_either_loader")
@pytest.mark.parametrize("deep", ["[", "{a: ", "{", "- ", "? ", "[{", "!!seq [", "&a ["])
def test_nesting_ends_in_a_message(deep: str) -> None:
    told = refusal(deep * 10_000)
    assert told.startswith((f"nests more than {DEEPEST} levels", "is not YAML"))


def test_nesting_by_indentation_ends_in_a_message() -> None:
    assert refusal("".join(" " * level + "a:\n" for level in range(1_000))).startswith("nests more than")


def test_nesting_is_counted_through_aliases() -> None:
    half = DEEPEST // 2
    row = "- &a " + "[" * half + "]" * half
    assert documents(f"{row}\n- " + "[" * (half - 1) + "*a" + "]" * (half - 1), "", LONGEST)
    assert refusal(f"{row}\n- " + "[" * half + "*a" + "]" * half).startswith("nests more than")


@pytest.mark.usefixtures("_either_loader")
@pytest.mark.parametrize(
    "text",
    [
        f"a: !{SENTINEL} b",
        f"a: !{SENTINEL}!b c",
        f"a: !<{SENTINEL}",
        f"a: !<%{SENTINEL}> b",
        f"a: !<%ff%fe{SENTINEL}> b",
        f"%TAG !{SENTINEL}! x\n%TAG !{SENTINEL}! y\n---\na: b",
        f"%{SENTINEL} 1.1\n---\n[",
        f"%YAML {SENTINEL}\n---\na: b",
        f"a: *{SENTINEL}",
        f"a: &{SENTINEL} [*{SENTINEL}]",
        f"a: &{SENTINEL}",
        f"a: *{SENTINEL}%",
        f'a: "{SENTINEL}',
        f'a: "\\{SENTINEL}"',
        f'a: "\\x{SENTINEL}"',
        f"a: {SENTINEL}: b",
        f"a: @{SENTINEL}",
        f"{SENTINEL}\n: b",
        f"a: [{SENTINEL}",
        f"a: {{{SENTINEL}: }}]",
        f"a: |{SENTINEL}\n b",
        f"{{[{SENTINEL}]: b}}",
        f"a: !!int {SENTINEL}",
        f"a: !!float {SENTINEL}",
        f"<<: {SENTINEL}",
        f"a: b\x00{SENTINEL}",
        f"{SENTINEL}: .inf",
    ],
)
def test_messages_quote_nothing(text: str) -> None:
    try:
        documents(text, "the values file", LONGEST)
    except InputError as error:
        assert SENTINEL not in str(error)  # noqa: PT017 - some of the texts can be read
        assert error.__suppress_context__ or error.__context__ is None  # noqa: PT017 - as above


YAMLISH: Final = st.lists(
    st.sampled_from(
        [
            *(" ", "\n", "\t", ": ", "- ", ", ", "? ", "#", "|", ">", "---", "...", "%", "@", "\\", "\x85", "\ufeff"),
            *("[", "]", "{", "}", "'", '"', "&a ", "*a", "&b ", "*b", "<<", "!", "!!int ", "!x ", "!!str ", "!<"),
            *("a", "b", "0", "1", "1.5", "0x", "_", "e", ".", "-", "+", "y", "null", "~", "é", SENTINEL),
        ]
    ),
    max_size=25,
).map("".join)


@settings(deadline=None, max_examples=400)
@given(st.one_of(st.text(st.characters(), max_size=40), YAMLISH), st.sampled_from(["CSafeLoader", "SafeLoader"]))
def test_raises_nothing_but_input_errors(text: str, loader: str) -> None:
    """Whatever the text, and without a word of it; all keys are text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("preflight.chart.documents._LOADER", getattr(yaml, loader))
        try:
            read = documents(text, "", LONGEST)
        except InputError as error:
            assert SENTINEL not in str(error)  # noqa: PT017 - most of the texts can be read
        else:
            json.dumps(read, allow_nan=False)
            assert all_keys_are_text(read)


def all_keys_are_text(tree: object) -> bool:
    if isinstance(tree, dict):
        return all(isinstance(key, str) and all_keys_are_text(value) for key, value in tree.items())
    return not isinstance(tree, list) or all(map(all_keys_are_text, tree))
