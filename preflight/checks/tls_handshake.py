"""The TLS handshake succeeds as LangSmith's clients would do it, and a command gets through.

A handshake alone proves little: under TLS 1.3 a server refuses a missing client certificate only afterwards, so one
round trip is made through it. What is wrong with a certificate, ours or the server's, has a check of its own; this one
is about a port that does not speak TLS, says nothing, hangs up or shares no cipher with the clients.

Why: A client that speaks TLS to a plaintext port waits for its timeout, and one that speaks plaintext to a TLS port is
cut off: the pods hang or crash and say nothing of TLS.

Fix: Follow the remedy of the cause: most often the scheme of the URL, or redis.external.cluster.tlsEnabled, which is on
by default.
- AWS: encryption in transit is a setting of the cache, and changes the names of its endpoints: take the new one.
- Google Cloud: Memorystore takes TLS only if it was created with it, and then takes nothing else.
- Azure: Azure Cache for Redis speaks TLS on 6380 and plaintext on 6379; Azure Managed Redis has one port, 10000, for
  one of the two.
- your own server: `tls-port` speaks TLS, `port` does not.

Read: https://docs.langchain.com/langsmith/self-host-external-redis#server-tls-one-way
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
        }
    ),
)
