"""The ACL user may run what LangSmith sends.

The queues need INFO (they decide by its version which blocking pop to use), transactions, scripts, publish and
subscribe, and plain reads and writes; the cluster client needs CLUSTER SLOTS as well. From Redis 7 on each node is
asked about every command (ACL DRYRUN); of older servers it is known what was denied when it was tried.

Why: A user made with `+@all -@dangerous`, a common recipe, may not run INFO: LangSmith never takes a job from its
queues. From Redis 7 on a new user has no channels, and whoever waits for a message goes on waiting.

Fix: Give the user the rules that the remedy lists.
- AWS: there is no ACL SETUSER: `aws elasticache modify-user`, or `aws memorydb update-user`, changes the access string.
- Google Cloud: NOPERM means that the service does not offer a command: compare its list of supported commands.
- Azure: assign Data Owner on Azure Cache for Redis (Data Contributor leaves out INFO); on Azure Managed Redis add the
  rules to the access string of the assignment.
- your own server: `ACL SETUSER`, then `ACL SAVE` or `CONFIG REWRITE`.

Read: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from msgspec import Struct

from preflight.model.acl import CHANNELS, KEYS, is_denied, name_of, rules_of
from preflight.model.check import Check, Reading
from preflight.model.evidence import Cause, Evidence, Node, Seen, Stage, TargetEvidence
from preflight.model.facts import Product, Reply, Server
from preflight.model.finding import Details, Verdict, failed, passed
from preflight.model.installation import Feature
from preflight.model.rehearsal import Rights
from preflight.model.required import HARMLESS, REHEARSED, title
from preflight.model.target import Mode, Target
from preflight.uri.access import grant

_DRY: Final = len({title(words) for words in (*HARMLESS, *REHEARSED)} | {"the blocking pop"})
_OF_JUICEFS: Final = frozenset({"INFO", "SELECT", "SCAN", "SET", "GET", "DEL", "MULTI", "EXEC"})
_KEYED: Final = frozenset({title(words) for words in HARMLESS} | {"SET", "GET"})
_CHANNELLED: Final = frozenset({"PUBLISH", "SUBSCRIBE", "PSUBSCRIBE"})
_CHANNEL_RULES: Final = (7,)
"""From which version on a new user may use no channel."""
_NAMED: Final = 6
_OBJECTS: Final = {KEYS: "keys other than its own", CHANNELS: "channels other than its own"}


class Denial(Struct, frozen=True, kw_only=True):
    """One rule that is missing."""

    rule: str
    words: str
    """The server's, for the first command that was denied for want of it."""
    only_on: tuple[str, ...] = ()
    """The nodes that deny it where others would not; empty for all that can tell."""


class Permissions(Struct, frozen=True, kw_only=True):
    """What all nodes of a target deny us."""

    user: str
    server: Server | None = None
    """The first that answered."""
    denied: tuple[Denial, ...] = ()
    dry_run: bool = False
    """At least one node was asked for every command."""


def reads(evidence: Evidence) -> Iterable[Reading[Permissions]]:
    """All nodes of a target together, as long as one has answered."""
    for each in evidence.targets:
        servers = [node.server for node in each.nodes]
        unseen = [seen for seen in (*servers, each.files) if not isinstance(seen, Seen)]
        answered = any(isinstance(seen, Seen) for seen in servers)
        observed = Seen(fact=_permissions(each)) if answered or not unseen else unseen[0]
        yield Reading(target=each.target, subject="", observed=observed)


def _permissions(each: TargetEvidence) -> Permissions:
    users = [rights.user for node in each.nodes if (rights := _rights(node)).user]
    users += [node.auth.fact.username for node in each.nodes if isinstance(node.auth, Seen)]
    servers = [node.server.fact for node in each.nodes if isinstance(node.server, Seen)]
    return Permissions(
        user=next(iter(users), "default"),
        server=next(iter(servers), None),
        denied=tuple(_merged(each)),
        dry_run=any(_rights(node).dry_run for node in each.nodes),
    )


def _merged(each: TargetEvidence) -> Iterator[Denial]:
    """Commands in the order in which they were tried, then keys and channels."""
    found: dict[str, dict[str, str]] = {}
    for node in each.nodes:
        for rule, words in _denied(each, node):
            if each.target.feature is not Feature.JUICEFS or rule in _OBJECTS or name_of(rule) in _OF_JUICEFS:
                found.setdefault(rule, {}).setdefault(node.name, words)
    asked = {node.name for node in each.nodes if _rights(node).dry_run}
    ordered = (*(rule for rule in found if rule not in _OBJECTS), *(rule for rule in _OBJECTS if rule in found))
    for rule in ordered:
        nodes = found[rule]
        only_on = tuple(nodes) if asked - nodes.keys() else ()
        yield Denial(rule=rule, words=next(iter(nodes.values())), only_on=only_on)


