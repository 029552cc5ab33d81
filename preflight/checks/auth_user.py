"""The server takes us for the user that is configured.

Whom a connection is logged in as is asked of the server (ACL WHOAMI) and compared with the configured user.

Why: A proxy or a client certificate can log a connection in as somebody else, whatever AUTH says. Whose permissions
LangSmith then has, nobody sees in the values, and a grant to the configured user changes nothing.

Fix: Look at who maps users on the way, or configure the user that the server names.
- your own server: `tls-auth-clients-user` takes the user from the client certificate; a proxy may have users of its
  own.

Read: https://redis.io/docs/latest/commands/acl-whoami/
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from msgspec import Struct

from preflight.model.check import Check, Reading, placing
from preflight.model.evidence import Evidence, Node, Observed, Seen, Stage
from preflight.model.facts import Product, Server, Session
from preflight.model.finding import Verdict, not_applicable, passed, warned
from preflight.model.rehearsal import Rights
from preflight.model.remedies import terms
from preflight.model.target import Target

_USERS: Final = (6,)
"""The version of Redis that brought them."""


class Known(Struct, frozen=True, kw_only=True):
    """Whom the server takes us for, and whom we said we were."""

    rights: Rights
    session: Session = Session()
    server: Server | None = None


def reads(evidence: Evidence) -> Iterable[Reading[Known]]:
    return [
        Reading(target=each.target, subject=node.name, observed=_known(node), about=placing(node))
        for each in evidence.targets
        for node in each.nodes
    ]


def _known(node: Node) -> Observed[Known]:
    if not isinstance(node.rights, Seen):
        return node.rights
    known = Known(
        rights=node.rights.fact,
        session=node.auth.fact if isinstance(node.auth, Seen) else Session(),
        server=node.server.fact if isinstance(node.server, Seen) else None,
    )
    return Seen(fact=known, seconds=node.rights.seconds)


def judge(target: Target, known: Known) -> Verdict:
    user, configured = known.rights.user, known.session.username
    if known.rights.unnamed.code:
        return not_applicable(f"not permitted here: {known.rights.unnamed.message}")
    if not user:
        return not_applicable(_silence(known.server))
    if user == configured:
        return passed(f"user {user}")
    if not known.session.password:
        return passed(f"user {user}, and none is configured")
    if target.identity:
        return passed(f"user {user}, by the token of {configured}")
    return warned(
        f"the server takes us for user {user}, and {configured} is configured",
        f"Look at what logs in on the way (a proxy, a client certificate); or configure {user} in "
        f"{terms(target)['username']}.",
    )


def _silence(server: Server | None) -> str:
    """Why a server does not say who we are."""
    is_older = server and server.product is Product.REDIS and server.version < _USERS
    return f"{server} is older than ACL users (Redis 6)" if is_older else "the server does not say"


CHECK = Check(
    stage=Stage.AUTH,
    name="user",
    title="The server takes us for the configured user",
    reads=reads,
    judge=judge,
)
