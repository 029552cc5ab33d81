"""Every host name resolves here.

The name of each node is looked up with the resolver of the machine that preflight runs on, as clients in the pods do
with the pod's.

Why: A pod that cannot resolve the name has nothing to dial. The name of a private endpoint often resolves only inside
the network that its DNS zone is linked to, so the same name can pass on a laptop and fail in a pod.

Fix: Correct the name, link the private zone to the pods' network, or run preflight where the pods will run.
- Google Cloud: Memorystore's endpoints are addresses, and need no name.
- Azure: with a private endpoint, link its private DNS zone (for Azure Managed Redis privatelink.redis.azure.net) to the
  pods' network, and go on dialling the public name.
- your own server: in Kubernetes, give the full name of the Service, as `redis.prod.svc.cluster.local`.

Read: https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
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
