"""Which findings count, and how much."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

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
    """Ids and stages both select; what is skipped is left out even where it was asked for, and is shown as such."""
    found = Policy(only=only, skip=skip).apply(FINDINGS)
    assert [each.id for each in found] == [each.id for each in FINDINGS]
    assert [each.id for each in found if not each.skipped] == kept
    assert {each.outcome for each in found if each.skipped} <= {NONE}


@pytest.mark.parametrize(
    ("policy", "reason"),
    [
        (Policy(skip=("server", "config.url")), "skipped by --skip config.url"),
        (Policy(skip=("config", "config.url")), "skipped by --skip config"),
        (Policy(only=("server", "commands.write")), "skipped by --only server commands.write"),
        (Policy(only=("config.url",), skip=("config",)), "skipped by --skip config"),
    ],
)
def test_the_reason_is_told(policy: Policy, reason: str) -> None:
    """By the option that did it."""
    assert policy.apply([finding("config.url", FAIL)])[0].verdict.summary == reason


@pytest.mark.parametrize("policy", [Policy(only=("server.role",)), Policy(skip=("config", "token"))])
def test_a_failure_that_blocks_what_is_wanted_is_told(policy: Policy) -> None:
    """Nobody could act on `blocked by config.url` with that left out; what blocks nothing wanted stays out."""
    blocked = replace(finding("server.role", BLOCKED), blocked_by="config.url")
    found = policy.apply([finding("config.url", FAIL), finding("config.url"), finding("token.clock", FAIL), blocked])
    assert [(each.id, each.skipped) for each in found if each.outcome is FAIL] == [("config.url", False)]
    assert [each.id for each in found if each.skipped] == ["config.url", "token.clock"]


def test_a_failure_that_blocks_only_what_is_left_out_is_left_out() -> None:
    """It is no part of what was asked for."""
    blocked = replace(finding("server.role", BLOCKED), blocked_by="config.url")
    found = Policy(only=("server.version",)).apply([finding("config.url", FAIL), blocked, finding("server.version")])
    assert [each.skipped for each in found] == [True, True, False]


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
