"""The version of TLS that was agreed on."""

from __future__ import annotations

import pytest

from preflight.checks.tls_protocol import judge
from preflight.model.facts import Channel
from preflight.model.finding import Outcome
from tests.checks.facts import standalone


@pytest.mark.parametrize(
    ("protocol", "outcome"),
    [
        ("", Outcome.NOT_APPLICABLE),
        ("TLSv1.3", Outcome.PASS),
        ("TLSv1.2", Outcome.PASS),
        ("TLSv1.1", Outcome.FAIL),
        ("TLSv1", Outcome.FAIL),
        ("SSLv3", Outcome.FAIL),
    ],
)
def test_versions(protocol: str, outcome: Outcome) -> None:
    """Go takes nothing below 1.2; the version is named."""
    verdict = judge(standalone("rediss://h:1"), Channel(protocol=protocol, cipher="X"))
    assert verdict.outcome is outcome
    assert protocol in verdict.summary
