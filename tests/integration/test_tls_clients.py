"""Mutual TLS: what can be wrong with the client's certificate and key, before the handshake and in it."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from pathlib import Path
from typing import Literal

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID
from msgspec import structs

from preflight import Report, check
from preflight.model.evidence import Cause
from tests.integration.commandline import document, surroundings
from tests.integration.tls_cases import DAY, NOW, Bench, Expected, assert_ends_as, bench_of_session, row
from tests.integration.verdicts import QUICK, assert_fails_only, assert_ladder_ends, finding
from tests.servers.catalogue import REPOSITORY
from tests.servers.certificates import Authority, Certificate, authority
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server
from tests.servers.terminator import terminated

Made = Callable[[Authority], Certificate | None]
Version = Literal["TLSv1.2", "TLSv1.3"]
VERSIONS: tuple[Version, ...] = ("TLSv1.2", "TLSv1.3")


@dataclass(frozen=True, kw_only=True)
class ClientCase(Expected):
    made: Made

    def run(self, bench: Bench, version: Version) -> Report:
        return bench.checked(demanding(bench, version), self.made(bench.ca))


@cache
def _demands(bench: Bench, protocols: str, clients: Literal["yes", "optional"]) -> NativeTls:
    return NativeTls(
        certificate=bench.ca.server(),
        ca_file=bench.ca.ca_file,
        clients=clients,
        client=bench.ca.client(),
        protocols=protocols,
    )


def demanding(bench: Bench, protocols: str, clients: Literal["yes", "optional"] = "yes") -> Server:
    """A server that asks for a client certificate, under these versions of TLS alone."""
    return bench.pool.get("redis-7.0", tls=_demands(bench, protocols, clients))


def _stranger(ca: Authority) -> Certificate:
    return authority(ca.folder / "stranger of clients", "Another company").client()


def _swapped(ca: Authority) -> Certificate:
    own = ca.client()
    return Certificate(own.key_file, own.cert_file)


def _mismatched(ca: Authority) -> Certificate:
    return Certificate(ca.client().cert_file, ca.client().key_file)


def _missing(ca: Authority, part: str) -> Certificate:
    return replace(ca.client(), **{part: ca.folder / "missing.pem"})


def _garbled(ca: Authority, part: str) -> Certificate:
    file = ca.folder / "garbled.pem"
    file.write_text("no PEM at all\n")
    return replace(ca.client(), **{part: file})


_refused = partial(ClientCase, check="tls.client-certificate", tls="bfppbp")
_invalid = partial(ClientCase, check="files.client-validity", tls="bbppbp")
_pair = partial(ClientCase, check="files.client-pair", tls="bbbbbb")
_unreadable = partial(
    _pair, cause=Cause.CLIENT_PAIR_UNREADABLE, remedy=("unencrypted PEM key", "redis.external.clientCert")
)

CLIENTS = [
    ClientCase(name="given", tls="pppppp", made=lambda ca: ca.client()),
    _refused(name="missing", cause=Cause.CLIENT_CERTIFICATE_REQUIRED,
               remedy=("redis.external.clientCert.secretName", "--client-cert"), made=lambda _: None),
    _refused(name="of another CA", cause=Cause.CLIENT_CERTIFICATE_UNTRUSTED,
               remedy=("a CA that the server trusts", "tls-ca-cert-file"), made=_stranger),
    _invalid(name="expired", remedy=("Renew it.",),
               made=lambda ca: ca.client(not_after=NOW - DAY)),
    _invalid(name="not yet valid", remedy=("clock", "reissued"),
               made=lambda ca: ca.client(not_before=NOW + DAY)),
    _invalid(name="without clientAuth", remedy=("clientAuth",),
               made=lambda ca: ca.unusual("a server's")),
    ClientCase(name="clientAuth alone", tls="pppppp", kind="given",
               made=lambda ca: ca.unusual("a client's", usage=(ExtendedKeyUsageOID.CLIENT_AUTH,))),
    ClientCase(name="expires in 10 days", check="files.client-validity", warns=True, tls="pppppp",
               remedy=("Renew it in time",), made=lambda ca: ca.client(not_after=NOW + 10 * DAY)),
]  # fmt: skip

FILES = [
    _pair(name="key of another certificate", cause=Cause.CLIENT_PAIR_MISMATCHED,
               remedy=("the certificate was issued for",), made=_mismatched),
    _pair(name="swapped", cause=Cause.CLIENT_PAIR_SWAPPED,
               remedy=("Exchange", "certSecretKey", "keySecretKey"), made=_swapped),
    _pair(name="encrypted key", cause=Cause.CLIENT_KEY_ENCRYPTED, remedy=("openssl pkey -in",),
               made=lambda ca: ca.client().encrypted(traditional=False)),
    _pair(name="encrypted key, traditional", cause=Cause.CLIENT_KEY_ENCRYPTED, kind="encrypted key",
               remedy=("openssl pkey -in",), made=lambda ca: ca.client().encrypted(traditional=True)),
    _unreadable(name="no certificate there", made=partial(_missing, part="cert_file")),
    _unreadable(name="no key there", kind="no certificate there",
               made=partial(_missing, part="key_file")),
    _unreadable(name="garbled certificate", made=partial(_garbled, part="cert_file")),
]  # fmt: skip


bench = bench_of_session


@pytest.mark.parametrize("case", CLIENTS, ids=lambda case: case.name)
@pytest.mark.parametrize("version", VERSIONS)
def test_the_client_certificate(bench: Bench, version: Version, case: ClientCase) -> None:
    """TLS 1.2 refuses in the handshake, and 1.3 only after it."""
    assert_ends_as(case, case.run(bench, version))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=VERSIONS)
@pytest.mark.parametrize(
    ("made", "cause"),
    [(None, Cause.CLIENT_CERTIFICATE_REQUIRED), (_stranger, Cause.CLIENT_CERTIFICATE_REFUSED)],
    ids=["missing", "of another CA"],
)
def test_a_front_that_hangs_up(bench: Bench, version: ssl.TLSVersion, made: Made | None, cause: Cause) -> None:
    """Without an alert it is told by what the front had asked for."""
    front = terminated(
        bench.pool.get("valkey-8.1"), bench.ca.server(), ca_for_clients=bench.ca.ca_file, maximum=version
    )
    with front as address:
        report = bench.checked(address, made(bench.ca) if made else None)
    assert_fails_only(report, "tls.client-certificate", cause)
    assert_ladder_ends(report, "tls.client-certificate")
    assert row(report) == "bfppbp"


@pytest.mark.parametrize("case", FILES, ids=lambda case: case.name)
def test_the_files_of_the_client(bench: Bench, case: ClientCase) -> None:
    """Nothing is dialled with files that cannot be used."""
    assert_ends_as(case, case.run(bench, "TLSv1.3"))


def test_a_garbled_key(bench: Bench) -> None:
    """It is the key that is named, and not the certificate, which is in order."""
    report = bench.checked(demanding(bench, "TLSv1.3"), _garbled(bench.ca, "key_file"))
    failed = assert_fails_only(report, "files.client-pair", Cause.CLIENT_PAIR_UNREADABLE)
    assert "no pem certificate found" not in failed.verdict.details["evidence"].lower()


@pytest.mark.parametrize(("own", "says"), [(True, "takes"), (False, "does without")])
def test_a_server_that_only_asks(bench: Bench, own: bool, says: str) -> None:
    """It is told apart from one that demands."""
    report = bench.checked(demanding(bench, "TLSv1.3", "optional"), bench.ca.client() if own else None)
    assert row(report) == "pppppp"
    assert says in finding(report, "tls.client-certificate").verdict.summary


def test_an_expired_one_that_nobody_asks_for(server_pool: ServerPool, native_tls: NativeTls, bench: Bench) -> None:
    """It is wrong all the same, and stands in the way of nothing."""
    server = server_pool.get("redis-7.0", tls=native_tls)
    report = bench.checked(server, bench.ca.client(not_after=NOW - DAY))
    assert_fails_only(report, "files.client-validity")
    assert row(report) == "p-pppp"
    assert finding(report, "commands.write").outcome == "pass"


@pytest.mark.parametrize(
    ("wrong", "check_id", "cause"),
    [
        ({"ca_file": "missing.pem"}, "files.ca", Cause.CA_UNREADABLE),
        ({"ca_file": "empty.pem"}, "files.ca", Cause.CA_UNREADABLE),
        ({"client_cert": "own.crt"}, "files.client-pair", Cause.CLIENT_PAIR_UNREADABLE),
    ],
    ids=["no CA file", "empty CA file", "no key"],
)
def test_unusable_files(bench: Bench, wrong: dict[str, str], check_id: str, cause: Cause) -> None:
    """Files that cannot be used are the root cause, and nothing is dialled."""
    folder = bench.ca.folder
    (folder / "empty.pem").touch()
    known = {"own.crt": bench.ca.client().cert_file}
    around = structs.replace(
        bench.around(), **{name: str(known.get(file, folder / file)) for name, file in wrong.items()}
    )
    report = check(demanding(bench, "TLSv1.3").url(), around=around, limits=QUICK)
    assert_fails_only(report, check_id, cause)
    assert_ladder_ends(report, check_id)


FORBIDDEN = """
import contextlib, io, os, sys
from preflight.cli.main import main
key, *arguments = sys.argv[1:]
with contextlib.redirect_stdout(io.StringIO()):
    assert main(arguments) == 0
