"""Every host name resolves here.

Clients in the pods look the name up with the pod's resolver. A private endpoint's name often resolves only
inside the network that its DNS zone is linked to, so the same name can pass on a laptop and fail in a pod.

To fix it, correct the name, link the private zone, or run preflight where the pods will run.
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Addresses
from preflight.model.finding import Verdict, passed
from preflight.model.target import Target


def judge(_: Target, found: Addresses) -> Verdict:
    return passed(f"resolves to {', '.join(found.addresses)}")


CHECK = Check(
    stage=Stage.DNS,
    name="resolves",
    title="The host name resolves",
    reads=per_node(lambda node: node.dns),
    judge=judge,
    gate=True,
    claims=frozenset(
        {
            Cause.NAME_UNKNOWN,
            Cause.RESOLVER_FAILED,
            Cause.RESOLVER_SILENT,
        }
    ),
)
