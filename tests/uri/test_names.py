"""Host names as certificates list them."""

from __future__ import annotations

import ssl

import pytest
import trustme

from preflight.uri.names import covers, is_address

SAME = [
    ("cache.example.com", "cache.example.com"),
    ("cache.example.com", "CACHE.Example.com"),
    ("Cache.Example.COM", "cache.example.com"),
    ("cache", "cache"),
    ("*.example.com", "cache.example.com"),
    ("*.Example.com", "CACHE.example.com"),
    ("10.0.0.7", "10.0.0.7"),
    ("fd00::7", "fd00:0:0::7"),
    ("::1", "::1"),
]
"""Listed and dialled."""
OTHERS = [
    ("cache.example.com", "example.com"),
    ("cache.example.com", "a.cache.example.com"),
    ("cache.example.com", "cache.example.org"),
    ("*.example.com", "example.com"),
    ("*.example.com", "a.b.example.com"),
    ("*.example.com", "cache.example.org"),
    ("*.com", "example.com"),
    ("cache.*.com", "cache.example.com"),
    ("c*.example.com", "cache.example.com"),
    ("*.0.0.7", "10.0.0.7"),
    ("10.0.0.8", "10.0.0.7"),
    ("fd00::8", "fd00::7"),
    ("cache.example.com", "10.0.0.7"),
    ("10.0.0.7", "cache.example.com"),
]


@pytest.mark.parametrize(("listed", "host"), SAME)
def test_it_stands_for_the_host(listed: str, host: str) -> None:
    """Whatever the case and however an address is written."""
    assert covers(listed, host)


@pytest.mark.parametrize(("listed", "host"), OTHERS)
def test_it_stands_for_another(listed: str, host: str) -> None:
    """A wildcard is one whole label, the leftmost, of a name with two more; an address is never a name."""
    assert not covers(listed, host)


@pytest.mark.parametrize(
    ("listed", "host", "same"),
    [
        pytest.param("[fd00::7]", "fd00::7", False),
        ("fd00::7", "[fd00::7]", True),
        ("*", "cache", False),
        ("*.", "cache.", False),
        ("*.", ".", False),
        ("", "", True),
        ("*.example.com", ".example.com", False),
        ("", "cache", False),
        ("cache", "", False),
    ],
)
def test_odd_writings(listed: str, host: str, same: bool) -> None:
    """Brackets belong to the URL; no label is empty, and a wildcard is never all of a name."""
    assert covers(listed, host) is same


def accepted(listed: str, host: str) -> bool:
    """What OpenSSL makes of the two."""
    ca, server = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ca.issue_cert(listed).configure_cert(server)
    client = ssl.create_default_context()
    ca.configure_trust(client)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours, theirs = client.wrap_bio(down, up, server_hostname=host), server.wrap_bio(up, down, server_side=True)
    try:
        for side in (ours, theirs, ours):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    except ssl.SSLCertVerificationError:
        return False
    return True


# No CA issues these, and neither does trustme.
ISSUED = [(listed, host) for listed, host in SAME + OTHERS if "*." not in listed[1:]]
DOTTED = [
    pytest.param("cache.example.com", "cache.example.com."),
    pytest.param("cache.example.com.", "cache.example.com"),
]


@pytest.mark.parametrize(("listed", "host"), [*ISSUED, *DOTTED])
def test_openssl_says_the_same(listed: str, host: str) -> None:
    """Else a refused connection would have no check that tells why."""
    assert covers(listed, host) is accepted(listed, host)


@pytest.mark.parametrize("host", ["10.0.0.7", "::1", "[::1]", "fd00::7"])
def test_addresses(host: str) -> None:
    """With or without a URL's brackets."""
    assert is_address(host)


@pytest.mark.parametrize("host", ["cache", "cache.example.com", "", "10.0.0", "10.0.0.256", "1.2.3.4.5", "*.0.0.7"])
def test_names(host: str) -> None:
    """Whatever is no address."""
    assert not is_address(host)
