"""The ladder: a rung for each stage, drawn as its findings are."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from preflight.drawing.ladder import Behind, behind, rung, rungs
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Finding, Outcome, Verdict
from tests.render.reports import FAILING, HEALTHY, finding

SKIPPED = Verdict(outcome=Outcome.NOT_APPLICABLE, summary="skipped by --skip tls", cause=Cause.SKIPPED)


def found(*outcomes: Outcome) -> list[Finding]:
    return [finding("tls.trusted", Verdict(outcome=each, summary="x"), blocked_by="tcp.connects") for each in outcomes]


def test_every_stage_has_a_rung() -> None:
    """From the configuration up, also where nothing was checked."""
    assert [each.stage for each in rungs(())] == [str(stage) for stage in Stage]
    assert {each.state for each in rungs(())} == {"unchecked"}
    states = {each.stage: each.state for each in rungs(HEALTHY.findings)}
    assert {stage: state for stage, state in states.items() if state != "unchecked"} == {
        "config": "pass",
        "dns": "pass",
        "tls": "not-applicable",
        "server": "pass",
    }


@pytest.mark.parametrize(
    ("outcomes", "state"),
    [
        ((Outcome.PASS, Outcome.NOT_APPLICABLE), "pass"),
        ((Outcome.NOT_APPLICABLE,), "not-applicable"),
        ((Outcome.PASS, Outcome.WARN), "warn"),
        ((Outcome.PASS, Outcome.BLOCKED), "partly"),
        ((Outcome.BLOCKED, Outcome.NOT_APPLICABLE), "blocked"),
        ((Outcome.BLOCKED, Outcome.FAIL), "fail"),
        ((Outcome.FAIL, Outcome.ERROR), "error"),
    ],
)
def test_the_worst_counts(outcomes: tuple[Outcome, ...], state: str) -> None:
    """One that is blocked on some nodes only is half there."""
    made = rung("tls", found(*outcomes))
    assert made.state == state
    assert sum(made.counts.values()) == len(outcomes)
    assert next(iter(made.counts)).value == ("blocked" if state == "partly" else state)


def test_shapes_differ_and_not_colours_alone() -> None:
    """A rung that holds, one that gives, one that broke, one that is half there, one that is out of reach."""
    alone = (Outcome.PASS, Outcome.WARN, Outcome.FAIL, Outcome.BLOCKED, Outcome.NOT_APPLICABLE)
    states = [*((each,) for each in alone), (Outcome.PASS, Outcome.BLOCKED)]
    trees = [fromstring(rung("tls", found(*each)).svg) for each in states]  # noqa: S314 - our own
    assert len({tuple(path.attrib["d"] for path in tree) for tree in trees}) == len(states)


def test_what_was_left_out_is_counted_apart() -> None:
    """It is neither checked nor not applicable."""
    made = rung("tls", [finding("tls.trusted", SKIPPED)])
    assert (made.state, made.skipped, made.counts) == ("unchecked", 1, {})


def test_what_is_behind_a_root() -> None:
    """How many checks, and on which rungs; a finding that only names one is not counted."""
    assert behind(FAILING.findings) == {"tls.hostname": Behind(3, ["auth", "server"])}
    assert behind(HEALTHY.findings) == {}
    assert rung("auth", [each for each in FAILING.findings if each.stage == "auth"]).blockers == "tls.hostname"
