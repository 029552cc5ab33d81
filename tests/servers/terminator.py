"""Terminates TLS in front of a plain server, as clouds do."""

import asyncio
import contextlib
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

from tests.servers.certificates import Certificate
from tests.servers.loopback import Address, Dialable, pump, serving


@contextlib.contextmanager
def terminated(
    server: Dialable,
    certificate: Certificate,
    *,
    ca_for_clients: Path | None = None,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    maximum: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    weak: bool = False,
) -> Iterator[Address]:
    """Accept TLS, and with `ca_for_clients` only from clients whose certificate that authority issued.

    Old versions of TLS, and short keys for `weak`, need OpenSSL's lowest security level.
    """
    context = server_context(certificate, ca_for_clients, minimum, maximum, weak=weak)

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection(server.host, server.port)
        try:
            await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer))
        finally:
            behind_writer.transport.abort()

    with serving(forward, tls=context) as address:
        yield address


def server_context(
    certificate: Certificate,
    ca_for_clients: Path | None = None,
    minimum: ssl.TLSVersion = ssl.TLSVersion.TLSv1_2,
    maximum: ssl.TLSVersion = ssl.TLSVersion.MAXIMUM_SUPPORTED,
    *,
    weak: bool = False,
) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if weak or minimum < ssl.TLSVersion.TLSv1_2:
        context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    with warnings.catch_warnings():
        # TLS 1.0 and 1.1 are deprecated in Python.
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version, context.maximum_version = minimum, maximum
    if ca_for_clients:
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_verify_locations(ca_for_clients)
    return context
