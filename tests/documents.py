"""Reports as programs read them: every document that a test gets to see is valid by the published schema."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import jsonschema

from tests.servers.catalogue import REPOSITORY


@cache
def _validator() -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(json.loads((REPOSITORY / "docs" / "report.schema.json").read_text()))


def report_of(text: str | bytes) -> Any:
    """The one document of `-o json`."""
    read = json.loads(text)
    _validator().validate(read)
    return read
