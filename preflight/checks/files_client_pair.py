"""The client certificate and its key can be read and belong together.

The pair is that of redis.external.clientCert, which the chart mounts at /etc/redis/certs, or of --client-cert and
--client-key.

Why: A server that demands client certificates (mutual TLS) refuses every pod whose pair is unreadable, swapped,
encrypted or of two certificates.

Fix: Give a PEM certificate and its unencrypted PEM key, both readable by the user of the process (in pods by `fsGroup:
1000`).

Read: https://docs.langchain.com/langsmith/self-host-external-redis#mutual-tls-with-client-auth-mtls
"""

from __future__ import annotations

from preflight.model.check import Check, per_target
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Files
from preflight.model.finding import Verdict, not_applicable, passed
from preflight.model.target import Target


def judge(_: Target, files: Files) -> Verdict:
    if files.client_certificate is None:
        return not_applicable("no client certificate is configured")
    return passed(f"{files.client_certificate.subject or 'the certificate'} and its key")


CHECK = Check(
    stage=Stage.FILES,
    name="client-pair",
    title="The client certificate and key belong together",
    reads=per_target(lambda each: each.files),
    judge=judge,
    claims=frozenset(
        {
            Cause.CLIENT_PAIR_UNREADABLE,
            Cause.CLIENT_PAIR_SWAPPED,
            Cause.CLIENT_PAIR_MISMATCHED,
            Cause.CLIENT_KEY_ENCRYPTED,
        }
    ),
)
