"""Nothing that reads our output obeys the texts of others."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from preflight.model.printable import LONGEST, one_line, printable, shortened

COMMANDS = ["::set-output name=a::b", "::error::x", "::add-mask::x", "a ::stop-commands::x", "::group::"]
MARKED = ["##[error]x", "##vso[task.setvariable variable=a]b", "a ##teamcity[message text='x']", "##[set-env name=a;]b"]


@pytest.mark.parametrize(
    "text", ["plain", "2001:db8::1", "[::1]:6379", "::", "a::b", "#1 [x]", "## heading", "caf\u00e9 \u2192"]
)
def test_what_is_harmless_stays(text: str) -> None:
    """Addresses above all."""
    assert printable(text) == one_line(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "\\x1b[31m"),
        ("\x00", "\\x00"),
        ("\u202e", "\\u202e"),
        ("\r", "\\r"),
        ("\ud800", "\\ud800"),
        ("\t", "\\t"),
    ],
)
def test_what_a_terminal_obeys(text: str, shown: str) -> None:
    """It is shown by its number."""
    assert printable(text) == shown


@pytest.mark.parametrize("text", COMMANDS)
def test_commands_of_a_runner(text: str) -> None:
    """Wherever the line is broken, no part of it begins a command."""
    assert not re.search(r"::[\w-][^\n]*::", printable(text))


@pytest.mark.parametrize("text", MARKED)
def test_commands_that_are_marked(text: str) -> None:
    """Of the other pipelines as well."""
    assert not re.search(r"##\w*\[", printable(text))


def test_two_lines_make_no_command_in_one() -> None:
    """Each is harmless, and joined they are none."""
    assert one_line("::error\ntitle::x") == ": :error title::x"


@given(st.text(alphabet=st.sampled_from("::##[]ab- \n\r\x00\x1b\u2028\u202e\u00e9\ud800"), max_size=60))
def test_any_text(text: str) -> None:
    """It is printable, has no line of its own, and no command; doing it again changes nothing that is shown."""
    shown = one_line(text)
    assert shown.isprintable()
    assert not re.search(r"::[\w-][^\n]*::|##\w*\[", shown)


@pytest.mark.parametrize("length", [0, 1, LONGEST, LONGEST + 1, 10_000])
def test_shortened(length: int) -> None:
    """A beginning, and how much there is more; it is never longer than it was by more than these words."""
    text = "x" * length
    shown = shortened(text)
    assert shown.startswith(text[:LONGEST])
    assert (shown == text) is (length <= LONGEST)
    assert length <= LONGEST or f"({length - LONGEST:,} more characters)" in shown
