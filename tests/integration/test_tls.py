"""What can be wrong with a handshake: each its own cause, from real certificates."""

import datetime as dt
import ssl
from collections.abc import Iterator

import pytest
from msgspec.structs import replace

from preflight import Finding, Surroundings, check
from preflight.model.evidence import Cause
from tests.integration.verdicts import QUICK, assert_fails_only, assert_ladder_ends, assert_passes, finding
from tests.servers.catalogue import RELEASES
from tests.servers.certificates import Authority, Certificate, authority
from tests.servers.configuration import NativeTls
from tests.servers.fixtures import ServerPool
from tests.servers.process import Server, running
from tests.servers.terminator import terminated

DAY = dt.timedelta(days=1)
NOW = dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def stranger(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Another CA, which signed nothing here."""
    return authority(tmp_path_factory.mktemp("stranger"))


def _around(ca: Authority, own: Certificate | None = None) -> Surroundings:
    if own is None:
        return Surroundings(ca_file=str(ca.ca_file))
    return Surroundings(ca_file=str(ca.ca_file), client_cert=str(own.cert_file), client_key=str(own.key_file))


def _refused(url: str, around: Surroundings, cause: Cause) -> Finding:
    report = check(url, around=around, limits=QUICK)
    failed = assert_fails_only(report, "tls.handshake", cause)
    assert_ladder_ends(report, "tls.handshake")
    return failed


@pytest.mark.parametrize("system", [True, False], ids=["system roots", "another CA"])
def test_unknown_ca(server_pool: ServerPool, native_tls: NativeTls, stranger: Authority, system: bool) -> None:
    """A private CA is trusted only when it is given."""
    around = Surroundings() if system else _around(stranger)
    failed = _refused(server_pool.get("redis-7.0", tls=native_tls).url(), around, Cause.UNTRUSTED)
    assert failed.verdict.details == {"evidence": "self-signed certificate in certificate chain"}


@pytest.mark.parametrize(
    ("names", "not_before", "not_after", "cause"),
    [
        (("redis.example.com",), None, None, Cause.HOSTNAME_MISMATCH),
        (("localhost",), None, None, Cause.HOSTNAME_MISMATCH),
        ((), NOW - 9 * DAY, NOW - DAY, Cause.CERTIFICATE_EXPIRED),
        ((), NOW + DAY, NOW + 9 * DAY, Cause.CERTIFICATE_EXPIRED),
    ],
    ids=["wrong name", "name for an address", "expired", "not yet valid"],
)
def test_the_certificate(
    server_pool: ServerPool,
    certificates: Authority,
    *,
    names: tuple[str, ...],
    not_before: dt.datetime | None,
    not_after: dt.datetime | None,
    cause: Cause,
) -> None:
    """A certificate for another name or time is told from one of an unknown CA."""
    leaf = certificates.server(*names, not_before=not_before, not_after=not_after)
    with terminated(server_pool.get("valkey-8.1"), leaf) as front:
        _refused(f"rediss://127.0.0.1:{front.port}/0", _around(certificates), cause)


def test_a_node_may_waive_its_name(server_pool: ServerPool, certificates: Authority) -> None:
    """With `ssl_check_hostname=false` a node URI gets past the name, and not past the CA."""
    with terminated(server_pool.get("valkey-8.1"), certificates.server("redis.example.com")) as front:
        uri = f"redis://127.0.0.1:{front.port}?ssl_check_hostname=false"
        report = check([uri], around=_around(certificates), limits=QUICK)
        assert_fails_only(report, "topology.mode")
        assert finding(report, "tls.handshake").outcome == "pass"
        assert_fails_only(check([uri], limits=QUICK), "tls.handshake", Cause.UNTRUSTED)


@pytest.fixture(scope="module", params=["TLSv1.2", "TLSv1.3"])
def demanding(request: pytest.FixtureRequest, certificates: Authority) -> Iterator[Server]:
    """A server that demands a client certificate, under this version of TLS alone."""
    tls = NativeTls(
        certificate=certificates.server(),
        ca_file=certificates.ca_file,
        clients="yes",
        client=certificates.client(),
        protocols=request.param,
    )
    with running("redis-7.0", tls=tls) as server:
        yield server


def test_a_client_certificate_given(demanding: Server, certificates: Authority) -> None:
    """With it, the server lets us in."""
    assert demanding.tls is not None
    report = check(demanding.url(), around=_around(certificates, demanding.tls.client), limits=QUICK)
    assert_passes(report)
    assert finding(report, "files.client-pair").outcome == "pass"
    assert finding(report, "tls.handshake").verdict.summary.startswith(demanding.tls.protocols)


def test_a_client_certificate_missing(demanding: Server, certificates: Authority) -> None:
    """TLS 1.3 has an alert for it; 1.2 only fails, and the remedy names the client certificate all the same."""
    assert demanding.tls is not None
    alerts = {
        "TLSv1.2": (Cause.TLS_REFUSED, "sslv3 alert handshake failure"),
        "TLSv1.3": (Cause.CLIENT_CERTIFICATE_REQUIRED, "tlsv13 alert certificate required"),
    }
    cause, evidence = alerts[demanding.tls.protocols]
    failed = _refused(demanding.url(), _around(certificates), cause)
    assert failed.verdict.details == {"evidence": evidence}
    assert "redis.external.clientCert" in (failed.verdict.remedy or "")


def test_a_client_certificate_of_another_ca(demanding: Server, certificates: Authority, stranger: Authority) -> None:
    """One that the server does not trust fails in the handshake, and the files are in order."""
    around = _around(certificates, stranger.client())
    failed = assert_fails_only(check(demanding.url(), around=around, limits=QUICK), "tls.handshake", Cause.TLS_REFUSED)
    assert failed.verdict.details == {"evidence": "tlsv1 alert unknown ca"}


def test_only_old_tls(server_pool: ServerPool, certificates: Authority) -> None:
    """A server below TLS 1.2 fails in the handshake."""
    first, last = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    with terminated(server_pool.get("valkey-8.1"), certificates.server(), minimum=first, maximum=last) as front:
        report = check(f"rediss://127.0.0.1:{front.port}/0", around=_around(certificates), limits=QUICK)
    failed = next(each for each in report.findings if each.outcome == "fail")
    assert failed.id == "tls.handshake"
    assert failed.verdict.cause in (Cause.TLS_REFUSED, Cause.TLS_CLOSED)


@pytest.mark.parametrize("key", RELEASES)
@pytest.mark.parametrize("password", [None, "pass of it"])
def test_tls_to_a_plaintext_server(server_pool: ServerPool, key: str, password: str | None) -> None:
    """Redis waits for a line that never ends; asked in plaintext it answers, and the remedy is to turn TLS off."""
    server = server_pool.get(key, password=password) if password else server_pool.get(key)
    failed = _refused(f"rediss://{server.host}:{server.port}/0", Surroundings(), Cause.TLS_PLAINTEXT)
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
    failed = assert_fails_only(check(url, limits=QUICK), "auth.accepted", Cause.TLS_SPOKEN)
    assert "write `rediss://` in redis.external.connectionUrl" in (failed.verdict.remedy or "")
    assert "TLSv1.3" in failed.verdict.details["evidence"]


@pytest.mark.parametrize(
    ("wrong", "check_id", "cause"),
    [
        ({"ca_file": "missing.pem"}, "files.ca", Cause.CA_UNREADABLE),
        ({"ca_file": "empty.pem"}, "files.ca", Cause.CA_UNREADABLE),
        ({"client_cert": "missing.pem"}, "files.client-pair", Cause.CLIENT_PAIR_UNREADABLE),
        ({"client_cert": "own.crt", "client_key": "other.key"}, "files.client-pair", Cause.CLIENT_PAIR_UNREADABLE),
        ({"client_cert": "own.crt"}, "files.client-pair", Cause.CLIENT_PAIR_UNREADABLE),
    ],
    ids=["no CA file", "empty CA file", "no certificate", "another's key", "no key"],
)
def test_unusable_files(
    native_tls: NativeTls,
    server_pool: ServerPool,
    certificates: Authority,
    *,
    wrong: dict[str, str],
    check_id: str,
    cause: Cause,
) -> None:
    """Files that cannot be used are the root cause, and nothing is dialled."""
    folder = certificates.folder
    (folder / "empty.pem").touch()
    own, other = certificates.client(), certificates.client()
    known = {"own.crt": own.cert_file, "other.key": other.key_file}
    files = {name: str(known.get(file, folder / file)) for name, file in wrong.items()}
    around = replace(_around(certificates), **files)
    report = check(server_pool.get("redis-7.0", tls=native_tls).url(), around=around, limits=QUICK)
    assert_fails_only(report, check_id, cause)
    assert_ladder_ends(report, check_id)
