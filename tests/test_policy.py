"""Which findings count, and how much."""

from __future__ import annotations

import pytest

from preflight.model.errors import InputError
from preflight.model.finding import Finding, Outcome, Verdict
from preflight.policy import Policy, require_known
from preflight.run import catalogue

PASS, NONE, WARN, BLOCKED, FAIL, ERROR = (
    Outcome.PASS, Outcome.NOT_APPLICABLE, Outcome.WARN, Outcome.BLOCKED, Outcome.FAIL, Outcome.ERROR,
)  # fmt: skip


def finding(name: str, outcome: Outcome = PASS) -> Finding:
    return Finding(id=name, title="", target="t", subject="", verdict=Verdict(outcome=outcome, summary="kept"))


FINDINGS = tuple(finding(name) for name in ("config.url", "server.role", "server.version", "commands.write"))


@pytest.mark.parametrize(
    ("only", "skip", "kept"),
    [
        ((), (), ["config.url", "server.role", "server.version", "commands.write"]),
        (("server",), (), ["server.role", "server.version"]),
        (("server.role", "commands"), (), ["server.role", "commands.write"]),
        ((), ("server",), ["config.url", "commands.write"]),
        ((), ("server.role",), ["config.url", "server.version", "commands.write"]),
        (("server",), ("server.role",), ["server.version"]),
        (("server.role",), ("server",), []),
    ],
)
def test_selection(only: tuple[str, ...], skip: tuple[str, ...], kept: list[str]) -> None:
    """Ids and stages both select; what is skipped is left out even where it was asked for."""
    assert [each.id for each in Policy(only=only, skip=skip).apply(FINDINGS)] == kept


@pytest.mark.parametrize(
    ("before", "worth", "after"),
    [
        (FAIL, WARN, WARN),
        (WARN, FAIL, FAIL),
        (WARN, WARN, WARN),
        (FAIL, FAIL, FAIL),
        (PASS, FAIL, PASS),
        (NONE, FAIL, NONE),
        (BLOCKED, WARN, BLOCKED),
        (ERROR, WARN, ERROR),
    ],
)
def test_severity(before: Outcome, worth: Outcome, after: Outcome) -> None:
    """Only a violation changes its worth: what passed, was blocked or broke stays what it is."""
    [one, other] = Policy(severity={"server.role": worth}).apply(
        [finding("server.role", before), finding("server.version", before)]
    )
    assert (one.outcome, one.verdict.summary) == (after, "kept")
    assert other.outcome is before


@pytest.mark.parametrize(
    "policy",
    [
        Policy(),
        Policy(only=("server", "config.url"), skip=("capacity", "token"), severity={"server.clock": FAIL}),
    ],
)
def test_known_names(policy: Policy) -> None:
    """Every id and every stage is known, also a stage that has no check yet."""
    require_known(policy, catalogue())


@pytest.mark.parametrize(
    ("policy", "hint"),
    [
        (Policy(only=("server.verson",)), "did you mean server.version?"),
        (Policy(skip=("serer",)), "did you mean server?"),
        (Policy(severity={"comands.write": WARN}), "did you mean commands.write?"),
        (Policy(severity={"server": WARN}), "did you mean server."),
        (Policy(only=("zzz",)), "`preflight checks` lists them"),
    ],
)
def test_unknown_names(policy: Policy, hint: str) -> None:
    """A name that would select nothing is refused, with the nearest that would."""
    with pytest.raises(InputError) as caught:
        require_known(policy, catalogue())
    assert hint in str(caught.value)
