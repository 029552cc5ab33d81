"""What can be wrong with a port that should speak TLS: its versions, another language, silence, and closing early."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial

import pytest

from preflight import Report, Surroundings, check
from preflight.model.evidence import Cause
from tests.integration.tls_cases import PASSES, Bench, Expected, assert_ends_as, bench_of_session, native, row
from tests.integration.verdicts import (
    LATEST,
    QUICK,
    assert_fails_only,
    assert_ladder_ends,
    assert_passes,
    finding,
)
from tests.servers.catalogue import RELEASES
from tests.servers.certificates import Authority
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ServerPool
from tests.servers.loopback import Dialable
from tests.servers.scripted import answering_port, broken_handshake, silent_port, slammed_port
from tests.servers.terminator import server_context, terminated

V1, V1_1, V1_2, V1_3 = (
    ssl.TLSVersion.TLSv1,
    ssl.TLSVersion.TLSv1_1,
    ssl.TLSVersion.TLSv1_2,
    ssl.TLSVersion.TLSv1_3,
)

Opened = Callable[[Bench], AbstractContextManager[Dialable]]


@dataclass(frozen=True, kw_only=True)
class PortCase(Expected):
    opened: Opened

    def run(self, bench: Bench) -> Report:
        with self.opened(bench) as port:
            return bench.checked(port)


def _speaking(bench: Bench, first: ssl.TLSVersion, last: ssl.TLSVersion) -> AbstractContextManager[Dialable]:
    return terminated(bench.pool.get("valkey-8.1"), bench.ca.server(), minimum=first, maximum=last)


def _breaking(
    bench: Bench, version: ssl.TLSVersion = V1_2, *, flights: int, hangs: bool = False
) -> AbstractContextManager[Dialable]:
    context = server_context(bench.ca.server(), minimum=version, maximum=version)
    return broken_handshake(context, flights=flights, hangs=hangs)


def _refusing(bench: Bench, first: ssl.TLSVersion, last: ssl.TLSVersion) -> AbstractContextManager[Dialable]:
    """The terminator would not send its alert."""
    return broken_handshake(server_context(bench.ca.server(), minimum=first, maximum=last), flights=1)


@contextmanager
def _old_redis(bench: Bench) -> Iterator[Dialable]:
    with native(bench, bench.ca.server()) as server, server.client() as client:
        known = client.config_get("tls-protocols")["tls-protocols"]
        client.config_set("tls-protocols", "TLSv1 TLSv1.1")
        try:
            yield server
        finally:
            client.config_set("tls-protocols", known)


def _with_another_cipher(bench: Bench) -> AbstractContextManager[Dialable]:
    context = server_context(bench.ca.server(), maximum=V1_2)
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    return broken_handshake(context, flights=1)


@contextmanager
def _in_plaintext(bench: Bench) -> Iterator[Dialable]:
    yield bench.pool.get("redis-7.0")


_old = partial(
    PortCase, check="tls.protocol", cause=Cause.TLS_TOO_OLD, tls="bbbbfb", kind="old",
    remedy=("TLS 1.2 or 1.3", "tls-protocols"),
)  # fmt: skip
_mute = partial(PortCase, check="tls.handshake", cause=Cause.TLS_SILENT, remedy=("load balancer",))
_closed = partial(PortCase, check="tls.handshake", cause=Cause.TLS_CLOSED, remedy=("server's log",))
_plain = partial(PortCase, check="tls.handshake", cause=Cause.TLS_PLAINTEXT, tls="fbbbbb", remedy=("redis://",))

PORTS = [
    PortCase(name="TLS 1.2 only", tls=PASSES, kind="trusted", opened=partial(_speaking, first=V1_2, last=V1_2)),
    PortCase(name="TLS 1.3 only", tls=PASSES, kind="trusted", opened=partial(_speaking, first=V1_3, last=V1_3)),
    _old(name="TLS 1.0 only", opened=partial(_refusing, first=V1, last=V1)),
    _old(name="TLS 1.1 only", opened=partial(_refusing, first=V1_1, last=V1_1)),
    _old(name="TLS 1.0 and 1.1", opened=partial(_refusing, first=V1, last=V1_1)),
    _old(name="TLS 1.0 and 1.1 of Redis", opened=_old_redis),
    PortCase(name="no cipher in common", check="tls.handshake", cause=Cause.TLS_REFUSED, tls="fbbbbb",
             remedy=("cipher",), opened=_with_another_cipher),
    _plain(name="plaintext", opened=_in_plaintext),
    _plain(name="HTTP", opened=lambda _: answering_port(b"HTTP/1.1 400 Bad Request\r\n\r\n")),
    _mute(name="silent", tls="fbbbbb", opened=lambda _: silent_port()),
    _mute(name="silent after the ClientHello", tls="fbbbbb", kind="silent",
          opened=partial(_breaking, flights=0, hangs=True)),
    _mute(name="silent after the certificate", tls="fbppbp", kind="silent",
          opened=partial(_breaking, flights=1, hangs=True)),
    _closed(name="closed at once", tls="fbbbbb", kind="closed", opened=lambda _: slammed_port()),
    _closed(name="reset", tls="fbbbbb", kind="closed", opened=lambda _: slammed_port(reset=True)),
    _closed(name="closed after the ClientHello", tls="fbbbbb", kind="closed", opened=partial(_breaking, flights=0)),
    _closed(name="closed after the certificate", tls="fbppbp", kind="closed", opened=partial(_breaking, flights=1)),
    _closed(name="closed after the handshake", tls="fbppbp", kind="closed",
            opened=partial(_breaking, version=V1_3, flights=1)),
]  # fmt: skip

MUTE_AFTERWARDS = _mute(
    name="silent after the handshake", tls="fbppbp", opened=partial(_breaking, version=V1_3, flights=1, hangs=True)
)

bench = bench_of_session


@pytest.mark.parametrize(
    "case",
    [
        *PORTS,
        pytest.param(MUTE_AFTERWARDS),
    ],
    ids=lambda case: case.name,
)
def test_the_port(bench: Bench, case: PortCase) -> None:
    """Whatever it does, the run ends in time, and what was not seen is not judged."""
    report = case.run(bench)
    assert_ends_as(case, report)
    assert report.seconds < LATEST


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_one_version_of_a_server(server_pool: ServerPool, certificates: Authority, version: str) -> None:
    """The version and the cipher are named."""
    tls = NativeTls(certificate=certificates.server(), ca_file=certificates.ca_file, protocols=version)
    around = Surroundings(ca_file=str(certificates.ca_file))
    report = check(server_pool.get("redis-7.0", tls=tls).url(), around=around, limits=QUICK)
    assert_passes(report)
    assert finding(report, "tls.handshake").verdict.summary.startswith(f"{version}, ")
    assert finding(report, "tls.protocol").verdict.summary == version


@pytest.mark.parametrize("key", RELEASES)
@pytest.mark.parametrize("password", [None, "pass of it"])
def test_tls_to_a_plaintext_server(server_pool: ServerPool, key: str, password: str | None) -> None:
    """Redis waits for a line that never ends; asked in plaintext it answers, and the remedy is to turn TLS off."""
    server = server_pool.get(key, password=password) if password else server_pool.get(key)
    report = check(f"rediss://{server.host}:{server.port}/0", limits=QUICK)
    failed = assert_fails_only(report, "tls.handshake", Cause.TLS_PLAINTEXT)
    assert_ladder_ends(report, "tls.handshake")
    assert row(report) == "fbbbbb"
    assert "write `redis://` in redis.external.connectionUrl" in (failed.verdict.remedy or "")
    assert ("NOAUTH" if password else "PONG") in failed.verdict.details["evidence"]


def test_tls_to_plaintext_nodes(server_pool: ServerPool) -> None:
    """For a node list, whose TLS is on unless it is said, it is another Helm value."""
    server = server_pool.get("redis-7.0")
    report = check([f"redis://{server.host}:{server.port}"], limits=QUICK)
    failed = assert_fails_only(report, "tls.handshake", Cause.TLS_PLAINTEXT)
    assert "redis.external.cluster.tlsEnabled: false" in (failed.verdict.remedy or "")


def test_plaintext_to_a_tls_server(server_pool: ServerPool, native_tls: NativeTls) -> None:
    """The server hangs up; asked in TLS it answers, and the remedy is to turn TLS on."""
    server = server_pool.get("redis-7.0", tls=native_tls)
    _assert_speaks_tls(f"redis://{server.host}:{server.port}/0")


def test_plaintext_to_a_tls_terminator(server_pool: ServerPool, certificates: Authority) -> None:
    """The same before a cloud's front, with a password or without."""
    with terminated(server_pool.get("valkey-8.1"), certificates.server()) as front:
        _assert_speaks_tls(f"redis://{front.host}:{front.port}/0")
        _assert_speaks_tls(f"redis://:some-password@{front.host}:{front.port}/0")


def _assert_speaks_tls(url: str) -> None:
    report = check(url, limits=QUICK)
    failed = assert_fails_only(report, "auth.accepted", Cause.TLS_SPOKEN)
    assert row(report) == "------"
    assert "write `rediss://` in redis.external.connectionUrl" in (failed.verdict.remedy or "")
    assert "TLSv1.3" in failed.verdict.details["evidence"]
