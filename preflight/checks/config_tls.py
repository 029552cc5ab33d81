"""Scheme, `tlsEnabled`, custom CA and client certificate agree.

A client certificate is only presented over TLS. A custom CA needs both config.customCa.secretName and secretKey; the
chart refuses the first alone and ignores the second alone.

Why: Beside `redis://` or tlsEnabled: false a client certificate is mounted and never used, and a server that demands it
refuses every pod.

Fix: Write `rediss://` in the URL, or set redis.external.cluster.tlsEnabled: true for a cluster. Set
config.customCa.secretName and secretKey together.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#server-tls-one-way
"""

from __future__ import annotations

from collections.abc import Iterable

from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Evidence, Observed, Seen, Stage, Unreached
from preflight.model.finding import Verdict, failed, passed, warned
from preflight.model.installation import Feature, Installation
from preflight.model.remedies import sentence, terms
from preflight.model.target import Mode, Target
from preflight.uri.patch import encryption


def reads(evidence: Evidence) -> Iterable[Reading[Installation]]:
    """Whether TLS is on is not known where the URL is not."""
    for each in evidence.targets:
        installation = evidence.installation_of(each.target) or Installation()
        yield Reading(target=each.target, subject="", observed=_known(each.target, installation))


def _known(target: Target, installation: Installation) -> Observed[Installation]:
    if target.mode is Mode.STANDALONE and target.undeclared:
        return Unreached(stage=Stage.CONFIG, cause=Cause.SECRET_UNUSABLE)
    if target.mode is Mode.STANDALONE and not target.endpoints:
        return Unreached(stage=Stage.CONFIG, cause=Cause.URL_UNUSABLE)
    return Seen(fact=installation)


def judge(target: Target, installation: Installation) -> Verdict:
    if target.feature is Feature.LANGSMITH and target.tls is None and installation.client_certificate:
        return failed(
            "a client certificate is configured, and TLS is off: it is never presented",
            f"{sentence(terms(target)['tls_on'])} Or remove redis.external.clientCert.",
            patch=encryption(target, on=True),
        )
    if installation.lone_custom_ca == "secretName":
        return failed(
            "config.customCa.secretName is set without secretKey: the chart refuses to render",
            "Set config.customCa.secretKey to the key of the Secret that holds the bundle.",
        )
    if installation.lone_custom_ca:
        return warned(
            "config.customCa.secretKey is set without secretName: the chart ignores it",
            "Set config.customCa.secretName, or remove the key.",
        )
    return passed(_described(target))


def _described(target: Target) -> str:
    if target.tls is None:
        return "TLS is off"
    roots = str(target.tls.ca_file or "the system's roots")
    return f"TLS is on, with {roots}" + (" and a client certificate" if target.tls.client_cert else "")


CHECK = Check(
    stage=Stage.CONFIG,
    name="tls",
    title="The TLS settings agree with each other",
    reads=reads,
    judge=judge,
)
