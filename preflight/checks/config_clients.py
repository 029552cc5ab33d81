"""redis-py and go-redis, which LangSmith both uses, can read the URL and read it alike.

The Python services read it with redis-py, the Go services with go-redis, and the two do not agree on every URL: Go
refuses raw spaces, non-ASCII and bare percent signs in a password and most query parameters; redis-py refuses others,
and reads a `+` in `?password=` as a space. `?password=` and `ssl_check_hostname` are documented by LangSmith, which
must take them out itself before Go sees them: they only warn.

Why: A URL that only one of them reads gives a LangSmith of which half works.

Fix: Write the URL in the one form that both read alike: user and password percent-encoded before the `@`, nothing after
the database.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#connection-string
"""

from __future__ import annotations

from collections.abc import Iterable

from preflight.model.check import Check, Reading, declared
from preflight.model.evidence import Cause, Evidence, Observed, Stage, Unreached
from preflight.model.finding import Verdict, failed, passed, warned
from preflight.model.installation import Feature
from preflight.model.remedies import terms
from preflight.model.target import Declaration, Mode, Target
from preflight.uri.patch import connection


def reads(evidence: Evidence) -> Iterable[Reading[Declaration]]:
    """A URL that is not well formed has nothing to compare."""
    for each in evidence.targets:
        if each.target.mode is Mode.STANDALONE and each.target.feature is not Feature.JUICEFS:
            yield Reading(target=each.target, subject="", observed=_readable(each.target))


def _readable(target: Target) -> Observed[Declaration]:
    if target.declaration.mistakes and not target.undeclared:
        return Unreached(stage=Stage.CONFIG, cause=Cause.URL_UNUSABLE)
    return declared(target)


def judge(target: Target, declaration: Declaration) -> Verdict:
    clients, form = declaration.clients, {"encoded": declaration.encoded}
    patch = connection(target, declaration.encoded) if target.place.inline and _named_as_is(target) else None
    remedy = f"Write {terms(target)['address']} in the encoded form."
    if clients.refused_by:
        summary = f"{' and '.join(clients.refused_by)} cannot read this URL"
        details = clients.refused_by | form
        if clients.documented:
            return warned(
                f"{summary}; LangSmith documents the form and must take it out itself",
                "Safer: write the URL in the encoded form, which both clients read without help.",
                patch=patch,
                details=details,
            )
        return failed(summary, remedy, patch=patch, details=details)
    if clients.passwordless:
        return failed(
            "the URL names a user and no password: redis-py sends an empty one, Go sends neither",
            "Put the password after the user name, percent-encoded: `redis://user:password@host:port/0`.",
        )
    if clients.differing:
        return failed(
            f"the two clients read another {', '.join(clients.differing)} from this URL",
            remedy,
            patch=patch,
            details=form,
        )
    return passed("redis-py and go-redis read it alike")


def _named_as_is(target: Target) -> bool:
    """The encoded form has no place for `ssl_check_hostname=false`, and would turn the check on again."""
    return all(endpoint.check_hostname for endpoint in target.endpoints)


CHECK = Check(
    stage=Stage.CONFIG,
    name="clients",
    title="Both of LangSmith's clients read the URL alike",
    reads=reads,
    judge=judge,
)
