"""What the other side says in real handshakes, and in bytes that are none."""

from __future__ import annotations

import _ssl
import asyncio
import ctypes
import ssl
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Final

import pytest
import trustme
from hypothesis import example, given
from hypothesis import strategies as st

from preflight.probes.handshake import Heard, hearing, listen

OLD, NEW = ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3
CERTIFICATE, REQUEST = 11, 13
VERSIONS: Final = pytest.mark.parametrize("version", [OLD, NEW], ids=lambda each: each.name)
ROOT: Final = trustme.CA(organization_name="those of the server", organization_unit_name="root")
LEAF: Final = ROOT.create_child_ca().issue_cert("localhost")
CLIENTS: Final = [trustme.CA(organization_name=name, organization_unit_name="clients") for name in ("first", "z\u00fc")]
AUTHORITIES: Final = ("OU=clients,O=first", "OU=clients,O=z\u00fc")


def der(blobs: list[trustme.Blob]) -> tuple[bytes, ...]:
    return tuple(ssl.PEM_cert_to_DER_cert(each.bytes().decode()) for each in blobs)


def serves(
    version: ssl.TLSVersion, wants: ssl.VerifyMode = ssl.CERT_NONE, *clients: trustme.CA, leaf: trustme.LeafCert = LEAF
) -> ssl.SSLContext:
    """A server of this version alone; it names the CAs that it takes client certificates from."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = context.maximum_version = version
    leaf.configure_cert(context)
    context.verify_mode = wants
    for each in clients:
        each.configure_trust(context)
    if clients:
        name_authorities(context, clients)
    return context


def name_authorities(context: ssl.SSLContext, clients: Sequence[trustme.CA]) -> None:
    """Let a server say whose certificates it takes, for which `ssl` has no way: OpenSSL's own calls on its context."""
    # The interpreter is linked with OpenSSL, or its module is.
    library = ctypes.CDLL(getattr(_ssl, "__file__", None))
    library.SSL_load_client_CA_file.restype = ctypes.c_void_p
    library.SSL_CTX_set_client_CA_list.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    bundle = trustme.Blob(b"".join(each.cert_pem.bytes() for each in clients))
    with bundle.tempfile() as file:
        names = library.SSL_load_client_CA_file(file.encode())
    # The first thing in a Python context, after the head of every object.
    pointer = ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
    library.SSL_CTX_set_client_CA_list(pointer, names)


