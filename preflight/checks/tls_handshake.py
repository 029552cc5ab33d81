"""The TLS handshake succeeds as LangSmith's clients would do it, and a command gets through.

The certificate is verified against the system's roots or the CA bundle, and for the host name unless the node
URI says `ssl_check_hostname=false`. A handshake alone proves little: under TLS 1.3 a server refuses a missing
client certificate only afterwards, so one round trip is made through it.

To fix it, follow the remedy of the cause: the CA, the name, the date, the client certificate, or the scheme.
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Channel
from preflight.model.finding import Verdict, not_applicable, passed
from preflight.model.target import Target


def judge(_: Target, channel: Channel) -> Verdict:
    if not channel.protocol:
        return not_applicable("TLS is off")
    return passed(f"{channel.protocol}, {channel.cipher}")


CHECK = Check(
    stage=Stage.TLS,
    name="handshake",
    title="The TLS handshake succeeds",
    reads=per_node(lambda node: node.tls),
    judge=judge,
    gate=True,
    claims=frozenset(
        {
            Cause.TLS_SILENT,
            Cause.TLS_PLAINTEXT,
            Cause.TLS_CLOSED,
            Cause.TLS_REFUSED,
            Cause.UNTRUSTED,
            Cause.HOSTNAME_MISMATCH,
            Cause.CERTIFICATE_EXPIRED,
            Cause.CLIENT_CERTIFICATE_REQUIRED,
        }
    ),
)
