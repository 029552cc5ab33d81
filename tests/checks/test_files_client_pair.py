"""A client certificate that is there, or is not asked for."""

from __future__ import annotations

from preflight.checks.files_client_pair import judge
from preflight.model.facts import Files
from preflight.model.finding import Outcome
from tests.checks.facts import standalone


def test_client_certificate() -> None:
    """A pair that was loaded passes; none configured does not apply."""
    assert judge(standalone(), Files(client_certificate=True)).outcome is Outcome.PASS
    assert judge(standalone(), Files()).outcome is Outcome.NOT_APPLICABLE
