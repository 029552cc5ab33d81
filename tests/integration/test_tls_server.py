"""What can be wrong with a server's certificate: each its own finding, cause and remedy, from real certificates."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from preflight import Report
from preflight.model.evidence import Cause
from preflight.model.finding import Outcome
from tests.integration.tls_cases import (
    DAY,
    NOW,
    PASSES,
    Bench,
    Expected,
    assert_ends_as,
    bench_of_session,
    native,
    row,
)
from tests.servers.certificates import Authority, Certificate, authority
from tests.servers.loopback import Dialable
from tests.servers.terminator import terminated

Front = Callable[[Bench, Certificate], AbstractContextManager[Dialable]]


@dataclass(frozen=True, kw_only=True)
class Case(Expected):
    made: Callable[[Authority], Certificate]
    host: str = "localhost"

    def run(self, bench: Bench, front: Front) -> Report:
        with front(bench, self.made(bench.ca)) as server:
            return bench.checked(server, host=self.host)


def before_valkey(bench: Bench, certificate: Certificate, *, weak: bool = False) -> AbstractContextManager[Dialable]:
    return terminated(bench.pool.get("valkey-8.1"), certificate, weak=weak)


def _stranger(ca: Authority, *, sends_root: bool) -> Certificate:
    other = authority(ca.folder / "stranger", "Another company")
    leaf = other.server()
    return leaf.sending(*leaf.blocks, other.pem) if sends_root else leaf


def _twin(ca: Authority, name: str = "localhost") -> Certificate:
    """Of a CA that was made anew under its old name."""
    return ca.twin().unusual("redis", name)


def _chain(ca: Authority, *order: int) -> Certificate:
    """Blocks of a chain: 0 the server's own, 1 the intermediate, 2 the root."""
    leaf = ca.intermediate().server()
    blocks = [*leaf.blocks, ca.pem]
    return leaf.sending(*(blocks[place] for place in order))


def _valid(ca: Authority, first: timedelta, last: timedelta) -> Certificate:
    return ca.server(not_before=NOW + first, not_after=NOW + last)


_CA = ("config.customCa", "--ca-file")
_untrusted = partial(Case, check="tls.trusted", tls="bbppbf")
_dated = partial(Case, check="tls.expiry", tls="bbfpbp")
_named = partial(Case, check="tls.hostname", cause=Cause.HOSTNAME_MISMATCH, tls="bbpfbp")

SERVER = [
    Case(name="trusted", tls=PASSES, made=lambda ca: ca.server()),
    Case(name="trusted over an intermediate", tls=PASSES, made=lambda ca: _chain(ca, 0, 1), kind="trusted"),
    Case(name="trusted, root sent too", tls=PASSES, made=lambda ca: _chain(ca, 0, 1, 2), kind="trusted"),
    _untrusted(name="self-signed", cause=Cause.SELF_SIGNED, remedy=("issued by a CA", *_CA),
         made=lambda ca: ca.self_signed("localhost")),
    _untrusted(name="unknown CA", cause=Cause.UNTRUSTED, remedy=("CA that signed it", *_CA),
         made=partial(_stranger, sends_root=False)),
    _untrusted(name="unknown CA, root sent", cause=Cause.UNTRUSTED, remedy=("CA that signed it", *_CA),
         made=partial(_stranger, sends_root=True)),
    _untrusted(name="another CA of the same name", cause=Cause.UNTRUSTED, remedy=("CA that signed it", *_CA),
         made=_twin),
    _untrusted(name="intermediate missing", cause=Cause.CHAIN_INCOMPLETE,
         remedy=("Append the intermediate", "tls-cert-file"), made=lambda ca: _chain(ca, 0)),
    Case(name="chain in the wrong order", check="tls.trusted", tls="p-pppw", warns=True,
         made=lambda ca: _chain(ca, 0, 2, 1), remedy=("own certificate first",)),
    _dated(name="expired", cause=Cause.CERTIFICATE_EXPIRED, remedy=("Renew", "clock"),
         made=lambda ca: _valid(ca, -9 * DAY, -DAY)),
    _dated(name="not yet valid", cause=Cause.CERTIFICATE_NOT_YET_VALID, remedy=("clock", "reissued"),
         made=lambda ca: _valid(ca, DAY, 99 * DAY)),
    Case(name="expires in 10 days", check="tls.expiry", tls="p-wppp", warns=True, remedy=("Renew it in time",),
         made=lambda ca: _valid(ca, -DAY, 10 * DAY)),
    _named(name="wrong name", remedy=("Dial redis.example.com", "connectionUrl", "reissued"),
         made=lambda ca: ca.server("redis.example.com")),
    _named(name="address not listed", host="127.0.0.1", remedy=("Dial localhost", "connectionUrl"),
         made=lambda ca: ca.server("localhost")),
    Case(name="name as the common name alone", check="tls.hostname", tls="p-pfpp", remedy=("SAN", "Go"),
         made=lambda ca: ca.unusual("localhost")),
    _named(name="another common name alone", remedy=("reissued",),
         made=lambda ca: ca.unusual("redis.example.com")),
    # No name below `localhost` resolves everywhere; addresses written the old way do, and are names in TLS.
    Case(name="wildcard", tls=PASSES, host="127.0.1", made=lambda ca: ca.unusual("redis", "*.0.1"), kind="trusted"),
    _named(name="wildcard for two labels", host="0x7f.0.0.1", remedy=("reissued",),
         made=lambda ca: ca.unusual("redis", "*.0.1")),
]  # fmt: skip

WEAK = _untrusted(
    name="RSA 1024", cause=Cause.CERTIFICATE_WEAK, remedy=("RSA 2048", "reissued"),
    made=lambda ca: ca.unusual("redis", "localhost", key=rsa.generate_private_key(65537, 1024)),  # noqa: S505
)  # fmt: skip


bench = bench_of_session


@pytest.mark.parametrize("case", SERVER, ids=lambda case: case.name)
@pytest.mark.parametrize("front", [native, before_valkey], ids=["redis", "terminator"])
def test_the_certificate(bench: Bench, front: Front, case: Case) -> None:
    """By the server itself, and by what clouds put before it."""
    assert_ends_as(case, case.run(bench, front))


def test_a_short_key(bench: Bench) -> None:
    """Redis itself would not load it."""
    assert_ends_as(WEAK, WEAK.run(bench, partial(before_valkey, weak=True)))


@pytest.mark.parametrize(
    ("made", "host", "tls", "blocks"),
    [
        (lambda ca: _stranger(ca, sends_root=False), "127.0.1", "bbpfbf", "tls.trusted"),
        (lambda ca: _twin(ca, "redis.example.com"), "localhost", "bbpfbf", "tls.hostname"),
        (lambda ca: _valid(ca, -9 * DAY, -DAY), "127.0.1", "bbffbp", "tls.hostname"),
    ],
    ids=["unknown CA", "another CA of the same name", "expired"],
)
def test_two_mistakes_at_once(
    bench: Bench, made: Callable[[Authority], Certificate], host: str, tls: str, blocks: str
) -> None:
    """OpenSSL stops at the first, and the other is found all the same."""
    with native(bench, made(bench.ca)) as server:
        report = bench.checked(server, host=host)
    assert row(report) == tls
    assert {each.blocked_by for each in report.findings if each.outcome is Outcome.BLOCKED} == {blocks}
