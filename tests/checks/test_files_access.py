"""Files that could be opened, and which they were."""

from __future__ import annotations

from typing import Any

import pytest

from preflight.checks.files_access import judge
from preflight.model.facts import Files
from preflight.model.finding import Outcome
from preflight.model.secret import Secret
from preflight.model.target import Pem
from tests.checks.facts import standalone

URL = "rediss://cache.example.com:6379/0"
BUNDLE = Pem(text=Secret("tops3cret"), origin="key ca.crt of Secret langsmith-ca")


@pytest.mark.parametrize(
    ("url", "around", "outcome", "summary"),
    [
        (URL, {}, Outcome.NOT_APPLICABLE, "no TLS files are configured"),
        ("redis://h:1", {"ca_file": "/ca.pem"}, Outcome.NOT_APPLICABLE, "no TLS files are configured"),
        (URL, {"ca_file": "/ca.pem"}, Outcome.PASS, "/ca.pem"),
        (URL, {"client_cert": "/c", "client_key": "/k", "ca_file": "/ca.pem"}, Outcome.PASS, "/ca.pem, /c, /k"),
        (URL, {"ca_file": BUNDLE}, Outcome.PASS, "key ca.crt of Secret langsmith-ca"),
    ],
)
def test_the_files_are_named(url: str, around: dict[str, Any], outcome: Outcome, summary: str) -> None:
    """By path or by the key of a Secret, never by what they hold."""
    verdict = judge(standalone(url, **around), Files())
    assert (verdict.outcome, verdict.summary) == (outcome, summary)