def _denied(each: TargetEvidence, node: Node) -> Iterator[tuple[str, str]]:
    """Rule and words of whatever one node denied, tried or asked for."""
    rights = _rights(node)
    for sent, reply in _tried(each, node):
        if is_denied(reply):
            for rule in rules_of(sent, reply.message, alone=rights.dry_run):
                yield rule, reply.message
    for command, words in rights.denied.items():
        for rule in rules_of((command,), words):
            yield rule, words


def _rights(node: Node) -> Rights:
    """Nothing where the dry run was for a user that the server does not take us for."""
    if not isinstance(node.rights, Seen):
        return Rights()
    rights, session = node.rights.fact, node.auth
    stranger = isinstance(session, Seen) and rights.user not in ("", session.fact.username)
    return Rights(user=rights.user) if stranger else rights


def _tried(each: TargetEvidence, node: Node) -> Iterator[tuple[tuple[str, ...], Reply]]:
    """What was sent in a row, and the first error."""
    if isinstance(node.server, Seen):
        yield ("INFO",), node.server.fact.info
        yield ("SELECT",), node.server.fact.database
    topology, clustered = each.topology, each.target.mode is Mode.CLUSTER
    if clustered and isinstance(topology, Seen) and topology.fact.asked == node.name:
        yield ("CLUSTER SLOTS",), topology.fact.refusal
    if node.name == (each.rehearsed_on or each.nodes[0].name):
        yield from _rehearsed(each)


def _rehearsed(each: TargetEvidence) -> Iterator[tuple[tuple[str, ...], Reply]]:
    if isinstance(each.rehearsal, Seen):
        rehearsal = each.rehearsal.fact
        yield ("SET", "GET"), rehearsal.write
        yield ("MULTI", "EXEC"), rehearsal.transaction
        yield ("SCRIPT LOAD", "EVALSHA"), rehearsal.script
        yield ("SCAN",), rehearsal.occupancy.refusal
        yield from (((command,), reply) for command, reply in rehearsal.refused.items())
    if isinstance(each.exchange, Seen):
        exchange = each.exchange.fact
        yield (exchange.pop,), exchange.blocking
        yield ("SUBSCRIBE", "PUBLISH"), exchange.channel
        yield ("PSUBSCRIBE", "PUBLISH"), exchange.pattern


def judge(target: Target, permissions: Permissions) -> Verdict:
    user, denied = permissions.user, permissions.denied
    if not denied:
        is_complete = permissions.dry_run and target.feature is not Feature.JUICEFS
        told = (
            f"may run all {_DRY} commands of the queues (ACL DRYRUN)"
            if is_complete
            else "was denied nothing that was tried"
        )
        return passed(f"user {user} {told}")
    commands = [name_of(each.rule) for each in denied if each.rule not in _OBJECTS]
    objects = [each.rule for each in denied if each.rule in _OBJECTS]
    named = [_shown(commands)] * bool(commands) + [_OBJECTS[rule] for rule in objects]
    rules = [each.rule for each in denied] + [rule for rule in _untold(commands, permissions) if rule not in objects]
    product = permissions.server.product if permissions.server else Product.UNKNOWN
    return failed(
        f"the ACL denies user {user} {', '.join(named)}",
        grant(target, product, user, rules, _where(target, denied)),
        details=_details(commands, denied),
    )


def _untold(commands: list[str], permissions: Permissions) -> Iterator[str]:
    """What a user lacks as well who lacks every command that would have told: one that was just made has nothing."""
    server = permissions.server
    if _KEYED.issubset(commands):
        yield KEYS
    if server and server.version >= _CHANNEL_RULES and _CHANNELLED.issubset(commands):
        yield CHANNELS


def _where(target: Target, denied: tuple[Denial, ...]) -> str:
    if all(each.only_on for each in denied):
        return f"On {_shown(dict.fromkeys(name for each in denied for name in each.only_on))}"
    return "On every node" if target.mode is Mode.CLUSTER else "On the server"


def _details(commands: list[str], denied: tuple[Denial, ...]) -> Details:
    """Every command, the server's words for the first of each kind, and where the nodes differ."""
    kinds = {each.rule if each.rule in _OBJECTS else "": each.words for each in reversed(denied)}
    details = {"commands": ", ".join(commands)} if commands else {}
    details["evidence"] = "; ".join(reversed(kinds.values()))
    for nodes in dict.fromkeys(each.only_on for each in denied if each.only_on):
        rules = [each.rule for each in denied if each.only_on == nodes]
        details[f"only on {_shown(nodes)}"] = " ".join(rules)
    return details


def _shown(several: Iterable[str]) -> str:
    names = list(several)
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")


CHECK = Check(
    stage=Stage.AUTH,
    name="permissions",
    title="The ACL user may run what LangSmith sends",
    reads=reads,
    judge=judge,
    claims=frozenset({Cause.UNDELETABLE}),
)
