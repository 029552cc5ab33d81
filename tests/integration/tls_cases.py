"""What a case of TLS is: a run, the one finding that it must end in, and how every other check of TLS ends."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache

import pytest

from preflight import Report, Surroundings, check
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Finding, Outcome
from tests.integration.verdicts import QUICK, assert_fails_only, assert_ladder_ends, assert_passes
from tests.servers.certificates import Authority, Certificate
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ServerPool
from tests.servers.loopback import Dialable
from tests.servers.process import Server

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)

ROW = ("handshake", "client-certificate", "expiry", "hostname", "protocol", "trusted")
"""The checks of TLS, in the order in which a case says how each ends."""

PASSES = "p-pppp"

_LETTERS = {
    Outcome.PASS: "p", Outcome.WARN: "w", Outcome.FAIL: "f", Outcome.BLOCKED: "b", Outcome.NOT_APPLICABLE: "-"
}  # fmt: skip


@dataclass(frozen=True)
class Bench:
    """The servers and the authority of the session."""

    pool: ServerPool
    ca: Authority

    def around(self, own: Certificate | None = None) -> Surroundings:
        """Trust the authority, and present this."""
        if own is None:
            return Surroundings(ca_file=str(self.ca.ca_file))
        return Surroundings(ca_file=str(self.ca.ca_file), client_cert=str(own.cert_file), client_key=str(own.key_file))

    def checked(self, server: Dialable, own: Certificate | None = None, host: str = "localhost") -> Report:
        """One run of a URL of this server."""
        return check(f"rediss://{host}:{server.port}/0", around=self.around(own), limits=QUICK)


@dataclass(frozen=True, kw_only=True)
class Expected:
    """How a run must end: `tls` has one letter for each check in ROW."""

    name: str
    tls: str
    check: str = ""
    cause: Cause | None = None
    remedy: tuple[str, ...] = ()
    warns: bool = False
    kind: str = ""
    """The same for cases that are one mistake, met in another way."""


@pytest.fixture(name="bench")
def bench_of_session(server_pool: ServerPool, certificates: Authority) -> Bench:
    return Bench(server_pool, certificates)


@cache
def _native(bench: Bench) -> NativeTls:
    return NativeTls(certificate=bench.ca.server(), ca_file=bench.ca.ca_file)


@contextmanager
def native(bench: Bench, certificate: Certificate) -> Iterator[Server]:
    """A server of the session that shows this certificate for a while."""
    tls = _native(bench)
    server = bench.pool.get("redis-7.0", tls=tls)
    with presenting(server, certificate):
        yield server


@contextmanager
def presenting(server: Server, certificate: Certificate) -> Iterator[None]:
    """Let a server show this certificate, until the block ends."""
    assert server.tls
    with server.client() as client:
        try:
            _show(client.config_set, certificate)
            yield
        finally:
            _show(client.config_set, server.tls.certificate)


def _show(config_set: Callable[..., object], shown: Certificate) -> None:
    config_set("tls-cert-file", str(shown.cert_file), "tls-key-file", str(shown.key_file))


def assert_ends_as(case: Expected, report: Report) -> None:
    """That one finding, and each other of TLS as expected; nothing above is judged where the handshake failed."""
    if case.check and not case.warns:
        assert_fails_only(report, case.check, case.cause)
        if case.check == "files.client-validity":
            assert {each.outcome for each in report.findings if _stage(each).rank > Stage.TLS.rank} == {Outcome.BLOCKED}
        elif case.tls[0] in "bf":
            assert_ladder_ends(report, case.check)
        else:
            assert report.count(Outcome.BLOCKED) == 0
    else:
        assert_passes(report, warns=[case.check] if case.check else [])
    assert row(report) == case.tls
    _summary, remedy, _details = said(report)
    assert [words for words in case.remedy if words not in remedy] == []


def _stage(found: Finding) -> Stage:
    return Stage(found.id.partition(".")[0])


def row(report: Report, subject: str | None = None) -> str:
    """How each check of TLS ended, on this subject or the only one."""
    found = {each.id: _LETTERS[each.outcome] for each in report.findings if subject in (None, each.subject)}
    return "".join(found[f"tls.{name}"] for name in ROW)


def said(report: Report) -> tuple[str, str, str]:
    """What the finding says that is not in order, without dates, paths, ports and the names that trustme invents."""
    faults = [each for each in report.findings if each.outcome in (Outcome.FAIL, Outcome.WARN)]
    if not faults:
        return "", "", ""
    [fault] = faults
    details = {name: text for name, text in fault.verdict.details.items() if name not in ("valid", "seen at")}
    return _masked(fault.verdict.summary), fault.verdict.remedy or "", _masked(str(sorted(details.items())))


def _masked(text: str) -> str:
    return re.sub(r"ou=[^,']+|/[^ ,']+|\d{4}-\d\d-\d\d\S*|:\d+", "*", text.lower())
