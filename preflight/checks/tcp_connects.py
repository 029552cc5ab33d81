"""Every address of every node accepts connections.

All addresses that the name resolves to are dialled, because clients take any of them. Refused, timed out and
unreachable are told apart: the first is a port or a stopped server, the second a firewall, the third a route.

To fix it, follow the remedy of the cause; on a cloud it is usually a security group or a NetworkPolicy that
does not let the pods' subnet reach the port.
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
