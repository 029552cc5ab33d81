"""How long the server takes to answer."""

from __future__ import annotations

import pytest

from preflight.checks.capacity_latency import CHECK, judge
from preflight.engine import assess
from preflight.model.evidence import Cause, Failed, Seen, Stage
from preflight.model.finding import Outcome
from preflight.model.rehearsal import Latency
from tests.checks.facts import evidence, latency, seen, standalone

PASS, WARN, NONE = Outcome.PASS, Outcome.WARN, Outcome.NOT_APPLICABLE
FEW, MANY = 39, 40


@pytest.mark.parametrize(
    ("sample", "told"),
    [
        ((0.3,) * 19 + (1.2,), "median 0.3 ms, at most 1.2 ms, over 20 PINGs from laptop"),
        ((0.3, 0.2, 0.4), "median 0.3 ms, at most 0.4 ms, over 3 PINGs from laptop"),
        ((0.2, 0.4), "median 0.3 ms, at most 0.4 ms, over 2 PINGs from laptop"),
        ((2.25,), "median 2.2 ms, at most 2.2 ms, over one PING from laptop"),
        ((0.04,), "median under 0.1 ms, at most under 0.1 ms, over one PING from laptop"),
        ((0.05,), "median 0.1 ms, at most 0.1 ms, over one PING from laptop"),
        ((9.94, 9.94, 9.96), "median 9.9 ms, at most 10 ms, over 3 PINGs from laptop"),
        ((1.0,) * (FEW - 2) + (7.0, 9.0), "median 1.0 ms, at most 9.0 ms, over 39 PINGs from laptop"),
        ((1.0,) * (MANY - 2) + (7.0, 9.0), "median 1.0 ms, 95% within 1.0 ms, at most 9.0 ms, over 40 PINGs from"),
        ((1.0,) * (MANY - 3) + (7.0, 8.0, 9.0), "median 1.0 ms, 95% within 7.0 ms, at most 9.0 ms, over 40 PINGs"),
        ((1.0,) * 94 + (5.0,) * 5 + (300.0,), "median 1.0 ms, 95% within 5.0 ms, at most 300 ms, over 100 PINGs"),
    ],
)
def test_what_is_told(sample: tuple[float, ...], told: str) -> None:
    """The median and the slowest; of many also what nearly all keep to, where more than one is slower still."""
    verdict = judge(standalone(), latency(*sample))
    assert verdict.outcome is PASS
    assert verdict.summary.startswith(told)


@pytest.mark.parametrize(
    ("sample", "outcome"),
    [
        ((10.0,), PASS),
        ((10.1,), WARN),
        ((0.3, 0.3, 5000.0), PASS),
        ((0.3, 10.1, 10.2), WARN),
        ((9.0, 12.0), WARN),
        ((8.0, 12.0), PASS),
    ],
)
def test_the_median_is_judged(sample: tuple[float, ...], outcome: Outcome) -> None:
    """A single late answer may be this machine's own doing."""
    assert judge(standalone(), latency(*sample)).outcome is outcome


def test_slow() -> None:
    """Whoever asked from a laptop is told so."""
    verdict = judge(standalone(), latency(80.0, 81.0, 95.0))
    assert verdict.summary == "answers are slow: median 81 ms, at most 95 ms, over 3 PINGs from laptop"
    assert verdict.remedy == (
        "Put Redis into the region of the Kubernetes cluster: 10 ms is much within one. If laptop is not in that "
        "cluster, run preflight in a pod there."
    )
    nameless = judge(standalone(), latency(80.0, seen_from=""))
    assert nameless.summary.endswith("over one PING")
    assert "If the machine that asked is not in that cluster" in (nameless.remedy or "")


def test_nothing_measured() -> None:
    assert judge(standalone(), Latency(seconds=())).outcome is NONE


def test_one_for_each_target() -> None:
    """Of the node of the rehearsal; where that broke, it is blocked."""
    facts = evidence(seen(standalone()), seen(standalone(), latency=Failed(stage=Stage.COMMANDS, cause=Cause.CLOSED)))
    found = assess(facts, (CHECK,))
    assert [(each.subject, each.outcome) for each in found] == [("", PASS), ("", Outcome.BLOCKED)]
    assert isinstance(facts.targets[0].latency, Seen)