def listener(*roots: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for each in roots:
        each.configure_trust(context)
    listen(context)
    return context


def shake(client: ssl.SSLContext, server: ssl.SSLContext, name: str = "localhost") -> ssl.SSLObject:
    """The client's side of a handshake in memory."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(down, up, server_hostname=name)
    theirs = server.wrap_bio(up, down, server_side=True)
    for side in (ours, theirs, ours, theirs, ours):
        with suppress(ssl.SSLWantReadError):
            side.do_handshake()
    return ours


@VERSIONS
@pytest.mark.parametrize(
    ("wants", "clients", "asked", "authorities"),
    [
        (ssl.CERT_NONE, [], False, ()),
        (ssl.CERT_OPTIONAL, [], True, ()),
        (ssl.CERT_OPTIONAL, CLIENTS[:1], True, AUTHORITIES[:1]),
        (ssl.CERT_OPTIONAL, CLIENTS, True, AUTHORITIES),
    ],
)
def test_a_handshake_that_succeeds(
    version: ssl.TLSVersion,
    wants: ssl.VerifyMode,
    clients: list[trustme.CA],
    asked: bool,
    authorities: tuple[str, ...],
) -> None:
    """The chain as it was sent, and what was asked of us and by whom signed."""
    with hearing() as heard:
        secured = shake(listener(ROOT), serves(version, wants, *clients))
    assert secured.version() == {OLD: "TLSv1.2", NEW: "TLSv1.3"}[version]
    assert heard.chain == der(LEAF.cert_chain_pems)
    assert len(heard.chain) == 2
    assert (heard.asked, set(heard.authorities)) == (asked, set(authorities))


@VERSIONS
@pytest.mark.parametrize(("roots", "name"), [([], "localhost"), ([ROOT], "elsewhere")])
def test_a_handshake_that_is_refused(version: ssl.TLSVersion, roots: list[trustme.CA], name: str) -> None:
    """It is made for these: the chain is known all the same."""
    with hearing() as heard, pytest.raises(ssl.SSLCertVerificationError):
        shake(listener(*roots), serves(version, ssl.CERT_OPTIONAL, *CLIENTS), name)
    assert heard.chain == der(LEAF.cert_chain_pems)
    # TLS 1.2 asks after it has shown its own, and there the handshake had ended; 1.3 asks before.
    assert heard.asked is (version is NEW)


@VERSIONS
def test_nobody_hears_outside_of_the_block(version: ssl.TLSVersion) -> None:
    """Neither before nor after, and a context that nobody listens to says nothing."""
    context, server = listener(ROOT), serves(version)
    with hearing() as heard:
        deaf = ssl.create_default_context()
        ROOT.configure_trust(deaf)
        shake(deaf, server)
    shake(context, server)
    assert (heard.chain, heard.asked, heard.authorities) == ((), False, ())


@VERSIONS
def test_a_server_does_not_hear_itself(version: ssl.TLSVersion) -> None:
    """What is written is not what the other side said: the client has no certificate."""
    server = serves(version, ssl.CERT_OPTIONAL, *CLIENTS)
    listen(server)
    client = ssl.create_default_context()
    ROOT.configure_trust(client)
    with hearing() as heard:
        shake(client, server)
    assert (heard.chain, heard.asked) == ((), False)


@VERSIONS
def test_connections_of_one_context_do_not_mix(version: ssl.TLSVersion) -> None:
    """Each task hears its own server, though all are shaken at once."""
    leaves = [ROOT.issue_cert("localhost") for _ in range(8)]
    context = listener(ROOT)

    async def dial(port: int) -> Heard:
        with hearing() as heard:
            _, writer = await asyncio.open_connection("127.0.0.1", port, ssl=context, server_hostname="localhost")
            writer.transport.abort()
        return heard

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.transport.abort()

    async def both() -> list[Heard]:
        servers = [
            await asyncio.start_server(greet, "127.0.0.1", 0, ssl=serves(version, _wants(number), leaf=leaf))
            for number, leaf in enumerate(leaves)
        ]
        ports = [each.sockets[0].getsockname()[1] for each in servers]
        heard = await asyncio.gather(*(dial(port) for port in ports * 3))
        for each in servers:
            each.close()
        return heard

    heard = asyncio.run(both())
    assert [each.chain for each in heard] == [der(leaf.cert_chain_pems) for leaf in leaves] * 3
    assert [each.asked for each in heard] == [bool(number % 2) for number in range(8)] * 3


def _wants(number: int) -> ssl.VerifyMode:
    return ssl.CERT_OPTIONAL if number % 2 else ssl.CERT_NONE


def vector(width: int, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return len(body).to_bytes(width, "big") + body


def request(version: ssl.TLSVersion, *names: bytes) -> bytes:
    """The body of a CertificateRequest that names these."""
    listed = vector(2, *(vector(2, name) for name in names))
    if version is OLD:
        return vector(1, b"\x01") + vector(2, b"\x04\x03") + listed
    return vector(1) + vector(2, b"\x00\x0d", vector(2, b"\x04\x03"), b"\x00\x2f", vector(2, listed))


def chain(version: ssl.TLSVersion, *certificates: bytes) -> bytes:
    """The body of a Certificate message that holds these."""
    if version is OLD:
        return vector(3, *(vector(3, each) for each in certificates))
    return vector(1) + vector(3, *(vector(3, each) + vector(2, b"x") for each in certificates))


def attribute(kind: bytes, text: bytes, tag: bytes = b"\x0c") -> bytes:
    pair = b"\x06" + vector(1, kind) + tag + vector(1, text)
    return b"\x31" + vector(1, b"\x30" + vector(1, pair))


CN, ORG, UNIT, COUNTRY = b"\x55\x04\x03", b"\x55\x04\x0a", b"\x55\x04\x0b", b"\x55\x04\x06"


@VERSIONS
@pytest.mark.parametrize(
    ("name", "told"),
    [
        (b"\x30" + vector(1, attribute(COUNTRY, b"DE"), attribute(ORG, b"o"), attribute(CN, b"c")), "CN=c,O=o"),
        (b"\x30" + vector(1, attribute(UNIT, b"\xc3\xbc")), "OU=\u00fc"),
        (b"\x30" + vector(1, attribute(ORG, b"\xff", b"\x14")), "O=\ufffd"),
        (b"\x30\x81" + vector(1, *(attribute(ORG, b"x" * 60),) * 2), ",".join(["O=" + "x" * 60] * 2)),
        (b"\x30\x82" + vector(2, *(attribute(ORG, b"x" * 100),) * 3), ",".join(["O=" + "x" * 100] * 3)),
        (b"\x30" + vector(1, attribute(COUNTRY, b"DE")), "an unnamed CA"),
        (b"\x30\x00", "an unnamed CA"),
    ],
)
def test_names_of_authorities(version: ssl.TLSVersion, name: bytes, told: str) -> None:
    """The parts that people know them by, the last first; the rest is left out."""
    heard = Heard()
    heard.take(version, REQUEST, request(version, name, name))
    assert (heard.asked, heard.authorities) == (True, (told, told))


@VERSIONS
@pytest.mark.parametrize("name", [b"\x30", b"\x30\x02\x31", b"\x30\x04\x31\x02\x30\x00", b"\x30\x84", b""])
def test_names_that_cannot_be_read(version: ssl.TLSVersion, name: bytes) -> None:
    """A name is lost, and the callback raises nothing: that would end the handshake."""
    heard = Heard()
    heard.take(version, REQUEST, request(version, name))
    assert heard.asked
    assert heard.authorities in {(), ("an unnamed CA",)}


@VERSIONS
def test_other_extensions_name_nobody(version: ssl.TLSVersion) -> None:
    """A request without authorities takes a certificate from any."""
    heard = Heard()
    heard.take(version, REQUEST, request(version) if version is OLD else vector(1) + vector(2))
    assert (heard.asked, heard.authorities) == (True, ())


BODIES: Final[list[Callable[[ssl.TLSVersion], bytes]]] = [
    lambda version: chain(version, b"one", b"another"),
    lambda version: request(version, b"\x30" + vector(1, attribute(ORG, b"o"), attribute(CN, b"c"))),
]


def cut(version: ssl.TLSVersion) -> Iterator[tuple[int, bytes]]:
    """Each message, cut short everywhere."""
    for kind, body in zip((CERTIFICATE, REQUEST), BODIES, strict=True):
        whole = body(version)
        yield from ((kind, whole[:end]) for end in range(len(whole)))


@VERSIONS
def test_a_message_cut_short(version: ssl.TLSVersion) -> None:
    """What is not whole says nothing of a chain, and still that something was asked."""
    for kind, body in cut(version):
        heard = Heard()
        heard.take(version, kind, body)
        assert heard.chain == ()
        assert heard.authorities in {(), ("CN=c,O=o",)}
        assert heard.asked is (kind == REQUEST)
    whole = Heard()
    whole.take(version, CERTIFICATE, chain(version, b"one", b"another"))
    assert whole.chain == (b"one", b"another")


@given(st.sampled_from([OLD, NEW, 0, 0x7F1C]), st.sampled_from([CERTIFICATE, REQUEST]), st.binary(max_size=200))
@example(OLD, REQUEST, request(OLD, b""))
def test_random_bytes(version: int, kind: int, body: bytes) -> None:
    """Nothing is raised, whatever they are, and every certificate is a part of them."""
    heard = Heard()
    heard.take(version, kind, body)
    assert heard.asked is (kind == REQUEST)
    assert all(each in body for each in heard.chain)


NAMES = st.lists(st.binary(min_size=1, max_size=40), max_size=4)


@given(st.sampled_from([OLD, NEW]), NAMES)
def test_random_names(version: ssl.TLSVersion, names: list[bytes]) -> None:
    """In a message that is whole, each has its words, or none of them has."""
    heard = Heard()
    heard.take(version, REQUEST, request(version, *names))
    assert heard.asked
    assert len(heard.authorities) in {0, len(names)}


@given(st.sampled_from([OLD, NEW]), st.lists(st.binary(max_size=300), max_size=4))
def test_any_chain_is_read_back(version: ssl.TLSVersion, certificates: list[bytes]) -> None:
    """In its order."""
    heard = Heard()
    heard.take(version, CERTIFICATE, chain(version, *certificates))
    assert heard.chain == tuple(certificates)
