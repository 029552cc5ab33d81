"""The TLS context out of files and out of Secrets, and what is left of either on the disk: nothing."""

from __future__ import annotations

import asyncio
import os
import ssl
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, NamedTuple

import pytest

from preflight.checks import files_ca
from preflight.model.evidence import Cause, Failed, Stage
from preflight.model.facts import Files
from preflight.model.finding import Outcome, Verdict, passed
from preflight.model.requirements import CUSTOM_CA_PATH
from preflight.model.secret import Secret
from preflight.model.target import File, Pem, Tls
from preflight.probes.errors import ProbeError
from preflight.probes.files import trust
from preflight.probes.observe import observe
from tests.checks.facts import standalone
from tests.servers.certificates import Authority, Certificate, authority

GARBLED: Final = "-----BEGIN CERTIFICATE-----\ntops3cret\n-----END CERTIFICATE-----\n"
NOWHERE: Final = "/no/such/tops3cret.key"
NAMED: Final = ("{tls.client_cert}, {tls.client_key}: ", "{tls.client_key}: ")
"""A pair by both of its files; a file that cannot be opened alone."""
GARBLED_KEY: Final = "-----BEGIN PRIVATE KEY-----\ntops3cret\n-----END PRIVATE KEY-----\n"


class Seen(NamedTuple):
    """A file that OpenSSL was given."""

    mode: int
    folder: Path


@pytest.fixture
def client(certificates: Authority) -> Certificate:
    return certificates.client()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary files go."""
    made = tmp_path / "temporary"
    made.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(made))
    return made


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[Seen]:
    """What OpenSSL was given for a client certificate, as it was in that moment."""
    seen: list[Seen] = []
    load = ssl.SSLContext.load_cert_chain

    def spy(context: ssl.SSLContext, cert: str, key: str | None, **more: Any) -> None:
        seen.extend(Seen(stat.S_IMODE(Path(each).stat().st_mode), Path(each).parent) for each in (cert, key) if each)
        load(context, cert, key, **more)

    monkeypatch.setattr(ssl.SSLContext, "load_cert_chain", spy)
    return seen


def pem(text: str | Path, key: str, name: str = "mine") -> Pem:
    content = text.read_text() if isinstance(text, Path) else text
    return Pem(text=Secret(content), origin=f"key {key} of Secret {name}")


def pair(own: Certificate, **more: File) -> Tls:
    cert, key = pem(own.cert_file, "tls.crt"), pem(own.key_file, "tls.key")
    return Tls(**({"client_cert": cert, "client_key": key} | more))


def shaken(server: Certificate, ca: Authority, client: ssl.SSLContext) -> str:
    """The name that a server sees in the client's certificate after a handshake of the two in memory."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.cert_file, server.key_file)
    context.load_verify_locations(ca.ca_file)
    context.verify_mode = ssl.CERT_OPTIONAL
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname="localhost")
    theirs = context.wrap_bio(up, down, server_side=True)
    for side in (ours, theirs, ours, theirs):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
    assert ours.getpeercert()
    shown: Any = theirs.getpeercert()
    names: dict[str, str] = dict(entry for each in (shown or {}).get("subject", ()) for entry in each)
    return names.get("commonName", "")


def test_a_bundle_out_of_a_secret(certificates: Authority, folder: Path) -> None:
    """The handshake holds with it and with nothing else; it never touches the disk."""
    files, context = trust(Tls(ca_file=pem(certificates.ca_file, "ca.crt")), check_hostname=True)
    assert (files.roots, files.client_certificate, files.public_roots) == (1, None, 0)
    assert abs(datetime.fromisoformat(files.at) - datetime.now(UTC)) < timedelta(minutes=1)
    server = certificates.server()
    assert shaken(server, certificates, context) == ""
    with pytest.raises(ssl.SSLCertVerificationError):
        shaken(server, certificates, ssl.create_default_context())
    assert list(folder.iterdir()) == []


def test_a_client_certificate_out_of_a_secret(
    certificates: Authority, client: Certificate, folder: Path, loaded: list[Seen]
) -> None:
    """The server is shown it; the files that OpenSSL reads are nobody else's to read, and gone afterwards."""
    tls = pair(client, ca_file=pem(certificates.ca_file, "ca.crt"))
    files, context = trust(tls, check_hostname=True)
    assert files.client_certificate
    assert files.client_certificate.common_name == "client@preflight.example"
    assert loaded == [Seen(0o600, folder)] * 2
    assert list(folder.iterdir()) == []
    assert shaken(certificates.server(), certificates, context) == "client@preflight.example"


