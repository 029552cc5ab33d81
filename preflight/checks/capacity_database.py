"""The configured database exists.

A URL may name a database by number. Redis has 16 by default; a cluster and many managed services have only number
0, and answer every other with an error at the start of each connection.

To fix it, end the URL in `/0`.
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
