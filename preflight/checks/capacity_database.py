"""The configured database exists.

A URL may name a database by number; it is selected as the clients would do it at the start of each connection.

Why: A server that does not have it answers with an error, and no pod of LangSmith gets any further.

Fix: End the URL in `/0`, in redis.external.connectionUrl or where the finding says.
- AWS: a cache with cluster mode on, and ElastiCache Serverless, have number 0 alone.
- Azure: Azure Managed Redis has number 0 alone; so has Azure Cache for Redis with clustering, and without it 16 to 64,
  by its size.
- your own server: `databases` says how many there are, by default 16; a cluster has number 0 alone.

Read: https://redis.io/docs/latest/commands/select/
"""

from __future__ import annotations

from preflight.model.check import Check, per_node
from preflight.model.evidence import Cause, Stage
from preflight.model.facts import Server
from preflight.model.finding import Verdict, failed, not_applicable, passed
from preflight.model.installation import Feature
from preflight.model.remedies import terms
from preflight.model.target import Target
from preflight.uri.patch import address


def judge(target: Target, server: Server) -> Verdict:
    if target.feature is Feature.JUICEFS and server.cluster_enabled:
        return not_applicable("JuiceFS takes the number as a prefix of its keys")
    if target.db == 0:
        return not_applicable("database 0, which every server has")
    if server.database.ok:
        return passed(f"database {target.db}")
    return failed(
        f"database {target.db} cannot be selected",
        f"End {terms(target)['address']} in `/0`: clusters and many managed services have no other.",
        patch=address(target, db=0),
        details={"evidence": server.database.message},
    )


CHECK = Check(
    stage=Stage.CAPACITY,
    name="database",
    title="The configured database exists",
    reads=per_node(lambda node: node.server),
    judge=judge,
    claims=frozenset({Cause.NO_SUCH_DATABASE}),
    needs=("topology.mode", "auth.permissions"),
)
