"""What a plain scalar of YAML is for go-yaml 2, which Helm reads its values with."""

from __future__ import annotations

import math
import re
from ctypes import c_float
from typing import Final

Scalar = bool | int | float | str | None

# `y` and `n` are booleans for it, as YAML 1.1 has them and PyYAML has not.
_TRUE: Final = ("y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON")
_FALSE: Final = ("n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF")
_NULL: Final = ("", "~", "null", "Null", "NULL")
_INFINITE: Final = tuple(f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF"))
_NO_NUMBER: Final = (".nan", ".NaN", ".NAN")
_WORDS: Final[dict[str, Scalar]] = {
    **dict.fromkeys(_TRUE, True),
    **dict.fromkeys(_FALSE, False),
    **dict.fromkeys(_NULL),
    **dict.fromkeys(_INFINITE, math.inf),
    **dict.fromkeys(_NO_NUMBER, math.nan),
}

_INTEGER: Final = re.compile(r"([-+]?)(0[xX]|0[bB]|0[oO]|0|)([0-9a-fA-F]{1,999})", re.ASCII)
_BASES: Final = {"0x": 16, "0b": 2, "0o": 8, "0": 8, "": 10}
_FLOAT: Final = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII)
_POINTED: Final = re.compile(r"\.[0-9]+(?:_[0-9]+)*(?:[eE][-+]?[0-9]+(?:_[0-9]+)*)?", re.ASCII)

_PLAIN_EXPONENTS: Final = range(-4, 6)  # Go writes `1e+06` where Python has 1000000.0


def resolved(text: str) -> Scalar:
    """Neither dates nor numbers to the base 60; what is too large for a number is text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    bare = text.replace("_", "")
    whole = _whole(bare)
    if whole is not None:
        return whole
    # Behind a point in front, underscores count only where Go's own numbers have them.
    is_float = _POINTED.fullmatch(text) if text[0] == "." else _FLOAT.fullmatch(bare)
    number = float(bare) if is_float else math.inf
    return text if math.isinf(number) else number


def key_text(key: object) -> str | None:
    """A key as the text that it becomes in JSON; None if it can be no key."""
    if isinstance(key, bool):
        return "true" if key else "false"
    if isinstance(key, int):
        return str(key) if key < 2**63 else None
    if isinstance(key, float):
        return _short(key)
    return key if isinstance(key, str) else None


def _whole(bare: str) -> int | None:
    match = _INTEGER.fullmatch(bare)
    if match is None:
        return None
    sign, prefix, digits = match.groups()
    try:
        number = int(sign + digits, _BASES[prefix.lower()])
    except ValueError:
        return None
    return number if -(2**63) <= number < 2 ** (63 if sign else 64) else None


def _short(number: float) -> str:
    """In the fewest digits that tell it from the other numbers of 32 bits, as Go writes such a key."""
    single = c_float(number).value
    if math.isinf(single):
        return ".inf" if single > 0 else "-.inf"
    texts = (f"{single:.{digits}e}" for digits in range(17))
    digits, text = next(pair for pair in enumerate(texts) if c_float(float(pair[1])).value == single)
    exponent = int(text.partition("e")[2])
    return f"{single:.{max(digits - exponent, 0)}f}" if exponent in _PLAIN_EXPONENTS else text
