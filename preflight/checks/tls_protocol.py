"""The server speaks TLS 1.2 or newer.

What the two sides agreed on in the handshake is looked at, and what the server's alert says where they did not.

Why: LangSmith's clients accept nothing older: Python's and Go's standard libraries refuse TLS 1.0 and 1.1.

Fix: Enable TLS 1.2 or 1.3 on the server.
- Azure: both are spoken by Azure Managed Redis; look at what stands before it.
- your own server: `tls-protocols "TLSv1.2 TLSv1.3"`.

Read: https://redis.io/docs/latest/operate/oss_and_stack/management/security/encryption/
"""

from __future__ import annotations

from typing import Final

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Channel
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.target import Target

_NEW_ENOUGH: Final = {"TLSv1.2", "TLSv1.3"}


def judge(_: Target, channel: Channel) -> Verdict:
    if not channel.protocol:
        return not_applicable("TLS is off")
    if channel.protocol in _NEW_ENOUGH:
        return passed(channel.protocol)
    return failed(f"{channel.protocol} was agreed on, and Go refuses it", "Enable TLS 1.2 or 1.3 on the server.")


CHECK = Check(
    stage=Stage.TLS,
    name="protocol",
    title="The server speaks TLS 1.2 or newer",
    reads=per_node(lambda node: node.tls),
    judge=judge,
    claims=frozenset({Cause.TLS_TOO_OLD}),
)
