"""The server gets the client certificate that it asks for.

A server may ask for a client certificate, and refuse whoever has none (mutual TLS). A server that asks and takes
connections without one passes, and so does one that is given a certificate and does not ask.

Why: LangSmith's pods have the certificate of redis.external.clientCert or none. Refused, they show an alert or merely a
connection that was closed.

Fix: Give a certificate that the server's CA for clients has signed, valid, and meant for clients, in
redis.external.clientCert (chart 0.12.29 or newer).
- your own server: `tls-auth-clients` says whether it is asked for, `tls-ca-cert-file` which CA must have signed it.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#mutual-tls-with-client-auth-mtls
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Node, Observed, Seen, Stage
from preflight.model.facts import Asked
from preflight.model.finding import Verdict, not_applicable, passed
from preflight.model.target import Target

_CLAIMS = frozenset(
    {
        Cause.CLIENT_CERTIFICATE_REQUIRED,
        Cause.CLIENT_CERTIFICATE_UNTRUSTED,
        Cause.CLIENT_CERTIFICATE_EXPIRED,
        Cause.CLIENT_CERTIFICATE_UNSUITED,
        Cause.CLIENT_CERTIFICATE_REFUSED,
    }
)


def _wanted(node: Node) -> Observed[Asked]:
    """What was asked counts only where the handshake came to an end."""
    return node.asked if isinstance(node.tls, Seen) and isinstance(node.asked, Seen) else _plain(node)


def _plain(node: Node) -> Observed[Asked]:
    return Seen(fact=Asked(asked=False)) if isinstance(node.tls, Seen) else node.tls


def judge(target: Target, asked: Asked) -> Verdict:
    own = target.tls.client_cert if target.tls else None
    if not asked.asked:
        return not_applicable("the server asks for none" + (", and one is configured" if own else ""))
    by = f" signed by {', '.join(asked.authorities)}" if asked.authorities else ""
    return passed(f"the server asks for one{by}, and " + (f"takes {own}" if own else "does without"))


CHECK = Check(
    stage=Stage.TLS,
    name="client-certificate",
    title="The server gets the client certificate that it asks for",
    reads=per_node(_wanted),
    judge=judge,
    claims=_CLAIMS,
    needs=("files.client-validity",),
)
