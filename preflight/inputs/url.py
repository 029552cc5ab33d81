"""A connection URL, on the command line or from standard input."""

from __future__ import annotations

from preflight.model.errors import InputError
from preflight.model.source import Flag, Request, Source
from preflight.model.target import Plan

URL = Flag(name="url", metavar="URL", help="redis:// or rediss:// URL of a standalone server; - reads it from stdin")


def read(request: Request) -> Plan | None:
    given = request.texts(URL)
    if not given:
        return None
    if request.around.tls is not None:
        raise InputError("--tls and --no-tls are for node lists; a URL says it by its scheme, redis or rediss.")
    # `--help` need not wait for it.
    from preflight.uri.standalone import target_from_url  # noqa: PLC0415

    text = request.read("-", "the URL").rstrip("\r\n") if given[0] == "-" else given[0]
    return Plan(targets=(target_from_url(text, request.around),))


SOURCE = Source(flags=(URL,), read=read)