def test_files_of_this_machine_stay_where_they_are(
    certificates: Authority, client: Certificate, folder: Path, loaded: list[Seen]
) -> None:
    """They are read in place, and left alone."""
    cert, key = str(client.cert_file), str(client.key_file)
    trust(Tls(ca_file=str(certificates.ca_file), client_cert=cert, client_key=key), check_hostname=True)
    assert {each.folder for each in loaded} == {certificates.folder}
    assert client.cert_file.exists()
    assert client.key_file.exists()
    assert list(folder.iterdir()) == []


def test_one_of_each(client: Certificate, folder: Path) -> None:
    """A certificate of this machine with the key of a Secret."""
    files, _ = trust(pair(client, client_cert=str(client.cert_file)), check_hostname=True)
    assert files.client_certificate
    assert list(folder.iterdir()) == []


def test_a_certificate_with_its_key_in_one(client: Certificate, folder: Path) -> None:
    both = pem(client.cert_file.read_text() + client.key_file.read_text(), "both.pem")
    assert trust(Tls(client_cert=both), check_hostname=True)[0].client_certificate
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    "changed",
    [
        {"client_cert": pem(GARBLED, "tls.crt")},
        {"client_key": pem(GARBLED_KEY, "tls.key")},
        {"client_key": pem("", "tls.key")},
        {"client_key": pem("tops3cret", "tls.key")},
        {"client_key": NOWHERE},
    ],
)
def test_a_pair_that_is_none(
    client: Certificate, folder: Path, loaded: list[Seen], changed: dict[str, File]
) -> None:  # fmt: skip
    """The Secret's keys are named and their content is not; nothing stays behind."""
    tls = pair(client, **changed)
    with pytest.raises(ProbeError) as caught:
        trust(tls, check_hostname=True)
    assert caught.value.cause is Cause.CLIENT_PAIR_UNREADABLE
    assert caught.value.message.startswith(NAMED[tls.client_key == NOWHERE].format(tls=tls))
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    assert "MII" not in caught.value.message
    assert "tops3cret" not in caught.value.message.replace(str(tls.client_key), "")
    assert "preflight-" not in caught.value.message
    assert {each.mode for each in loaded if each.folder == folder} <= {0o600}
    assert list(folder.iterdir()) == []


def test_the_key_of_another_certificate(certificates: Authority, client: Certificate, folder: Path) -> None:
    """It has a cause of its own, and both are named."""
    tls = pair(client, client_key=pem(certificates.client().key_file, "tls.key"))
    with pytest.raises(ProbeError, match=f"^{tls.client_cert}, {tls.client_key}$") as caught:
        trust(tls, check_hostname=True)
    assert caught.value.cause is Cause.CLIENT_PAIR_MISMATCHED
    assert list(folder.iterdir()) == []


def test_a_certificate_without_a_key(client: Certificate) -> None:
    with pytest.raises(ProbeError, match=r"^key tls\.crt of Secret mine, no key file: "):
        trust(Tls(client_cert=pem(client.cert_file, "tls.crt")), check_hostname=True)


def test_a_temporary_folder_that_cannot_be_used(client: Certificate, folder: Path) -> None:
    """A read-only file system, as pods have it, is told and is no fault of ours."""
    folder.rmdir()
    with pytest.raises(ProbeError, match=r"^key tls\.crt of Secret mine, key tls\.key of Secret mine: No such file"):
        trust(pair(client), check_hostname=True)


