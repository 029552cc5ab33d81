"""What several of these modules share: a server with TLS of its own."""

import pytest

from tests.servers.certificates import Authority
from tests.servers.configuration import NativeTls


@pytest.fixture(scope="session")
def native_tls(certificates: Authority) -> NativeTls:
    """One for the session, so that the pools hand out the same server for it."""
    return NativeTls(certificate=certificates.server(), ca_file=certificates.ca_file)