os.chmod(key, 0)
if os.geteuid() == 0:
    os.setgroups([])
    os.setegid(65534)
    os.seteuid(65534)
sys.exit(main(arguments))
"""
"""Runs the command, takes the right to read the key away, also from root, and runs it again."""


def test_a_key_that_may_not_be_read(bench: Bench) -> None:
    """As in a pod without fsGroup; the same run passes before."""
    url, own = demanding(bench, "TLSv1.3").url(), bench.ca.client()
    with tempfile.TemporaryDirectory() as folder:
        # Those of pytest are closed to everybody else.
        Path(folder).chmod(0o755)
        copies = [
            shutil.copy(file, Path(folder, name))
            for file, name in ((bench.ca.ca_file, "ca.pem"), (own.cert_file, "tls.crt"), (own.key_file, "tls.key"))
        ]
        ca, cert, key = map(str, copies)
        given = ("--ca-file", ca, "--client-cert", cert, "--client-key", key, "-o", "json")
        ended = subprocess.run(
            [sys.executable, "-c", FORBIDDEN, key, "check", url, *given],
            capture_output=True, text=True, cwd=REPOSITORY, env=surroundings(), timeout=60, check=False,
        )  # fmt: skip
    findings = document(ended)["findings"]
    [failed] = [each for each in findings if each["outcome"] == "fail"]
    assert (failed["id"], failed["cause"]) == ("files.access", Cause.FILE_FORBIDDEN)
    assert "fsGroup" in failed["remedy"]
    assert {each["blocked_by"] for each in findings if each["outcome"] == "blocked"} == {"files.access"}
