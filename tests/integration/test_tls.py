"""Every mistake of TLS speaks for itself: who reads a finding knows which one it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import partial

from preflight import Report
from tests.integration.test_tls_clients import CLIENTS, FILES
from tests.integration.test_tls_ports import PORTS
from tests.integration.test_tls_server import SERVER, WEAK, before_valkey
from tests.integration.tls_cases import Bench, Expected, bench_of_session, said

bench = bench_of_session


def _reports(bench: Bench) -> Iterator[tuple[str, Expected, Report]]:
    for case in SERVER:
        yield "server", case, case.run(bench, before_valkey)
    yield "server", WEAK, WEAK.run(bench, partial(before_valkey, weak=True))
    for own in (*CLIENTS, *FILES):
        yield "client", own, own.run(bench, "TLSv1.3")
    # Of those that are one mistake the first stands for all.
    for port in {each.kind or each.name: each for each in reversed(PORTS)}.values():
        yield "port", port, port.run(bench)


def test_no_two_mistakes_say_the_same(bench: Bench) -> None:
    """Summary, remedy and evidence together tell each case from every other."""
    told: dict[tuple[str, str, str], set[tuple[str, str]]] = defaultdict(set)
    for side, case, report in _reports(bench):
        if case.check:
            told[said(report)].add((side, case.kind or case.name))
    assert [cases for cases in told.values() if len(cases) > 1] == []
    assert len(told) > 25
