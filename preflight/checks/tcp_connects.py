"""Every address of every node accepts connections.

All addresses that the name resolves to are dialled, because clients take any of them. Refused, timed out and
unreachable are told apart: the first is a port or a stopped server, the second a firewall, the third a route.

Why: A pod that reaches no address crashes with `connection refused` or `i/o timeout`. One dead address of several shows
now and then, on some pods.

Fix: Follow the remedy of the cause; on a cloud it is usually a firewall or a NetworkPolicy between the pods' subnet and
the port.
- AWS: let the cache's security group take the port, by default 6379, from the pods.
- Google Cloud: reach Memorystore from the network that it is authorized for. A cluster listens on 6379 and, for its
  nodes, on 11000 to 13047: open all of them.
- Azure: Azure Managed Redis listens on 10000, its nodes under the OSS cluster policy on 85xx; Azure Cache for Redis on
  6380 with TLS.
- your own server: let it listen on an address that the pods reach (`bind`), not on the loopback alone.

Read: https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Connected
from preflight.model.finding import Verdict, passed, warned
from preflight.model.target import Target


def judge(_: Target, connected: Connected) -> Verdict:
    dead = {each.address: each.message for each in connected.attempts if each.message}
    # `localhost` has two addresses nearly everywhere, and servers listen on one.
    remote = {address: message for address, message in dead.items() if address != "::1"}
    if remote:
        return warned(
            f"{len(dead)} of {len(connected.attempts)} addresses do not accept; clients may take any",
            "Remove the dead addresses from DNS, or open them.",
            details=remote,
        )
    return passed(f"accepts on {connected.address}")


CHECK = Check(
    stage=Stage.TCP,
    name="connects",
    title="The port accepts connections",
    reads=per_node(lambda node: node.tcp),
    judge=judge,
    gate=True,
    claims=frozenset(
        {
            Cause.REFUSED,
            Cause.UNREACHABLE,
            Cause.CONNECT_TIMEOUT,
        }
    ),
)
