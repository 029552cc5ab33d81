"""Evidence as a file: what one run saw, to be judged again elsewhere, later, or beside another's.

The format is preflight's own and there is no schema of it: it promises only that newer versions read older files. A
field that a newer version adds to the evidence has a default; one that an older version does not know is passed over.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from msgspec.structs import replace

from preflight.model.errors import InputError
from preflight.model.evidence import Evidence
from preflight.model.printable import harmless_json, printable, shortened
from preflight.model.secret import MASK, Secret

DOCUMENT: Final = "preflight evidence"
SCHEMA_VERSION: Final = 1

_OTHER: Final = "this is JSON, but no evidence of preflight"
_REPORT: Final = "this is a report; save evidence with --save-evidence"

_NAME: Final = 60
"""Characters of what a file says wrote it."""

_QUOTING: Final = ("Invalid enum value", "Invalid value")
"""How those of msgspec's messages begin that quote what stands in the file: a word that is none of ours."""


class _Saved(msgspec.Struct, frozen=True, kw_only=True):
    document: str
    schema_version: int
    tool: str
    evidence: Evidence


class _Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What any document says of itself."""

    document: Any = None
    schema_version: Any = None
    tool: Any = None
    findings: msgspec.Raw = msgspec.Raw()
    evidence: msgspec.Raw = msgspec.Raw(b"null")

    @property
    def author(self) -> str:
        """Text of others, in one line."""
        known = " ".join(self.tool.split()) if isinstance(self.tool, str) else ""
        return printable(shortened(known, _NAME)) or "an unknown version"


def encode(evidence: Evidence, tool: str) -> str:
    """One JSON document without any secret, laid out for whoever looks at it before he sends it."""
    document = _Saved(document=DOCUMENT, schema_version=SCHEMA_VERSION, tool=tool, evidence=_without_secrets(evidence))
    text = msgspec.json.format(msgspec.json.encode(document, enc_hook=_masked), indent=2).decode() + "\n"
    return harmless_json(text)


def decode(text: str) -> Evidence:
    """Raises `InputError`, which quotes nothing of the file but the name of its author."""
    heading = _heading(text)
    try:
        evidence = msgspec.json.decode(heading.evidence, type=Evidence, dec_hook=_unmasked)
    except msgspec.ValidationError as error:
        raise InputError(_misshapen(str(error), heading.author)) from None
    except RecursionError:
        raise InputError("the evidence cannot be read: it is nested too deeply") from None
    if len({each.target.name for each in evidence.targets}) < len(evidence.targets):
        raise InputError("the evidence cannot be read: two of its targets have the same name")
    return evidence


def _heading(text: str) -> _Heading:
    """Raises `InputError` for whatever is no evidence of a version that we know."""
    try:
        heading = msgspec.json.decode(text, type=_Heading)
    except msgspec.ValidationError:
        raise InputError(_OTHER) from None
    except (msgspec.DecodeError, UnicodeError) as error:
        why = str(error) if isinstance(error, msgspec.DecodeError) else "a lone surrogate"
        raise InputError(f"this is no evidence of preflight: it is no JSON ({why})") from None
    except RecursionError:
        raise InputError("the evidence cannot be read: it is nested too deeply") from None
    if heading.document != DOCUMENT:
        raise InputError(_REPORT if bytes(heading.findings) else _OTHER)
    if type(heading.schema_version) is not int or heading.schema_version < 1:
        raise InputError("the evidence cannot be read: it does not say its schema_version")
    if heading.schema_version > SCHEMA_VERSION:
        raise InputError(f"the evidence was written by a newer preflight ({heading.author}); upgrade this one")
    return heading


def _misshapen(message: str, author: str) -> str:
    """The words of msgspec name our own fields and types, and where; those that quote are said in other words."""
    if not message.startswith(_QUOTING):
        return f"the evidence cannot be read: {message}"
    where = message.rpartition(" - at ")[2]
    return (
        f"the evidence has a word that this preflight does not know, at {where}; if it was written by a newer one "
        f"({author}), upgrade this one"
    )


def _without_secrets(evidence: Evidence) -> Evidence:
    targets = (replace(each, target=replace(each.target, secrets=())) for each in evidence.targets)
    return replace(evidence, targets=tuple(targets))


def _masked(value: object) -> str:
    """Whether there is one is a fact."""
    if isinstance(value, Secret):
        return MASK if value else ""
    raise NotImplementedError


def _unmasked(kind: type, value: object) -> Secret:
    if kind is Secret and isinstance(value, str):
        return Secret(value)
    raise TypeError("Expected `str`")  # msgspec adds where
