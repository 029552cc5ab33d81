"""When another look is worth it, how long the pauses are, and what is told at the end."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import repeat

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from preflight.model.evidence import Cause, Evidence
from preflight.model.finding import Finding, Outcome, Report, Verdict
from preflight.model.limits import Limits
from preflight.model.transient import TRANSIENT
from preflight.waiting import Means, Waited, may_pass, until_ready
from tests.render.reports import finding, report

START = "2026-01-02T03:04:05.678+00:00"


def failing(cause: Cause = Cause.REFUSED, *, name: str = "tcp.connects") -> Finding:
    verdict = Verdict(outcome=Outcome.FAIL, summary="x", cause=cause, transient=cause in TRANSIENT)
    return finding(name, verdict)


def blocked(by: str) -> Finding:
    return finding("server.role", Verdict(outcome=Outcome.BLOCKED, summary=by), blocked_by=by)


FINE = finding("tcp.connects", Verdict(outcome=Outcome.PASS, summary="x"))
WARNED = finding("server.version", Verdict(outcome=Outcome.WARN, summary="x"))
BROKEN = finding("server.clock", Verdict(outcome=Outcome.ERROR, summary="x", cause=Cause.BUG))


class World:
    """A clock that only the looks and the rests move, and what each look finds."""

    def __init__(self, looks: Sequence[Sequence[Finding]], *, takes: float = 0.1, stopped_in_rest: int = 0) -> None:
        self.now, self._takes, self._stopped_in_rest = 100.0, takes, stopped_in_rest
        self._looks: Iterator[Sequence[Finding]] = iter([*looks, *repeat(looks[-1], 10_000)])
        self._shown: dict[int, Sequence[Finding]] = {}
        self.deadlines: list[float] = []
        self.pauses: list[float] = []
        self.told: list[tuple[int, float]] = []

    async def look(self, limits: Limits) -> Evidence:
        """Cut short where the deadline comes before the look is done."""
        cut = limits.deadline < self._takes
        self.now += min(limits.deadline, self._takes)
        self.deadlines.append(limits.deadline)
        self._shown[len(self.deadlines)] = next(self._looks)
        return Evidence(
            started_at=f"{START} {len(self.deadlines)}",
            seconds=self._takes,
            targets=(),
            seen_from=str(len(self.deadlines)),
            stopped_by=Cause.DEADLINE if cut else None,
        )

    def judge(self, evidence: Evidence) -> Report:
        found = self._shown[int(evidence.seen_from)]
        return replace(report(*found), tries=evidence.tries, seconds=evidence.seconds, started_at=evidence.started_at)

    async def rest(self, seconds: float) -> bool:
        self.pauses.append(seconds)
        self.now += seconds
        return len(self.pauses) == self._stopped_in_rest

    def run(self, wait: float, *, share: float = 1.0, deadline: float = 60.0) -> Waited:
        means = Means(
            look=self.look,
            judge=self.judge,
            rest=self.rest,
            tell=lambda report, pause: self.told.append((report.tries, pause)),
            clock=lambda: self.now,
            jitter=lambda low, high: low + share * (high - low),
        )
        return asyncio.run(until_ready(wait, Limits(deadline=deadline), means))


@pytest.mark.parametrize(
    ("found", "worth"),
    [
        ([FINE], False),
        ([WARNED], False),
        ([failing()], True),
        ([failing(), failing(Cause.LOADING, name="server.ready"), FINE, WARNED], True),
        ([failing(), failing(Cause.PASSWORD_WRONG, name="auth.accepted")], False),
        ([failing(), BROKEN], False),
        ([FINE, blocked("deadline")], True),
        ([failing(Cause.CERTIFICATE_EXPIRED), blocked("deadline")], False),
        ([failing(), blocked("tcp.connects")], True),
        ([FINE, blocked("interrupted")], False),
        ([], False),
    ],
)
def test_what_may_pass(found: list[Finding], worth: bool) -> None:
    """Everything that fails must be of that kind; a warning is nothing to wait for."""
    assert may_pass(report(*found)) is worth


@pytest.mark.parametrize(
    "cause",
    [
        Cause.REFUSED, Cause.CONNECT_TIMEOUT, Cause.UNREACHABLE, Cause.NAME_UNKNOWN, Cause.RESOLVER_SILENT,
        Cause.LOADING, Cause.AWS_TOKEN_REFUSED, Cause.ROLE_REFUSED,
    ],
)  # fmt: skip
def test_it_looks_again(cause: Cause) -> None:
    """Until it is gone: the last look is what is told, as one run with all before it."""
    world = World([[failing(cause)], [failing(cause)], [FINE]])
    done = world.run(60, share=0.5)
    assert (done.exhausted, done.report.outcome, done.report.tries) == (False, Outcome.PASS, 3)
    assert done.report.started_at == f"{START} 1"
    assert done.report.seconds == pytest.approx(3 * 0.1 + sum(world.pauses))
    assert [number for number, _ in world.told] == [1, 2]
    assert done.evidence.tries == 3


@pytest.mark.parametrize(
    "cause",
    [
        Cause.PASSWORD_WRONG, Cause.PASSWORD_REQUIRED, Cause.USER_UNKNOWN, Cause.UNTRUSTED, Cause.HOSTNAME_MISMATCH,
        Cause.CERTIFICATE_EXPIRED, Cause.CLIENT_CERTIFICATE_REQUIRED, Cause.TLS_PLAINTEXT, Cause.URL_UNUSABLE,
        Cause.CREDENTIALS_MISSING, Cause.NOT_REDIS, Cause.NO_SUCH_DATABASE,
    ],
)  # fmt: skip
def test_what_needs_a_change_ends_at_once(cause: Cause) -> None:
    """Also beside something that may pass, and whatever time is left."""
    world = World([[failing(), failing(cause, name="auth.accepted")]])
    done = world.run(600)
    assert (done.exhausted, len(world.deadlines), world.pauses) == (False, 1, [])


def test_one_look_without_a_wait() -> None:
    """It is told as it was seen."""
    world = World([[failing()]])
    done = world.run(0)
    assert (done.exhausted, world.deadlines, done.evidence.seconds) == (False, [60.0], 0.1)


def test_the_time_runs_out() -> None:
    """Never longer than was asked for, once the first look is done."""
    world = World([[failing()]], takes=0.4)
    done = world.run(30)
    assert (done.exhausted, done.report.outcome) == (True, Outcome.FAIL)
    assert 29 < world.now - 100 <= 30
    assert done.report.tries == sum(deadline >= 0.4 for deadline in world.deadlines)


def test_the_first_look_has_its_whole_time() -> None:
    """A report of a port that swallows packets needs five seconds, whatever the wait."""
    world = World([[failing(Cause.CONNECT_TIMEOUT)]], takes=5)
    done = world.run(1)
    assert (done.exhausted, world.deadlines, done.report.tries) == (True, [60.0], 1)


def test_a_look_that_the_end_cuts_short_is_not_told() -> None:
    """The one before saw the whole."""
    world = World([[failing()], [blocked("deadline")]], takes=5)
    done = world.run(8, share=0.1)
    assert world.deadlines == [60.0, pytest.approx(8 - 5 - world.pauses[0])]
    assert (done.exhausted, done.report.tries) == (True, 1)
    assert [each.id for each in done.report.findings] == ["tcp.connects"]
    assert done.report.seconds == pytest.approx(8)


def test_an_own_deadline_is_told() -> None:
    """A look that its own deadline cut short is as good as any other, and tried again."""
    world = World([[blocked("deadline")], [blocked("deadline")], [FINE]], takes=5)
    done = world.run(60, deadline=2)
    assert (world.deadlines, done.report.tries, done.exhausted) == ([2, 2, 2], 3, False)


def test_a_signal_while_it_rests() -> None:
    """The last look is told, and who ended the run."""
    world = World([[failing()]], stopped_in_rest=2)
    done = world.run(60)
    assert (done.evidence.stopped_by, done.exhausted, len(world.deadlines)) == (Cause.INTERRUPTED, False, 2)
    assert [each.id for each in done.report.findings] == ["tcp.connects"]


@given(st.floats(0, 1), st.floats(0.5, 300), st.floats(0.001, 3))
def test_pauses(share: float, wait: float, takes: float) -> None:
    """Full jitter: anything from nothing to a ceiling that doubles up to ten seconds, within what is left."""
    world = World([[failing()]], takes=takes)
    done = world.run(wait, share=max(share, 0.01))
    assert done.exhausted
    assert all(pause <= min(10, 2 ** (number - 1)) for number, pause in enumerate(world.pauses, 1) if number < 9)
    assert max(world.pauses, default=0) <= 10
    assert sum(world.pauses) <= wait
    assert world.now - 100 <= max(wait, takes) + 1e-6
