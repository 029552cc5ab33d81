"""The URL is well formed: scheme, host, port, database, and no placeholder left in it.

LangSmith reads one URL for a standalone server, from redis.external.connectionUrl or from the Secret that
existingSecretName names. It is taken apart here as its clients do it, before anything is dialled.

Why: A URL that cannot be read stops every pod at its start, and a database that is no number is read as 0 in silence by
half of the services.

Fix: Write `redis://host:port/0`, or `rediss://` with TLS. Percent-encode whatever is special in the user name and
password: `/` is %2F, `?` %3F, `#` %23, `%` %25, `@` %40, `:` %3A, `[` %5B, a space %20.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#connection-string
"""

from __future__ import annotations

from typing import Final

from preflight.model.check import Check, per_declaration
from preflight.model.evidence import Cause, Stage
from preflight.model.finding import Verdict, failed, passed
from preflight.model.remedies import terms
from preflight.model.target import Declaration, MistakeKind, Mode, Target
from preflight.uri.patch import connection

_FORM: Final = "Write `redis://host:port/0`, or `rediss://` with TLS, in {address}."

# What is so ({} is the text at fault, where it may be shown), and what to do.
_WORDS: Final[dict[MistakeKind, tuple[str, str]]] = {
    MistakeKind.EMPTY: ("the URL is empty", _FORM),
    MistakeKind.TOO_LONG: ("the URL is longer than an environment variable can be ({})", _FORM),
    MistakeKind.CONTROL_CHARACTER: (
        "the URL begins or ends with white space, or holds a line break or another control character",
        "Remove it; in a Secret, encode the value without a line break (`printf %s`, not `echo`).",
    ),
    MistakeKind.PLACEHOLDER: ("the URL still holds a placeholder ({})", "Put your own value in its place."),
    MistakeKind.SCHEME_MISSING: ("the URL has no scheme", _FORM),
    MistakeKind.SCHEME_VALKEY: (
        "LangSmith's clients do not know {}://",
        "Write `redis://` (or `rediss://` with TLS): Valkey speaks the same protocol.",
    ),
    MistakeKind.SCHEME: ("the scheme must be redis:// or rediss://, in lower case ({})", _FORM),
    MistakeKind.HOST_MISSING: (
        "the URL names no host; clients would dial localhost",
        "Put the server's host name before the port.",
    ),
    MistakeKind.HOST: (
        "the host is not a host name or address",
        "Correct it; an IPv6 address stands in brackets, as `[::1]`.",
    ),
    MistakeKind.SEVERAL_HOSTS: (
        "the URL names more than one host",
        "Give one host in {address}; LangSmith's own Redis can be a cluster, with one node URI each.",
    ),
    MistakeKind.PORT_TEXT: ("the port is not a number", "Write the port as a number from 1 to 65535."),
    MistakeKind.PORT_RANGE: ("there is no such port", "Write the port as a number from 1 to 65535."),
    MistakeKind.DATABASE: (
        "the database is not a plain number: redis-py takes it for another, most often 0, and Go refuses it",
        "Write `/0` after the port, or the number of your database.",
    ),
    MistakeKind.FRAGMENT: (
        "a # cuts the URL short: both clients ignore it and whatever follows",
        "If it belongs to a password, write %23; otherwise remove it.",
    ),
    MistakeKind.PASSWORD_RAW: (
        "the user name or password holds a character that must be percent-encoded",
        "Write / as %2F, ? as %3F, # as %23, % as %25, @ as %40, : as %3A, [ as %5B.",
    ),
    MistakeKind.PARAMETER_VALUE: ("a query parameter has a value that no client reads", _FORM),
}


def judge(target: Target, declaration: Declaration) -> Verdict:
    if not declaration.mistakes:
        return passed(declaration.shown)
    mistake = declaration.mistakes[0]
    summary, remedy = _WORDS[mistake.kind]
    shown = summary.format(mistake.text) if mistake.text else summary.replace(" ({})", "").replace("{}", "this")
    details = {"encoded": declaration.encoded} if declaration.encoded else {}
    patch = connection(target, declaration.encoded) if declaration.encoded and target.place.inline else None
    return failed(shown, remedy.replace("{address}", terms(target)["address"]), patch=patch, details=details)


CHECK = Check(
    stage=Stage.CONFIG,
    name="url",
    title="The URL is well formed",
    reads=per_declaration(Mode.STANDALONE),
    judge=judge,
    claims=frozenset({Cause.URL_UNUSABLE}),
    gate=True,
)