@contextmanager
def somebody() -> Iterator[None]:
    """Root may read everything, so for once it is not root."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.mark.parametrize("which", ["ca_file", "client_cert", "client_key"])
def test_a_file_that_may_not_be_read(certificates: Authority, client: Certificate, tmp_path: Path, which: str) -> None:
    """The file is named, and the cause is the right to read it."""
    locked = tmp_path / "locked.pem"
    locked.write_text(certificates.ca_file.read_text())
    locked.chmod(0)
    # Read and loaded by the usual user: the folders of pytest and of Python may be closed to anybody else.
    trust(pair(client), check_hostname=True)
    tls = pair(client, **{which: str(locked)})
    with somebody(), pytest.raises(ProbeError, match=f"^{locked}: Permission denied$") as caught:
        trust(tls, check_hostname=True)
    assert caught.value.cause is Cause.FILE_FORBIDDEN


@pytest.mark.parametrize("text", [GARBLED, "tops3cret", GARBLED_KEY, "\0tops3cret"])
def test_a_bundle_that_is_none(text: str) -> None:
    with pytest.raises(ProbeError) as caught:
        trust(Tls(ca_file=pem(text, "ca.crt", "langsmith-ca")), check_hostname=True)
    assert caught.value.cause is Cause.CA_UNREADABLE
    assert caught.value.message.startswith("key ca.crt of Secret langsmith-ca: ")
    assert "tops3cret" not in caught.value.message


COMMENT: Final = "# NetLock Arany (Class Gold) Főtanúsítvány\n"
"""As it stands in curl's bundle of Mozilla's roots."""


def test_a_bundle_with_a_comment(certificates: Authority) -> None:
    """OpenSSL passes over what stands between the certificates, and so it is from a file."""
    text = COMMENT + certificates.ca_file.read_text()
    assert trust(Tls(ca_file=pem(text, "ca.crt")), check_hostname=True)[0].roots == 1


def test_a_file_with_a_comment(certificates: Authority, tmp_path: Path) -> None:
    """What the pods do with the same bundle, mounted."""
    (tmp_path / "ca.pem").write_text(COMMENT + certificates.ca_file.read_text(), encoding="utf-8")
    assert trust(Tls(ca_file=str(tmp_path / "ca.pem")), check_hostname=True)[0].roots == 1


@pytest.fixture
def public(tmp_path: Path) -> Authority:
    """The system's only root."""
    return authority(tmp_path / "public")


def counted(ca: File | None, *public: Authority) -> Files:
    """What is made of a bundle on a machine with these roots."""
    roots = frozenset(ssl.PEM_cert_to_DER_cert(each.ca_file.read_text()) for each in public)
    return trust(Tls(ca_file=ca), check_hostname=True, public=lambda: roots)[0]


def judged(files: Files, ca: File | None) -> Verdict:
    target = standalone("rediss://cache.example.com:6379/0", ca_file=ca)
    return files_ca.judge(target, files)


def test_public_roots_are_counted(certificates: Authority, public: Authority) -> None:
    """Those of the system that a bundle keeps; the system's own need no counting."""
    both = pem(public.ca_file.read_text() + certificates.ca_file.read_text(), "ca.crt")
    alone = pem(certificates.ca_file, "ca.crt")
    found = [counted(each, public) for each in (both, alone)]
    assert [(each.roots, each.public_roots) for each in found] == [(2, 1), (1, 0)]
    assert counted(None, public).public_roots is None


def test_a_bundle_without_public_roots(certificates: Authority, public: Authority) -> None:
    """The chart's replaces the roots of the whole pod; one of the command line is for this run alone."""
    mounted = pem(certificates.ca_file, "ca.crt", "langsmith-ca")
    for bundle, outcome in ((mounted, Outcome.WARN), (str(certificates.ca_file), Outcome.PASS)):
        verdict = judged(counted(bundle, public), bundle)
        assert verdict.outcome is outcome
        assert str(bundle) in verdict.summary
    assert judged(Files(roots=1, public_roots=0), CUSTOM_CA_PATH).outcome is Outcome.WARN


def test_a_bundle_with_public_roots(certificates: Authority, public: Authority) -> None:
    bundle = pem(certificates.ca_file.read_text() + public.ca_file.read_text(), "ca.crt", "langsmith-ca")
    assert judged(counted(bundle, public), bundle) == passed("2 trusted roots from key ca.crt of Secret langsmith-ca")


def test_inside_a_pod(certificates: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """There SSL_CERT_FILE names the very bundle that is asked about."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates.ca_file))
    assert trust(Tls(ca_file=str(certificates.ca_file)), check_hostname=True)[0].public_roots in {0, None}


def test_a_machine_without_roots(certificates: Authority) -> None:
    """A slim image has none; then nothing can be told of the bundle."""
    assert counted(pem(certificates.ca_file, "ca.crt")).public_roots is None


def test_a_step_records_it(client: Certificate) -> None:
    """What the walk makes of it is evidence without content."""

    async def step() -> None:
        trust(pair(client, client_key=pem(GARBLED_KEY, "tls.key")), check_hostname=True)

    seen = asyncio.run(observe(Stage.FILES, 5, step()))
    assert isinstance(seen, Failed)
    assert (seen.stage, seen.cause) == (Stage.FILES, Cause.CLIENT_PAIR_UNREADABLE)
    assert "tops3cret" not in repr(seen)
