"""Reports as programs read them: every document that a test gets to see is valid by the published schema."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from tests.servers.catalogue import REPOSITORY


@cache
def _validator(name: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((REPOSITORY / "docs" / f"{name}.schema.json").read_text()))


def report_of(text: str | bytes) -> Any:
    """The one document of `-o json`."""
    return _valid(text, "report")


def comparison_of(text: str | bytes) -> Any:
    """The same of `judge A B`."""
    return _valid(text, "comparison")


def _valid(text: str | bytes, schema: str) -> Any:
    read = json.loads(text)
    _validator(schema).validate(read)
    return read
